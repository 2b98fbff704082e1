"""Rerankers: of an endpoint, in this process, or any function; and one way to open them all."""
