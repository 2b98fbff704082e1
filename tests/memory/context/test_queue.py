"""The queue: a window on the log that is legal for the chat API however the log ended."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from legal import illegal_talk
from loops import MemoryFactory

from memgpt_autogen.memory.context.queue import NO_RESULT, units, wire
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message, ToolCall

UTC = timezone.utc
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entries_of(*messages: Message) -> list[Entry]:
    return [Entry(seq, message) for seq, message in enumerate(messages, start=1)]


def step(text: str, *ids: str) -> Message:
    return Message(
        "assistant", text, "step", tool_calls=tuple(ToolCall(call_id, "look") for call_id in ids), time=NOON
    )


def result(call_id: str, text: str = "seen") -> Message:
    return Message.result_of(ToolCall(call_id, "look"), text, time=NOON)


def heard(text: str) -> Message:
    return Message("user", text, name="ben", time=NOON)


@st.composite
def logs(draw: st.DrawFn) -> list[Entry]:
    """Any sequence of entries: results that come late, twice, too early or never, and words between them."""
    messages: list[Message] = []
    ids: list[str] = []
    for number in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(["heard", "step", "result", "spoken", "event", "stray"]))
        if kind == "step":
            fresh = [f"c{number}_{place}" for place in range(draw(st.integers(0, 3)))]
            ids += fresh
            messages.append(step(draw(st.sampled_from(["", "hm"])), *fresh))
        elif kind == "result" and ids:
            messages.append(result(draw(st.sampled_from(ids)), str(number)))
        elif kind == "stray":
            messages.append(result(f"c{number + draw(st.integers(0, 3))}_0"))
        elif kind == "spoken":
            messages.append(Message("assistant", str(number), "spoken"))
        else:
            messages.append(heard(str(number)) if kind == "heard" else Message.event("heartbeat", "tick"))
    return entries_of(*messages)


@given(log=logs(), dialect=st.sampled_from(["memgpt", "native"]))
def test_any_log_gives_a_legal_conversation(log: list[Entry], dialect: Any) -> None:  # T53
    assert illegal_talk(wire(log, UTC, dialect)) is None


@given(log=logs(), at=st.integers(0, 25))
def test_the_units_are_the_log_and_no_cut_between_them_parts_a_call_from_its_result(
    log: list[Entry], at: int
) -> None:
    parts = units(log)  # T53

    assert [entry for part in parts for entry in part] == log
    assert all(parts)
    kept = [entry for part in parts[at:] for entry in part]
    left = {call.id for part in parts[:at] for entry in part for call in entry.message.tool_calls}
    assert not left & {entry.message.tool_call_id for entry in kept}
    assert illegal_talk(wire(kept, UTC)) is None


@given(log=logs())
def test_the_units_are_cut_wherever_nothing_is_waiting(log: list[Entry]) -> None:
    for part in units(log):
        for cut in range(1, len(part)):
            calls = {call.id for entry in part[:cut] for call in entry.message.tool_calls}
            assert calls & {entry.message.tool_call_id for entry in part[cut:]}


def test_a_result_that_came_before_its_call_holds_nothing_together() -> None:
    log = entries_of(result("a"), step("", "a"), heard("1"), heard("2"))

    assert [len(part) for part in units(log)] == [1, 1, 1, 1]


def test_late_results_stand_behind_their_calls_in_the_calls_order() -> None:
    log = entries_of(step("hm", "a", "b"), heard("hurry"), result("b", "B"), heard("up"), result("a", "A"))

    told = [(message["role"], message.get("tool_call_id")) for message in wire(log, UTC)]

    assert told == [("assistant", None), ("tool", "a"), ("tool", "b"), ("user", None), ("user", None)]
    assert [len(part) for part in units(log)] == [5]


def test_a_call_whose_result_is_missing_gets_one_that_says_so() -> None:
    messages = wire(entries_of(heard("go"), step("", "a")), UTC)

    assert messages[-1]["tool_call_id"] == "a"
    assert json.loads(messages[-1]["content"]) == {
        "status": "Failed",
        "message": NO_RESULT,
        "time": "2026-03-01 12:00:00 +0000",
    }


def test_a_result_without_its_call_and_an_empty_step_are_left_out() -> None:
    assert wire(entries_of(result("x"), step("")), UTC) == []


def test_words_that_did_not_come_from_the_loop_look_like_its_own() -> None:
    said = Entry(7, Message("assistant", "Hello!", "spoken", time=NOON))

    assert wire([said], UTC) == snapshot(
        [
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [
                    {
                        "id": "o00000007",
                        "type": "function",
                        "function": {"name": "send_message", "arguments": '{"message": "Hello!"}'},
                    }
                ],
            },
            {
                "role": "tool",
                "tool_call_id": "o00000007",
                "content": '{"status": "OK", "message": "Sent.", "time": "2026-03-01 12:00:00 +0000"}',
            },
        ]
    )
    assert wire([said], UTC, "native") == [{"role": "assistant", "content": "Hello!"}]


def test_calls_without_a_result_are_waiting(memory: MemoryHierarchy) -> None:
    memory.log.append(step("", "a", "b"), result("a"))

    assert list(memory.queue.waiting()) == ["b"]


def test_evicting_moves_the_window_and_takes_nothing_from_the_log(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    first = memory.log.append(heard("1"), heard("2"), heard("3"))
    everything = memory.log.everything()

    memory.queue.evict(first[1].seq, "they counted", "extract")

    for opened in (memory, make_memory()):
        assert [entry.message.text for entry in opened.queue.entries()] == ["3"]
        assert opened.queue.summary is not None
        assert (opened.queue.summary.text, opened.queue.summary.source) == ("they counted", "extract")
        assert opened.log.everything() == everything
        assert opened.queue.evictions() == 1


def test_edits_of_core_memory_are_never_in_the_prompts_tail(memory: MemoryHierarchy) -> None:
    memory.core.set("human", "Ben")

    assert memory.queue.entries() == []


def test_the_prompt_is_a_byte_identical_extension_between_edits_and_evictions(
    make_memory: MemoryFactory,
) -> None:
    memory = make_memory()  # T61
    prompts = []
    for number in range(6):
        memory.log.append(heard(f"question {number}"), step("hm", f"a{number}"), result(f"a{number}"))
        prompts.append(memory.compile("be kind"))
        if number == 2:
            memory = make_memory()

    for shorter, longer in pairwise(prompts):
        assert json.dumps(longer).startswith(json.dumps(shorter)[:-1])
        assert len(longer) > len(shorter)


def test_an_edit_and_an_eviction_change_the_prompt_at_once(memory: MemoryHierarchy) -> None:
    (entry,) = memory.log.append(heard("hello"))
    before = memory.compile()[0]

    memory.core.set("human", "Ben")
    edited = memory.compile()[0]
    memory.queue.evict(entry.seq, "we greeted", "model")

    assert edited != before
    assert "outside_view" not in memory.compile()[0]["content"]
    assert "recall: 1 messages" in memory.compile()[1]["content"]
    assert "we greeted" in memory.compile()[1]["content"]
