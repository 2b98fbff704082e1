"""The days, months and years that a query names, in English or as ISO 8601.

They are a weak sign of when the thing was said that the query asks for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

MONTHS = "january february march april may june july august september october november december".split()

DAYS_AFTER = 7
"""For how many days people talk about a day."""

_NAMED = re.compile(
    r"(?:\b(?P<before>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?)?"
    rf"\b(?P<month>{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
    r"(?:\s+(?P<after>\d{1,2})(?:st|nd|rd|th)?\b(?!:))?(?:,?\s+(?P<year>\d{4})\b)?",
    re.IGNORECASE,
)
_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})(?:-(?P<day>\d{2}))?\b")
_ALSO_WORDS = ("may", "mar", "march", "jan", "dec", "sep")  # "may I", "they march"


@dataclass(frozen=True, slots=True)
class MentionedTime:
    """A month, of any year or of one year, or a day of it."""

    month: int
    year: int | None = None
    day: int | None = None

    def contains(self, time: datetime, zone: tzinfo) -> bool:
        """Whether the time is in that month, or on that day or in the week after it, in this zone."""
        local = time.astimezone(zone)
        if self.day is None:
            return local.month == self.month and self.year in (None, local.year)
        for year in (self.year,) if self.year else (local.year, local.year - 1):
            try:
                day = datetime(year, self.month, self.day, tzinfo=zone)
            except ValueError:
                continue
            if day <= local < day + timedelta(days=DAYS_AFTER + 1):
                return True
        return False


def mentioned_times(query: str) -> Sequence[MentionedTime]:
    """Return the times that the query names, dates in ISO 8601 first."""
    found = [
        MentionedTime(int(iso["month"]), int(iso["year"]), int(iso["day"]) if iso["day"] else None)
        for iso in _ISO.finditer(query)
    ]
    for named in _NAMED.finditer(query):
        day, year = named["before"] or named["after"], named["year"]
        word = named["month"].lower()
        if word in _ALSO_WORDS and not (day or year or named["month"][0].isupper()):
            continue
        month = next(number for number, name in enumerate(MONTHS, 1) if name.startswith(word[:3]))
        found.append(MentionedTime(month, int(year) if year else None, int(day) if day else None))
    return found
