"""Events as lines for people: what the agent thinks, calls and finds, told quietly beside what it says."""

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
from memgpt_autogen.rendering.plain_text import LONGEST, glance
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE

LINE = 160
"""The most characters of a line."""


def line(event: Event) -> str | None:
    """One line about an event; None for what is told elsewhere (the reply itself) or not worth a line."""
    text = _text(event)
    return None if text is None else glance(text, LINE)


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
        return (
            f"evicted {event.messages} messages into the summary: {event.tokens_before:,} -> "
            f"{event.tokens_after:,} tokens"
        )
    if isinstance(event, HeartbeatLimitReached):
        return f"limit reached: {event.reason.replace('_', ' ')}"
    if isinstance(event, Suspended):
        return f"waits for: {', '.join(call.name for call in event.calls)}"
    return None


def _call(call: ToolCall) -> str:
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        return f"{call.name}({call.arguments[:LONGEST]})"
    told = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items())
    return f"{call.name}({told})"
