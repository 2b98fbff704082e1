"""Events as lines of text: what the agent thinks, calls and finds, to print next to what it says."""

from __future__ import annotations

import json

from memgpt_autogen.events import (
    Event,
    Evicted,
    HeartbeatLimitReached,
    PressureWarned,
    Suspended,
    Thought,
    ToolCalled,
    ToolReturned,
)
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.rendering.plain_text import LONGEST, counted, glance
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE

LINE_CHARS = 160
"""The most characters of a line."""


def event_line(event: Event) -> str | None:
    """Return one line about an event, or None.

    None is for events that are printed elsewhere (a reply) or are not important.
    """
    text = _text(event)
    return None if text is None else glance(text, LINE_CHARS)


def _text(event: Event) -> str | None:
    if isinstance(event, Thought):
        return f"thinks: {event.text}"
    if isinstance(event, ToolCalled):
        return None if event.call.name == SEND_MESSAGE else f"calls: {_call(event.call)}"
    if isinstance(event, ToolReturned):
        if event.call.name == SEND_MESSAGE and event.ok:
            return None
        return f"{'gets' if event.ok else 'fails'}: {event.text}"
    if isinstance(event, PressureWarned):
        return f"memory pressure: {event.prompt_tokens:,} of {event.window_tokens:,} tokens"
    if isinstance(event, Evicted):
        messages = counted(event.messages, "message")
        return (
            f"evicted {messages} into the summary: {event.tokens_before:,} -> {event.tokens_after:,} tokens"
        )
    if isinstance(event, HeartbeatLimitReached):
        return f"limit reached: {event.reason.replace('_', ' ')}"
    if isinstance(event, Suspended):
        return "waits for: " + ", ".join(
            f"approval of {call.name}" if call.id in event.approvals else call.name for call in event.calls
        )
    return None


def _call(call: ToolCall) -> str:
    arguments = call.parsed()
    if arguments is None:
        return f"{call.name}({call.arguments[:LONGEST]})"
    pairs = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items())
    return f"{call.name}({', '.join(pairs)})"
