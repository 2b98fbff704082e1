"""A block of core memory: a labelled text with a limit, and how the prompt shows it between tags."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from memgpt_autogen.errors import BlockError, quoted
from memgpt_autogen.text.safe import clean_text

# the characters of a block without another limit (MemGPT's value)
DEFAULT_LIMIT = 2000

LONGEST_LABEL = 64

# tags of the system prompt that are no blocks
SECTIONS = ("core_memory", "instructions", "outside_view")


# the largest integer of a database's column
LARGEST_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Block:
    """A labelled piece of core memory, such as `persona` or `human`.

    Raises `BlockError` when `value` is longer than `limit`, or a prompt could not contain the label.
    """

    label: str
    value: str = ""
    limit: int = DEFAULT_LIMIT
    """The most characters `value` may hold (Unicode code points)."""
    description: str = ""
    """What the block is for; the model reads it."""
    read_only: bool = False
    """Whether this agent's model may only read it; `CoreMemory.set` can still change it."""
    shared: bool = False
    """Whether all agents of the home with a shared block of this label have one text, which each may edit."""

    def __post_init__(self) -> None:
        if not self.label or not all(char.isalnum() or char in "_-" for char in self.label):
            raise BlockError(f"a block label is made of letters, digits, '_' and '-'; {self.label!r} is not.")
        if len(self.label) > LONGEST_LABEL or self.label != unicodedata.normalize("NFKC", self.label):
            raise BlockError(
                f"a block label has at most {LONGEST_LABEL} letters, each in its plain form (Unicode NFKC); "
                f"{quoted(self.label)} does not fit."
            )
        if self.label.lower() in SECTIONS:
            raise BlockError(
                f"'{self.label}' is a section of the system prompt; give the block another label."
            )
        if not 1 <= self.limit <= LARGEST_LIMIT:
            raise BlockError(
                f"block '{self.label}' has a limit of {self.limit} characters; it must be at least 1, and at "
                f"most {LARGEST_LIMIT}."
            )
        object.__setattr__(self, "value", clean_text(self.value.replace("\0", "")))
        object.__setattr__(self, "description", clean_text(self.description.replace("\0", "")))
        if len(self.value) > self.limit:
            raise BlockError(
                f"block '{self.label}' holds at most {self.limit} characters; this edit would make it "
                f"{len(self.value)}. Shorten the text or move part of it to archival memory."
            )

    def append(self, text: str) -> Block:
        """Return the block with the text on its own line at the end."""
        return self._edited(f"{self.value}\n{text}" if self.value else text)

    def replace(self, old: str, new: str, *, labels: Iterable[str] = ()) -> Block:
        """Return the block with `new` in the one place that has `old`; an empty `new` deletes it.

        With the `labels` of a core memory, `old` may also be quoted as the prompt shows it (see `shown`).
        Raises `BlockError` when `old` is empty, is not in the block, or is in more than one place.
        """
        if not old:
            raise BlockError(
                f"the text to replace in block '{self.label}' is empty. Quote the words to replace, or "
                "append."
            )
        places = sorted({*_places(self.value, old), *_places_shown(self.value, old, tuple(labels))})
        if not places:
            raise BlockError(
                f"block '{self.label}' does not hold the text {quoted(old)}. Quote it exactly as it stands "
                "there."
            )
        if len(places) > 1:
            lines = ", ".join(str(self.value.count("\n", 0, start) + 1) for start, _ in places[:MOST_NAMED])
            lines += ", ..." if len(places) > MOST_NAMED else ""
            raise BlockError(
                f"block '{self.label}' holds {quoted(old)} {len(places)} times (lines {lines}). "
                "Quote more of the text around the one you mean."
            )
        start, end = places[0]
        return self._edited(self.value[:start] + new + self.value[end:])

    def insert(self, text: str, line: int = -1) -> Block:
        """Return the block with the text after line `line`, counted from 1: 0 is the start and -1 the end."""
        lines = self.value.split("\n") if self.value else []
        if line == -1:
            line = len(lines)
        if not 0 <= line <= len(lines):
            raise BlockError(
                f"block '{self.label}' has {len(lines)} lines; cannot insert after line {line}. "
                f"Use 0 for the start, -1 for the end, or 1 to {len(lines)}."
            )
        return self._edited("\n".join([*lines[:line], text, *lines[line:]]))

    def rewrite(self, text: str) -> Block:
        """Return the block with this text instead of its own."""
        return self._edited(text)

    def _edited(self, value: str) -> Block:
        return replace(self, value=value)


def shown(text: str, labels: Iterable[str]) -> str:
    """Return a block's text as the prompt shows it: with a backslash in each tag, as in `<\\/human>`.

    So a text can neither end its block nor begin another one. `meant` returns the text again.
    """
    return _tag(tuple(labels)).sub(lambda found: found[0] + "\\", text)


def meant(text: str, labels: Iterable[str]) -> str:
    """Return the text that the prompt shows as `text`. Tags without backslashes are meant as they are."""
    return _tag(tuple(labels)).sub(lambda found: found[0].removesuffix("\\"), text)


@lru_cache(maxsize=64)
def _tag(labels: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of a tag's start, and of backslashes that are there already."""
    names = "|".join(map(re.escape, (*SECTIONS, *labels)))
    return re.compile(rf"<\\*(?=\s*(?:/\s*)?(?:{names})(?![\w-]))", re.IGNORECASE)


# how many lines an error names
MOST_NAMED = 10


def _places(text: str, wanted: str) -> list[tuple[int, int]]:
    """Return where `wanted` starts and ends in `text`, with overlapping places."""
    places, start = [], text.find(wanted)
    while start >= 0:
        places.append((start, start + len(wanted)))
        start = text.find(wanted, start + 1)
    return places


def _places_shown(text: str, wanted: str, labels: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return where in `text` is what the prompt shows as `wanted`."""
    signs = [found.end() for found in _tag(labels).finditer(text)]
    if not signs:
        return []
    # where the backslashes are in the shown text
    added = [place + number for number, place in enumerate(signs)]
    spans = (
        (start - bisect_left(added, start), end - bisect_left(added, end))
        for start, end in _places(shown(text, labels), wanted)
    )
    return [(start, end) for start, end in spans if start < end]
