"""Compare the words that a reader shows with those that are stored: which are lost, and which are torn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Optional

from memgpt_autogen.text.equal import fold
from memgpt_autogen.text.words import words

REFUSED = ("doc", "ppt")
"""The kinds that a load refuses by name."""

NAMES_A_LOSS = ("left out", "lacks", "broken", "cut", "damaged", "not read")
"""A note of a load that has one of these names words that are not stored."""

MOST_SHOWN = 12
"""How many words of a difference are listed."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of a document."""

    passages: Sequence[tuple[str, str]]
    """The heading and the text of each, in order."""
    notes: Sequence[str] = ()
    error: Optional[str] = None
    """The error of the load."""

    def words(self) -> list[str]:
        """Return the words in order. A heading counts where it begins, and not again on each passage."""
        found: list[str] = []
        above: list[str] = []
        for heading, text in self.passages:
            path = heading.split(" > ") if heading else []
            same = next(
                (at for at, (one, two) in enumerate(zip(path, above, strict=False)) if one != two), None
            )
            new = path[min(len(path), len(above)) if same is None else same :]
            above = path
            found += [word for part in (*new, *text.split("\n")) for word in words(fold(part))]
        return found


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong with one document."""

    file: str
    kind: str
    writer: str
    damage: str
    reader: str
    lost: tuple[str, ...] = ()
    """Words that are shown and not stored, the first of them."""
    apart: tuple[str, ...] = ()
    """Pairs of words that are shown one after the other, and stored apart or in another order."""
    added: tuple[str, ...] = ()
    """Words that are stored and not shown: halves of torn words, or what nobody sees."""
    named: str = ""
    """The note or error of the load that names the loss."""

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(slots=True)
class Counts:
    """What was found in the documents of a kind."""

    files: int = 0
    words_shown: int = 0
    words_lost: int = 0
    words_lost_unnamed: int = 0
    pairs_apart: int = 0
    words_added: int = 0
    failed_named: int = 0
    """Loads that failed with a reason."""
    not_shown: int = 0
    """Documents that the independent reader refuses, so that nothing can be compared."""
    unexplained: int = 0
    """Documents with a difference that nothing names."""

    def add(self, other: Counts) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def shown_lines(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if found := words(fold(line)):
            yield found


def compare(
    about: tuple[str, str, str, str], reader: str, shown: str, stored: Stored
) -> tuple[Counts, Optional[Difference]]:
    """Compare one document. `about` is its file, kind, writer and damage."""
    file, kind, writer, damage = about
    rows = list(shown_lines(shown))
    visible = Counter(word for row in rows for word in row)
    counts = Counts(files=1, words_shown=visible.total())
    if stored.error is not None:
        counts.words_lost = visible.total()
        explained = bool(damage) or kind in REFUSED
        if stored.error.startswith("crash:") or not explained:
            counts.words_lost_unnamed, counts.unexplained = visible.total(), 1
        else:
            counts.failed_named = 1
        return counts, Difference(file, kind, writer, damage, reader, named=stored.error)
    kept = stored.words()
    lost = visible - Counter(kept)
    added = Counter(kept) - visible
    pairs = Counter(pair for row in rows for pair in pairwise(row)) - Counter(pairwise(kept))
    apart = [f"{one} {two}" for one, two in pairs if one not in lost and two not in lost]
    counts.words_lost, counts.pairs_apart, counts.words_added = lost.total(), len(apart), added.total()
    if not lost and not apart:
        return counts, None
    named = next((note for note in stored.notes if any(each in note for each in NAMES_A_LOSS)), "")
    if not named:
        counts.words_lost_unnamed, counts.unexplained = lost.total(), 1
    return counts, Difference(
        file,
        kind,
        writer,
        damage,
        reader,
        tuple(list(lost)[:MOST_SHOWN]),
        tuple(apart[:MOST_SHOWN]),
        tuple(list(added)[:MOST_SHOWN]),
        named,
    )
