"""This package shows agents to people in notebooks and terminals.

What it shows is escaped and shortened. Showing it does not stop the agent.
"""
