"""Events as JSON: each class has a form, and comes back as it was."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta, timezone
from typing import get_args

import pytest
from inline_snapshot import snapshot

from memgpt_autogen import events
from memgpt_autogen.events import (
    Evicted,
    Heard,
    HeartbeatLimitReached,
    PressureWarned,
    Replied,
    ReplyPart,
    RunEvent,
    Suspended,
    Thought,
    ToolCalled,
    ToolReturned,
    TurnEnded,
    TurnFailed,
)
from memgpt_autogen.events_json import KINDS, event_from_json, event_kind, event_to_json
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.messages import Message, ToolCall

CALL = ToolCall("c1", "look_up", '{"what": "tea"}')

NOON = datetime(2026, 3, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))

EXAMPLES: list[RunEvent] = [
    Heard(Message.said_by("ada", "Hello \0 \ud800 é", chat=["tea"])),
    Heard(Message("user", "Hi", time=NOON)),
    Thought("Who is it?"),
    ToolCalled(CALL),
    ToolReturned(CALL, "Nothing.", ok=False),
    ReplyPart("Hel", anew=True),
    Replied("Hello!"),
    Replied("(no answer)", fallback=True),
    PressureWarned(3000, 4000),
    Evicted(12, 40, 3100, 900, "They spoke of tea.", "extract", Usage(10, 5, 2, 0.01)),
    HeartbeatLimitReached("step_limit"),
    Suspended((CALL, ToolCall("c2", "ask")), ("c2",), NOON),
    TurnEnded("yielded", 2, Usage(100, 20)),
    TurnFailed("ModelError", "the endpoint does not answer"),
]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_from_json_as_it_was(event: RunEvent) -> None:
    kind, text = event_kind(event), json.dumps(event_to_json(event), allow_nan=False)

    assert event_from_json(kind, json.loads(text)) == event


def test_each_class_of_events_has_a_form_and_an_example() -> None:
    union = set(get_args(RunEvent))
    declared = {found for found in vars(events).values() if dataclasses.is_dataclass(found)} - {
        Message,
        ToolCall,
        Usage,
    }

    assert declared == union, "a class in events.py is not in RunEvent"
    assert set(KINDS.values()) == union, "say in events_json.py what the new event is called"
    assert {type(example) for example in EXAMPLES} == union, "give an example of the new event here"


def test_the_forms_are_those_that_clients_know() -> None:
    assert {event_kind(event): event_to_json(event) for event in EXAMPLES[1:]} == snapshot(
        {
            "heard": {
                "message": {
                    "role": "user",
                    "text": "Hi",
                    "kind": "message",
                    "name": None,
                    "tool_calls": [],
                    "tool_call_id": None,
                    "ok": True,
                    "time": "2026-03-01T12:00:00Z",
                    "extra": {},
                }
            },
            "thought": {"text": "Who is it?"},
            "tool_called": {"call": {"id": "c1", "name": "look_up", "arguments": '{"what": "tea"}'}},
            "tool_returned": {
                "call": {"id": "c1", "name": "look_up", "arguments": '{"what": "tea"}'},
                "text": "Nothing.",
                "ok": False,
            },
            "reply_part": {"text": "Hel", "anew": True},
            "replied": {"text": "(no answer)", "fallback": True},
            "pressure_warned": {"prompt_tokens": 3000, "window_tokens": 4000},
            "evicted": {
                "messages": 12,
                "through_seq": 40,
                "tokens_before": 3100,
                "tokens_after": 900,
                "summary": "They spoke of tea.",
                "source": "extract",
                "usage": {"prompt_tokens": 10, "completion_tokens": 5, "cached_tokens": 2, "cost": 0.01},
            },
            "heartbeat_limit": {"reason": "step_limit"},
            "suspended": {
                "calls": [
                    {"id": "c1", "name": "look_up", "arguments": '{"what": "tea"}'},
                    {"id": "c2", "name": "ask", "arguments": "{}"},
                ],
                "approvals": ["c2"],
                "expires_at": "2026-03-01T12:00:00Z",
            },
            "turn_ended": {
                "stop_reason": "yielded",
                "steps": 2,
                "usage": {"prompt_tokens": 100, "completion_tokens": 20, "cached_tokens": 0, "cost": None},
            },
            "error": {"error": "ModelError", "text": "the endpoint does not answer"},
        }
    )


def test_a_reader_skips_what_it_does_not_know_and_names_what_it_cannot_read() -> None:
    assert event_from_json("replied", {"text": "Hi", "run_id": "r", "seq": 4}) == Replied("Hi")
    with pytest.raises(ValueError, match="there is no event 'danced'; there are: heard, thought"):
        event_from_json("danced", {})
    with pytest.raises(ValueError, match=r"this is no event 'replied'.*'text'"):
        event_from_json("replied", {})
    with pytest.raises(ValueError, match="this is no event 'heard'"):
        event_from_json("heard", {"message": "Hello"})


def test_numbers_that_json_does_not_have_are_null() -> None:
    message = Message.said_by("ada", "Hi", found=[float("nan"), float("inf"), 1.5])

    assert event_to_json(Heard(message))["message"]["extra"] == {"found": [None, None, 1.5]}
