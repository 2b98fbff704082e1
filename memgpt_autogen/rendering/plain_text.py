"""Texts as people are shown them: cut, and without what a terminal would obey."""

from __future__ import annotations

import re

from memgpt_autogen.text.safe import storable

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal would obey: control characters but tabs and line breaks, and signs that turn the writing direction."""

LONGEST = 4000
"""Characters of a text that are looked at for a line."""


def harmless(text: str) -> str:
    """A text that can be printed: whatever would steer the terminal is a blank."""
    return CONTROLS.sub(" ", storable(text.replace("\r\n", "\n")))


def shorten(text: str, chars: int) -> str:
    """The start of a text, at most `chars` long."""
    return text if len(text) <= chars else text[: chars - 1] + "…"


def glance(text: str, chars: int) -> str:
    """The start of a text on one line that can be printed, at most `chars` long."""
    return shorten(" ".join(harmless(text[:LONGEST]).split()), chars)


def counted(number: int, what: str) -> str:
    """`1 message`, `1,200 messages`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def bar(share: float, chars: int) -> str:
    """A bar of characters, filled as far as the share says; a share above 1 fills it."""
    full = round(min(max(share, 0.0), 1.0) * chars)
    return "█" * full + "░" * (chars - full)
