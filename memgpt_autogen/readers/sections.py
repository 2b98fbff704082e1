"""The parts that a reader yields from a document, and the sections that are made of them."""

from __future__ import annotations

import re
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
    note: str = ""
    """What was left out here, or is unsure, for the report of the load."""
    exact: bool = False
    """Whether its lines stay as they are, with their indentation, as in source code."""


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
    exact: bool = False
    """Whether its lines are whole and stay as they are."""


def sections(parts: Iterable[Part]) -> Iterator[Section]:
    """Yield the parts without blank ones, and with long ones cut. Only one part is in memory at a time.

    A heading that is too long is cut, and is text of its first section too. The same parts always give the
    same sections, so an interrupted load can be resumed.
    """
    waiting: Section | None = None
    number, whole = 0, ""
    for part in parts:
        flat, before = " ".join(clean_text(part.heading or "").split()), whole
        heading, body = shorten(flat, HEADING_CHARS) or None, clean_text(part.text)
        if not body.strip():
            continue
        whole = flat
        if len(flat) > HEADING_CHARS and flat != before:
            body = f"{flat}\n\n{body}"
        for text in _bounded(body, exact=part.exact):
            number += 1
            if waiting is not None:
                yield waiting
            waiting = Section(number, text, part.page, heading, exact=part.exact)
    if waiting is not None:
        yield replace(waiting, last=True)


def with_lines(path: str, first: int, last: int) -> str:
    """Return the heading of lines of a file: `Store > add, lines 12 to 40`, or only the lines."""
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    room = HEADING_CHARS - len(lines) - 2
    return f"{shorten(path, room)}, {lines}" if path else lines


def without_lines(heading: str) -> str:
    """Return a heading without its line numbers."""
    return _LINES.sub("", heading)


_LINES = re.compile(r", lines? \d+(?: to \d+)?$")


def _bounded(text: str, *, exact: bool) -> Iterator[str]:
    start, end = 0, len(text)
    while start < end:
        cut = _cut(text, start) if end - start > SECTION_CHARS else end
        if (piece := text[start:cut]).strip():
            yield piece.rstrip("\n") if exact else piece.strip()
        start = cut


def _cut(text: str, start: int) -> int:
    """Return the end of a section: the end of a paragraph, else of a line, of a sentence, or of a word."""
    middle, end = start + SECTION_CHARS // 2, start + SECTION_CHARS
    for pause in ("\n\n", "\n", ". ", " "):
        cut = text.rfind(pause, middle, end)
        if cut >= 0:
            return cut + len(pause)
    return end


class HeadedText:
    """Text and headings in the order of a document, gathered into parts of bounded size.

    A heading without text below it, also not below a heading of its own, is text of the section above it.
    """

    def __init__(self) -> None:
        self._levels: list[tuple[int, str]] = []
        self._bare = False  # whether nothing is below the last heading yet
        self._lines: list[str] = []
        self._chars = 0
        self._path: str | None = None  # of the gathered lines

    @property
    def path(self) -> str | None:
        """The headings above the current place."""
        return " > ".join(heading for _, heading in self._levels) or None

    def add(self, line: str) -> Iterator[Part]:
        """Add a line, or several lines. An end of a line belongs to it."""
        blank = not line.strip()
        if blank and (self._bare or not self._lines):
            return
        if self.path != self._path:
            yield from self._gathered()
        self._path, self._bare = self.path, False
        self._lines.append(line)
        self._chars += len(line)
        if self._chars > SECTION_CHARS or (blank and self._chars > SECTION_CHARS * 3 // 4):
            yield from self._gathered()

    def enter(self, level: int, heading: str) -> Iterator[Part]:
        """Begin a heading. Headings of the same level and below it end."""
        yield from self._leave(level)
        self._levels = [each for each in self._levels if each[0] < level]
        if flat := " ".join(heading.split()):
            self._levels.append((level, flat))
            self._bare = True

    def end(self) -> Iterator[Part]:
        yield from self._leave(-1)
        yield from self._gathered()

    def _leave(self, level: int) -> Iterator[Part]:
        """Make the last heading text if it ends here and nothing is below it."""
        if self._bare and self._levels and self._levels[-1][0] >= level:
            _, heading = self._levels.pop()
            self._bare = False
            if self._lines and self.path == self._path:
                self._lines = ["".join(self._lines).rstrip("\n"), "\n\n"]
            yield from self.add(f"{heading}\n\n")

    def _gathered(self) -> Iterator[Part]:
        text = "".join(self._lines)
        self._lines, self._chars = [], 0
        if text.strip():
            yield Part(text, heading=self._path)
