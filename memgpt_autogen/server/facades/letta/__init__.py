"""Letta's API, as far as an agent here can do what its calls ask for."""
