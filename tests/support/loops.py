"""Loops over scripted models, and what a test compares of their turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from memgpt_autogen.events import Event, Replied, Thought, ToolCalled, ToolReturned
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM

HELLO = Message.said_by("boss", "Hello!")

MemoryFactory = Callable[..., MemoryHierarchy]
LoopFactory = Callable[..., HeartbeatLoop]


def story(events: Iterable[Event]) -> list[str]:
    """A turn as lines that a test can compare: ids, times and counts are left out."""
    lines = []
    for event in events:
        if isinstance(event, Thought):
            lines.append(f"thinks {event.text}")
        elif isinstance(event, ToolCalled):
            lines.append(f"calls {event.call.name} {event.call.arguments}")
        elif isinstance(event, ToolReturned):
            lines.append(f"{'gets' if event.ok else 'fails'} {event.text}")
        elif isinstance(event, Replied):
            lines.append(f"says {event.text}")
        else:
            name = type(event).__name__
            reason = getattr(event, "stop_reason", getattr(event, "reason", ""))
            lines.append(f"{name} {reason}".strip())
    return lines


def requests_of(loop: HeartbeatLoop) -> list[Any]:
    """What the scripted model of a loop was asked."""
    assert isinstance(loop.llm, ScriptedLLM)
    return loop.llm.requests
