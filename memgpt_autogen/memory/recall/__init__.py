"""Recall memory: search in everything that was said."""
