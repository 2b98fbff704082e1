"""A line of the summary: the day, who said it, and what. Prose is read as lines without a day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

Days = tuple[date, date]
"""The first and the last day that a line is about."""


@dataclass(frozen=True, slots=True)
class DatedLine:
    """What was said on some days, on one line of text."""

    what: str
    days: Days | None = None
    """None where no day is known, as in a prompt without a clock."""
    speaker: str = ""
    """Who said it; empty where the line does not say so."""

    def __post_init__(self) -> None:
        # on one line, so that no one's words can pose as a line of another
        object.__setattr__(self, "what", " ".join(self.what.split()))

    def __str__(self) -> str:
        when = "" if self.days is None else f"{shown_days(self.days)} "
        return f"{when}{self.speaker}: {self.what}" if self.speaker else f"{when}{self.what}"


def shown_days(days: Days) -> str:
    first, last = days
    return first.isoformat() if first == last else f"{first.isoformat()} to {last.isoformat()}"


def read_line(text: str) -> DatedLine:
    """Read a line that `str` wrote, or a model. Brackets around its day and a time are left out."""
    text = text.strip()
    found = _DATED.match(text)
    days = None if found is None else _days(found["first"], found["last"])
    rest = text if found is None or days is None else text[found.end() :].strip()
    spoken = _SPOKEN.match(rest)
    if spoken is None:
        return DatedLine(rest, days)
    return DatedLine(rest[spoken.end() :], days, spoken["speaker"].strip())


def read_log(text: str) -> tuple[list[DatedLine], int]:
    """Return the lines of a summary, and how many more it says are only in recall."""
    lines, left = [], 0
    for row in filter(None, map(str.strip, text.splitlines())):
        if found := _LEFT_OUT.fullmatch(row):
            left += int(found[1].replace(",", ""))
        else:
            lines.append(read_line(row))
    return lines, left


def write_log(lines: Iterable[DatedLine], left_out: int = 0) -> str:
    """Return the lines as a text; its last line says how many more are only in recall, if there are any."""
    rows = [*map(str, lines)]
    if left_out:
        rows.append(f"({left_out:,} more {'line is' if left_out == 1 else 'lines are'} only in recall)")
    return "\n".join(rows)


def days_of(lines: Iterable[DatedLine]) -> Days | None:
    """Return the first and the last day of the lines."""
    days = [day for line in lines if line.days is not None for day in line.days]
    return (min(days), max(days)) if days else None


def joined(lines: Sequence[DatedLine]) -> list[DatedLine]:
    """Return the lines with those as one that follow each other and are of the same days and speaker."""
    found: list[DatedLine] = []
    for line in lines:
        last = found[-1] if found else None
        if last is not None and last.speaker and (last.days, last.speaker) == (line.days, line.speaker):
            end = "" if _ENDED.search(last.what) else "."
            found[-1] = replace(last, what=f"{last.what}{end} {line.what}")
        else:
            found.append(line)
    return found


def _days(first: str, last: str | None) -> Days | None:
    try:
        begins = date.fromisoformat(first)
        ends = date.fromisoformat(last) if last else begins
    except ValueError:
        return None
    return min(begins, ends), max(begins, ends)


_DAY = r"\d{4}-\d\d-\d\d"
_TIME = r"(?:[ T]\d\d:\d\d(?::\d\d)?)?"
_DATED = re.compile(
    rf"[\[(*]{{0,3}}(?P<first>{_DAY}){_TIME}(?:\s?(?:to|/|-|–|—|\.\.)\s?(?P<last>{_DAY}){_TIME})?"
    r"[\])*]{0,3}(?:\s?[:,–—-](?=\s))?(?=\s|\Z)"
)
# a name in quotation marks may have a colon; a plain one is a few words that begin no sentence
_SPOKEN = re.compile(r'(?P<speaker>"(?:[^"\\]|\\.){1,80}"|[^\s:"(][^\s:"]{0,40}(?: [^\s:".!?]{1,40}){0,3}): ')
_LEFT_OUT = re.compile(r"\(([\d,]{1,12}) more lines? (?:is|are) only in recall\)")
_ENDED = re.compile(r"[.!?…。！？;:,][\"'”’)\]]{0,2}$")
