"""Archival memory: passages that the agent stores and searches."""
