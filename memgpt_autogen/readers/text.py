"""Plain text and Markdown: read line by line, with the headings that a reader would see as such."""

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
"""How books call their parts, the larger ones first."""

ALONE = re.compile(
    r"(?:preamble|preface|foreword|introduction|prologue|epilogue|contents|conclusion|abstract|summary|references|"
    r"acknowledge?ments)\.?",
    re.IGNORECASE,
)

NUMBERED = re.compile(r"\d+(?:\.\d+)*\.?\s+[A-Z][^.!?;,]*")

LONGEST_HEADING = 80
MOST_LINE = 1_000_000
"""Characters that are read at once where a file has no lines."""


def read_text(lines: Iterable[str]) -> Iterator[Part]:
    """A heading is a short line between blank ones that is called a chapter or the like, is numbered, or is all in capitals."""
    outline, run = Outline(), _Run()
    before = ""
    held: str | None = None
    """A line that may be a heading, until the next one tells."""
    for line in lines:
        if held is not None:
            level = _level(held)
            if level and not line.strip():
                yield from run.end(outline)
                outline.enter(level, held.strip().rstrip("."))
            else:
                yield from run.add(held, outline)
            held = None
        if not before.strip() and _level(line):
            held = line
        else:
            yield from run.add(line, outline)
        before = line
    if held is not None:
        yield from run.add(held, outline)
    yield from run.end(outline)


def read_markdown(lines: Iterable[str]) -> Iterator[Part]:
    """Headings of both kinds, `#` and underlined; what stands between fences is no heading."""
    outline, run = Outline(), _Run()
    fence = ""
    held: str | None = None
    for line in lines:
        told = line.strip()
        marked = re.match(r"`{3,}|~{3,}", told)
        if fence:
            fence = "" if marked and told.startswith(fence) and not told.strip(fence[0]) else fence
        elif marked:
            fence = marked.group()
        elif held is not None and re.fullmatch(r"=+|-{2,}", told) and held.strip():
            yield from run.end(outline)
            outline.enter(1 if told[0] == "=" else 2, _bare(held))
            held = None
            continue
        elif heading := re.match(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$", line.rstrip()):
            if held is not None:
                yield from run.add(held, outline)
                held = None
            yield from run.end(outline)
            outline.enter(len(heading.group(1)), _bare(heading.group(2)))
            continue
        if held is not None:
            yield from run.add(held, outline)
        held = line
        if fence or not told or len(told) > 2 * LONGEST_HEADING:
            yield from run.add(held, outline)
            held = None
    if held is not None:
        yield from run.add(held, outline)
    yield from run.end(outline)


class _Run:
    """Lines below one heading, given as a part when they are many."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._chars = 0

    def add(self, line: str, outline: Outline) -> Iterator[Part]:
        self._lines.append(line)
        self._chars += len(line)
        paragraph_ends = not line.strip()
        if self._chars > SECTION_CHARS or (paragraph_ends and self._chars > SECTION_CHARS * 3 // 4):
            yield from self.end(outline)

    def end(self, outline: Outline) -> Iterator[Part]:
        text = "".join(self._lines)
        self._lines, self._chars = [], 0
        if text.strip():
            yield Part(text, heading=outline.path)


def _level(line: str) -> int:
    """How high a line would stand as a heading; 0 for one that is none."""
    text = line.strip()
    if not text or len(text) > LONGEST_HEADING:
        return 0
    for level, named in enumerate(NAMED, 1):
        if named.fullmatch(text):
            return level
    if ALONE.fullmatch(text):
        return 2
    if text.isupper() and sum(map(str.isalpha, text)) > 3:
        return 2
    return 3 if NUMBERED.fullmatch(text) else 0


def _bare(text: str) -> str:
    """A heading without emphasis, code marks and the addresses of links."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*_`]{1,3}(\S(?:.*?\S)?)[*_`]{1,3}", r"\1", text)
