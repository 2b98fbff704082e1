"""A client without a server: each operation of the API as a function on a home.

A module has the functions of one area. They have the names of the operations, and take what those take; a
JSON body is one argument.
"""
