"""The parts that a reader yields from a document, and the sections that are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from memgpt_autogen.rendering.plain_text import shorten
from memgpt_autogen.text.safe import clean_text

SECTION_CHARS = 12_000
"""The most characters of a section. A longer part is cut at the end of a paragraph."""

HEADING_CHARS = 200
"""The most characters of a heading. The rest is cut."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a document's text on one page and under one heading."""

    text: str
    page: int | None = None
    """Counts from 1; None if this kind of document has no pages."""
    heading: str | None = None
    """With the headings above it, such as `Article II > Section 1`."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part as it is stored: limited in size, and numbered."""

    number: int
    """Counts from 1."""
    text: str
    page: int | None = None
    heading: str | None = None
    last: bool = False
    """Whether it is the last section of the document."""


def sections(parts: Iterable[Part]) -> Iterator[Section]:
    """Yield the parts without blank ones, and with long ones cut. Only one part is in memory at a time.

    The same parts always give the same sections, so an interrupted load can be resumed.
    """
    waiting: Section | None = None
    number = 0
    for part in parts:
        heading = shorten(" ".join(clean_text(part.heading or "").split()), HEADING_CHARS) or None
        for text in _bounded(clean_text(part.text)):
            number += 1
            if waiting is not None:
                yield waiting
            waiting = Section(number, text, part.page, heading)
    if waiting is not None:
        yield replace(waiting, last=True)


def _bounded(text: str) -> Iterator[str]:
    start, end = 0, len(text)
    while start < end:
        cut = _cut(text, start) if end - start > SECTION_CHARS else end
        if piece := text[start:cut].strip():
            yield piece
        start = cut


def _cut(text: str, start: int) -> int:
    """Return the end of a section: the end of a paragraph, else of a line, else of a sentence."""
    middle, end = start + SECTION_CHARS // 2, start + SECTION_CHARS
    for pause in ("\n\n", "\n", ". "):
        cut = text.rfind(pause, middle, end)
        if cut >= 0:
            return cut + len(pause)
    return end


class Outline:
    """The headings above the current place in a document."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> None:
        """Begin a heading. Headings of the same level and below it end."""
        self._levels = [each for each in self._levels if each[0] < level]
        if flat := " ".join(heading.split()):
            self._levels.append((level, flat))

    @property
    def path(self) -> str | None:
        return " > ".join(heading for _, heading in self._levels) or None
