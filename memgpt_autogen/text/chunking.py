"""Cutting a long text where a reader would pause."""

from __future__ import annotations

import re

PAUSES = (
    re.compile(r"(?=\n[^\S\n]*\n)"),  # a paragraph's end
    re.compile(r"(?<=[.!?…])(?=\s)|(?<=[.!?…][\"'”’)\]])(?=\s)|(?<=[。！？])"),  # a sentence's
    re.compile(r"(?=\n)"),  # a line's
    re.compile(r"(?=\s)"),  # a word's
)
"""Where to cut, the best place first."""

_SPACE = re.compile(r"\s*")


def split_text(text: str, limit: int) -> list[tuple[str, str]]:
    """Pieces of at most `limit` characters, each with the white space that followed it.

    Joined again they are the text, without white space around it. A piece is cut at the last pause in it, of the best kind
    that leaves it at least a quarter of `limit`; where there is none, at `limit`. No piece is blank.
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


def _cut(text: str, start: int, limit: int) -> int:
    if len(text) - start <= limit:
        return len(text)
    window = text[start : start + limit + 1]
    for pause in PAUSES:
        places = [place.start() for place in pause.finditer(window) if limit // 4 < place.start() <= limit]
        if places:
            return start + places[-1]
    return start + limit
