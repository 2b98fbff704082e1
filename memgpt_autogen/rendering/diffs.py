"""The difference between two texts, line by line, as HTML."""

from __future__ import annotations

from difflib import SequenceMatcher

from memgpt_autogen.rendering.markup import Markup, joined, tag
from memgpt_autogen.rendering.plain_text import counted, shorten

AROUND = 1
"""How many unchanged lines are shown before and after a change."""

MOST_LINES = 200
"""How many lines of a text are compared."""

MOST_LINE_CHARS = 400

MOST_SHOWN = 40
"""How many lines of a difference are shown; the first ones."""


def diff(before: str, after: str) -> Markup:
    """Return the deleted and added lines with a few unchanged ones; signs mark them where colours cannot."""
    old, new = _lines(before), _lines(after)
    shown: list[Markup] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for what, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if what == "equal":
            shown += _unchanged(old[old_from:old_to], first=old_from == 0, last=old_to == len(old))
            continue
        shown += [tag("del", f"− {line}") for line in old[old_from:old_to]]
        shown += [tag("ins", f"+ {line}") for line in new[new_from:new_to]]
    more = counted(len(shown) - MOST_SHOWN, "more line")
    cut = tag("span", f"… {more}", class_="same") if len(shown) > MOST_SHOWN else ""
    return joined(*shown[:MOST_SHOWN], cut)


def _unchanged(lines: list[str], *, first: bool, last: bool) -> list[Markup]:
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
