"""The commands of `memgpt-autogen`, one module each."""
