"""What the offline model knows: its prompt, read as a model reads it.

Nothing is remembered between two calls. Where the turn stands is told by the messages since the last answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from memgpt_autogen.llm.offline.tools import Offered, offered
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.messages import WireMessage

SOMEONE = "the user"
"""The speaker when the prompt names none."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message that someone said."""

    speaker: str
    text: str
    time: str = ""
    own: bool = False
    """Whether the agent itself said it."""


@dataclass(frozen=True, slots=True)
class BlockText:
    """A block of core memory, as it is in the system prompt."""

    label: str
    value: str
    limit: int | None = None
    """The most characters of the block, if the prompt contains the limit."""
    read_only: bool = False

    @property
    def lines(self) -> list[str]:
        return [line.strip() for line in self.value.splitlines() if line.strip()]

    def has_room_for(self, text: str) -> bool:
        return self.limit is None or len(self.value) + 1 + len(text) <= self.limit


@dataclass(frozen=True, slots=True)
class Tried:
    """A call that the model has made, and its result."""

    name: str
    arguments: Mapping[str, Any]
    outcome: str
    ok: bool

    @property
    def written(self) -> str:
        """The text that the call wrote into memory; empty for every other call."""
        for argument in ("content", "new_content", "new_memory"):
            if isinstance(text := self.arguments.get(argument), str):
                return text
        return ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One step's prompt, sorted by meaning."""

    system: str
    blocks: tuple[BlockText, ...] = ()
    summary: str = ""
    """The summary of the messages that were evicted."""
    earlier: tuple[Line, ...] = ()
    """Visible messages of answered turns, oldest first."""
    heard: tuple[Line, ...] = ()
    """Messages that are not answered yet, oldest first."""
    saved: tuple[Tried, ...] = ()
    """Successful calls of earlier turns that are still visible."""
    tried: tuple[Tried, ...] = ()
    """The calls of this turn, in order."""
    steps: int = 0
    """How many steps this turn has had."""
    warned: bool = False
    """Whether this turn had a memory pressure warning."""
    events: int = 0
    """The number of events in the prompt. None means that it is not an agent's prompt."""
    tools: Mapping[str, Offered] = field(default_factory=dict)

    @property
    def own_name(self) -> str:
        named = re.search(r"\bYou are ([A-Z][\w-]*|[\w-]+(?=[,.\n]))", self.system)
        return named.group(1) if named else ""

    @property
    def native(self) -> bool:
        """Whether plain text is the answer, because there is no function for it."""
        return "send_message" not in self.tools


def read(messages: Sequence[WireMessage], tools: Sequence[ToolSchema] = ()) -> Prompt:
    """Sort a prompt. What cannot be understood is left out; it is never an error."""
    reader = _Reader(offered(tools))
    known = [message for message in messages if isinstance(message, Mapping)]
    for place, message in enumerate(known):
        role = message.get("role")
        if role == "system":
            reader.system.append(text_of(message.get("content")))
        elif role == "user":
            reader.hear(message, first=not any(m.get("role") != "system" for m in known[:place]))
        elif role == "assistant":
            reader.step(message, known[place + 1 :])
    return reader.prompt()


def text_of(content: Any) -> str:
    """Return the text of a content: a string, or the text parts of a list. It can be encoded as UTF-8."""
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, Mapping) else part for part in content]
        content = "\n".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        return ""
    return content.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def parsed(text: str) -> dict[str, Any]:
    """Return the JSON object in a text; empty for everything else."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def blocks_in(system: str) -> tuple[BlockText, ...]:
    """Return the core-memory blocks of a system prompt, also those inside other sections."""
    found: list[BlockText] = []
    place = 0
    endless: set[str] = set()
    while opening := _OPENING.search(system, place):
        label, attributes = opening.group(1), opening.group(2) or ""
        end = -1 if label in endless else system.find(f"</{label}>", opening.end())
        place = opening.end()
        if end < 0:
            endless.add(label)
            continue
        size = _SIZE.search(attributes)
        inside = system[opening.end() : end]
        if size is None and _OPENING.search(inside):
            continue
        place = end
        if label in _NO_BLOCKS:
            continue
        limit = int(size.group(1)) if size else None
        found.append(BlockText(label, inside.strip("\n"), limit, _is_read_only(attributes)))
    return tuple(found)


_OPENING = re.compile(r"^[ \t]*<([A-Za-z_][\w.-]*)(\s[^<>\n]*)?>", re.MULTILINE)
_SIZE = re.compile(r"\d{1,9}\s*/\s*(\d{1,9})")
_NO_BLOCKS = ("outside_view",)
"""Sections that describe memory and contain none of it."""
_EVENTS = ("user_message", "heartbeat", "system_alert", "login")


def _is_read_only(attributes: str) -> bool:
    mark = re.search(r"read[_-]?only(?:\s*=\s*[\"']?(\w+))?", attributes, re.IGNORECASE)
    return bool(mark) and str(mark and mark.group(1)).lower() not in ("false", "no", "0")


class _Reader:
    """Reads the messages once, oldest first, and starts again after every answer."""

    def __init__(self, tools: Mapping[str, Offered]) -> None:
        self.tools = tools
        self.system: list[str] = []
        self.summary = ""
        self.events = 0
        self.steps = 0
        self.warned = False
        self.earlier: list[Line] = []
        self.heard: list[Line] = []
        self.saved: list[Tried] = []
        self.tried: list[Tried] = []

    def prompt(self) -> Prompt:
        system = "\n".join(self.system)
        return Prompt(
            system,
            blocks_in(system),
            self.summary,
            tuple(self.earlier),
            tuple(self.heard),
            tuple(self.saved),
            tuple(self.tried),
            self.steps,
            self.warned,
            self.events,
            self.tools,
        )

    def hear(self, message: WireMessage, *, first: bool) -> None:
        text = text_of(message.get("content"))
        event = parsed(text)
        kind = event.get("type")
        self.events += kind in _EVENTS
        words = text_of(event.get("message")) if kind in _EVENTS else text
        name = (event if kind in _EVENTS else message).get("name")
        if kind == "system_alert" and (first or "pressure" not in words.lower()):
            self.summary = words
        elif kind in ("system_alert", "heartbeat"):
            self.warned = self.warned or "pressure" in words.lower()
        elif kind != "login" and words.strip():
            time = event.get("time") if kind in _EVENTS else ""
            speaker = " ".join(text_of(name).split())[:80] or SOMEONE
            self.heard.append(Line(speaker, words, time if isinstance(time, str) else ""))

    def step(self, message: WireMessage, after: Sequence[WireMessage]) -> None:
        calls = message.get("tool_calls")
        made = [_tried(call, after) for call in calls] if isinstance(calls, list) else []
        self.steps += 1
        self.tried += made
        spoken = [
            text_of(call.arguments.get("message")) for call in made if call.name == "send_message" and call.ok
        ]
        if not made and "send_message" not in self.tools:
            spoken = [text_of(message.get("content"))]
        if spoken or not made:
            self._answered(spoken)

    def _answered(self, spoken: Sequence[str]) -> None:
        self.earlier += self.heard
        self.earlier += [Line("", text, own=True) for text in spoken if text.strip()]
        self.saved += [call for call in self.tried if call.ok and call.written]
        self.heard, self.tried, self.steps, self.warned = [], [], 0, False


def _tried(call: Any, after: Sequence[WireMessage]) -> Tried:
    function = call.get("function") if isinstance(call, Mapping) else None
    function = function if isinstance(function, Mapping) else {}
    ok, outcome = _result(call.get("id") if isinstance(call, Mapping) else None, after)
    return Tried(text_of(function.get("name")), parsed(text_of(function.get("arguments"))), outcome, ok)


def _result(call_id: Any, after: Sequence[WireMessage]) -> tuple[bool, str]:
    for message in after:
        if message.get("role") != "tool":
            break
        if message.get("tool_call_id") == call_id:
            text = text_of(message.get("content"))
            packed = parsed(text)
            inner = packed.get("message", text)
            said = text_of(inner) if isinstance(inner, str) else json.dumps(inner)
            return packed.get("status") != "Failed", said
    return True, ""
