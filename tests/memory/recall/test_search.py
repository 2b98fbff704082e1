"""Recall: what was said is found by words, speaker and dates; what was not said never is."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from finding import heard, holding
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from loops import MemoryFactory

from memgpt_autogen.errors import ToolError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, ToolCall, now
from memgpt_autogen.testing import call
from memgpt_autogen.tools.memory.dates import date_range
from memgpt_autogen.tools.memory.recall import recall_memory_tools

NASTY = [
    "AND OR NOT NEAR",
    "a*",
    "col:x",
    "spoken:tea",
    "((tea",
    "tea)",
    '"tea',
    'te"a',
    "^tea",
    "tea + -milk",
    "NEAR(a b, 2)",
    "it's",
    "o''clock",
    "'; DROP TABLE entries; --",
    "%",
    "_",
    "100%",
    "a_b",
    "\\",
    "/",
    "🍵",
    "🍵 tea",
    "茶",
    "绿茶 tea",
    "สวัสดี",
    '"',
    '""',
    '"a\x00b"',
    "\x00",
    "\ud800",
    '"x \ud83d y"',
    "{}",
    "?",
    ":wanted",
    "...",
    "\n",
    "é",
    "é",
    "²",
    "𞤀𞤁",
    "İstanbul",
]


def told(memory: MemoryHierarchy, **arguments: object) -> str:
    """What the model reads."""
    search = recall_memory_tools(memory.recall, memory.zone, budget_tokens=1000)[0]
    return str(search.call(arguments))


def step(memory: MemoryHierarchy, thought: str, *calls: ToolCall) -> None:
    memory.log.append(Message("assistant", thought, "step", tool_calls=calls))
    memory.log.append(*(Message.result_of(call, f"result of {call.name}: secret") for call in calls))


def test_what_others_and_the_agent_said_is_found_under_their_names(memory: MemoryHierarchy) -> None:
    heard(memory, "The meeting is on Tuesday", name="ben")  # T16
    heard(memory, "No, the meeting is on Friday", name="ada")
    step(memory, "I should say it", call("send_message", message="The meeting moved, I noted it"))
    memory.log.append(Message("assistant", "The meeting was fine", "spoken"))

    page = memory.recall.search("meeting")

    assert {(item.name, item.text) for item in page.items} == {
        ("ben", "The meeting is on Tuesday"),
        ("ada", "No, the meeting is on Friday"),
        ("sam", "The meeting moved, I noted it"),
        ("sam", "The meeting was fine"),
    }
    assert page.total == 4


def test_thoughts_results_heartbeats_alerts_edits_and_searches_are_never_found(
    memory: MemoryHierarchy,
) -> None:
    step(memory, "secret thought", call("conversation_search", query="secret"))  # T17
    step(memory, "", call("core_memory_append", label="human", content="secret"))
    memory.log.append(Message.event("heartbeat", "secret"), Message.event("alert", "secret"))
    memory.log.append(Message("assistant", "secret", "step"))
    memory.core.set("human", "secret")

    assert memory.recall.search("secret").total == 0
    assert memory.recall.search().total == 0
    assert memory.log.count() == 0


def test_everything_is_still_found_and_counted_after_an_eviction(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"word{number} tea" for number in range(30)))  # T15

    memory.queue.evict(memory.log.last_seq(), "we spoke of tea", "model")

    assert memory.queue.entries() == []
    assert memory.recall.search("tea").total == memory.log.count() == 30
    assert holding(memory, "word7") == ["word7 tea"]
    assert "30 earlier messages are out of view" in memory.compile()[1]["content"]


def test_twelve_hits_come_as_pages_of_five_five_and_two(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"tea {number}" for number in range(12)))  # T18

    pages = [memory.recall.search("tea", page=page) for page in range(4)]

    assert [len(page.items) for page in pages] == [5, 5, 2, 0]
    assert {(page.total, page.last_page) for page in pages} == {(12, 2)}
    assert told(memory, query="tea", page=1).startswith("Showing 2 of 12 results (page 1, last page 1;")
    assert told(memory, query="tea", page=2) == "No results found on page 2: the 12 results end on page 1."


def test_totals_and_pages_go_beyond_a_hundred(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"tea {number}" for number in range(230)))

    pages = [memory.recall.search("tea", page=page, page_size=23) for page in range(10)]

    assert {page.total for page in pages} == {230}
    assert len({item.seq for page in pages for item in page.items}) == 230


def test_equal_matches_come_newest_first_in_the_same_order_on_every_page(memory: MemoryHierarchy) -> None:
    heard(memory, *["the same tea"] * 23)  # T21

    pages = [memory.recall.search("tea", page=page) for page in range(5)]
    seqs = [item.seq for page in pages for item in page.items]

    assert seqs == sorted(seqs, reverse=True)
    assert seqs == [item.seq for item in memory.recall.search("tea", page_size=23).items]


def test_the_better_match_comes_first(memory: MemoryHierarchy) -> None:
    heard(
        memory, "green tea is what I like", "tea and tea again, says my uncle at length, every day", "coffee"
    )

    assert holding(memory, "green tea")[0] == "green tea is what I like"
    assert len(holding(memory, "green tea")) == 2


def test_without_words_everything_comes_oldest_first(memory: MemoryHierarchy) -> None:
    heard(memory, "b", "a", "c")

    assert holding(memory) == holding(memory, "  ") == ["b", "a", "c"]


def test_a_page_that_is_no_page_is_an_error_and_a_far_one_is_empty(memory: MemoryHierarchy) -> None:
    heard(memory, "tea")

    with pytest.raises(ToolError, match="pages count from 0"):
        memory.recall.search("tea", page=-1)
    assert memory.recall.search("tea", page=10**30).items == []


@pytest.mark.parametrize("sign", ["%", "_", "100%", "a_b", "🍵", "...", "\\", "/", "'", "?!", "*", "(", ":"])
def test_signs_are_literal(memory: MemoryHierarchy, sign: str) -> None:
    heard(memory, "nothing of the kind here", f"it says {sign} here")  # T20

    assert holding(memory, sign) == [f"it says {sign} here"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("near", "we are near"),
        ("NOT near", "we are near"),
        ("tea*", "some tea"),
        ("spoken:tea", "some tea"),
        ("o'clock", "at five o’clock"),
        ("café", "le cafe\u0301"),
        ("CAFE", "le cafe\u0301"),
        ("我喜欢", "我喜欢喝绿茶"),
        ("绿茶", "我喜欢喝绿茶"),
        ("swimming", "he swims"),
        ("mate", "good mate🥰"),
        ("istanbul", "İstanbul"),
    ],
)
def test_operators_are_words_and_words_match_by_stem(
    memory: MemoryHierarchy, query: str, wanted: str
) -> None:
    heard(
        memory,
        "we are near",
        "some tea",
        "at five o’clock",
        "le cafe\u0301",
        "我喜欢喝绿茶",
        "he swims",
        "good mate🥰",
        "İstanbul",
        "else",
    )

    assert holding(memory, query) == [wanted]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("T-シャツ", "白いT-シャツを買った"),
        ("北京-上海", "北京-上海的高铁"),
        ("Wi-Fi/ルーター", "the Wi-Fi/ルーター is new"),
        ("e-เมล", "ส่ง e-เมล แล้ว"),
    ],
)
def test_signs_join_words_of_scripts_without_spaces(memory: MemoryHierarchy, query: str, wanted: str) -> None:
    heard(
        memory, "白いT-シャツを買った", "北京-上海的高铁", "the Wi-Fi/ルーター is new", "ส่ง e-เมล แล้ว", "else"
    )

    assert holding(memory, query) == [wanted]


def test_quoted_words_must_stand_together(memory: MemoryHierarchy) -> None:
    heard(memory, "green tea", "tea that is green")

    assert holding(memory, '"green tea"') == ["green tea"]
    assert set(holding(memory, "green tea")) == {"green tea", "tea that is green"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.text(max_size=40) | st.lists(st.sampled_from(NASTY), max_size=4).map(" ".join),
    speaker=st.none() | st.text(),
)
@example(query='"' * 5, speaker=None)
@example(query="tea", speaker="\ud800")
@example(query="T-シャツ", speaker=None)
def test_no_query_fails(memory: MemoryHierarchy, query: str, speaker: str | None) -> None:
    memory.recall.search(query, speaker=speaker)


LONG = (
    "tea " * 50_000,
    "🍵" * 100_000,
    " ".join(f"w{n}" for n in range(5000)),
    " ".join(f"茶{n}" for n in range(5000)),
)


@pytest.mark.parametrize("query", [*filter(str.strip, NASTY), *LONG])
def test_no_strange_query_fails_or_finds_what_has_none_of_it(memory: MemoryHierarchy, query: str) -> None:
    heard(memory, "zzz")

    assert holding(memory, query) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(max_codepoint=0x17F) | st.sampled_from("🍵🥰🫠🧋€—’茶"), max_size=40))
@example("İstanbul")
@example('say "tea" AND (milk*)')
@example("no\ud800pe \0 nil")
def test_what_is_said_is_found_by_its_own_words(memory: MemoryHierarchy, text: str) -> None:
    heard(memory, text)

    if text.split() and any(char.isascii() and char.isalnum() for char in text):
        assert memory.log.last_seq() in {
            item.seq for item in memory.recall.search(text, page_size=5000).items
        }


@pytest.mark.parametrize("speaker", ["Émile", "émile", " ÉMILE "])
def test_a_speaker_is_found_in_any_case(memory: MemoryHierarchy, speaker: str) -> None:
    heard(memory, "hi", name="Émile")
    heard(memory, "ho", name="ben")

    assert holding(memory, speaker=speaker) == ["hi"]


def test_speaker_and_role_narrow_a_search(memory: MemoryHierarchy) -> None:
    heard(memory, "tea from ben")
    heard(memory, "tea from ada", name="ada")
    step(memory, "", call("send_message", message="tea from me"))

    assert holding(memory, "tea", speaker="Ada") == ["tea from ada"]
    assert (
        holding(memory, "tea", speaker="SAM") == holding(memory, "tea", role="assistant") == ["tea from me"]
    )
    assert set(holding(memory, "tea", role="user")) == {"tea from ben", "tea from ada"}
    assert holding(memory, "tea", speaker="ada", role="assistant") == []


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu", "UTC"])
def test_a_day_holds_both_its_midnights_in_the_agents_zone(memory: MemoryHierarchy, zone: str) -> None:
    where = ZoneInfo(zone)  # T19
    midnight = datetime(2026, 3, 1, tzinfo=where)
    last = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=where)
    tick = timedelta(microseconds=1)
    for time in (midnight - tick, midnight, last, last + tick):
        memory.log.append(Message("user", time.isoformat(), name="ben", time=time.astimezone(timezone.utc)))

    start, end = date_range("2026-03-01", "2026-03-01", where)

    assert holding(memory, start=start, end=end) == [midnight.isoformat(), last.isoformat()]


def test_a_time_as_results_show_it_finds_the_message_of_that_second(make_memory: MemoryFactory) -> None:
    memory = make_memory(timezone="Asia/Kathmandu")
    time = datetime(2026, 3, 1, 12, 0, 7, 654_321, tzinfo=timezone.utc)
    memory.log.append(Message("user", "tea", name="ben", time=time))

    assert "[2026-03-01, " in told(memory, query="tea")
    shown = {"start_date": "2026-03-01 17:45", "end_date": "2026-03-01 17:45"}
    assert told(memory, query="tea", **shown).startswith("Showing 1 of 1")


def test_the_ends_of_the_calendar_are_dates_too(make_memory: MemoryFactory) -> None:
    for zone in ("Asia/Tokyo", "America/Los_Angeles"):
        memory = make_memory(timezone=zone)
        heard(memory, "tea")

        assert told(memory, query="tea", start_date="0001-01-01", end_date="9999-12-31").startswith("Showing")
        assert holding(
            memory,
            start=datetime.min.replace(tzinfo=memory.zone),
            end=datetime.max.replace(tzinfo=memory.zone),
        )


def test_a_time_long_ago_sorts_before_one_of_today(memory: MemoryHierarchy) -> None:
    memory.log.append(Message("user", "old", name="ben", time=datetime(476, 9, 4, tzinfo=timezone.utc)))
    heard(memory, "new")

    assert holding(memory, start=now() - timedelta(days=1)) == ["new"]
    assert holding(memory, end=now() - timedelta(days=1)) == ["old"]
    assert memory.log.everything()[-2].message.time.year == 476


def test_what_was_said_after_the_end_lends_no_words_to_what_was_said_before(memory: MemoryHierarchy) -> None:
    before = datetime(2026, 3, 1, tzinfo=timezone.utc)
    memory.log.append(
        Message("user", "something holds us up in this", name="ben", time=before),
        Message("user", "the budget does", name="ada", time=before + timedelta(minutes=2)),
    )

    def why(**filters: datetime) -> str:
        return memory.recall.search("who holds the budget", **filters).items[-1].why

    assert why(end=before + timedelta(minutes=1)) == "words: holds"
    assert why() == "words: holds; beside it: budget"


def test_a_turn_about_a_speaker_is_found_by_the_name_alone(memory: MemoryHierarchy) -> None:
    memory.log.append(
        Message("user", "good morning", name="ada"), Message("user", "Ada laughed out loud", name="ben")
    )

    assert holding(memory, "How does Ada react?")[0] == "Ada laughed out loud"


def test_a_word_that_is_common_in_english_counts_less_than_a_rare_one(memory: MemoryHierarchy) -> None:
    heard(memory, "remittances", *("hm" for _ in range(12)), "ready")

    assert holding(memory, "ready for remittances") == ["remittances", "ready"]


def test_agents_in_one_home_never_see_each_others_words(make_memory: MemoryFactory) -> None:
    agents = {name: make_memory(name) for name in ("sam", "ida")}  # T22
    chance = random.Random(7)
    vocabulary = [f"w{number}" for number in range(40)] + ["茶", "🍵", "100%", "it's"]
    for name, memory in agents.items():
        heard(memory, *(f"{name} {' '.join(chance.sample(vocabulary, 6))}" for _ in range(60)))

    for _ in range(100):
        name = chance.choice(list(agents))
        query = " ".join(chance.sample([*vocabulary, "sam", "ida"], chance.randint(1, 4)))
        page = agents[name].recall.search(chance.choice([query, None]), page_size=200)
        assert page.total == len(page.items) <= 60
        assert all(item.text.startswith(name) for item in page.items)


def test_a_message_without_words_is_counted_and_listed(memory: MemoryHierarchy) -> None:
    heard(memory, "")

    assert holding(memory) == [""]
    assert memory.log.count() == 1
