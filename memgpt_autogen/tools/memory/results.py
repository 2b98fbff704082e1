"""Search results as a model reads them: a line with their exact number, then the results in groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from memgpt_autogen.errors import ToolError
from memgpt_autogen.rendering.found_lines import NOTHING_FOUND, REPLACED, FoundGroup, FoundLine
from memgpt_autogen.text.parts import shown_from
from memgpt_autogen.text.safe import quote_name, to_json_line
from memgpt_autogen.text.words import words
from memgpt_autogen.tools.memory.arrange import Finding, FindingsPage

TROUBLE = 100
"""The most characters of what a search could not use."""

GAP = timedelta(hours=1)
"""After so much time, a conversation is another one, with a group of its own."""

LONG_AGO = timedelta(days=14)
"""Of what is older, no one asks at what time of the day it was said."""

BEST = "best match"

BESIDE = "replaces a result"

ASKED = 60
"""The most characters of a query or a name that an answer repeats."""

SHORT_QUERY = 4
"""From this number of words on, a query may find more with fewer words."""


def format_page(
    page: FindingsPage[Any], shown: int, body: str, *, order: str = "", nothing: str = f"{NOTHING_FOUND}."
) -> str:
    """Return one page of results as text: how many it shows, and its body.

    `order` is what the first line says of their order, and `nothing` the text if there are no results at all.
    """
    limited = f"; by words only, since {one_excerpt(page.trouble, TROUBLE)}" if page.trouble else ""
    if not shown:
        if page.total:
            end = f"the {page.total} results end on page {page.last_page}"
            return f"{NOTHING_FOUND} on page {page.page}: {end}."
        return f"{nothing} (Searched{limited.removeprefix(';')})" if limited else nothing
    repeats = f"; {page.folded} near-duplicate{'s' if page.folded > 1 else ''} folded" if page.folded else ""
    about = "" if page.exact else "about "
    others = ", ".join(quote_name(name, ASKED) for name in page.alike)
    also = f"; speaker {others} is only alike, and somebody else" if others else ""
    ordered = f"; {order}" if order and shown > 1 else ""
    return (
        f"Showing {shown} of {about}{page.total} results "
        f"(page {page.page}, last page {page.last_page}{ordered}{repeats}{also}{limited}):\n{body}"
    )


def marks(finding: Finding[Any], zone: tzinfo, *, best: bool) -> tuple[str, ...]:
    """Return what a reader has to know: the best match, what was said before, and what was replaced."""
    found = [BEST] if best else []
    if finding.beside:
        found.append(BESIDE)
    if finding.repeats:
        count, last = len(finding.repeats), finding.repeats[0].astimezone(zone)
        found.append(f"{count} time{'s' if count > 1 else ''} before, last {last:%Y-%m-%d}")
    if finding.superseded_by is not None:
        found.append(f"{REPLACED} {minute(finding.superseded_by, zone)}")
    return tuple(found)


def in_time(lines: Iterable[tuple[datetime, FoundLine]], now: datetime, zone: tzinfo) -> Iterator[FoundGroup]:
    """Yield lines in order of time as groups: a new one for each day, and after each `GAP`.

    What is older than `LONG_AGO` has a day and no time of day, and no gaps. The age stands where it is
    another one than that of the group before.
    """
    groups: list[tuple[datetime, list[FoundLine]]] = []
    last: datetime | None = None
    for time, line in lines:
        local = time.astimezone(zone)
        if last is None or local.date() != last.date() or (local - last > GAP and now - time < LONG_AGO):
            groups.append((local, []))
        groups[-1][1].append(line)
        last = local
    told = ""
    for number, (start, members) in enumerate(groups, 1):
        old = age(start, now)
        newest = ("newest",) if 1 < number == len(groups) else ()
        when = minute(start, zone) if now - start < LONG_AGO else f"{start:%Y-%m-%d}"
        yield FoundGroup((when, *(() if old == told else (old,)), *newest), members)
        told = old


def minute(time: datetime, zone: tzinfo) -> str:
    """Return a time as results show it, and as a search takes it: `2026-03-01 14:05`."""
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M}"


def nothing_found(
    query: str, asked: Mapping[str, Sequence[str | None]], hints: Sequence[str], elsewhere: str
) -> str:
    """Return the answer if nothing was found: what was asked, and what to try instead.

    `asked` contains the values of each filter, `hints` what is known to be wrong. `elsewhere` is the tool
    that searches the other memory.
    """
    given = {name: [value for value in values if value] for name, values in asked.items() if any(values)}
    parts = [to_json_line(one_excerpt(query, ASKED))] if query else []
    parts += [
        f"{name} {', '.join(quote_name(value, ASKED) for value in values)}" for name, values in given.items()
    ]
    ways = list(hints)
    if query and not hints:
        ways.append(
            "use other words" if len(words(query)) < SHORT_QUERY else "use fewer words, or other ones"
        )
    if others := [name for name in given if name not in ("start_date", "end_date")]:
        ways.append(f"leave out {' or '.join(others)}")
    if len(others) < len(given):
        ways.append("widen the dates")
    if query and not given:
        ways.append(f"look in {elsewhere}")
    tried = f" for {', '.join(parts)}" if parts else ""
    return f"{NOTHING_FOUND}{tried}." + (f" Try this: {'; '.join(ways)}." if ways else "")


def checked_page(page: int) -> int:
    if page < 0:
        raise ToolError(f"page is {page}; pages count from 0.")
    return page


def one_excerpt(text: str, chars: int) -> str:
    """Return the start of a text on one line, at most `chars` long."""
    line = " ".join(text.split())
    return line if len(line) <= chars else f"{line[: chars - 4]} ..."


def excerpt(text: str, query: str, chars: int, *, notice: bool = True) -> str:
    """Return the part of a long text that has most of the query's words: `chars` at most, plus a notice."""
    if len(text) <= chars:
        return text
    start = shown_from(text, query, chars)
    before = "... " if start else ""
    after = " ..." if start + chars < len(text) else ""
    told = f" [excerpt of {len(text):,} characters]" if notice else ""
    return f"{before}{text[start : start + chars]}{after}{told}"


# in days; a unit is used for 2 of it or more, so that a rounded age is at most half a unit wrong
UNITS = (
    ("year", 365.25),
    ("month", 30.44),
    ("week", 7.0),
    ("day", 1.0),
    ("hour", 1 / 24),
    ("minute", 1 / 1440),
)


def age(time: datetime, now: datetime) -> str:
    """Return an age such as `3 weeks ago`. An answer that a model reads has the time of the search."""
    passed = (now - time).total_seconds() / 86_400
    for unit, days in UNITS:
        count = round(abs(passed) / days)
        if count > 1:
            return f"{count} {unit}s ago" if passed > 0 else f"in {count} {unit}s"
    if abs(passed) * 1440 < 1:
        return "just now"
    return "1 minute ago" if passed > 0 else "in 1 minute"
