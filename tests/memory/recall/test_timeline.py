"""The timeline: what was said, in the order in which it happened, spread over the whole time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from finding import heard
from loops import LoopFactory, MemoryFactory

from memgpt_autogen.errors import ModelError, ToolError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import HashingEmbedder

MAY = datetime(2023, 5, 8, 13, tzinfo=timezone.utc)


def told(memory: MemoryHierarchy, about: str | None = None, **filters: object) -> list[tuple[str, str]]:
    """Return the dates and texts of the first page."""
    page = memory.recall.timeline(about, **filters)  # type: ignore[arg-type]
    return [(event.date(timezone.utc), event.utterance.text) for event in page.items]


def test_events_are_in_the_order_in_which_they_happened(memory: MemoryHierarchy) -> None:
    heard(memory, "My tea shop burnt down last night.", time=MAY)
    heard(memory, "I drank my first tea in 2016.", time=MAY + timedelta(days=1))
    heard(memory, "Tea is ready.", time=MAY - timedelta(days=3))
    heard(memory, "I like cake.", time=MAY)

    assert told(memory, "tea") == [
        ("2016", "I drank my first tea in 2016."),
        ("2023-05-05", "Tea is ready."),
        ("2023-05-07", "My tea shop burnt down last night."),
    ]


def test_what_is_said_far_beside_the_subject_is_no_event(memory: MemoryHierarchy) -> None:
    heard(memory, "Tea is ready.", *(f"Remark {number}." for number in range(6)), time=MAY)

    assert "Remark 3." in [item.text for item in memory.recall.search("tea").items]
    assert [text for _, text in told(memory, "tea")] == ["Tea is ready.", "Remark 0.", "Remark 1."]


def test_a_plan_is_where_it_was_made_and_in_the_range_for_which_it_was_made(memory: MemoryHierarchy) -> None:
    heard(memory, "We open the tea shop on 20 June.", time=MAY)
    heard(memory, "Tea prices rise.", time=MAY + timedelta(days=1))
    june = {"start": MAY + timedelta(days=24), "end": (MAY + timedelta(days=53)).replace(tzinfo=None)}

    assert told(memory, "tea")[0] == ("2023-05-08", "We open the tea shop on 20 June.")
    assert told(memory, "tea", **june) == [("2023-06-20", "We open the tea shop on 20 June.")]
    assert told(memory, **june) == [("2023-06-20", "We open the tea shop on 20 June.")]


def test_a_range_has_what_was_said_in_it_and_what_is_said_of_it_later(memory: MemoryHierarchy) -> None:
    heard(memory, "Tea at noon.", time=MAY)
    heard(memory, "On 9 May I spilled tea.", time=MAY + timedelta(days=400 - 365))
    heard(memory, "In May 2023 everybody drank tea.", time=MAY + timedelta(days=300))
    heard(memory, "Tea again.", time=MAY + timedelta(days=30))
    range_ = {"start": MAY - timedelta(days=1), "end": MAY + timedelta(days=10)}
    found = [
        ("2023-05", "In May 2023 everybody drank tea."),
        ("2023-05-08", "Tea at noon."),
        ("2023-05-09", "On 9 May I spilled tea."),
    ]

    assert told(memory, "tea", **range_) == found
    assert told(memory, **range_) == found


def test_no_day_has_all_places_of_a_page_and_all_pages_have_every_event_once(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"Tea is so good, number {number}." for number in range(40)), time=MAY)
    for month in range(1, 11):
        heard(memory, "By the way, I had some tea, too.", time=MAY + timedelta(days=30 * month))

    pages = [memory.recall.timeline("tea", page=page, page_size=20) for page in range(4)]
    first = [event.time for event in pages[0].items]

    assert len({time.date() for time in first}) > 6
    assert first == sorted(first)
    assert [len(page.items) for page in pages] == [20, 20, 10, 0]
    seqs = [event.utterance.seq for page in pages for event in page.items]
    assert len(set(seqs)) == len(seqs) == pages[0].total


def test_without_a_subject_all_of_the_time_has_some_events(memory: MemoryHierarchy) -> None:
    for day in range(200):
        heard(memory, f"Day {day} was quiet.", time=MAY + timedelta(days=day))

    page = memory.recall.timeline(page_size=10)
    times = [event.time for event in page.items]

    assert all(later - earlier < timedelta(days=60) for earlier, later in pairwise(times))
    assert times[0] - MAY < timedelta(days=40)
    assert MAY + timedelta(days=160) < times[-1]


def test_an_old_chat_that_was_heard_later_is_listed_at_its_time(memory: MemoryHierarchy) -> None:
    heard(memory, "All is new.", time=MAY)
    heard(memory, "All is old.", time=MAY - timedelta(days=900))

    assert told(memory) == [("2020-11-19", "All is old."), ("2023-05-08", "All is new.")]


def test_what_was_taken_back_or_forgotten_is_in_no_timeline(memory: MemoryHierarchy) -> None:
    heard(memory, "I had tea yesterday.", time=MAY)
    heard(memory, "I had tea last week.", name="eve", time=MAY)
    assert len(told(memory, "tea")) == 2

    memory.forget(speaker="eve")
    assert [text for _, text in told(memory, "tea")] == ["I had tea yesterday."]
    assert told(memory.fork("copy"), "tea") == [("2023-05-07", "I had tea yesterday.")]
    memory.pop()
    assert told(memory, "tea") == told(memory) == []


def test_the_agents_own_words_come_after_what_others_said(memory: MemoryHierarchy) -> None:
    heard(memory, "I had tea yesterday, and it was good.", time=MAY)
    memory.log.append(Message("assistant", "You had tea, tea, tea and tea.", "spoken", time=MAY))

    (event,) = memory.recall.timeline("tea", page_size=1).items

    assert event.utterance.name == "ben"


def test_one_speakers_events_can_be_asked_for(memory: MemoryHierarchy) -> None:
    heard(memory, "Tea yesterday.", time=MAY)
    heard(memory, "Tea last week.", name="eve", time=MAY)

    assert told(memory, "tea", speaker="EVE") == [("2023-05-01 to 2023-05-07", "Tea last week.")]


def test_of_a_long_message_the_part_that_matches_tells_the_time(memory: MemoryHierarchy) -> None:
    text = "In 2001 I was born. " + "Nothing happened then. " * 40 + "Yesterday the heron flew away."
    heard(memory, text, time=MAY)

    assert told(memory, "heron")[0][0] == "2023-05-07"


def test_pages_that_do_not_exist_are_refused(memory: MemoryHierarchy) -> None:
    with pytest.raises(ToolError, match="page is -1"):
        memory.recall.timeline("tea", page=-1)
    with pytest.raises(ToolError, match="page_size is 0"):
        memory.recall.timeline("tea", page_size=0)


def test_an_embedder_that_fails_is_told(make_memory: MemoryFactory) -> None:
    class Failing(HashingEmbedder):
        def embed_query(self, text: str) -> list[float]:
            raise ModelError("the endpoint is down.")

    memory = make_memory(embedder=Failing())
    heard(memory, "I had tea yesterday.", time=MAY)

    page = memory.recall.timeline("tea")

    assert (page.trouble, page.total) == ("the endpoint is down.", 1)


def test_a_timeline_shows_itself_as_lines_with_dates(memory: MemoryHierarchy) -> None:
    heard(memory, "I had tea yesterday.", time=MAY)

    shown = str(memory.recall.timeline("tea"))

    assert "1 events" not in shown
    assert "ben: I had tea yesterday." in shown
    assert "on 2023-05-07" in shown


def test_the_tool_is_offered_once_something_left_the_prompt(make_loop: LoopFactory) -> None:
    loop = make_loop()
    heard(loop.memory, "I had tea yesterday.", time=MAY)
    before = [tool.name for tool in loop.toolbox.offered()]

    loop.memory.queue.evict(loop.memory.log.last_seq(), "they had tea", "extract")

    assert [tool.name for tool in loop.toolbox.offered() if tool.name not in before] == ["timeline"]
