"""Split a long text where a reader would pause."""

from __future__ import annotations

import re

PAUSES = (
    re.compile(r"(?=\n[^\S\n]*\n)"),  # the end of a paragraph
    re.compile(r"(?<=[.!?…])(?=\s)|(?<=[.!?…][\"'”’)\]])(?=\s)|(?<=[。！？])"),  # of a sentence
    re.compile(r"(?=\n)"),  # of a line
    re.compile(r"(?=\s)"),  # of a word
)
"""Where to cut, the best kind of place first."""


def split_text(text: str, limit: int) -> list[tuple[str, str]]:
    """Split a text into pieces of at most `limit` characters, each with the white space that follows it.

    Joined again they are the text without white space at its ends. A piece ends at the last pause of the best
    kind that leaves it at least a quarter of `limit`, or at `limit` if there is none. No piece is blank.
    """
    text = text.strip()
    pieces: list[tuple[str, str]] = []
    start = 0
    while start < len(text):
        piece = text[start : _cut(text, start, limit)].rstrip()
        gap = _SPACE.match(text, start + len(piece))
        pieces.append((piece, gap.group() if gap else ""))
        start += sum(map(len, pieces[-1]))
    return pieces


def split_lines(text: str, limit: int) -> list[tuple[str, str]]:
    """Split source code into pieces of whole lines, as `split_text` does, with their indentation.

    A piece ends before a blank line if one leaves it at least a quarter of `limit`. Only a line that is
    longer than `limit` is divided. Joined again they are the text without blank lines at its ends.
    """
    text = text[_BLANK_LINES.match(text).end() :].rstrip()  # type: ignore[union-attr]  # it always matches
    pieces: list[tuple[str, str]] = []
    start = 0
    while start < len(text):
        end = _cut_lines(text, start, limit)
        piece = text[start:end].rstrip()
        if not piece:  # more white space than a passage may have
            found = re.compile(r"\S").search(text, start)
            start = found.start() if found else len(text)
            continue
        gap = _BLANK_LINES.match(text, start + len(piece))
        pieces.append((piece, gap.group() if gap else ""))
        start += sum(map(len, pieces[-1]))
    return pieces


_SPACE = re.compile(r"\s*")
_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)*")  # up to the indentation of the next line
_BETWEEN = (re.compile(r"\n(?=[^\S\n]*\n)"), re.compile(r"\n"), re.compile(r"\s"))


def _cut_lines(text: str, start: int, limit: int) -> int:
    if len(text) - start <= limit:
        return len(text)
    window = text[start : start + limit + 1]
    for number, pause in enumerate(_BETWEEN):
        least = 0 if number == 1 else limit // 4
        places = [place.start() for place in pause.finditer(window) if least < place.start() <= limit]
        if places:
            return start + places[-1]
    return start + limit


def _cut(text: str, start: int, limit: int) -> int:
    if len(text) - start <= limit:
        return len(text)
    window = text[start : start + limit + 1]
    for pause in PAUSES:
        places = [place.start() for place in pause.finditer(window) if limit // 4 < place.start() <= limit]
        if places:
            return start + places[-1]
    return start + limit
