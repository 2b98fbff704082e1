"""The tools of recall as a model calls them and reads them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from inline_snapshot import snapshot
from loops import LoopFactory, MemoryFactory
from tool_use import MARCH, ageless, items, names_of, said, use

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.recall.neighbours import Neighbours
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, call
from memgpt_autogen.tools.memory.recall import recall_memory_tools

LONG = "It was a party with a start. " * 40


def test_a_speaker_who_is_only_alike_is_named_as_somebody_else(loop: HeartbeatLoop) -> None:
    said(loop, "José", "Tea is hot.", MARCH)
    said(loop, "Jose", "Tea is cold.", MARCH + timedelta(minutes=1))
    said(loop, "Jose", "Cake is sweet.", MARCH + timedelta(days=2))

    found = use(loop, "conversation_search", query="tea", speaker="Jose\u0301")
    nothing = use(loop, "conversation_search", query="cake", speaker="JOSÉ")

    assert "Tea is hot." in found
    assert "Tea is cold." not in items(found)[0]["message"]
    assert "; speaker Jose is only alike, and somebody else)" in found
    assert "did you mean Jose?" in nothing


def test_twelve_hits_come_in_pages_of_five_five_and_two(loop: HeartbeatLoop) -> None:  # T18
    for number in range(12):
        said(loop, "ana", f"Tea number {number}.", MARCH + timedelta(minutes=number))

    pages = [use(loop, "conversation_search", query="tea", page=page) for page in (0, 1, 2, 3)]

    assert [page.split("\n")[0] for page in pages] == snapshot(
        [
            "Showing 5 of 12 results (page 0, last page 2):",
            "Showing 5 of 12 results (page 1, last page 2):",
            "Showing 2 of 12 results (page 2, last page 2):",
            "No results found on page 3: the 12 results end on page 2.",
        ]
    )
    assert ageless(pages[2]) == snapshot("""\
Showing 2 of 12 results (page 2, last page 2):
[{"time": "2026-03-01 14:06:09 +0000", "age": "AGE", "name": "ana", "message": "Tea number 1.", "why": "words: tea"},
{"time": "2026-03-01 14:05:09 +0000", "age": "AGE", "name": "ana", "message": "Tea number 0.", "why": "words: tea"}]\
""")  # noqa: E501 - as the model reads it
    found = [
        number for page in pages for item in items(page) for number in re.findall(r"\d+", item["message"])
    ]
    assert sorted(map(int, found)) == list(range(12))


@pytest.mark.parametrize("page", [None, "none", "None", "null", "", "0", 0])
def test_no_page_is_the_first_page(loop: HeartbeatLoop, page: Any) -> None:
    said(loop, "ana", "Tea.")

    assert use(loop, "conversation_search", query="tea", page=page).startswith(
        "Showing 1 of 1 results (page 0"
    )
    assert use(
        loop, "conversation_search_date", start_date="2026-03-01", end_date="2026-03-01", page=page
    ).startswith("Showing 1 of 1 results (page 0")


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (-1, "page is -1; pages count from 0."),
        ("first", "argument 'page' = 'first': Input should be a valid integer"),
    ],
)
def test_a_page_that_cannot_be_is_refused(loop: HeartbeatLoop, page: Any, told: str) -> None:
    for name, more in (
        ("conversation_search", {"query": "tea"}),
        ("archival_memory_search", {"query": "tea"}),
    ):
        assert told in use(loop, name, **more, page=page)


def test_a_search_is_narrowed_by_speaker_role_and_dates(loop: HeartbeatLoop) -> None:
    said(loop, "ana", "Tea in March.")
    said(loop, "ben", "Tea in April.", MARCH + timedelta(days=31))
    loop.memory.log.append(
        Message(
            "assistant", "", "step", tool_calls=(call("send_message", message="Tea for all."),), time=MARCH
        )
    )

    def names(**filters: Any) -> list[str]:
        return names_of(use(loop, "conversation_search", query="tea", **filters))

    assert sorted(names()) == ["ana", "ben", "sam"]
    assert names(speaker="ANA") == ["ana"]
    assert names(role="assistant") == ["sam"]
    assert sorted(names(role="user")) == ["ana", "ben"]
    assert names(start_date="2026-03-02") == ["ben"]
    assert sorted(names(end_date="2026-03-01")) == ["ana", "sam"]
    assert sorted(names(speaker="", role="none", start_date="none", end_date=None)) == ["ana", "ben", "sam"]
    assert names(speaker="sam", role="user") == []


def test_nothing_found_names_what_was_asked_and_says_what_to_try(loop: HeartbeatLoop) -> None:
    said(loop, "ana", "Tea.")
    said(loop, "ben", "Cake.")

    told = [
        use(loop, "conversation_search", query="kumquat"),
        use(loop, "conversation_search", query="where did we put the kumquat jam"),
        use(loop, "conversation_search", query="kumquat", speaker="Ana"),
        use(loop, "conversation_search", query="tea", speaker="anna"),
        use(loop, "conversation_search", speaker="x" * 99),
        use(loop, "conversation_search", query="tea", role="assistant", start_date="2026-03-02"),
        use(loop, "conversation_search_date", start_date="2026-04-01", end_date="2026-04-02"),
    ]

    assert told == snapshot(
        [
            'No results found for "kumquat". Try this: use other words; look in archival_memory_search.',
            (
                'No results found for "where did we put the kumquat jam". Try this: use fewer words, or '
                "other ones; look in archival_memory_search."
            ),
            'No results found for "kumquat", speaker Ana. Try this: use other words; leave out speaker.',
            (
                'No results found for "tea", speaker anna. Try this: name one of the speakers: ana, ben, '
                "sam; leave out speaker."
            ),
            (
                "No results found for speaker "
                '"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…". Try this: name one of '
                "the speakers: ben, ana, sam; leave out speaker."
            ),
            (
                'No results found for "tea", role assistant, start_date 2026-03-02. Try this: use other '
                "words; leave out role; widen the dates."
            ),
            "No results found for start_date 2026-04-01, end_date 2026-04-02. Try this: widen the dates.",
        ]
    )


def test_an_unknown_speaker_is_told_a_few_names_that_are_known(loop: HeartbeatLoop) -> None:
    for name in (*(f"guest {number}" for number in range(12)), 'eve", "x'):
        said(loop, name, "Tea.")

    assert use(loop, "conversation_search", query="tea", speaker="Guest") == snapshot(
        'No results found for "tea", speaker Guest. Try this: name one of the speakers: guest 9, '
        'guest 8, guest 7, "eve\\", \\"x", guest 11, guest 10, guest 6, guest 5 and 6 more; leave '
        "out speaker."
    )


def test_a_result_tells_its_age_its_reason_and_the_turn_before_it(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    for minute, (name, text) in enumerate(
        [
            (
                "ben",
                "Who waters the plants?\nI am away from Friday on, and nobody told me who does it then. " * 9,
            ),
            ("ana", "I water the plants."),
            ("ben", "Where is the watering can?"),
            ("ana", "Behind the shed."),
            ("ben", "Hi! I water the plants."),
            ("ana", "I water the plants!"),
        ]
    ):
        memory.log.append(Message("user", text, "message", name, time=MARCH + timedelta(minutes=minute)))
    week = MARCH + timedelta(days=7)
    search = recall_memory_tools(
        memory.recall,
        memory.zone,
        budget_tokens=1000,
        neighbours=Neighbours(memory.log, memory.name),
        clock=lambda: week,
    )[0]

    assert search.call({"query": "watering"}) == snapshot("""\
Showing 5 of 5 results (page 0, last page 0; 1 near-duplicate folded):
[{"time": "2026-03-01 14:05:09 +0000", "age": "7 days before this search", "name": "ben", "message": "Who waters the plants?\\nI am away from Friday on, and nobody told me who does it then. Who waters the plants?\\nI am away from Friday on, and nobody told me who does it then. Who waters the plants?\\nI am away from Friday on, and nobody told me who does it then. Who waters the plants?\\nI am away from Friday on, and nobody told me who does it then. Who waters the plants?\\nI am away from Friday on, and nobody told me who does it then. Who waters the plants?\\nI am away from Friday on, and nobody told me who does it then. Who waters the plants?\\nI am away from Friday on, and nobody told me who does it then. Who waters the plants?\\nI am away from Friday on, and nobody told me who does it then. Who waters the plants?\\nI am away from Friday on, and nobody told me who does it then. ", "why": "words: watering"},
{"time": "2026-03-01 14:09:09 +0000", "age": "7 days before this search", "name": "ben", "message": "Hi! I water the plants.", "why": "words: watering"},
{"time": "2026-03-01 14:10:09 +0000", "age": "7 days before this search", "repeats": "1 earlier, on 2026-03-01", "name": "ana", "message": "I water the plants!", "why": "words: watering"},
{"time": "2026-03-01 14:07:09 +0000", "age": "7 days before this search", "before": {"name": "ana", "message": "I water the plants."}, "name": "ben", "message": "Where is the watering can?", "why": "words: watering"},
{"time": "2026-03-01 14:08:09 +0000", "age": "7 days before this search", "name": "ana", "message": "Behind the shed.", "why": "beside it: watering"}]\
""")  # noqa: E501 - as the model reads it


def test_the_turn_before_a_result_takes_from_its_room_and_is_left_out_where_there_is_little(
    make_loop: LoopFactory,
) -> None:
    loop = make_loop()
    said(loop, "ben", "What is ripe? " * 300)
    said(loop, "ana", f"{LONG}The kumquat is ripe. {LONG}")

    for window, least in ((8192, 900), (2560, 200), (1024, 100)):
        tools = open_loop(loop.memory, ScriptedLLM(), window_tokens=window).toolbox
        (item,) = items(
            tools.run(tools.read(call("conversation_search", query="kumquat", speaker="ana"))).text
        )
        shown = [item["message"].partition(" [excerpt")[0], item.get("before", {}).get("message", "")]
        assert "The kumquat is ripe" in shown[0]
        assert least < len("".join(shown)) <= window // 8 + len("...  ...")
        assert bool(shown[1]) == (window > 2400)


def test_a_list_by_dates_is_told_as_it_was_said(loop: HeartbeatLoop) -> None:
    for name, text in (
        ("ana", "Yes."),
        ("ben", "I live in Berlin."),
        ("ana", "yes"),
        ("ben", "I moved to Oslo."),
    ):
        said(loop, name, text)

    told = use(loop, "conversation_search_date", start_date="2026-03-01", end_date="2026-03-01")

    assert [item["message"] for item in items(told)] == [
        "Yes.",
        "I live in Berlin.",
        "yes",
        "I moved to Oslo.",
    ]
    assert not {"before", "superseded_by", "repeats", "why"} & {key for item in items(told) for key in item}


def test_near_duplicates_are_folded(loop: HeartbeatLoop) -> None:
    for day, (name, text) in enumerate(
        [
            ("ana", "The deadline is March 20."),
            ("ana", "Deadlines matter."),
            ("ben", "Deadlines matter!"),
            ("ana", "deadlines matter"),
            ("ana", "We moved the deadline to March 27."),
            ("ana", "Deadlines matter!"),
        ]
    ):
        said(loop, name, text, MARCH + timedelta(days=day))

    told = use(loop, "conversation_search", query="deadline")

    assert ageless(told) == snapshot("""\
Showing 4 of 4 results (page 0, last page 0; 2 near-duplicates folded):
[{"time": "2026-03-05 14:05:09 +0000", "age": "AGE", "before": {"name": "ana", "message": "deadlines matter"}, "name": "ana", "message": "We moved the deadline to March 27.", "why": "words: deadline"},
{"time": "2026-03-01 14:05:09 +0000", "age": "AGE", "name": "ana", "message": "The deadline is March 20.", "why": "words: deadline"},
{"time": "2026-03-06 14:05:09 +0000", "age": "AGE", "repeats": "2 earlier, 2026-03-02 to 2026-03-04", "name": "ana", "message": "Deadlines matter!", "why": "words: deadline"},
{"time": "2026-03-03 14:05:09 +0000", "age": "AGE", "before": {"name": "ana", "message": "Deadlines matter."}, "name": "ben", "message": "Deadlines matter!", "why": "words: deadline"}]\
""")  # noqa: E501 - as the model reads it


BOTH_HOLD = [
    ("The password is Heron for the staging server.", "The password is Falcon for the live server."),
    ("I live in Lisbon in winter.", "I live in Oslo in summer."),
    ("The budget is 40,000 euros in 2023.", "The budget is 52,000 euros in 2024."),
    ("The doctor is Ms Hahn on weekdays.", "The doctor is Mr Lund on weekends."),
    ("My sister lives in Rome.", "My other sister lives in Turin."),
    ("Ana lives in Rome.", "Ana moved to Turin for the summer."),
]
"""Pairs that look as if the second one replaces the first."""


@pytest.mark.parametrize(("first", "second"), BOTH_HOLD)
@pytest.mark.parametrize("tool", ["conversation_search", "archival_memory_search"])
def test_a_search_marks_nothing_by_itself(loop: HeartbeatLoop, tool: str, first: str, second: str) -> None:
    for day, text in enumerate((first, second)):
        said(loop, "ada", text, MARCH + timedelta(days=day))
        loop.memory.archival.insert(text, source="notes.md", created_at=MARCH + timedelta(days=day))

    told = use(loop, tool, query=first)

    assert first in told
    assert second in told
    assert "superseded" not in told


def test_a_role_that_does_not_exist_is_refused_with_those_that_do(loop: HeartbeatLoop) -> None:
    assert use(loop, "conversation_search", query="tea", role="system") == snapshot(
        "Failed: conversation_search: argument 'role' = 'system': Input should be 'user' or "
        "'assistant'. It takes: query (string, optional), speaker (string, optional), role "
        "(string, optional), start_date (string, optional), end_date (string, optional), page "
        "(integer, optional)."
    )


def test_days_are_the_agents_own_and_include_both_ends(
    make_loop: LoopFactory, make_memory: MemoryFactory
) -> None:  # T19
    loop = make_loop(memory=make_memory(timezone="America/New_York"))
    midnight = datetime(2026, 3, 2, 5, tzinfo=timezone.utc)  # in New York
    for name, time in (
        ("before", midnight - timedelta(microseconds=1)),
        ("first", midnight),
        ("last", midnight + timedelta(hours=24, microseconds=-1)),
        ("after", midnight + timedelta(hours=24)),
    ):
        said(loop, name, "Tea.", time)

    def names(start: str, end: str) -> list[str]:
        return names_of(use(loop, "conversation_search_date", start_date=start, end_date=end))

    assert names("2026-03-02", "2026-03-02") == ["first", "last"]
    assert names("2026-03-01", "2026-03-01") == ["before"]
    assert names("2026-03-02 00:00:00 -0500", "2026-03-02 23:59:59 -0500") == ["first", "last"]
    assert names("0001-01-01", "9999-12-31") == ["before", "first", "last", "after"]


def test_a_time_that_a_result_showed_finds_that_result(loop: HeartbeatLoop) -> None:  # T19
    said(loop, "ana", "Tea.", MARCH + timedelta(microseconds=700_000))
    (shown,) = re.findall(r'"time": "([^"]+)"', use(loop, "conversation_search", query="tea"))

    assert names_of(use(loop, "conversation_search_date", start_date=shown, end_date=shown)) == ["ana"]


def test_dates_that_are_none_and_ranges_that_run_backwards_are_refused(loop: HeartbeatLoop) -> None:  # T19
    told = [
        use(loop, "conversation_search", query="tea", start_date="last Monday"),
        use(loop, "conversation_search", query="tea", end_date="2026-02-30"),
        use(loop, "conversation_search_date", start_date="2026-03-02", end_date="2026-03-01"),
        use(loop, "conversation_search_date", start_date="2026-03-02"),
    ]

    assert told == snapshot(
        [
            (
                "Failed: 'last Monday' is not a date. Write YYYY-MM-DD, such as 2026-03-01, or "
                "YYYY-MM-DDTHH:MM:SS."
            ),
            (
                "Failed: '2026-02-30' is not a date. Write YYYY-MM-DD, such as 2026-03-01, or "
                "YYYY-MM-DDTHH:MM:SS."
            ),
            "Failed: the range starts on 2026-03-02 and ends before that, on 2026-03-01. Swap the two.",
            (
                "Failed: conversation_search_date: argument 'end_date' is missing. It takes: start_date "
                "(string), end_date (string), page (integer, optional)."
            ),
        ]
    )


def test_several_queries_are_one_search_and_a_blank_one_is_none(loop: HeartbeatLoop) -> None:
    said(loop, "ana", "Tea is hot.", MARCH)
    said(loop, "ben", "Cake is sweet.", MARCH + timedelta(minutes=1))
    said(loop, "ben", "Cake with tea is best.", MARCH + timedelta(minutes=2))

    found = items(use(loop, "conversation_search", query="tea", queries=["cake", " "]))
    alone = use(loop, "conversation_search", queries=["tea"])

    assert found[0]["message"] == "Cake with tea is best."
    assert {item["message"] for item in found} >= {"Tea is hot.", "Cake is sweet."}
    assert alone.split("\n")[0] == use(loop, "conversation_search", query="tea").split("\n")[0]
