"""Superseding: which of several texts say what a newer one contradicts.

A rule, not a model: it looks at statements whose shape leaves no doubt, so it misses many contradictions and claims few that are
none. What is superseded is never changed or left out, only told as such.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from memgpt_autogen.memory.statements import Statement, agrees, contradicts, sentences, statements

MOST_COMPARED = 20
"""How many statements about one thing are compared with each other, the newest ones."""


@dataclass(frozen=True, slots=True)
class Told:
    """A text with what decides whether it can be compared with another."""

    text: str
    age: Any
    """What orders the texts in time, larger is newer: a place in the log, or a time."""
    owner: Hashable = None
    """Who said it, or where it comes from: only texts of the same owner are compared."""
    tags: frozenset[str] = frozenset()
    """Texts that both have tags, and none in common, are not compared."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """A text holds what a newer one contradicts."""

    by: int
    """The newer one's place."""
    statement: str
    """The sentence that no longer holds; empty where that is the whole text."""


def superseded(texts: Sequence[Told]) -> dict[int, Superseded]:
    """The places of the texts of which something is superseded by another of them.

    What a still newer one says again holds again. Of equal age, neither supersedes the other.
    """
    about: defaultdict[Hashable, list[tuple[int, Statement]]] = defaultdict(list)
    for place, told in enumerate(texts):
        for statement in statements(told.text):
            about[told.owner, statement.subject, statement.relation].append((place, statement))
    found: dict[int, Superseded] = {}
    for group in about.values():
        newest = sorted(group, key=lambda each: texts[each[0]].age, reverse=True)[:MOST_COMPARED]
        for at, (place, statement) in enumerate(newest):
            if (
                place not in found
                and (by := _contradicting(texts, newest[:at], place, statement)) is not None
            ):
                whole = len(sentences(texts[place].text)) == 1
                found[place] = Superseded(by, "" if whole else statement.text)
    return found


def _contradicting(
    texts: Sequence[Told], newer: Sequence[tuple[int, Statement]], place: int, statement: Statement
) -> int | None:
    """Where the newest text stands that says otherwise, unless a newer one says the same."""
    old = texts[place]
    for other, said in newer:
        new = texts[other]
        if not new.age > old.age or (new.tags and old.tags and new.tags.isdisjoint(old.tags)):
            continue
        if agrees(said, statement):
            return None
        if contradicts(said, statement):
            return other
    return None
