"""Turns: runs are taken, run in threads of our own, and read as streams. Nothing here knows of HTTP."""
