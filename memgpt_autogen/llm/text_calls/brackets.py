"""Brackets and strings of JSON and Python: where a value in a text ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

SIGNS = re.compile(r"[\"'\[\](){}]")
STRINGS = {
    '"': re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL),
    "'": re.compile(r"'[^'\\\n]*(?:\\.[^'\\\n]*)*", re.DOTALL),
}
OPEN = "([{"


def closing_bracket(text: str, begin: int) -> int | None:
    """Return the place behind the bracket that closes the first one; None where none does."""
    depth = 0
    for sign, end in brackets(text, begin):
        if sign in OPEN:
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return end
    return None


def brackets(text: str, begin: int) -> Iterator[tuple[str, int]]:
    """Yield the brackets outside strings, each with the place behind it."""
    place = begin
    no_string = dict.fromkeys(STRINGS, begin)  # before this place, no string of this kind begins
    while found := SIGNS.search(text, place):
        sign, place = found[0], found.end()
        if sign not in STRINGS:
            yield sign, place
        elif found.start() >= no_string[sign]:
            string = STRINGS[sign].match(text, found.start())
            end = string.end() if string else place
            if text[end : end + 1] == sign:
                place = end + 1
            else:  # what follows up to there are escaped marks, which begin nothing that ends either
                no_string[sign] = end
