"""The results of a search, as a table and as lines: time, speaker or source, text, score and reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from memgpt_autogen.rendering.bars import plain_bar
from memgpt_autogen.rendering.markup import Markup, Part, fold, heading, joined, shown, table, tag
from memgpt_autogen.rendering.plain_text import glance, shorten

TEXT_CHARS = 240
"""How many characters of a result a notebook shows before it is opened."""

LINE_CHARS = 90
"""How many characters of a result are on a line."""

MOST_SHOWN = 50
"""How many results of a page are shown; the first ones."""

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a search."""

    time: datetime
    whose: str
    """The speaker, or the source of a passage."""
    text: str
    score: float = 0.0
    why: str = ""
    tags: Sequence[str] = ()
    note: str = ""
    """Something else to know, such as that the text is superseded."""


def results_html(kind: str, title: str, notes: Sequence[str], results: Sequence[Result], whose: str) -> str:
    """Return a table; `whose` is the head of that column. Without a query, score and reason are left out."""
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
    tables = [table(heads, rows)] if rows else []
    return shown(kind, heading(title, *notes, _left_out(results)), *tables)


def results_text(title: str, notes: Sequence[str], results: Sequence[Result]) -> str:
    """Return a line for each result, under a line with the title and the notes."""
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
