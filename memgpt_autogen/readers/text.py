"""Read plain text and Markdown line by line, with the headings that a reader would see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from memgpt_autogen.readers.sections import SECTION_CHARS, Outline, Part

NUMERAL = (
    r"(?:[IVXLC]+|\d+(?:\.\d+)*|[A-Z]|one|two|three|four|five|six|seven|eight|nine|ten|the (?:first|last))"
)

NAMED = (
    re.compile(rf"(?:book|part|volume|act|title)\s+{NUMERAL}\b.*", re.IGNORECASE),
    re.compile(rf"(?:chapter|article|amendment|canto|scene|appendix|letter)\s+{NUMERAL}\b.*", re.IGNORECASE),
    re.compile(rf"(?:section|§)\s*{NUMERAL}\b.*", re.IGNORECASE),
)
"""The names of a book's parts, the larger ones first."""

ALONE = re.compile(
    r"(?:preamble|preface|foreword|introduction|prologue|epilogue|contents|conclusion|abstract|summary|references|"
    r"acknowledge?ments)\.?",
    re.IGNORECASE,
)

NUMBERED = re.compile(r"\d+(?:\.\d+)*\.?\s+[A-Z][^.!?;,]*")

LONGEST_HEADING = 80
MOST_LINE = 1_000_000
"""How many characters are read at once in a file without line ends."""


def read_text(lines: Iterable[str]) -> Iterator[Part]:
    """Yield the text in parts, with its headings.

    A heading is a short line between blank lines. It is numbered, in capitals, or named like a chapter (see
    `NAMED` and `ALONE`).
    """
    run = _Run()
    before = ""
    maybe_heading: str | None = None
    for line in lines:
        if maybe_heading is not None:
            level = _level(maybe_heading)
            if level and not line.strip():
                yield from run.enter(level, maybe_heading.strip().rstrip("."))
            else:
                yield from run.add(maybe_heading)
            maybe_heading = None
        if not before.strip() and _level(line):
            maybe_heading = line
        else:
            yield from run.add(line)
        before = line
    yield from run.add(maybe_heading)
    yield from run.end()


def read_markdown(lines: Iterable[str]) -> Iterator[Part]:
    """Yield the text in parts. Headings begin with `#` or are underlined, and are not in fenced code."""
    run = _Run()
    fence = ""
    maybe_heading: str | None = None
    for line in lines:
        text = line.strip()
        marked = re.match(r"`{3,}|~{3,}", text)
        if fence:
            fence = "" if marked and text.startswith(fence) and not text.strip(fence[0]) else fence
        elif marked:
            fence = marked.group()
        elif maybe_heading is not None and re.fullmatch(r"=+|-{2,}", text) and maybe_heading.strip():
            yield from run.enter(1 if text[0] == "=" else 2, _bare(maybe_heading))
            maybe_heading = None
            continue
        elif heading := re.match(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$", line.rstrip()):
            yield from run.add(maybe_heading)
            maybe_heading = None
            yield from run.enter(len(heading.group(1)), _bare(heading.group(2)))
            continue
        yield from run.add(maybe_heading)
        maybe_heading = line
        if fence or not text or len(text) > 2 * LONGEST_HEADING:
            yield from run.add(line)
            maybe_heading = None
    yield from run.add(maybe_heading)
    yield from run.end()


class _Run:
    """The lines under the current heading. Many lines are yielded in several parts."""

    def __init__(self) -> None:
        self._outline = Outline()
        self._lines: list[str] = []
        self._chars = 0

    def add(self, line: str | None) -> Iterator[Part]:
        if line is None:
            return
        self._lines.append(line)
        self._chars += len(line)
        paragraph_ends = not line.strip()
        if self._chars > SECTION_CHARS or (paragraph_ends and self._chars > SECTION_CHARS * 3 // 4):
            yield from self.end()

    def enter(self, level: int, heading: str) -> Iterator[Part]:
        yield from self.end()
        self._outline.enter(level, heading)

    def end(self) -> Iterator[Part]:
        text = "".join(self._lines)
        self._lines, self._chars = [], 0
        if text.strip():
            yield Part(text, heading=self._outline.path)


def _level(line: str) -> int:
    """Return the level of a line that could be a heading, from 1; 0 for any other line."""
    text = line.strip()
    if not text or len(text) > LONGEST_HEADING:
        return 0
    for level, named in enumerate(NAMED, 1):
        if named.fullmatch(text):
            return level
    if ALONE.fullmatch(text) or (text.isupper() and sum(map(str.isalpha, text)) > 3):
        return 2
    return 3 if NUMBERED.fullmatch(text) else 0


def _bare(text: str) -> str:
    """Return a heading without emphasis, code marks and the addresses of links."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*_`]{1,3}(\S(?:.*?\S)?)[*_`]{1,3}", r"\1", text)
