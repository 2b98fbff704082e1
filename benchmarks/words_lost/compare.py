"""Compare the words that a reader shows with those that are stored: which are lost, and which are torn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Optional

from benchmarks.words_lost.made import Words
from memgpt_autogen.text.equal import UNSPACED, fold
from memgpt_autogen.text.words import words

REFUSED = ("doc", "ppt")
"""The kinds that a load refuses by name."""

NO_LETTER = "is not an e-mail"
"""A file without a header of a letter is refused, whatever its name is."""

LEFT_OUT = "left out"

ANY = re.compile(".*", re.DOTALL)

NAMES_A_LOSS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys((LEFT_OUT, "lacks", "broken", "cut", "damaged", "not read"), ANY),
    # the encoding was guessed, or bytes are no letters: a reader of another guess shows other words
    **dict.fromkeys(("which its letters resemble", "which its bytes resemble", "and shown as \ufffd"), ANY),
    "without the formats": re.compile(r"\d+|eur"),
}
"""What a note of a load says that names words as not stored, and which words these may be."""

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

    def headings_again(self, rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return the headings that follow an equal one: no passage shows where the second one begins."""
        shown = Counter(tuple(row) for row in rows)
        kept = Counter(
            tuple(words(fold(part))) for heading, _ in self.passages for part in heading.split(" > ")
        )
        return [row for row in kept for _ in range(min(shown[row], kept[row]) - 1)]


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
    """Documents that no independent reader opens, so that nothing can be compared."""
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
    about: tuple[str, str, str, str], seen: Sequence[tuple[str, Words]], stored: Stored
) -> tuple[Counts, list[Difference]]:
    """Compare one document with what each of its readers shows, which are pairs of a name and words.

    `about` is its file, kind, writer and damage. Words that several readers show count once.
    """
    file, kind, writer, damage = about
    rows = {reader: list(shown_lines(shown.text)) for reader, shown in seen}
    apart_from_text = {reader: list(shown_lines(shown.around or "")) for reader, shown in seen}
    only_around = any(shown.around is not None for _, shown in seen)
    visible = {reader: Counter(word for row in lines for word in row) for reader, lines in rows.items()}
    counts = Counts(files=1, words_shown=_most(visible.values()).total(), not_shown=int(not visible))
    if stored.error is not None:
        counts.words_lost = counts.words_shown
        explained = damage or kind in REFUSED or NO_LETTER in stored.error or not counts.words_shown
        if stored.error.startswith("crash:") or not explained:
            counts.words_lost_unnamed, counts.unexplained = counts.words_lost, 1
        else:
            counts.failed_named = 1
        return counts, [Difference(file, kind, writer, damage, "", named=stored.error)]
    kept = stored.words()
    kept_pairs = Counter(pairwise(kept))
    letters = "".join(kept)  # where a word of a script without spaces ends, readers do not agree
    left_out = any(LEFT_OUT in note for note in stored.notes)
    lost: dict[str, Counter[str]] = {}
    listed = []
    for reader, words_seen in visible.items():
        # what may be missing: headings that follow an equal one, and what is around the text
        spared = [*stored.headings_again(rows[reader]), *(apart_from_text[reader] if left_out else ())]
        lost[reader] = words_seen - Counter(kept) - Counter(word for row in spared for word in row)
        for word in [word for word in lost[reader] if UNSPACED.fullmatch(word) and word in letters]:
            del lost[reader][word]
        pairs = Counter(pair for row in rows[reader] for pair in pairwise(row)) - kept_pairs
        pairs -= Counter(pair for row in spared for pair in pairwise(row))
        apart = [
            f"{one} {two}"
            for one, two in pairs
            if not {one, two} & lost[reader].keys() and not any(map(UNSPACED.fullmatch, (one, two)))
        ]
        added = list(Counter(kept) - words_seen)
        counts.pairs_apart = max(counts.pairs_apart, len(apart))
        if lost[reader] or apart:
            some = (tuple(each[:MOST_SHOWN]) for each in (list(lost[reader]), apart, added))
            listed.append(Difference(file, kind, writer, damage, reader, *some))
    counts.words_lost = _most(lost.values()).total()
    counts.words_added = (Counter(kept) - _most(visible.values())).total() if visible else 0
    names = {phrase: which for phrase, which in NAMES_A_LOSS.items() if phrase != LEFT_OUT or not only_around}
    named = _named(stored.notes, names, [word for each in lost.values() for word in each])
    listed = [replace(each, named=named) for each in listed]
    if listed and not named:
        counts.words_lost_unnamed, counts.unexplained = counts.words_lost, 1
    return counts, listed


def _named(notes: Sequence[str], names: Mapping[str, re.Pattern[str]], lost: Sequence[str]) -> str:
    """Return the note that names these words as not stored, if there is one."""
    for note in notes:
        for phrase, which in names.items():
            if phrase in note and all(map(which.fullmatch, lost)):
                return note
    return ""


def _most(found: Iterable[Counter[str]]) -> Counter[str]:
    """Return each word as often as the reader has it that has it most often."""
    most: Counter[str] = Counter()
    for each in found:
        most |= each
    return most
