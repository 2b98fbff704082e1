"""Whether the MCP SDK is there. What works with it is imported after this was asked."""

from __future__ import annotations

import importlib.util

from memgpt_autogen.errors import ConfigurationError

MISSING = (
    "the MCP server needs the extra 'mcp', which installs version 2 of the SDK: "
    "pip install 'memgpt-autogen[mcp]'."
)


def is_sdk_there() -> bool:
    """Return whether version 2 of the SDK is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("mcp", "mcp_types"))


def check_sdk() -> None:
    """Raise `ConfigurationError` if version 2 of the SDK is not installed."""
    if not is_sdk_there():
        raise ConfigurationError(MISSING)
