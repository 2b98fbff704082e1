"""Arrange what a search found: fold near-duplicates, and put what replaces a passage before it.

Only the head of a ranking is arranged. The rest follows as it is ranked. So every page is a slice of one
order. This order contains nothing twice, it lacks only what was folded, and the totals are true.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from memgpt_autogen.text.near_duplicates import repeats

T = TypeVar("T")

HEAD = 25
"""How many of the best results are arranged: five pages, since a model hardly reads more."""


@dataclass(frozen=True, slots=True)
class Finding(Generic[T]):
    """One result of a search."""

    item: T
    text: str
    time: datetime
    age: Any
    """Orders results in time; larger is newer."""
    said_by: Hashable = None
    """Only texts of the same speaker are near-duplicates."""
    repeats: tuple[datetime, ...] = ()
    """The times of the near-duplicates that are folded into this one, newest first."""
    superseded_by: datetime | None = None
    """The time of the passage that replaces this one; None if nobody said that one does."""
    key: Hashable = None
    """Identifies the result among others."""
    newest: tuple[Hashable, ...] = ()
    """The keys of what replaces it now. Without any, what replaces it has the time `superseded_by`."""
    beside: bool = False
    """Whether it was not found itself, and replaces what was."""


@dataclass(frozen=True, slots=True)
class FindingsPage(Generic[T]):
    """One page of findings; `page` counts from 0."""

    items: Sequence[Finding[T]]
    total: int
    """How many there are on all pages, without those that were folded."""
    page: int
    page_size: int
    folded: int = 0
    exact: bool = True
    """Whether `total` is exact. Otherwise it is an estimate."""
    trouble: str = ""
    """Why the search could not use all that it has."""
    alike: Sequence[str] = ()
    """Speakers with names that are only like the one that was asked for."""

    @property
    def last_page(self) -> int:
        return max(0, (self.total - 1) // self.page_size)


Fetch = Callable[[int, int], tuple[Sequence[Finding[T]], int]]
"""Returns a page of the ranking, by its number from 0 and its size, and how many results there are in all."""


def arrange_page(
    fetch: Fetch[T], page: int, page_size: int, *, without: Container[Any] = ()
) -> FindingsPage[T]:
    """Return one page of the ranking, with its head arranged, without items of these ages in the head."""
    head_size = HEAD - HEAD % page_size or page_size
    found, ranked = fetch(0, head_size)
    wanted = [each for each in found if each.age not in without]
    head = arrange(wanted)
    folded, gone = len(wanted) - len(head), len(found) - len(head)
    first, behind = page * page_size, (page + 1) * page_size
    shown = list(head[first:behind])
    place = max(first, len(head)) + gone  # in the ranking, of the first that is not arranged
    if behind > len(head) and place < ranked:
        count = behind - max(first, len(head))
        number = place // page_size
        rest = [each for part in (number, number + 1) for each in fetch(part, page_size)[0]]
        shown += rest[place - number * page_size :][:count]
    return FindingsPage(shown, ranked - gone, page, page_size, folded)


def arrange(findings: Sequence[Finding[T]]) -> list[Finding[T]]:
    """Return the findings in order of rank, with two exceptions.

    Near-duplicates are folded into the newest of them, at the place of the best. A passage that replaces
    another is before it.
    """
    groups: dict[int, list[Finding[T]]] = {}
    firsts = repeats([(each.said_by, each.text) for each in findings])
    for finding, first in zip(findings, firsts, strict=True):
        groups.setdefault(first, []).append(finding)
    kept: list[Finding[T]] = []
    for group in groups.values():
        newest, *others = sorted(group, key=lambda each: each.age, reverse=True)
        kept.append(replace(newest, repeats=tuple(each.time for each in others)))
    return _newest_first(kept)


def _newest_first(findings: Sequence[Finding[T]]) -> list[Finding[T]]:
    current = [(place, each) for place, each in enumerate(findings) if each.superseded_by is None]
    by_key = {each.key: place for place, each in current}
    by_time: dict[datetime | None, int] = {}
    for place, each in current:
        by_time.setdefault(each.time, place)
    order: dict[int, None] = {}
    for place, each in enumerate(findings):
        if each.newest:
            order |= {
                by_key[key]: None for key in each.newest if by_key.get(key, place) not in (*order, place)
            }
        else:  # marked by a program or an older version
            order.setdefault(by_time.get(each.superseded_by, place))
        order.setdefault(place)
    return [findings[place] for place in order]
