"""What holds of every turn, whatever a model answers."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from legal import illegal

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ModelError
from memgpt_autogen.events import Event, Replied, Suspended, TurnEnded
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.messages import Message, ToolCall, WireMessage
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, says
from memgpt_autogen.testing.scripted import Answer

NAMES = """send_message core_memory_append core_memory_replace memory_insert memory_rethink
conversation_search conversation_search_date archival_memory_insert archival_memory_search transfer""".split()
KEYS = """message label content old_content new_content new_memory line query speaker role page
start_date end_date tags request_heartbeat inner_thoughts to""".split()

anything = st.text(st.characters(), max_size=30)  # lone surrogates too
values = (
    anything
    | st.sampled_from(["human", "persona", "2026-03-01", "none", "true", "user", "x " * 2000])
    | st.integers(-1, 5)
    | st.booleans()
    | st.none()
    | st.floats()
    | st.lists(anything, max_size=2)
)
objects = st.dictionaries(st.sampled_from(KEYS) | anything, values, max_size=4).map(json.dumps)
sent = anything.map(lambda text: ToolCall("1", "send_message", json.dumps({"message": text})))
calls = sent | st.builds(
    ToolCall,
    id=st.sampled_from(["", "1", "2"]),
    name=st.sampled_from(NAMES) | anything,
    arguments=objects | objects.map(lambda text: text[:-2]) | anything,
)
answers: st.SearchStrategy[Answer] = st.builds(
    lambda text, called, reason: type(says())(text, tuple(called), finish_reason=reason),
    anything,
    st.lists(calls, max_size=3),
    st.sampled_from(["stop", "length"]),
)
failures = st.just(ModelError("the endpoint is down"))

agents = itertools.count()
TRANSFER = {"type": "function", "function": {"name": "transfer", "parameters": {"type": "object"}}}


@pytest.mark.parametrize("protocol", ["memgpt", "native"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    script=st.lists(answers | answers | answers | failures, max_size=8),
    words=st.lists(anything, max_size=2),
    owes_answer=st.booleans(),
    window_tokens=st.sampled_from([4000, 100_000]),
)
def test_every_turn_ends_and_answers_and_asks_legally(
    tmp_path: Path,
    protocol: Any,
    script: list[Answer],
    words: list[str],
    owes_answer: bool,
    window_tokens: int,
) -> None:
    home = Settings.load(home=tmp_path, protocol=protocol)
    memory = open_memory(f"sam{next(agents)}", home)
    llm = ScriptedLLM(*script, otherwise=says(""))
    limits = Limits(steps=4)
    loop = open_loop(memory, llm, limits=limits, window_tokens=window_tokens)
    inputs = [Message.said_by("boss", text) for text in words]

    turns: list[list[Event]] = []
    while llm.unused or not turns:
        try:
            turns.append(list(loop.run(inputs, owes_answer=owes_answer, foreign=[TRANSFER])))
        except ModelError:  # noqa: PERF203 - the next turn goes on from the log
            inputs = []

    for events in turns:
        (end,) = (event for event in events if isinstance(event, TurnEnded))
        assert end is events[-1]
        assert 1 <= end.steps <= limits.steps
        suspended = any(isinstance(event, Suspended) for event in events)
        assert suspended == (end.stop_reason == "suspended")
        said = [event.text for event in events if isinstance(event, Replied)]
        assert all(text.strip() for text in said)
        assert said or suspended or not owes_answer
    for request in llm.requests:
        assert illegal(request.messages) is None or request.messages[0]["content"].startswith("You write")


def test_the_measure_of_legal_conversations_finds_illegal_ones() -> None:
    system: WireMessage = {"role": "system", "content": "x"}
    called = {"role": "assistant", "content": "", "tool_calls": [ToolCall("1", "f").to_wire()]}
    result = {"role": "tool", "tool_call_id": "1", "content": "x"}

    assert illegal([system, called, result]) is None
    for broken in (
        [called, result],
        [system, called],
        [system, called, {**result, "tool_call_id": "2"}],
        [system, result],
        [system, called, result, result],
        [system, {"role": "assistant", "content": ""}],
        [system, system],
    ):
        assert illegal(broken) is not None
