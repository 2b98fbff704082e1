"""What the environment says of a server: its address and a key."""

from __future__ import annotations

import os

from memgpt_autogen.client.requests import USUAL_ADDRESS

SERVER = "MEMGPT_AUTOGEN_SERVER"
KEY = "MEMGPT_AUTOGEN_SERVER_KEY"


def address_or_default(base_url: str | None) -> str:
    """Return the address that is given, that of the environment, or that of this machine's server."""
    return base_url or os.environ.get(SERVER) or USUAL_ADDRESS


def server_of_environment() -> str:
    """Return the address that the environment has; empty if it has none."""
    return os.environ.get(SERVER, "")


def key_or_default(key: str | None) -> str | None:
    """Return the key that is given, or that of the environment."""
    return key or os.environ.get(KEY) or None
