"""What a reader gives of a document: parts in order, and the sections that are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from memgpt_autogen.text.safe import clean_text

SECTION_CHARS = 12_000
"""The most characters of a section. A longer part is cut where a paragraph ends."""

HEADING_CHARS = 200
"""The most characters of a heading that are kept."""


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a document's text that stands on one page and below one heading."""

    text: str
    page: int | None = None
    """Counts from 1; None where the kind of document has none."""
    heading: str | None = None
    """With the headings above it: `Article II > Section 1`."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part as it is stored, of bounded size and with its number."""

    number: int
    """Counts from 1."""
    text: str
    page: int | None = None
    heading: str | None = None
    last: bool = False
    """Whether it ends the document."""


def sections(parts: Iterable[Part]) -> Iterator[Section]:
    """The parts without blank ones, the long ones cut; never more than one is held.

    The same parts always give the same sections, so that a load which broke off can go on.
    """
    waiting: Section | None = None
    number = 0
    for part in parts:
        heading = _heading(part.heading)
        for text in _bounded(clean_text(part.text)):
            number += 1
            if waiting is not None:
                yield waiting
            waiting = Section(number, text, part.page, heading)
    if waiting is not None:
        yield replace(waiting, last=True)


def _heading(text: str | None) -> str | None:
    flat = " ".join(clean_text(text or "").split())
    return (flat if len(flat) <= HEADING_CHARS else f"{flat[: HEADING_CHARS - 1]}…") or None


def _bounded(text: str) -> Iterator[str]:
    start, end = 0, len(text)
    while start < end:
        cut = _cut(text, start) if end - start > SECTION_CHARS else end
        if piece := text[start:cut].strip():
            yield piece
        start = cut


def _cut(text: str, start: int) -> int:
    """The end of a section that begins here: of a paragraph, else of a line, else of a sentence."""
    middle, end = start + SECTION_CHARS // 2, start + SECTION_CHARS
    for pause in ("\n\n", "\n", ". "):
        cut = text.rfind(pause, middle, end)
        if cut >= 0:
            return cut + len(pause)
    return end


class Outline:
    """The headings above the place that a reader has come to."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> None:
        """A heading begins; those of its level and below it end."""
        self._levels = [each for each in self._levels if each[0] < level]
        if flat := " ".join(heading.split()):
            self._levels.append((level, flat))

    @property
    def path(self) -> str | None:
        return " > ".join(heading for _, heading in self._levels) or None
