"""Findings: what a search brings, as it is arranged before it is shown. Near-duplicates are folded, newer facts come first.

Only the head of a ranking is arranged; what stands behind it follows as it is ranked. So every page is a slice of one order,
which holds nothing twice and leaves nothing out but what was folded, and the totals are true.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from memgpt_autogen.memory.superseding import Told, superseded
from memgpt_autogen.text.near_duplicates import repeats

T = TypeVar("T")

HEAD = 25
"""How many of the best are arranged: five pages, since hardly a model reads on."""


@dataclass(frozen=True, slots=True)
class Finding(Generic[T]):
    """One result of a search, with what its neighbours have to do with it."""

    item: T
    text: str
    time: datetime
    age: Any
    """What orders results in time, larger is newer."""
    said_by: Hashable = None
    """Only texts of the same are near-duplicates."""
    about: Hashable = None
    """Only texts of the same supersede each other."""
    tags: frozenset[str] = frozenset()
    repeats: tuple[datetime, ...] = ()
    """The times of the near-duplicates that are folded into this one, newest first."""
    superseded_by: datetime | None = None
    """When something newer said otherwise; None where nothing is known to."""
    outdated: str = ""
    """The sentence that is superseded; empty where it is the whole text."""


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
    """Whether `total` is; else it is an estimate."""
    trouble: str = ""
    """Why this is not all that a search can do."""

    @property
    def last_page(self) -> int:
        return max(0, (self.total - 1) // self.page_size)


Fetch = Callable[[int, int], tuple[Sequence[Finding[T]], int]]
"""A page of the ranking, by its number from 0 and its size, and how many results there are in all."""


def arranged_page(fetch: Fetch[T], page: int, page_size: int) -> FindingsPage[T]:
    """One page of the ranking with its head arranged."""
    head_size = HEAD - HEAD % page_size or page_size
    found, ranked = fetch(0, head_size)
    head = arranged(found)
    folded = len(found) - len(head)
    first, behind = page * page_size, (page + 1) * page_size
    shown = list(head[first:behind])
    place = max(first, len(head)) + folded  # in the ranking, of the first that is not arranged
    if behind > len(head) and place < ranked:
        count = behind - max(first, len(head))
        number = place // page_size
        rest = [each for part in (number, number + 1) for each in fetch(part, page_size)[0]]
        shown += rest[place - number * page_size :][:count]
    return FindingsPage(shown, ranked - folded, page, page_size, folded)


def arranged(findings: Sequence[Finding[T]]) -> list[Finding[T]]:
    """The findings in order of rank, but for two things: near-duplicates are folded into the newest of them, in the place of the
    best, and what supersedes another stands before it.
    """
    groups: dict[int, list[Finding[T]]] = {}
    for finding, first in zip(
        findings, repeats([(each.said_by, each.text) for each in findings]), strict=True
    ):
        groups.setdefault(first, []).append(finding)
    kept: list[Finding[T]] = []
    for group in groups.values():
        newest, *others = sorted(group, key=lambda each: each.age, reverse=True)
        kept.append(replace(newest, repeats=tuple(each.time for each in others)))
    return _newest_first(kept)


def _newest_first(findings: list[Finding[T]]) -> list[Finding[T]]:
    # what was marked by hand is known to be outdated, and outdates nothing
    current = [place for place, each in enumerate(findings) if each.superseded_by is None]
    told = [
        Told(findings[at].text, findings[at].age, findings[at].about, findings[at].tags) for at in current
    ]
    newer = {current[place]: (current[how.by], how.statement) for place, how in superseded(told).items()}
    marked = list(findings)
    for old, (new, statement) in newer.items():
        marked[old] = replace(findings[old], superseded_by=findings[new].time, outdated=statement)
    by_time = {findings[at].time: at for at in reversed(current)}
    for old, finding in enumerate(findings):
        if finding.superseded_by in by_time:
            newer[old] = (by_time[finding.superseded_by], "")
    order = list(range(len(findings)))
    for old in sorted(
        newer, key=lambda place: findings[place].age
    ):  # what moves up may move up what supersedes it
        new = newer[old][0]
        if order.index(new) > order.index(old):
            order.remove(new)
            order.insert(order.index(old), new)
    return [marked[place] for place in order]
