"""Messages: the one message type of this package, and its form for the chat API.

Everything that enters or leaves an agent is a `Message`: words of a speaker, a step of the model, a tool
result, a heartbeat. The log stores messages, the queue shows a window of them, and `to_wire` converts them to
the chat API's dictionaries. Inbound events are JSON text (MemGPT, arXiv 2310.08560, section 2), so words from
outside cannot forge a system event.
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
    "message",
    "step",
    "spoken",
    "result",
    "heartbeat",
    "alert",
    "login",
    "edit",
    "change",
    "removed",
    "imported",
]
"""The kind of a message, for the agent.

- `message`: words of someone else
- `step`: one answer of the model, its thought in `text` and its calls in `tool_calls`
- `spoken`: words of the agent that are not from its loop (a nested chat's summary, a human who types for it)
- `result`: what a tool returned
- `heartbeat`, `alert`: automated events
- `login`: someone has come; the text is the time of the last login
- `edit`: a change of core memory; it is in the log and never in the prompt
- `change`: messages were taken back or replaced, see `extra`; it is in the log and never in the prompt
- `removed`: the empty place of a message that was forgotten for good
- `imported`: words of an imported chat, of someone else or (role `assistant`) of the agent; with the role
  `system` a note about the chat. It is in the log, recall finds words of it, and it is never in the prompt
"""

REMOVED = "[removed]"
"""Replaces a text that was forgotten for good."""

WireMessage = dict[str, Any]
"""A message for the chat completions API."""

AUTOMATED = "[automated system message, hidden from the others] "
"""The start of every event that nobody said."""


def now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One function call of the model. `arguments` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str = "{}"

    def __post_init__(self) -> None:
        for part in ("id", "name", "arguments"):
            _join_surrogates(self, part)

    def parsed(self) -> dict[str, Any] | None:
        """Return the arguments; None where the model did not write a JSON object."""
        try:
            arguments = json.loads(self.arguments)
        except (ValueError, RecursionError):
            return None
        return arguments if isinstance(arguments, dict) else None

    def to_wire(self) -> WireMessage:
        return {
            "id": _clean(self.id),
            "type": "function",
            "function": {"name": _clean(self.name), "arguments": _clean(self.arguments)},
        }


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an agent's log, before the log has given it a place.

    Its texts stay as they were said, also with NUL and lone surrogates. Only a pair of surrogates becomes the
    character that it stands for.
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
    """Other JSON values of the message, such as multimodal content."""

    def __post_init__(self) -> None:
        _join_surrogates(self, "text")
        _join_surrogates(self, "name")

    @classmethod
    def said_by(cls, name: str, text: str, **extra: Any) -> Message:
        """Return a message with the words of someone else."""
        return cls("user", text, "message", name, extra=extra)

    @classmethod
    def result_of(
        cls, call: ToolCall, text: str, *, ok: bool = True, time: datetime | None = None
    ) -> Message:
        return cls("tool", text, "result", call.name, tool_call_id=call.id, ok=ok, time=time or now())

    @classmethod
    def event(cls, kind: Literal["heartbeat", "alert"], text: str) -> Message:
        """Return an automated event. The model reads it as a user message that says so."""
        return cls("user", AUTOMATED + text, kind)

    @property
    def spoken(self) -> str | None:
        """The words that others could hear and recall searches. None for thoughts, results and events."""
        if self.kind in ("message", "spoken") or (self.kind == "imported" and self.role != "system"):
            return None if self.text == REMOVED else self.text
        if self.kind == "step":
            said = [text for call in self.tool_calls if (text := spoken_text(call)) and text != REMOVED]
            return "\n".join(said) or None
        return None

    @property
    def is_heard(self) -> bool:
        """Whether these are words of someone else."""
        return self.kind == "message" or (self.kind == "imported" and self.role == "user")

    def stored(self) -> tuple[str | None, str, str | None]:
        """Return `name`, `text` and `spoken` as a database can store them."""
        name, spoken = self.name, self.spoken
        return (
            None if name is None else _clean(name),
            _clean(self.text),
            None if spoken is None else _clean(spoken),
        )


def _clean(text: str) -> str:
    return text if text.isascii() and "\0" not in text else clean_text(text)


def _join_surrogates(owner: Message | ToolCall, part: str) -> None:
    text = getattr(owner, part)
    if text is not None and not text.isascii():
        object.__setattr__(owner, part, join_surrogates(text))


def spoken_text(call: ToolCall) -> str | None:
    """Return the words of a `send_message` call. None for other calls, and for arguments without a text."""
    if call.name != "send_message":
        return None
    text = (call.parsed() or {}).get("message")
    if not isinstance(text, str):
        return None
    return text if text.isascii() else join_surrogates(text)


HEARD_AS = "heard_as"
"""The key of a message's `extra` for the hash of the words that were heard, where others are stored."""

DELIVERY = "delivery"
"""The key of a message's `extra` for the id by which a host delivers it, again and again."""

WORDS = " words:"
"""Stands in such an id before the hash of the words, where a host may give one id to several messages."""

GROUP = "group"
"""The key of a message's `extra` for the id of a group chat and the message's number in it.

They have columns of their own in the log, and all members of the home have the same number.
"""


def without_words(given: str) -> str:
    """Return an id of a message without the hash of its words; it stands for all words."""
    return given.partition(WORDS)[0] + WORDS


EVENT_TYPES: Mapping[Kind, str] = {
    "message": "user_message",
    "heartbeat": "heartbeat",
    "alert": "system_alert",
    "login": "login",
}


def pack_event(kind: Kind, text: str, time: datetime, zone: tzinfo | None, name: str | None = None) -> str:
    """Return an inbound event as the JSON text that the model reads; without a zone, it has no time."""
    event: dict[str, Any] = {"type": EVENT_TYPES[kind]}
    if name is not None:
        event["name"] = name
    event["last_login" if kind == "login" else "message"] = text
    if zone is not None:
        event["time"] = format_time(time, zone)
    return to_json_line(event)


def clip_message(message: Message, chars: int) -> Message:
    """Return the message with its text and each text in its calls' arguments cut to `chars` characters.

    Returns the same message if nothing in it is longer.
    """
    if len(message.text) <= chars and all(len(call.arguments) <= chars for call in message.tool_calls):
        return message
    return replace(
        message,
        text=clip(message.text, chars),
        tool_calls=tuple(
            replace(call, arguments=_clip_arguments(call, chars)) for call in message.tool_calls
        ),
    )


def _clip_arguments(call: ToolCall, chars: int) -> str:
    if len(call.arguments) <= chars:
        return call.arguments
    arguments = call.parsed()
    if arguments is None:
        return json.dumps({"unreadable": clip(call.arguments, chars)}, ensure_ascii=False)
    short = {name: _clip_value(value, chars) for name, value in arguments.items()}
    text = json.dumps(short, ensure_ascii=False)
    if len(text) > MOST_TEXTS * chars:  # very many arguments, or very long names of them
        return json.dumps({"arguments": clip(call.arguments, chars)}, ensure_ascii=False)
    return text


MOST_TEXTS = 4
"""The arguments of a call that are longer than so many clipped texts are clipped as one text."""


def _clip_value(value: Any, chars: int) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return clip(text, chars) if len(text) > chars else value


def format_time(time: datetime, zone: tzinfo) -> str:
    """Return a time as the model reads it, such as `2026-03-01 14:05:09 +0100`."""
    return time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def to_wire(message: Message, zone: tzinfo | None) -> WireMessage:
    """Return a message for the chat API, with characters that UTF-8 can encode.

    Without a zone, it has no time.

    Kinds that are never shown have no such form, and `spoken` has one in the queue only.
    """
    if message.role == "assistant":
        calls = [call.to_wire() for call in message.tool_calls]
        wire: WireMessage = {"role": "assistant", "content": _clean(message.text)}
        return {**wire, "tool_calls": calls} if calls else wire
    if message.kind == "result":
        content = {"status": "OK" if message.ok else "Failed", "message": _clean(message.text)}
        if zone is not None:
            content["time"] = format_time(message.time, zone)
        return {
            "role": "tool",
            "tool_call_id": None if message.tool_call_id is None else _clean(message.tool_call_id),
            "content": to_json_line(content),
        }
    return {
        "role": "user",
        "content": pack_event(message.kind, message.text, message.time, zone, message.name),
    }
