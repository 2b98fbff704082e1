"""One of everything that shows itself in notebooks and terminals, for tests."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from memgpt_autogen.display.agent_card import Card
from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.events import (
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
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.overview import ContextOverview
from memgpt_autogen.memory.history.history import Change, Changes
from memgpt_autogen.memory.passages import Found, Page, Passage
from memgpt_autogen.memory.recall.search import RecallPage, Utterance
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.testing import call

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
HOSTILE = "</td></script><script>alert('x')</script><img src=x onerror=\"y\">&lt;\x1b[31m\u202eevil\ud800\0"


def an_overview(**changes: Any) -> ContextOverview:
    about: dict[str, Any] = {
        "window_tokens": 1000,
        "reserve_tokens": 100,
        "system": 200,
        "core_memory": 50,
        "tools": 100,
        "summary": 30,
        "queue": 120,
        "queue_messages": 7,
        "recall_messages": 40,
        "archival_passages": 3,
        "evictions": 2,
        "exact": False,
        "warn_tokens": 750,
        "limit_tokens": 900,
    }
    return ContextOverview(**{**about, **changes})


def a_turn(text: str = "likes tea") -> Trace:
    edit, search = call("core_memory_append", label="human", content=text), call("find", query=text)
    said = call("send_message", message=text)
    return Trace(
        (
            Heard(Message.said_by("boss", text)),
            Thought(text),
            ToolCalled(edit),
            ToolReturned(edit, f"Done. {text}"),
            ToolCalled(search),
            ToolReturned(search, f"No such thing: {text}", ok=False),
            PressureWarned(6200, 8192),
            Evicted(12, 40, 8000, 3100, text, "extract"),
            HeartbeatLimitReached("step_limit"),
            ToolCalled(said),
            ToolReturned(said, "Sent."),
            Replied(text, fallback=True),
            Suspended((ToolCall("1", "pay"),)),
            TurnEnded("step_limit", 2, Usage(1200, 34)),
        )
    )


def a_card(**changes: Any) -> Card:
    about: dict[str, Any] = {
        "name": "sam",
        "model": "m",
        "window_tokens": 8192,
        "prompt_tokens": 2048,
        "warn_tokens": 6144,
        "blocks": (Block("human", "Likes tea.", 20), Block("team", "x", 1, shared=True, read_only=True)),
        "queue_messages": 12,
        "evictions": 1,
        "recall_messages": 1200,
        "archival_passages": None,
    }
    return Card(**{**about, **changes})


def a_change(seq: int, what: str, **about: Any) -> Change:
    return Change(seq, NOON, what, **about)


def every_view(text: str) -> list[Any]:
    """One of everything that shows itself, with a text wherever one can be."""
    passage = Passage("1", text, (text, "b"), text, NOON, "1", superseded_by=NOON)
    return [
        a_turn(text),
        Trace((ToolCalled(ToolCall("1", text, text)), ToolReturned(ToolCall("2", text, "[1]"), text))),
        Trace((ToolCalled(call("f", **{text or "a": {text: [text]}})),)),
        a_card(name=text, model=text, blocks=(Block("human", text[:50], 60),)),
        RecallPage([Utterance(1, text, text, NOON, 0.5, text)], 1, 0, trouble=text),
        Page((Found(passage, 0.5, text), Found(passage, 0.0, "meaning")), 2, 0, 10),
        Page((passage,), 1, 0, 10),
        Changes(
            [
                a_change(1, "edit", label="human", before=text, after=text * 2, by=text),
                a_change(2, "eviction", before="", after=text),
                a_change(3, "pop", before=text),
            ]
        ),
        an_overview(),
    ]
