"""Runs: the turns that a server was asked for, as rows."""
