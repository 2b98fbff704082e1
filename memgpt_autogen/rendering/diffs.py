"""What changed between two texts, line by line, as HTML."""

from __future__ import annotations

from difflib import SequenceMatcher

from memgpt_autogen.rendering.markup import Markup, joined, tag
from memgpt_autogen.rendering.plain_text import shorten

AROUND = 1
"""Lines that stayed the same and are shown before and after what changed."""

MOST_LINES = 200
"""Lines of a text that are compared."""

MOST_LINE_CHARS = 400

MOST_SHOWN = 40
"""Lines of a difference that are shown, the first ones."""


def diff(before: str, after: str) -> Markup:
    """The lines that went and came, with a little of what stayed around them; signs tell them apart where colours cannot."""
    old, new = _lines(before), _lines(after)
    shown: list[Markup] = []
    for what, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if what == "equal":
            shown += _stayed(old[old_from:old_to], first=old_from == 0, last=old_to == len(old))
            continue
        shown += [tag("del", f"− {line}") for line in old[old_from:old_to]]
        shown += [tag("ins", f"+ {line}") for line in new[new_from:new_to]]
    more = len(shown) - MOST_SHOWN
    return joined(*shown[:MOST_SHOWN], tag("span", f"… {more} more lines", class_="same") if more > 0 else "")


def _stayed(lines: list[str], *, first: bool, last: bool) -> list[Markup]:
    head, tail = (0 if first else AROUND), (0 if last else AROUND)
    if len(lines) <= head + tail + 1:
        kept = lines
    else:
        kept = [*lines[:head], f"⋯ {len(lines) - head - tail} lines", *lines[len(lines) - tail :]]
    return [tag("span", f"  {line}", class_="same") for line in kept]


def _lines(text: str) -> list[str]:
    lines = [shorten(line, MOST_LINE_CHARS) for line in text.split("\n", MOST_LINES)] if text else []
    if len(lines) > MOST_LINES:
        lines[MOST_LINES] = "…"
    return lines
