"""What a search found, as a table and as lines: when, whose, what, how good, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from memgpt_autogen.rendering.bars import plain_bar
from memgpt_autogen.rendering.markup import Markup, Part, fold, heading, joined, shown, table, tag
from memgpt_autogen.rendering.plain_text import glance, shorten

TEXT_CHARS = 240
"""Characters of a found text that a notebook shows before it is opened."""

LINE_CHARS = 90
"""Characters of a found text on a line."""

MOST_SHOWN = 50
"""Results that are shown of a page, the first ones."""

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that was found."""

    time: datetime
    whose: str
    """The speaker, or the source of a passage."""
    text: str
    score: float = 0.0
    why: str = ""
    tags: Sequence[str] = ()
    note: str = ""
    """What else is to be known, such as that it holds no longer."""


def results_html(kind: str, title: str, notes: Sequence[str], results: Sequence[Result], whose: str) -> str:
    """A table; `whose` is the head of that column. Score and why are left out where nothing was asked for."""
    ranked = any(result.why for result in results)
    best = max((result.score for result in results), default=0.0)
    heads = ["time (UTC)", whose, "text", *(("score#", "", "why") if ranked else ())]
    rows = [
        [
            tag("span", f"{result.time:%Y-%m-%d %H:%M}", class_="nowrap"),
            _whose(result),
            _text(result.text),
            *(_ranked(result, best) if ranked else ()),
        ]
        for result in results[:MOST_SHOWN]
    ]
    told = [table(heads, rows)] if rows else []
    return shown(kind, heading(title, *notes, _left_out(results)), *told)


def results_text(title: str, notes: Sequence[str], results: Sequence[Result]) -> str:
    """A line for each, under one that says what they are."""
    about = " · ".join(glance(note, LINE_CHARS) for note in (*notes, _left_out(results)) if note)
    lines = [f"{title}: {about}" if about else title]
    for result in results[:MOST_SHOWN]:
        score = f"{result.score:.3g}" if result.why else ""
        tags = "".join(f" #{glance(each, 30)}" for each in result.tags[:5])
        why = "; ".join(part for part in (glance(result.why, 80), result.note) if part)
        lines.append(
            f"  {result.time:%Y-%m-%d %H:%M}  {score:>6}  {glance(result.whose, 20)}: "
            f"{glance(result.text, LINE_CHARS)}{tags}{f'  ({why})' if why else ''}"
        )
    return "\n".join(lines)


def _left_out(results: Sequence[Result]) -> str:
    return f"the first {MOST_SHOWN} of this page are shown" if len(results) > MOST_SHOWN else ""


def _whose(result: Result) -> Markup:
    tags = [tag("span", shorten(each, 40), class_="tagged") for each in result.tags[:8]]
    note = tag("div", result.note, class_="note") if result.note else ""
    return joined(shorten(result.whose, 80), tag("div", *tags) if tags else "", note)


def _text(text: str) -> Markup:
    if len(text) <= TEXT_CHARS:
        return tag("div", text, class_="text")
    return fold(tag("span", shorten(text, TEXT_CHARS), class_="text"), tag("div", text, class_="inside text"))


def _ranked(result: Result, best: float) -> tuple[Part, ...]:
    share = result.score / best if best > 0 else 0.0
    return f"{result.score:.3g}", plain_bar(round(share * PERCENT), PERCENT, what="of the best"), result.why
