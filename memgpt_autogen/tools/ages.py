"""How long ago something was, in words, as of the search that tells it."""

from __future__ import annotations

from datetime import datetime

UNITS = (
    ("year", 365.25),
    ("month", 30.44),
    ("week", 7.0),
    ("day", 1.0),
    ("hour", 1 / 24),
    ("minute", 1 / 1440),
)
"""In days. Each is used from two of it on, so that what is told is at most half a unit wrong."""


def age(time: datetime, now: datetime) -> str:
    """Such as `3 weeks before this search`: it stays true when the result is read again later."""
    passed = (now - time).total_seconds() / 86_400
    side = "before" if passed > 0 else "after"
    for unit, days in UNITS:
        count = round(abs(passed) / days)
        if count > 1:
            return f"{count} {unit}s {side} this search"
    return f"{'just' if abs(passed) * 1440 < 1 else '1 minute'} {side} this search"
