"""The memory functions that the model calls."""
