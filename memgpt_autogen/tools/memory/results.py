"""Search results as a model reads them: a line with their exact number, then a JSON list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from memgpt_autogen.errors import ToolError
from memgpt_autogen.messages import format_time
from memgpt_autogen.text.parts import shown_from
from memgpt_autogen.text.safe import quote_name, to_json_line
from memgpt_autogen.text.words import words
from memgpt_autogen.tools.memory.arrange import Finding, FindingsPage

NARROW = 300
"""The fewest characters of a result that leave room for more than what was found."""

WHY = 100
"""The most characters of the reason why something was found."""

ASKED = 60
"""The most characters of a query or a name that an answer repeats."""

SHORT_QUERY = 4
"""From this number of words on, a query may find more with fewer words."""


def format_page(
    page: FindingsPage[Any], items: Sequence[Mapping[str, Any]], nothing: str = "No results found."
) -> str:
    """Return one page of results as text. `nothing` is the text if there are no results at all."""
    limited = f"; by words only, since {one_excerpt(page.trouble, WHY)}" if page.trouble else ""
    if not items:
        if page.total:
            end = f"the {page.total} results end on page {page.last_page}"
            return f"No results found on page {page.page}: {end}."
        return f"{nothing} (Searched{limited.removeprefix(';')})" if limited else nothing
    lines = ",\n".join(map(to_json_line, items))
    repeats = f"; {page.folded} near-duplicate{'s' if page.folded > 1 else ''} folded" if page.folded else ""
    about = "" if page.exact else "about "
    others = ", ".join(quote_name(name, ASKED) for name in page.alike)
    also = f"; speaker {others} is only alike, and somebody else" if others else ""
    return (
        f"Showing {len(items)} of {about}{page.total} results "
        f"(page {page.page}, last page {page.last_page}{repeats}{also}{limited}):\n[{lines}]"
    )


def times(finding: Finding[Any], now: datetime, zone: tzinfo) -> dict[str, Any]:
    """Return when it was said or stored, when it was repeated, and when it was replaced."""
    found: dict[str, Any] = {"time": format_time(finding.time, zone), "age": age(finding.time, now)}
    if finding.repeats:
        last, first = (format_time(each, zone)[:10] for each in (finding.repeats[0], finding.repeats[-1]))
        between = f"on {first}" if first == last else f"{first} to {last}"
        count = len(finding.repeats)
        found["repeats"] = f"{count} earlier, {between}"
    if finding.superseded_by is not None:
        found["superseded_by"] = format_time(finding.superseded_by, zone)
    return found


def reason(why: str, item_chars: int) -> dict[str, Any]:
    """Return why something was found, if a result has room for it."""
    return {"why": one_excerpt(why, WHY)} if why and item_chars >= NARROW else {}


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
    return f"No results found{tried}." + (f" Try this: {'; '.join(ways)}." if ways else "")


def checked_page(page: int) -> int:
    if page < 0:
        raise ToolError(f"page is {page}; pages count from 0.")
    return page


def one_excerpt(text: str, chars: int) -> str:
    """Return the start of a text on one line, at most `chars` long."""
    line = " ".join(text.split())
    return line if len(line) <= chars else f"{line[: chars - 4]} ..."


def excerpt(text: str, query: str, chars: int) -> str:
    """Return the part of a long text that has most of the query's words: `chars` at most, plus a notice."""
    if len(text) <= chars:
        return text
    start = shown_from(text, query, chars)
    before = "... " if start else ""
    after = " ..." if start + chars < len(text) else ""
    return f"{before}{text[start : start + chars]}{after} [excerpt of {len(text):,} characters]"


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
    """Return an age such as `3 weeks before this search`, which is still true when it is read later."""
    passed = (now - time).total_seconds() / 86_400
    side = "before" if passed > 0 else "after"
    for unit, days in UNITS:
        count = round(abs(passed) / days)
        if count > 1:
            return f"{count} {unit}s {side} this search"
    return f"{'just' if abs(passed) * 1440 < 1 else '1 minute'} {side} this search"
