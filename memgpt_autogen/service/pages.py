"""Lists in pages: at most so many items, and a cursor for the page after them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from memgpt_autogen.errors import ConfigurationError

T = TypeVar("T")
P = TypeVar("P", int, str)

MOST = 200
"""The most items of a page."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None
    """The cursor of the page after this one; None at the end."""


def page_of(found: Sequence[T], limit: int, place: Callable[[T], Sequence[str | int]]) -> Page[T]:
    """Return a page of `limit` items, of which one more was looked for. `place` is where an item stands."""
    items = list(found[:limit])
    return Page(items, cursor(*place(items[-1])) if len(found) > limit else None)


def page_among(
    found: Sequence[T],
    limit: int,
    after: str | None,
    place: Callable[[T], P],
    *,
    newest: bool = False,
) -> Page[T]:
    """Return a page of a whole list, in the order of `place`; with `newest`, in the opposite order."""
    ordered = sorted(found, key=place, reverse=newest)
    if after is not None and ordered:
        last: Any = place_of(after, type(place(ordered[0])))[0]
        ordered = [each for each in ordered if (place(each) < last if newest else place(each) > last)]
    return page_of(ordered[: limit + 1], limit, lambda each: (place(each),))


def cursor(*place: str | int) -> str:
    """Return a place in a list as a text without meaning for others."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(given: str, *kinds: type) -> tuple[str | int, ...]:
    """Return the place that `cursor` wrote. Raises `ConfigurationError` for any other text."""
    try:
        place = json.loads(base64.urlsafe_b64decode(given.encode("ascii") + b"=" * (-len(given) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        place = None
    if not isinstance(place, list) or [type(each) for each in place] != list(kinds):
        raise ConfigurationError("this is no cursor of this list. Give `next` of the page before, unchanged.")
    return tuple(place)
