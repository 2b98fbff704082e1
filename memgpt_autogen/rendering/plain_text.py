"""Plain text for people: cut to length, and without anything that would control a terminal."""

from __future__ import annotations

import re

from memgpt_autogen.text.safe import clean_text

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, except tabs and line breaks, and the characters that change the writing direction."""

LONGEST = 4000
"""The characters of a text that are read to make one line of it."""


def harmless(text: str) -> str:
    """Return a text that is safe to print: blanks replace the characters that would control the terminal."""
    return CONTROLS.sub(" ", clean_text(text.replace("\r\n", "\n")))


def shorten(text: str, chars: int) -> str:
    """Return the start of a text, at most `chars` long."""
    return text if len(text) <= chars else text[: chars - 1] + "…"


def glance(text: str, chars: int) -> str:
    """Return the start of a text on one line that is safe to print, at most `chars` long."""
    return shorten(" ".join(harmless(text[:LONGEST]).split()), chars)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    Examples are `1 message` and `1,200 messages`. `many` is a plural that does not only add an "s".
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def bar(share: float, chars: int) -> str:
    """Return a bar of characters that is filled by a share of 0 to 1; a larger share fills it completely."""
    full = round(min(max(share, 0.0), 1.0) * chars)
    return "█" * full + "░" * (chars - full)
