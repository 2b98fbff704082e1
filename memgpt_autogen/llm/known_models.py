"""Windows of well-known models, for whoever does not name theirs."""

from __future__ import annotations

DEFAULT_WINDOW = 8192
"""Tokens assumed for a model that is not known: too small costs evictions, too large costs the turn."""

_WINDOWS = (
    ("gpt-3.5", 16_385),
    ("gpt-4-32k", 32_768),
    ("gpt-4-turbo", 128_000),
    ("gpt-4-1106", 128_000),
    ("gpt-4-0125", 128_000),
    ("gpt-4.1", 1_000_000),
    ("gpt-4o", 128_000),
    ("gpt-4", 8_192),
    ("gpt-5", 272_000),
    ("o1", 200_000),
    ("o3", 200_000),
    ("o4", 200_000),
    ("claude-", 200_000),
    ("gemini-", 1_000_000),
)


def known_window(model: str | None) -> int:
    """The window of a hosted model by its name, in tokens; `DEFAULT_WINDOW` for any other, local ones included."""
    name = (model or "").rsplit("/", 1)[-1].lower()
    return next((tokens for prefix, tokens in _WINDOWS if name.startswith(prefix)), DEFAULT_WINDOW)
