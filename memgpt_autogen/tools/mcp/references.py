"""References within a schema, and names for what is added to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import unquote


def resolved(root: Mapping[str, Any], reference: Any) -> dict[str, Any] | None:
    """Return the object that a reference within this schema means; None for any other reference."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    place: Any = root
    for step in filter(None, reference[1:].split("/")):
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(place, list) and name.isdecimal() and int(name) < len(place):
            place = place[int(name)]
        elif isinstance(place, Mapping) and name in place:
            place = place[name]
        else:
            return None
    return dict(place) if isinstance(place, Mapping) and place is not root else None


def free_name(name: str, taken: Collection[str], most: int | None = None) -> str:
    """Return the name, with a number after it when it is taken. It has at most `most` characters."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name if most is None else name[: most - 1 - len(str(number))]}_{number}"
    return free
