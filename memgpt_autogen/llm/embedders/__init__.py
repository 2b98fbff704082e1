"""Embedding models by name: those that run in this process, any callable, and the choice among all of them."""
