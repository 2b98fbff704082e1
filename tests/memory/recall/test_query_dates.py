"""Times that a query names: which they are, and which times they contain."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.memory.recall.query_dates import MentionedTime, mentioned_times

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("in May 2023", [MentionedTime(5, 2023)]),
        ("on 8 May, 2023?", [MentionedTime(5, 2023, 8)]),
        ("on July 4th", [MentionedTime(7, None, 4)]),
        ("the 3rd of Sept. 2024", [MentionedTime(9, 2024, 3)]),
        ("since 2026-03-01", [MentionedTime(3, 2026, 1)]),
        ("in 2026-03", [MentionedTime(3, 2026)]),
        ("may I march on?", []),
        ("May I?", [MentionedTime(5)]),
        ("version 2.5 of 12 items", []),
    ],
)
def test_times_are_read_from_a_query(query: str, wanted: list[MentionedTime]) -> None:
    assert list(mentioned_times(query)) == wanted


@given(st.text(max_size=60))
def test_no_query_fails_to_be_read_for_times(query: str) -> None:
    for time in mentioned_times(query):
        assert time.contains(NOON, timezone.utc) in (True, False)


def test_a_day_is_held_for_a_week_and_in_the_agents_zone() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    day = MentionedTime(3, 2026, 1)
    midnight = datetime(2026, 3, 1, tzinfo=auckland)

    assert [day.contains(midnight + timedelta(days=days), auckland) for days in (-1, 0, 6, 8)] == [
        False,
        True,
        True,
        False,
    ]
    assert MentionedTime(2, None, 30).contains(midnight, auckland) is False
