"""Read dates as models write them, as ranges that include both ends."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, timezone, tzinfo

from memgpt_autogen.errors import ToolError
from memgpt_autogen.tools.tool import NOTHING

OFFSET = re.compile(r"(?:(?<!\s)\s+)?([+-]\d\d):?(\d\d)$")
"""A time zone, as results show it and as models write it."""

LONGEST = 60
"""The most characters of a date, and of one in an error text."""

SECONDS = re.compile(r":\d\d:\d\d")


def date_range(start: str | None, end: str | None, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last moment of a range. A date alone means the whole day in `zone`.

    A time means its whole second, or its whole minute if it has no seconds. The first and the last day of the
    calendar, and the words that models write for nothing, mean no limit.

    Raises `ToolError` for a text that is not a date or time in ISO 8601, and for a range that ends before it
    starts.
    """
    first = _moment(start, zone, time.min)
    last = _moment(end, zone, time.max)
    if first is not None and last is not None and first > last:
        raise ToolError(f"the range starts on {start} and ends before that, on {end}. Swap the two.")
    return first, last


def _moment(text: str | None, zone: tzinfo, of_day: time) -> datetime | None:
    text = (text or "").strip()
    if text.lower() in NOTHING:
        return None
    if len(text) > LONGEST:
        raise ToolError(f"'{text[:LONGEST]}...' is not a date. Write YYYY-MM-DD, such as 2026-03-01.")
    try:
        moment = datetime.fromisoformat(OFFSET.sub(r"\1:\2", text.replace("Z", "+00:00")))
    except ValueError as error:
        raise ToolError(
            f"'{text}' is not a date. Write YYYY-MM-DD, such as 2026-03-01, or YYYY-MM-DDTHH:MM:SS."
        ) from error
    try:
        if len(text) <= len("2026-03-01"):
            moment = datetime.combine(moment.date(), of_day)
        elif of_day == time.max and not moment.microsecond:
            whole = timedelta(seconds=1) if SECONDS.search(text) else timedelta(minutes=1)
            moment += whole - timedelta(microseconds=1)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(timezone.utc)
    except OverflowError:  # the first or the last day of the calendar, which models write for "any"
        return None
