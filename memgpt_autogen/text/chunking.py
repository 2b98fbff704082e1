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


_SPACE = re.compile(r"\s*")


def _cut(text: str, start: int, limit: int) -> int:
    if len(text) - start <= limit:
        return len(text)
    window = text[start : start + limit + 1]
    for pause in PAUSES:
        places = [place.start() for place in pause.finditer(window) if limit // 4 < place.start() <= limit]
        if places:
            return start + places[-1]
    return start + limit
