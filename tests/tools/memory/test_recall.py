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
from memgpt_autogen.llm.tokens import ApproximateCounter
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
    assert "Tea is cold." not in items(found)[0]["text"]
    assert "; speaker Jose is only alike, and somebody else)" in found
    assert "did you mean Jose?" in nothing


def test_twelve_hits_come_in_pages_of_ten_and_two(loop: HeartbeatLoop) -> None:  # T18
    for number in range(12):
        said(loop, "ana", f"Tea number {number}.", MARCH + timedelta(minutes=number))

    pages = [use(loop, "conversation_search", query="tea", page=page) for page in (0, 1, 2)]

    assert [page.split("\n")[0] for page in pages] == snapshot(
        [
            "Showing 10 of 12 results (page 0, last page 1; oldest first):",
            "Showing 2 of 12 results (page 1, last page 1; oldest first):",
            "No results found on page 2: the 12 results end on page 1.",
        ]
    )
    assert ageless(pages[1]) == snapshot("""\
Showing 2 of 12 results (page 1, last page 1; oldest first):
[2026-03-01, AGE]
ana: Tea number 0.
ana (best match): Tea number 1.\
""")
    found = [number for page in pages for item in items(page) for number in re.findall(r"\d+", item["text"])]
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


def test_results_are_a_part_of_the_conversation_with_its_times_and_gaps(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    for minute, (name, text) in enumerate(
        [
            (
                "ben",
                "Who waters the plants?\nThey are dry.",
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
Showing 5 of 5 results (page 0, last page 0; oldest first; 1 near-duplicate folded):
[2026-03-01 14:05, 7 days ago]
ben (best match): Who waters the plants?
  They are dry.
...
ben: Where is the watering can?
ana: Behind the shed.
ben: Hi! I water the plants.
ana (1 time before, last 2026-03-01): I water the plants!\
""")


def test_a_question_comes_with_its_answer_and_a_short_answer_with_its_question(
    make_loop: LoopFactory,
) -> None:
    loop = make_loop()
    for minute, (name, text) in enumerate(
        [
            ("ana", "Shall we fly to Lima?"),
            ("ben", "In May."),
            ("ana", "Good."),
            ("ben", "Is the kumquat ripe?"),
            ("ana", "Not yet."),
            ("ben", "The kumquat needs sun."),
        ]
    ):
        said(loop, name, text, MARCH + timedelta(minutes=minute))

    def told(window: int, query: str) -> str:
        tools = open_loop(loop.memory, ScriptedLLM(), window_tokens=window).toolbox
        return tools.run(tools.read(call("conversation_search", query=f'"{query}"'))).text

    assert told(8192, "in May").endswith("\n(ana: Shall we fly to Lima?)\nben: In May.")
    assert told(8192, "kumquat").endswith(
        "\nben: Is the kumquat ripe?\n(ana: Not yet.)\nben (best match): The kumquat needs sun."
    )
    assert told(2000, "kumquat").endswith(
        "\nben: Is the kumquat ripe?\n...\nben (best match): The kumquat needs sun."
    )


@pytest.mark.parametrize(
    ("days", "heads"),
    [
        (13, ["2026-03-01 14:05", "2026-03-01 14:05", "2026-03-01 16:06", "2026-03-02 14:05"]),
        (15, ["2026-03-01", "2026-03-01", "2026-03-01", "2026-03-02"]),
    ],
)
def test_a_conversation_after_an_hour_is_another_group_if_it_was_not_long_ago(
    loop: HeartbeatLoop, days: int, heads: list[str]
) -> None:
    for minutes in (0, 60, 121, 24 * 60):
        said(loop, "ana", f"Tea number {minutes}.", MARCH + timedelta(minutes=minutes))
    memory = loop.memory
    search = recall_memory_tools(memory.recall, memory.zone, clock=lambda: MARCH + timedelta(days=days))[0]

    told = search.call({"query": "tea"})

    assert [item["time"] for item in items(told)] == heads
    assert "newest" in told.partition("[2026-03-02")[2]
    assert told.count("newest") == 1


@pytest.mark.parametrize(("window", "results"), [(1024, 4), (2000, 5), (4096, 10), (128_000, 10)])
def test_an_answer_fits_in_an_eighth_of_the_window(make_loop: LoopFactory, window: int, results: int) -> None:
    loop = make_loop()
    for number in range(12):
        said(loop, "ana", f"{LONG}Kumquat {number} is ripe. {LONG}", MARCH + timedelta(days=number))
    tools = open_loop(loop.memory, ScriptedLLM(), window_tokens=window).toolbox

    told = tools.run(tools.read(call("conversation_search", query="kumquat"))).text

    assert len(items(told)) == results
    assert ApproximateCounter().count(told) <= min(max(window // 8, 200), 1000)
    assert all("umquat" in item["text"] for item in items(told))


def test_the_setting_search_tokens_bounds_an_answer(
    make_loop: LoopFactory, make_memory: MemoryFactory
) -> None:
    loop = make_loop(memory=make_memory(search_tokens=500), window_tokens=64_000)
    for number in range(12):
        said(loop, "ana", f"{LONG}Kumquat {number} is ripe. {LONG}", MARCH + timedelta(days=number))
        loop.memory.archival.insert(f"{LONG}Kumquat {number} is ripe. {LONG}")

    for tool in ("conversation_search", "archival_memory_search"):
        assert 400 < ApproximateCounter().count(use(loop, tool, query="kumquat")) <= 500


def test_a_list_by_dates_is_told_as_it_was_said(loop: HeartbeatLoop) -> None:
    for name, text in (
        ("ana", "Yes."),
        ("ben", "I live in Berlin."),
        ("ana", "yes"),
        ("ben", "I moved to Oslo."),
    ):
        said(loop, name, text)

    told = use(loop, "conversation_search_date", start_date="2026-03-01", end_date="2026-03-01")

    assert [item["text"] for item in items(told)] == [
        "Yes.",
        "I live in Berlin.",
        "yes",
        "I moved to Oslo.",
    ]
    assert not any(item["marks"] for item in items(told))


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
Showing 4 of 4 results (page 0, last page 0; oldest first; 2 near-duplicates folded):
[2026-03-01, AGE]
ana: The deadline is March 20.
[2026-03-03]
ben: Deadlines matter!
[2026-03-05]
ana (best match): We moved the deadline to March 27.
[2026-03-06, newest]
ana (2 times before, last 2026-03-04): Deadlines matter!\
""")


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
    assert "replaced" not in told


def test_a_role_that_does_not_exist_is_refused_with_those_that_do(loop: HeartbeatLoop) -> None:
    assert use(loop, "conversation_search", query="tea", role="system") == snapshot(
        "Failed: conversation_search: argument 'role' = 'system': Input should be 'user' or "
        "'assistant'. It takes: query (string, optional), speaker (string, optional), role "
        "(string, optional), start_date (string, optional), end_date (string, optional), page "
        "(integer, optional), queries (array, optional)."
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
    (item,) = items(use(loop, "conversation_search", query="tea"))
    shown = item["time"]

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

    assert {item["text"] for item in found} == {"Cake with tea is best.", "Tea is hot.", "Cake is sweet."}
    assert [item["text"] for item in found if "best match" in item["marks"]] == ["Cake with tea is best."]
    assert alone.split("\n")[0] == use(loop, "conversation_search", query="tea").split("\n")[0]


def test_a_search_does_not_return_the_question_that_is_being_answered(loop: HeartbeatLoop) -> None:
    said(loop, "ana", "Where is the ladder?", MARCH)
    said(loop, "ben", "I do not know where it is.", MARCH + timedelta(minutes=1))
    said(loop, "ana", "Has somebody moved the ladder?", MARCH + timedelta(days=1))

    found = use(loop, "conversation_search", query="ladder")

    assert [item["name"] for item in items(found)] == ["ana", "ben"]
    assert "Where is the ladder?" in found
    assert "moved the ladder" not in found


def test_a_question_that_is_cut_in_the_prompt_can_be_searched(loop: HeartbeatLoop) -> None:
    said(loop, "ana", f"{'We had a shed. ' * 60}Has somebody moved the ladder?")

    assert "moved the ladder?" in use(loop, "conversation_search", query="moved ladder")


def test_no_result_comes_twice_when_the_question_is_left_out_of_many_pages(loop: HeartbeatLoop) -> None:
    for number in range(40):
        said(loop, f"speaker {number}", f"Tea is served at {number}.", MARCH + timedelta(minutes=number))
    said(loop, "ana", "When is tea?", MARCH + timedelta(days=1))

    pages = [use(loop, "conversation_search", query="tea", page=page) for page in range(4)]

    found = [item["name"] for page in pages for item in items(page)]
    assert sorted(found) == sorted(f"speaker {number}" for number in range(40))
