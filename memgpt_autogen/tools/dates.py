"""Dates as a model writes them, and ranges of them that include both ends."""

from __future__ import annotations

from datetime import datetime, time, tzinfo

from memgpt_autogen.errors import ToolError


def date_range(start: str | None, end: str | None, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment of a range; a date alone means the whole day in the agent's time zone.

    Raises `ToolError` for what is neither an ISO date nor an ISO time, and for a range that ends before it starts.
    """
    first = _moment(start, zone, time.min)
    last = _moment(end, zone, time.max)
    if first is not None and last is not None and first > last:
        raise ToolError(f"the range starts on {start} and ends before that, on {end}. Swap the two.")
    return first, last


def _moment(text: str | None, zone: tzinfo, of_day: time) -> datetime | None:
    if text is None or not text.strip():
        return None
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise ToolError(
            f"'{text}' is not a date. Write YYYY-MM-DD, such as 2026-03-01, or YYYY-MM-DDTHH:MM:SS."
        ) from error
    if len(text) <= len("2026-03-01"):
        moment = datetime.combine(moment.date(), of_day)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
