"""Dates as models write them: ranges include both ends, in the agent's zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.errors import ToolError
from memgpt_autogen.messages import format_time
from memgpt_autogen.tools.memory.dates import date_range

TICK = timedelta(microseconds=1)
ZONES = st.sampled_from(
    ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Europe/Lisbon"]
).map(ZoneInfo)
MOMENTS = st.integers(0, 4 * 10**15).map(
    lambda micros: datetime(1971, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=micros)
)


@given(day=st.dates(date(1971, 1, 1), date(2100, 1, 1)), zone=ZONES)
def test_a_day_alone_is_the_whole_day_in_the_agents_zone(day: date, zone: ZoneInfo) -> None:
    start, end = date_range(day.isoformat(), day.isoformat(), zone)  # T19

    assert start is not None
    assert end is not None
    assert start == datetime(day.year, day.month, day.day, tzinfo=zone)
    assert (end + TICK).astimezone(zone).date() == day + timedelta(days=1)
    assert end.astimezone(zone).date() == day


@given(moment=MOMENTS, zone=ZONES)
def test_a_time_as_results_show_it_holds_its_whole_second(moment: datetime, zone: ZoneInfo) -> None:
    start, end = date_range(format_time(moment, zone), format_time(moment, zone), ZoneInfo("Asia/Tokyo"))

    assert start is not None
    assert end is not None
    assert start <= moment <= end
    assert end - start == timedelta(seconds=1) - TICK


def test_a_time_without_seconds_holds_its_whole_minute() -> None:
    start, end = date_range("2026-03-01T10:30", "2026-03-01 10:30", timezone.utc)

    assert start == datetime(2026, 3, 1, 10, 30, tzinfo=timezone.utc)
    assert end == datetime(2026, 3, 1, 10, 30, 59, 999_999, tzinfo=timezone.utc)


def test_a_zone_that_is_written_wins_over_the_agents() -> None:
    assert date_range("2026-03-01T10:00:00Z", None, ZoneInfo("Asia/Tokyo"))[0] == datetime(
        2026, 3, 1, 10, tzinfo=timezone.utc
    )
    assert date_range("2026-03-01T10:00:00+02:00", None, ZoneInfo("Asia/Tokyo"))[0] == datetime(
        2026, 3, 1, 8, tzinfo=timezone.utc
    )


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_nothing_is_no_bound(nothing: str | None) -> None:
    assert date_range(nothing, nothing, timezone.utc) == (None, None)


def test_a_range_that_ends_before_it_starts_is_refused_with_both_ends() -> None:  # T19
    with pytest.raises(ToolError, match="starts on 2026-03-02 and ends before that, on 2026-03-01"):
        date_range("2026-03-02", "2026-03-01", timezone.utc)


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "2026-02-30", "01/03/2026", "2026-03-01T25:00", "12:00"]
)
def test_what_is_no_date_is_refused_with_the_form_to_write(text: str) -> None:  # T19
    with pytest.raises(ToolError, match=r"is not a date. Write YYYY-MM-DD, such as 2026-03-01"):
        date_range(text, None, timezone.utc)


@given(text=st.text(st.characters() | st.sampled_from("0123456789-:TZ+ "), max_size=30), zone=ZONES)
def test_any_text_is_a_moment_or_a_refusal(text: str, zone: ZoneInfo) -> None:
    try:
        bounds = date_range(text, text, zone)
    except ToolError:
        return

    assert all(bound is None or bound.tzinfo is not None for bound in bounds)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_the_first_and_the_last_day_there_are_bound_nothing_out(zone: str) -> None:
    start, end = date_range("0001-01-01", "9999-12-31", ZoneInfo(zone))

    assert start is None or start.year == 1
    assert end is None or end.year == 9999


@pytest.mark.parametrize(
    ("end", "through"),
    [
        ("2026-03-01", "2026-03-01T23:59:59.999999+00:00"),
        ("2026-03-01T14:05", "2026-03-01T14:05:59.999999+00:00"),
        ("2026-03-01T14:05:00", "2026-03-01T14:05:00.999999+00:00"),
        ("2026-03-01T14:05:09.250", "2026-03-01T14:05:09.250000+00:00"),
        ("2026-03-01T14:05:09Z", "2026-03-01T14:05:09.999999+00:00"),
        ("2026-03-01 15:05:09 +0100", "2026-03-01T14:05:09.999999+00:00"),
        ("none", None),
        (" ", None),
        (None, None),
    ],
)
def test_an_end_means_all_of_what_it_names(end: Any, through: Any) -> None:
    _, last = date_range(None, end, timezone.utc)

    assert (last.isoformat() if last else None) == through


@given(st.text(max_size=20))
def test_any_text_is_a_date_or_an_error_for_the_model(text: str) -> None:
    told = ""
    try:
        date_range(text, text, timezone(timedelta(hours=-5)))
    except ToolError as error:
        told = str(error)

    assert not told or told.startswith(f"'{text.strip()}' is not a date. Write YYYY-MM-DD")
