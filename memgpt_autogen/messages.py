"""What is said: the one message type of this package, and its form on the chat wire.

Everything that enters or leaves an agent is a `Message`: a speaker's line, a model's step, a tool result, a heartbeat. The
log stores messages, the queue shows a window of them, and `to_wire` turns them into the chat API's dictionaries. Inbound
events are packed as JSON text (MemGPT, arXiv 2310.08560, section 2), so that words from outside cannot forge a system event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone, tzinfo
from typing import Any, Literal

from memgpt_autogen.text.safe import clean_text, clip, join_surrogates, to_json_line

Role = Literal["system", "user", "assistant", "tool"]

Kind = Literal[
    "message", "step", "spoken", "result", "heartbeat", "alert", "login", "edit", "change", "removed"
]
"""What a message is to the agent.

- `message`: someone else's words;
- `step`: one answer of the model, thoughts in `text` and calls in `tool_calls`;
- `spoken`: the agent's own words that did not come from its loop (a nested chat's summary, a human typing for it);
- `result`: what a tool returned;
- `heartbeat`, `alert`: automated events;
- `login`: someone has come; the text says when that was so the last time;
- `edit`: a change of core memory, kept in the log and never in the prompt;
- `change`: what was taken back or put in its place, as `extra` tells, kept in the log and never in the prompt;
- `removed`: the empty place of what was forgotten for good.
"""

REMOVED = "[removed]"
"""Stands in a text where something was forgotten for good."""

WireMessage = dict[str, Any]
"""A message as the chat completions API takes it."""

AUTOMATED = "[automated system message, hidden from the others] "
"""Opens every event that no one has said."""


def now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One function call of the model; `arguments` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str = "{}"

    def __post_init__(self) -> None:
        for part in ("id", "name", "arguments"):
            object.__setattr__(self, part, join_surrogates(getattr(self, part)))

    def to_wire(self) -> WireMessage:
        return {
            "id": clean_text(self.id),
            "type": "function",
            "function": {"name": clean_text(self.name), "arguments": clean_text(self.arguments)},
        }


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of an agent's log, before the log has given it a place.

    Its texts are kept as they were said, with NUL and lone surrogates, but for this: two surrogates that stand for one character
    are that character.
    """

    role: Role
    text: str
    kind: Kind = "message"
    name: str | None = None
    """Who spoke; for a result, the tool."""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    ok: bool = True
    """Whether the tool call that this result answers succeeded."""
    time: datetime = field(default_factory=now)
    extra: Mapping[str, Any] = field(default_factory=dict)
    """JSON values that belong to the message and to no reader in particular, such as multimodal content."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", join_surrogates(self.text))
        if self.name is not None:
            object.__setattr__(self, "name", join_surrogates(self.name))

    @classmethod
    def said_by(cls, name: str, text: str, **extra: Any) -> Message:
        """Someone else's words."""
        return cls("user", text, "message", name, extra=extra)

    @classmethod
    def result_of(
        cls, call: ToolCall, text: str, *, ok: bool = True, time: datetime | None = None
    ) -> Message:
        return cls("tool", text, "result", call.name, tool_call_id=call.id, ok=ok, time=time or now())

    @classmethod
    def event(cls, kind: Literal["heartbeat", "alert"], text: str) -> Message:
        """An automated event, told to the model as a user message that says so."""
        return cls("user", AUTOMATED + text, kind)

    @property
    def spoken(self) -> str | None:
        """The words others could hear, which is what recall search searches; None for thoughts, results and events."""
        if self.kind in ("message", "spoken"):
            return None if self.text == REMOVED else self.text
        if self.kind == "step":
            said = [text for call in self.tool_calls if (text := spoken_text(call)) and text != REMOVED]
            return "\n".join(said) or None
        return None


def spoken_text(call: ToolCall) -> str | None:
    """The words of a `send_message` call; None for other calls and for arguments that are not an object with a text."""
    if call.name != "send_message":
        return None
    try:
        text = json.loads(call.arguments).get("message")
    except (ValueError, AttributeError, RecursionError):
        return None
    return join_surrogates(text) if isinstance(text, str) else None


EVENT_TYPES: Mapping[Kind, str] = {
    "message": "user_message",
    "heartbeat": "heartbeat",
    "alert": "system_alert",
    "login": "login",
}


def pack_event(kind: Kind, text: str, time: datetime, zone: tzinfo, name: str | None = None) -> str:
    """An inbound event as the JSON text that the model reads."""
    event: dict[str, Any] = {"type": EVENT_TYPES[kind]}
    if name is not None:
        event["name"] = name
    event |= {"last_login" if kind == "login" else "message": text, "time": format_time(time, zone)}
    return to_json_line(event)


def clip_message(message: Message, chars: int) -> Message:
    """The message with its text, and every text among its calls' arguments, clipped to `chars` characters.

    The message itself where nothing in it is longer.
    """
    if len(message.text) <= chars and all(len(call.arguments) <= chars for call in message.tool_calls):
        return message
    return replace(
        message,
        text=clip(message.text, chars),
        tool_calls=tuple(
            replace(call, arguments=_clip_arguments(call.arguments, chars)) for call in message.tool_calls
        ),
    )


def _clip_arguments(arguments: str, chars: int) -> str:
    if len(arguments) <= chars:
        return arguments
    try:
        read = json.loads(arguments)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        return json.dumps({"unreadable": clip(arguments, chars)}, ensure_ascii=False)
    short = json.dumps({key: _clip_value(value, chars) for key, value in read.items()}, ensure_ascii=False)
    if len(short) > MOST_TEXTS * chars:  # very many arguments, or very long names of them
        return json.dumps({"arguments": clip(arguments, chars)}, ensure_ascii=False)
    return short


MOST_TEXTS = 4
"""How many clipped texts the arguments of one call may hold before they are clipped as one."""


def _clip_value(value: Any, chars: int) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return clip(text, chars) if len(text) > chars else value


def format_time(time: datetime, zone: tzinfo) -> str:
    """A time as the model reads it: `2026-03-01 14:05:09 +0100`."""
    return time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def to_wire(message: Message, zone: tzinfo) -> WireMessage:
    """One message for the chat API, in UTF-8's characters; what is never shown has no place on the wire.

    `spoken` needs the queue's pairing.
    """
    if message.role == "assistant":
        wire: WireMessage = {"role": "assistant", "content": clean_text(message.text)}
        if message.tool_calls:
            wire["tool_calls"] = [call.to_wire() for call in message.tool_calls]
        return wire
    if message.kind == "result":
        content = {
            "status": "OK" if message.ok else "Failed",
            "message": clean_text(message.text),
            "time": format_time(message.time, zone),
        }
        return {
            "role": "tool",
            "tool_call_id": None if message.tool_call_id is None else clean_text(message.tool_call_id),
            "content": to_json_line(content),
        }
    return {
        "role": "user",
        "content": pack_event(message.kind, message.text, message.time, zone, message.name),
    }
