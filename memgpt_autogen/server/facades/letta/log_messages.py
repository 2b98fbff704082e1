"""Entries of a log as the messages of Letta's client."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message, ToolCall, spoken_text
from memgpt_autogen.server.facades.letta.ids import message_id
from memgpt_autogen.server.facades.letta.shapes import iso
from memgpt_autogen.text.safe import clean_text

SPEAKS = "send_message"
"""The function by which an agent speaks."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages a client wants."""

    kinds: Collection[str] | None = None
    """The types of messages; None is all."""
    spoken: bool = True
    """Whether what the agent says is a message of its own, and not a call of a function."""
    compaction: bool = False
    """Whether it is told of evictions."""

    def takes(self, message: dict[str, Any]) -> bool:
        return self.kinds is None or message["message_type"] in self.kinds


def entry_messages(agent_id: str, entry: Entry, wanted: Wanted) -> list[dict[str, Any]]:
    """Return the messages of an entry, which all have its id. Entries that nobody reads have none."""
    message = entry.message
    common = {"id": message_id(agent_id, entry.seq), "date": iso(message.time)}
    return [each for found in _told(message, wanted) if wanted.takes(each := {**common, **found})]


def _told(message: Message, wanted: Wanted) -> Iterator[dict[str, Any]]:
    text = clean_text(message.text)
    if message.kind == "message" or (message.kind == "imported" and message.role == "user"):
        yield {"message_type": "user_message", "content": text, "name": _name(message)}
    elif message.kind == "spoken" or (message.kind == "imported" and message.role == "assistant"):
        yield {"message_type": "assistant_message", "content": text}
    elif message.kind == "step":
        yield from _step(message, wanted)
    elif message.kind == "result":
        call = ToolCall(message.tool_call_id or "", message.name or "")
        if shows_result(call, ok=message.ok, wanted=wanted):
            yield tool_return(call, text, ok=message.ok)
    elif message.kind in ("heartbeat", "alert", "login", "imported"):
        yield {"message_type": "system_message", "content": text}


def _step(message: Message, wanted: Wanted) -> Iterator[dict[str, Any]]:
    if message.text:
        yield reasoning(clean_text(message.text))
    for call in message.tool_calls:
        if shows_call(call, wanted):
            yield tool_call(call)
    if message.spoken is not None and wanted.spoken:
        yield {"message_type": "assistant_message", "content": clean_text(message.spoken)}


def reasoning(text: str) -> dict[str, Any]:
    return {"message_type": "reasoning_message", "reasoning": text, "source": "non_reasoner_model"}


def tool_call(call: ToolCall) -> dict[str, Any]:
    return {
        "message_type": "tool_call_message",
        "tool_call": call_shape(call),
        "tool_calls": [call_shape(call)],
    }


def call_shape(call: ToolCall) -> dict[str, str]:
    return {
        "name": clean_text(call.name),
        "arguments": clean_text(call.arguments),
        "tool_call_id": clean_text(call.id),
    }


def tool_return(call: ToolCall, text: str, *, ok: bool) -> dict[str, Any]:
    returned = {
        "tool_return": clean_text(text),
        "status": "success" if ok else "error",
        "tool_call_id": clean_text(call.id),
    }
    return {
        "message_type": "tool_return_message",
        "name": clean_text(call.name),
        **returned,
        "tool_returns": [{"type": "tool", **returned}],
    }


def shows_call(call: ToolCall, wanted: Wanted) -> bool:
    """Whether a call is shown: one by which the agent says something only where nothing else shows that."""
    return not (wanted.spoken and spoken_text(call) is not None)


def shows_result(call: ToolCall, *, ok: bool, wanted: Wanted) -> bool:
    return not (wanted.spoken and call.name == SPEAKS and ok)


def _name(message: Message) -> str | None:
    return None if message.name is None else clean_text(message.name)
