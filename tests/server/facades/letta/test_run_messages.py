"""Events of a run, and what Letta's client reads of them."""

from __future__ import annotations

from typing import Any

import pytest

from memgpt_autogen.events import (
    Evicted,
    Heard,
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
from memgpt_autogen.events_json import event_kind, event_to_json
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.server.facades.letta.ids import message_id, seq_of
from memgpt_autogen.server.facades.letta.log_messages import Wanted
from memgpt_autogen.server.facades.letta.run_messages import Telling
from memgpt_autogen.service.turns.following import Streamed

AGENT = "5f0c9b1e-0000-4000-8000-00000000dead"

RUN = "1d6f0a53-0b0e-4c55-93e5-1f3c4b1e6a52"

SAYS = ToolCall("c1", "send_message", '{"message": "Hi."}')

SAYS_NOTHING = ToolCall("c2", "send_message", "{}")

SEARCH = ToolCall("c3", "conversation_search", '{"query": "tea"}')

RETURN = {"tool_return": "Nothing.", "status": "success", "tool_call_id": "c3"}

SHOWN = {"name": "conversation_search", "arguments": '{"query": "tea"}', "tool_call_id": "c3"}

RESULT = {
    "message_type": "tool_return_message",
    "name": "conversation_search",
    **RETURN,
    "tool_returns": [{"type": "tool", **RETURN}],
}

CALL = {"message_type": "tool_call_message", "tool_call": SHOWN, "tool_calls": [SHOWN]}


def telling(**options: Any) -> Telling:
    return Telling(AGENT, RUN, **options)


def told(
    reader: Telling, event: RunEvent, number: int | None = 3, seq: int | None = 7
) -> list[dict[str, Any]]:
    """What an event is told as, without the fields that all messages have."""
    data = {"run_id": RUN, "seq": seq, "time": "2026-05-01T09:30:00Z", **event_to_json(event)}
    common = ("id", "date", "run_id", "seq_id")
    found = reader.messages(Streamed(event_kind(event), data, number))
    assert all(each["run_id"] == f"run-{RUN}" and each["seq_id"] == number for each in found)
    return [{name: value for name, value in each.items() if name not in common} for each in found]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Heard(Message.said_by("ada", "Hi.")), []),
        (
            Thought("She likes tea."),
            [
                {
                    "message_type": "reasoning_message",
                    "reasoning": "She likes tea.",
                    "source": "non_reasoner_model",
                }
            ],
        ),
        (Thought(""), []),
        (ToolCalled(SEARCH), [CALL]),
        (ToolReturned(SEARCH, "Nothing."), [RESULT]),
        (ToolCalled(SAYS), []),
        (ToolReturned(SAYS, "Sent."), []),
        (Replied("Hi."), [{"message_type": "assistant_message", "content": "Hi."}]),
        (ReplyPart("Hi"), []),
        (PressureWarned(10, 20), []),
        (Evicted(3, 9, 100, 50, "They spoke of tea."), []),
        (
            Suspended((SEARCH,)),
            [{"message_type": "approval_request_message", "tool_call": SHOWN, "tool_calls": [SHOWN]}],
        ),
        (TurnEnded("yielded", 2), []),
        (TurnFailed("ModelError", "It is away."), []),
    ],
)
def test_each_event(event: RunEvent, expected: list[dict[str, Any]]) -> None:
    assert told(telling(), event) == expected


def test_an_event_of_the_log_has_the_id_of_its_entry() -> None:
    data = {"seq": 7, "time": "2026-05-01T09:30:00Z", "text": "Tea."}

    (message,) = telling().messages(Streamed("thought", data, 3))

    assert message["id"] == message_id(AGENT, 7)
    assert seq_of(AGENT, message["id"]) == 7
    assert message["date"] == "2026-05-01T09:30:00Z"


def test_a_call_that_says_nothing_is_shown_with_its_error() -> None:
    (call,) = told(telling(), ToolCalled(SAYS_NOTHING))
    (result,) = told(telling(), ToolReturned(SAYS_NOTHING, "There is no message.", ok=False))

    assert (call["message_type"], result["status"]) == ("tool_call_message", "error")


def test_without_assistant_messages_the_calls_are_shown() -> None:
    reader = telling(wanted=Wanted(spoken=False))

    kinds = [
        each["message_type"]
        for event in (ToolCalled(SAYS), ToolReturned(SAYS, "Sent."), Replied("Hi."))
        for each in told(reader, event)
    ]

    assert kinds == ["tool_call_message", "tool_return_message"]
    assert told(reader, Replied("I have no words.", fallback=True)), "no call says it"


def test_only_the_types_that_are_wanted() -> None:
    reader = telling(wanted=Wanted(kinds=["assistant_message"]))

    assert told(reader, Thought("Tea.")) == []
    assert len(told(reader, Replied("Hi."))) == 1


def test_evictions_where_they_are_asked_for() -> None:
    reader = telling(wanted=Wanted(compaction=True))

    assert told(reader, Evicted(3, 9, 100, 50, "They spoke of tea.")) == [
        {"message_type": "summary_message", "summary": "They spoke of tea."}
    ]


def test_a_function_of_the_client_is_told_once_as_what_is_waited_for() -> None:
    reader = telling(client_tools=["conversation_search"])

    assert told(reader, ToolCalled(SEARCH)) == []
    assert len(told(reader, Suspended((SEARCH,)))) == 1


def pieces(*events: RunEvent) -> list[tuple[str, str]]:
    """The ids and texts of what is said, while the model writes it."""
    reader, found = telling(parts=True), []
    for event in events:
        number = None if isinstance(event, ReplyPart) else 3
        told = reader.messages(Streamed(event_kind(event), event_to_json(event), number))
        found += [(each["id"], each["content"]) for each in told]
    return found


def test_parts_are_added_up_by_their_id_and_are_the_whole_reply() -> None:
    found = pieces(ReplyPart("Good ", anew=True), ReplyPart("morn"), Replied("Good morning."))

    assert len({id_ for id_, _ in found}) == 1
    assert "".join(text for _, text in found) == "Good morning."


@pytest.mark.parametrize(
    "events",
    [
        (ReplyPart("Good ", anew=True), ReplyPart("Hello", anew=True), Replied("Hello.")),
        (ReplyPart("Good ", anew=True), Replied("Hello.")),
    ],
)
def test_a_reply_that_begins_anew_is_another_message(events: tuple[RunEvent, ...]) -> None:
    found = pieces(*events)
    last = found[-1][0]

    assert found[0] == (found[0][0], "Good ")
    assert found[0][0] != last
    assert "".join(text for id_, text in found if id_ == last) == "Hello."


def test_two_replies_of_a_turn_are_two_messages() -> None:
    found = pieces(ReplyPart("One", anew=True), Replied("One."), ReplyPart("Two", anew=True), Replied("Two."))

    assert [text for _, text in found] == ["One", ".", "Two", "."]
    assert found[0][0] == found[1][0] != found[2][0] == found[3][0]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("yielded", "end_turn"),
        ("suspended", "requires_approval"),
        ("step_limit", "max_steps"),
        ("token_limit", "max_tokens_exceeded"),
        ("cancelled", "cancelled"),
    ],
)
def test_the_end_and_the_usage(reason: Any, expected: str) -> None:
    reader = telling()
    told(reader, TurnEnded(reason, 2, Usage(30, 4, cached_tokens=10)))

    stop, usage = reader.last_messages()

    assert stop == {"message_type": "stop_reason", "stop_reason": expected}
    assert usage == {
        "message_type": "usage_statistics",
        "prompt_tokens": 30,
        "completion_tokens": 4,
        "total_tokens": 34,
        "cached_input_tokens": 10,
        "step_count": 2,
        "run_ids": [f"run-{RUN}"],
    }


def test_a_turn_without_an_end_has_an_error_as_its_reason() -> None:
    assert telling().last_messages() == [{"message_type": "stop_reason", "stop_reason": "error"}]
