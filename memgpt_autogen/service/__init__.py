"""What a server and a client without a server both do, as plain functions on the settings of a home.

Nothing here knows HTTP. Settings with an `owner` see what belongs to that owner, and nothing else.
"""
