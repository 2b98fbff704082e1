"""Lines for people about what an agent does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from loops import HELLO

from memgpt_autogen.display.event_lines import LINE_CHARS, event_line
from memgpt_autogen.events import (
    Event,
    Evicted,
    Heard,
    HeartbeatLimitReached,
    PressureWarned,
    Replied,
    Suspended,
    Thought,
    ToolCalled,
    ToolReturned,
    TurnEnded,
)
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import call

SEND = call("send_message", message="Hi!")
SEARCH = call("conversation_search", query="tëa", page=1)


def test_each_event_has_its_line() -> None:
    told = [
        event_line(event)
        for event in (
            Thought("She likes tea.\n\nI think."),
            ToolCalled(SEARCH),
            ToolReturned(SEARCH, "No results found."),
            ToolReturned(SEARCH, "page is -1; pages count from 0.", ok=False),
            ToolReturned(SEND, "the message is empty.", ok=False),
            PressureWarned(6200, 8192),
            Evicted(12, 40, 8000, 3100, "They spoke of tea."),
            HeartbeatLimitReached("step_limit"),
            Suspended((ToolCall("1", "transfer"), ToolCall("2", "pay"))),
        )
    ]

    assert told == snapshot(
        [
            "thinks: She likes tea. I think.",
            'calls: conversation_search(query="tëa", page=1)',
            "gets: No results found.",
            "fails: page is -1; pages count from 0.",
            "fails: the message is empty.",
            "memory pressure: 6,200 of 8,192 tokens",
            "evicted 12 messages into the summary: 8,000 -> 3,100 tokens",
            "limit reached: step limit",
            "waits for: transfer, pay",
        ]
    )


@pytest.mark.parametrize(
    "event",
    [Heard(HELLO), ToolCalled(SEND), ToolReturned(SEND, "Sent."), Replied("Hi!"), TurnEnded("yielded", 1)],
)
def test_what_is_told_elsewhere_has_no_line(event: Event) -> None:
    assert event_line(event) is None


@given(st.text(st.characters(), max_size=400))
def test_a_line_is_one_short_line_that_a_terminal_only_shows(text: str) -> None:
    for event in (Thought(text), ToolReturned(SEARCH, text), ToolCalled(call("note", text=text))):
        told = event_line(event)
        assert told is not None
        assert len(told) <= LINE_CHARS
        assert len(told.splitlines()) == 1
        assert "\x1b" not in told
        assert "\x07" not in told
