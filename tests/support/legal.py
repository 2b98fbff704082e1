"""What the chat API refuses of a conversation."""

from __future__ import annotations

import json
from collections.abc import Sequence

from memgpt_autogen.messages import WireMessage


def illegal(messages: Sequence[WireMessage]) -> str | None:
    """Why the chat API would refuse a prompt of ours; None where it would not."""
    if not messages or messages[0]["role"] != "system":
        return "it does not begin with a system message"
    return illegal_talk(messages[1:])


def illegal_talk(messages: Sequence[WireMessage]) -> str | None:
    """The same for what stands behind the system message."""
    for message in messages:
        if message["role"] not in ("user", "assistant", "tool"):
            return f"another {message['role']} message"
        called = message.get("tool_calls", [])
        if message["role"] != "tool" and not message["content"] and not called:
            return "an empty message"
        if any(not isinstance(json.loads(each["function"]["arguments"]), dict) for each in called):
            return "arguments that are no object"
    json.dumps(list(messages), ensure_ascii=False, allow_nan=False).encode()
    return unpaired(messages)


def unpaired(messages: Sequence[WireMessage]) -> str | None:
    """Where a call is not directly followed by its own result, or a result is at another place; else None."""
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if not waiting or message["tool_call_id"] != waiting.pop(0):
                return "a result without its call"
            continue
        if waiting:
            return "a call without its result"
        waiting = [call["id"] for call in message.get("tool_calls") or ()]
        if len(set(waiting)) < len(waiting):
            return "two calls with one id"
    return "a call without its result" if waiting else None
