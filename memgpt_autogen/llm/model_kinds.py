"""The name of a model with its kind, such as `fastembed:NAME`, as settings have it."""

from __future__ import annotations

from collections.abc import Collection

NONE = "none"
"""The name for no model."""

NAMELESS = "wordllama"
"""The kind that needs no name."""


def kind_and_name(given: str, kinds: Collection[str], *, otherwise: str) -> tuple[str, str]:
    """Return the kind and the name, which is empty where it is missing.

    A name that begins with none of the `kinds` is of the kind `otherwise`, as names may have colons.
    """
    name = given.strip()
    kind, colon, rest = name.partition(":")
    kind = kind.strip().lower().replace("_", "-")
    if kind not in kinds or not (colon or kind == NAMELESS):
        kind, rest = otherwise, name
    return kind, rest.strip()
