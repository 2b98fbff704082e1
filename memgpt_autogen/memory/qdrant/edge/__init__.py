"""Qdrant Edge, the embedded engine: one folder per archive."""
