"""Facades: the APIs of others, each over the same service as our own, with its own shapes."""
