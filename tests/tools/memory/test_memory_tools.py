"""The memory tools as a model calls them and reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from loops import LoopFactory, MemoryFactory

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.errors import ToolError
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.recall.neighbours import Neighbours
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, call
from memgpt_autogen.tools.memory.arrange import FindingsPage
from memgpt_autogen.tools.memory.dates import date_range
from memgpt_autogen.tools.memory.recall import recall_memory_tools
from memgpt_autogen.tools.memory.results import excerpt, format_page

MARCH = datetime(2026, 3, 1, 14, 5, 9, tzinfo=timezone.utc)


def use(loop: HeartbeatLoop, name: str, **arguments: Any) -> str:
    """What a model reads after this call."""
    outcome = loop.toolbox.run(loop.toolbox.read(call(name, **arguments)))
    return outcome.text if outcome.ok else f"Failed: {outcome.text}"


def said(loop: HeartbeatLoop, name: str, text: str, time: datetime = MARCH) -> None:
    loop.memory.log.append(Message("user", text, "message", name, time=time))


def ageless(told: str) -> str:
    """What is told whenever this test runs."""
    return re.sub(r'"age": "[^"]*"', '"age": "AGE"', told)


def undated(told: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000", "TIME", ageless(told))


def items(told: str) -> list[dict[str, Any]]:
    """The results that are told."""
    _, found, listing = told.partition("):\n")
    read: list[dict[str, Any]] = json.loads(listing) if found else []
    return read


def names_of(told: str) -> list[str]:
    return [item["name"] for item in items(told)]


# Core memory


@pytest.fixture
def loop(make_loop: LoopFactory, make_memory: MemoryFactory) -> HeartbeatLoop:
    blocks = [Block("goal", "Ship it.", limit=20), Block("rules", "Be kind.", read_only=True)]
    return make_loop(memory=make_memory(human="Ana likes tea.\nBen likes tea.", blocks=blocks))


def test_edits_of_core_memory_tell_how_full_the_block_is(loop: HeartbeatLoop) -> None:
    told = [
        use(loop, "core_memory_append", label="human", content="Carl likes cake."),
        use(loop, "core_memory_replace", label="human", old_content="Ben likes tea", new_content="Ben left"),
        use(loop, "memory_insert", label="human", content="People:", line=0),
        use(loop, "memory_insert", label="human", content="That is all."),
        use(loop, "memory_insert", label="human", content="(of the team)", line="1"),
    ]

    assert told == snapshot(
        [
            "Done. Block 'human' now has 46 of 2000 characters.",
            "Done. Block 'human' now has 41 of 2000 characters.",
            "Done. Block 'human' now has 49 of 2000 characters.",
            "Done. Block 'human' now has 62 of 2000 characters.",
            "Done. Block 'human' now has 76 of 2000 characters.",
        ]
    )
    assert loop.memory.core["human"].value.splitlines() == [
        "People:", "(of the team)", "Ana likes tea.", "Ben left.", "Carl likes cake.", "That is all.",
    ]  # fmt: skip
    assert use(loop, "memory_rethink", label="human", new_memory="") == snapshot(
        "Done. Block 'human' now has 0 of 2000 characters."
    )


def test_a_refused_edit_says_why_and_what_to_do(loop: HeartbeatLoop) -> None:
    told = [
        use(loop, "core_memory_append", label="goal", content="And test it well."),
        use(loop, "core_memory_append", label="humans", content="x"),
        use(loop, "core_memory_append", label="rules", content="x"),
        use(loop, "core_memory_replace", label="human", old_content="Dora", new_content="x"),
        use(loop, "core_memory_replace", label="human", old_content="likes tea", new_content="x"),
        use(loop, "core_memory_replace", label="human", old_content="", new_content="x"),
        use(loop, "memory_insert", label="human", content="x", line=7),
        use(loop, "memory_rethink", label="goal", new_memory="x" * 21),
        use(loop, "memory_rethink", label="goal"),
    ]

    assert told == snapshot(
        [
            "Failed: block 'goal' holds at most 20 characters; this edit would make it 26. Shorten the text or move part of it to archival memory.",
            "Failed: core memory has no block 'humans'. Its blocks: 'persona', 'human', 'goal', 'rules'.",
            "Failed: block 'rules' is read-only. Keep this in archival memory instead.",
            "Failed: block 'human' does not hold the text 'Dora'. Quote it exactly as it stands there.",
            "Failed: block 'human' holds 'likes tea' 2 times (lines 1, 2). Quote more of the text around the one you mean.",
            "Failed: the text to replace in block 'human' is empty. Quote the words to replace, or append.",
            "Failed: block 'human' has 2 lines; cannot insert after line 7. Use 0 for the start, -1 for the end, or 1 to 2.",
            "Failed: block 'goal' holds at most 20 characters; this edit would make it 21. Shorten the text or move part of it to archival memory.",
            "Failed: memory_rethink: argument 'new_memory' is missing. It takes: label (string), new_memory (string).",
        ]
    )
    assert [block.value for block in loop.memory.core][1:] == [
        "Ana likes tea.\nBen likes tea.",
        "Ship it.",
        "Be kind.",
    ]


# Conversation


def test_an_empty_message_is_not_sent(loop: HeartbeatLoop) -> None:
    assert use(loop, "send_message", message="Hi!") == "Sent."
    assert use(loop, "send_message", message=" \n") == snapshot(
        "Failed: the message is empty; say something, or end your turn with a thought alone."
    )
    assert use(loop, "send_message", text="Hi!") == "Sent."  # it can only be the message
    assert use(loop, "send_message", text="Hi!", tone="warm") == snapshot(
        "Failed: send_message: argument 'message' is missing; there is no argument 'text'; there is no argument 'tone'. It takes: message (string)."
    )


def test_a_text_that_stands_in_another_block_is_found_there(loop: HeartbeatLoop) -> None:
    loop.memory.core.set("persona", "I am shy.")

    told = use(loop, "core_memory_replace", label="human", old_content="I am shy.", new_content="I am bold.")

    assert told.endswith("It stands in block 'persona': give that as the label.")
    assert loop.memory.core["persona"].value == "I am shy."


# Recall


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
""")
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
            'No results found for "where did we put the kumquat jam". Try this: use fewer words, or other ones; look in archival_memory_search.',
            'No results found for "kumquat", speaker Ana. Try this: use other words; leave out speaker.',
            'No results found for "tea", speaker anna. Try this: name one of the speakers: ana, ben, sam; leave out speaker.',
            'No results found for speaker "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…". Try this: name one of the speakers: ben, ana, sam; leave out speaker.',
            'No results found for "tea", role assistant, start_date 2026-03-02. Try this: use other words; leave out role; widen the dates.',
            "No results found for start_date 2026-04-01, end_date 2026-04-02. Try this: widen the dates.",
        ]
    )


def test_an_unknown_speaker_is_told_a_few_names_that_are_known(loop: HeartbeatLoop) -> None:
    for name in (*(f"guest {number}" for number in range(12)), 'eve", "x'):
        said(loop, name, "Tea.")

    assert use(loop, "conversation_search", query="tea", speaker="Guest") == snapshot(
        'No results found for "tea", speaker Guest. Try this: name one of the speakers: guest 9, guest 8, guest 7, "eve\\", \\"x", guest 11, guest 10, guest 6, guest 5 and 6 more; leave out speaker.'
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
        item_chars=1000,
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
""")


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
    assert "superseded" not in told


def test_a_role_that_does_not_exist_is_refused_with_those_that_do(loop: HeartbeatLoop) -> None:
    assert use(loop, "conversation_search", query="tea", role="system") == snapshot(
        "Failed: conversation_search: argument 'role' = 'system': Input should be 'user' or 'assistant'. It takes: query (string, optional), speaker (string, optional), role (string, optional), start_date (string, optional), end_date (string, optional), page (integer, optional)."
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
            "Failed: 'last Monday' is not a date. Write YYYY-MM-DD, such as 2026-03-01, or YYYY-MM-DDTHH:MM:SS.",
            "Failed: '2026-02-30' is not a date. Write YYYY-MM-DD, such as 2026-03-01, or YYYY-MM-DDTHH:MM:SS.",
            "Failed: the range starts on 2026-03-02 and ends before that, on 2026-03-01. Swap the two.",
            "Failed: conversation_search_date: argument 'end_date' is missing. It takes: start_date (string), end_date (string), page (integer, optional).",
        ]
    )


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


# Archival


def test_what_was_inserted_is_found_with_its_tags(loop: HeartbeatLoop) -> None:
    told = [
        use(loop, "archival_memory_insert", content="Ana was born in Porto.", tags=["people", "ana"]),
        use(loop, "archival_memory_insert", content="Porto has six bridges."),
        use(loop, "archival_memory_insert", content="The river in Porto is long. " * 100),
        use(loop, "archival_memory_insert", content="  "),
        use(loop, "archival_memory_search", query="born Porto", tags=["ana"]),
        use(loop, "archival_memory_search", query="Porto bridges", tags=["ana", "ben"], tag_match_mode="all"),
        use(loop, "archival_memory_search", query="kumquat"),
    ]

    assert [undated(each) for each in told] == snapshot(
        [
            "Stored. Passages in archival memory: 1.",
            "Stored. Passages in archival memory: 2.",
            "Stored in 3 parts. Passages in archival memory: 5.",
            "Failed: there is no text to insert. Write what to remember.",
            """\
Showing 1 of 1 results (page 0, last page 0):
[{"time": "TIME", "age": "AGE", "text": "Ana was born in Porto.", "tags": ["people", "ana"], "why": "words: born, porto"}]\
""",
            'No results found for "Porto bridges", tags ana, ben. Try this: use tags that there are: ana, people; leave out tags.',
            'No results found for "kumquat". Try this: use other words; look in conversation_search.',
        ]
    )


def test_archival_search_pages_and_takes_dates(loop: HeartbeatLoop) -> None:
    for number in range(6):
        loop.memory.archival.insert(f"Tea number {number}.", created_at=MARCH + timedelta(days=number))

    first = use(loop, "archival_memory_search", query="tea")
    second = use(loop, "archival_memory_search", query="tea", page=1)
    third = use(loop, "archival_memory_search", query="tea", page=2)

    assert first.startswith("Showing 5 of 6 results (page 0, last page 1):")
    assert second.startswith("Showing 1 of 6 results (page 1, last page 1):")
    assert third == "No results found on page 2: the 6 results end on page 1."
    between = {"start_date": "2026-03-02", "end_date": "2026-03-03"}
    assert ageless(use(loop, "archival_memory_search", query="tea 2", **between)) == snapshot("""\
Showing 2 of 2 results (page 0, last page 0):
[{"time": "2026-03-03 14:05:09 +0000", "age": "AGE", "text": "Tea number 2.", "why": "words: tea, 2"},
{"time": "2026-03-02 14:05:09 +0000", "age": "AGE", "text": "Tea number 1.", "why": "words: tea"}]\
""")
    assert use(loop, "archival_memory_search", query="tea", page="none", tags=[], end_date="none") == first


def test_an_insert_can_say_what_it_replaces(loop: HeartbeatLoop) -> None:
    archive = loop.memory.archival
    archive.insert("Ana takes the late shift.", created_at=MARCH)
    archive.insert("Ben takes the late shift.", created_at=MARCH - timedelta(minutes=1))
    archive.insert("Ben's bike is in the shed.", created_at=MARCH)

    told = [
        use(loop, "archival_memory_insert", content="Ana takes the early shift.", replaces="Zoe takes"),
        use(
            loop,
            "archival_memory_insert",
            content="Ana takes the early shift.",
            replaces="takes the late shift",
        ),
        use(
            loop,
            "archival_memory_insert",
            content="Ana takes the early shift.",
            replaces="ANA takes the late shift!",
        ),
        use(loop, "archival_memory_insert", content="Ben's bike is sold.", replaces="bike is in the shed"),
        use(loop, "archival_memory_insert", content="Ben's bike is sold.", replaces="none"),
        use(loop, "archival_memory_search", query="shift"),
    ]

    assert [undated(each) for each in told] == snapshot(
        [
            "Failed: no passage says 'Zoe takes', which this should replace. Nothing was stored. Quote words as a search shows them, or leave out `replaces`.",
            "Failed: 2 passages say 'takes the late shift'. Nothing was stored. Quote more of the one that this replaces.",
            "Stored, and 1 marked as superseded. Passages in archival memory: 4.",
            "Stored, and 1 marked as superseded. Passages in archival memory: 5.",
            "Stored. Passages in archival memory: 5.",
            """\
Showing 3 of 3 results (page 0, last page 0):
[{"time": "TIME", "age": "AGE", "text": "Ana takes the early shift.", "why": "words: shift"},
{"time": "TIME", "age": "AGE", "superseded_by": "TIME", "text": "Ana takes the late shift.", "why": "words: shift"},
{"time": "TIME", "age": "AGE", "text": "Ben takes the late shift.", "why": "words: shift"}]\
""",
        ]
    )
    assert archive.count() == 5


def test_a_quote_of_a_whole_passage_means_that_one(loop: HeartbeatLoop) -> None:
    archive = loop.memory.archival
    for text in ("Ben likes tea.", "Ben likes tea and cake.", "ben likes TEA"):
        archive.insert(text)

    told = use(loop, "archival_memory_insert", content="Ben hates tea.", replaces="Ben likes tea")

    assert told == "Stored, and 2 marked as superseded. Passages in archival memory: 4."
    assert [each.text for each in archive.list().items if each.superseded_by] == [
        "Ben likes tea.",
        "ben likes TEA",
    ]


def test_an_unknown_tag_is_told_the_tags_that_are_known(loop: HeartbeatLoop) -> None:
    loop.memory.archival.insert("Tea.", tags=["drinks", "ana's"])

    told = [
        use(loop, "archival_memory_search", query="tea", tags=["drink"]),
        use(loop, "archival_memory_search", query="tea", tags=["drinks", "x"], tag_match_mode="all"),
        use(loop, "archival_memory_search", query="cake", tags=["drinks"], end_date="2026-03-01"),
    ]

    assert told == snapshot(
        [
            'No results found for "tea", tags drink. Try this: use tags that there are: ana\'s, drinks; leave out tags.',
            'No results found for "tea", tags drinks, x. Try this: use tags that there are: ana\'s, drinks; leave out tags.',
            'No results found for "cake", tags drinks, end_date 2026-03-01. Try this: use other words; leave out tags; widen the dates.',
        ]
    )


# Excerpts


def test_a_short_text_is_told_whole() -> None:
    assert excerpt("Ana likes tea.", "tea", 14) == "Ana likes tea."


LONG = "It was a party with a start. " * 40


@pytest.mark.parametrize(
    ("word", "query"),
    [
        ("art", "art"),
        ("Arts", "art"),
        ("don’t-panic", "panic"),
        ("O’Hara", "O'Hara"),
        ("昨天错过了电车", "电车"),
        ("C++", "c++"),
        ("art fair", '"art fair"'),
    ],
)
def test_an_excerpt_shows_the_word_that_was_looked_for(word: str, query: str) -> None:
    text = f"{LONG}{word} {LONG}"

    assert word in excerpt(text, query, 100)
    assert excerpt(text, query, 100).endswith(f" ... [excerpt of {len(text):,} characters]")


def test_an_excerpt_of_what_shares_no_word_is_the_start() -> None:
    assert excerpt(LONG, "kumquat", 100) == f"{LONG[:100]} ... [excerpt of 1,160 characters]"
    assert excerpt(LONG, "", 100) == excerpt(LONG, "kumquat", 100)


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=20), st.integers(40, 200))
def test_an_excerpt_keeps_its_length_and_its_word(before: str, after: str, query: str, chars: int) -> None:
    text = f"{before} kumquat {after}"

    assert len(excerpt(text, query, chars)) <= chars + len("... ") + len(" ... [excerpt of 1,000 characters]")
    assert "kumquat" in excerpt(text, "Kumquats", chars)


def test_a_long_message_is_told_as_an_excerpt(make_loop: LoopFactory) -> None:
    loop = make_loop(window_tokens=8000)
    said(loop, "ana", f"{LONG}The kumquat is ripe. {LONG}")
    found: Callable[..., str] = lambda: use(loop, "conversation_search", query="kumquat")  # noqa: E731

    assert "The kumquat is ripe." in found()
    assert "[excerpt of 2,341 characters]" in found()


def test_a_page_says_whether_its_total_is_an_estimate_and_why_a_search_was_less_than_it_can_be() -> None:
    page = FindingsPage([], 12_000, 0, 5, folded=2, exact=False, trouble="the archive\nis damaged")

    assert format_page(page, [{"message": "Tea."}]) == snapshot("""\
Showing 1 of about 12000 results (page 0, last page 2399; 2 near-duplicates folded; by words only, since the archive is damaged):
[{"message": "Tea."}]\
""")
