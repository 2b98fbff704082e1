"""The timeline as a model calls it and reads it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from inline_snapshot import snapshot
from tool_use import MARCH, items, said, use

from memgpt_autogen.loop.heartbeat import HeartbeatLoop


def events(told: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told[told.index("\n") :])
    return found


def test_a_timeline_tells_dates_speakers_and_what_was_said(loop: HeartbeatLoop) -> None:
    said(loop, "ana", "We drank tea two days ago.", MARCH)
    said(loop, "ben", "I had tea last year, too.", MARCH + timedelta(days=9))
    said(loop, "ben", "Tea!", MARCH + timedelta(days=1))

    assert use(loop, "timeline", about="tea") == snapshot("""\
Showing 3 of 3 events from 2025-01-01 to 2026-03-02, oldest first (page 0, last page 0):
[{"date": "2025", "said": "2026-03-10", "name": "ben", "what": "I had tea last year (= 2025), too."},
{"date": "2026-02-27", "said": "2026-03-01", "name": "ana", "what": "We drank tea two days ago (= 2026-02-27)."},
{"date": "2026-03-02", "name": "ben", "what": "Tea!"}]\
""")  # noqa: E501 - as the model reads it


def test_events_of_a_few_days_have_their_time_of_day(loop: HeartbeatLoop) -> None:
    said(loop, "ana", "Tea is ready.", MARCH)
    said(loop, "ben", "No tea for me.", MARCH + timedelta(hours=1))

    assert [item["date"] for item in events(use(loop, "timeline", about="tea"))] == [
        "2026-03-01 14:05",
        "2026-03-01 15:05",
    ]


def test_a_long_message_shows_the_part_that_tells_it(loop: HeartbeatLoop) -> None:
    said(loop, "ana", "Nothing happened. " * 30 + "Yesterday the heron flew away. " + "All is calm. " * 30)

    (item,) = events(use(loop, "timeline", about="heron"))

    assert "Yesterday (= 2026-02-28) the heron flew away." in item["what"]
    assert len(item["what"]) < 250


def test_more_events_than_a_page_are_spread_and_pages_end(loop: HeartbeatLoop) -> None:
    for day in range(70):
        said(loop, "ana", f"Tea number {day}.", MARCH + timedelta(days=day))

    first = use(loop, "timeline", about="tea").split("\n")[0]
    beyond = use(loop, "timeline", about="tea", page=9)

    assert first == snapshot(
        "Showing 30 of 70 events from 2026-03-01 to 2026-05-09, oldest first (page 0, last page 2; each "
        "page is spread over the whole time; narrower dates show more of a part):"
    )
    assert beyond == snapshot("No events on page 9: the 70 events end on page 2.")


def test_a_date_range_and_nothing_found_are_told(loop: HeartbeatLoop) -> None:
    said(loop, "ana", "Tea at noon.", MARCH)

    found = use(loop, "timeline", start_date="2026-03-01", end_date="2026-03-01")
    nothing = use(loop, "timeline", about="cake", start_date="2026-04-01")

    assert [item["what"] for item in events(found)] == ["Tea at noon."]
    assert nothing == snapshot(
        'No results found for "cake", start_date 2026-04-01. Try this: use other words; widen the dates.'
    )
    assert use(loop, "timeline", start_date="soon").startswith("Failed: 'soon' is not a date.")


def test_a_search_shows_dates_beside_words_such_as_yesterday(loop: HeartbeatLoop) -> None:
    said(loop, "ana", "I had tea yesterday.", MARCH)

    (item,) = items(use(loop, "conversation_search", query="tea"))

    assert item["text"] == "I had tea yesterday (= 2026-02-28)."
