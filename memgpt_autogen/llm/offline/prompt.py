"""What the offline model knows: its prompt, read as a model reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, NamedTuple

from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.messages import WireMessage

SOMEONE = "the user"  # the speaker when the prompt names none
# MemGPT's functions; all others are the developer's
OWN_TOOL = re.compile(r"send_message|pause_heartbeats|(?:(?:core_|archival_)?memory|conversation)_\w+")


class Offered(NamedTuple):
    """The arguments that a function takes, and those that it needs."""

    taken: frozenset[str]
    needed: tuple[str, ...]

    def arguments(self, wanted: Mapping[str, Any], optional: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the arguments of a call, with the `optional` ones that it takes; None if one is missing."""
        chosen = {name: value for name, value in {**optional, **wanted}.items() if name in self.taken}
        return chosen if {*wanted, *self.needed} <= chosen.keys() else None


class Line(NamedTuple):
    """A message that someone else said."""

    speaker: str
    text: str
    time: str = ""


class BlockText(NamedTuple):
    """A block of core memory, as it is in the system prompt. `limit` is None if the prompt has none."""

    label: str
    value: str
    limit: int | None = None
    read_only: bool = False


class Tried(NamedTuple):
    """A call of this turn, and its result."""

    name: str
    arguments: Mapping[str, Any]
    outcome: str
    ok: bool

    @property
    def written(self) -> str:
        """The text that the call wrote into memory; empty for every other call."""
        return text_of(self.arguments.get("content", self.arguments.get("new_content")))


@dataclass(slots=True)
class Prompt:
    """One step's prompt, sorted by meaning; lists are oldest first.

    Others said `earlier` in turns that are answered, and `heard` in this turn, which has had `steps` steps
    and the calls `tried`. `evicted`: messages have left the prompt. `warned`: there was a pressure warning.
    """

    tools: Mapping[str, Offered]
    system: str = ""
    blocks: tuple[BlockText, ...] = ()
    earlier: list[Line] = field(default_factory=list)
    heard: list[Line] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    steps: int = 0
    evicted: bool = False
    warned: bool = False

    @property
    def own_name(self) -> str:
        named = re.search(r"\bYou are ([A-Z][\w-]*|[\w-]+(?=[,.\n]))", self.system)
        return named.group(1) if named else ""


def read(messages: Sequence[WireMessage], tools: Sequence[ToolSchema] = ()) -> Prompt:
    """Sort a prompt. What cannot be understood is left out; it is never an error."""
    prompt = Prompt(dict(filter(None, map(_offered, tools))))
    known = [message for message in messages if isinstance(message, Mapping)]
    for place, message in enumerate(known):
        role, text = message.get("role"), text_of(message.get("content"))
        if role == "system":
            prompt.system += f"{text}\n"
        elif role == "user":
            _hear(prompt, message, text)
        elif role == "assistant":
            _step(prompt, message, known[place + 1 :])
    prompt.blocks = blocks_in(prompt.system)
    return prompt


def text_of(content: Any) -> str:
    """Return the text of a content: a string, or the text parts of a list. It can be encoded as UTF-8."""
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, Mapping) else part for part in content]
        content = "\n".join(part for part in parts if isinstance(part, str))
    return content.encode("utf-8", "replace").decode().replace("\0", "") if isinstance(content, str) else ""


def blocks_in(system: str) -> tuple[BlockText, ...]:
    """Return the core-memory blocks of a system prompt, also those inside other sections."""
    found: list[BlockText] = []
    place, endless = 0, set[str]()
    while opening := _OPENING.search(system, place):
        label, attributes = opening.group(1), opening.group(2) or ""
        end = -1 if label in endless else system.find(f"</{label}>", opening.end())
        place = opening.end()
        if end < 0:
            endless.add(label)
            continue
        size = re.search(r"\d{1,9}\s*/\s*(\d{1,9})", attributes)
        inside = system[opening.end() : end]
        if size is None and _OPENING.search(inside):
            continue
        place = end
        if label != "outside_view":  # it describes memory and contains none of it
            closed = bool(re.search(r"read[_-]?only(?!\W+(?:false|no|0))", attributes, re.IGNORECASE))
            found.append(BlockText(label, inside.strip("\n"), int(size.group(1)) if size else None, closed))
    return tuple(found)


_OPENING = re.compile(r"^[ \t]*<([A-Za-z_][\w.-]*)(\s[^<>\n]*)?>", re.MULTILINE)


def _hear(prompt: Prompt, message: WireMessage, text: str) -> None:
    event = _parsed(text)
    kinds = ("user_message", "heartbeat", "system_alert", "login")
    kind = event.get("type") if event.get("type") in kinds else None
    given, words = (event, text_of(event.get("message"))) if kind else (message, text)
    if kind in ("system_alert", "heartbeat"):
        prompt.evicted = prompt.evicted or "Summary of them:" in words
        prompt.warned = prompt.warned or "pressure" in words.lower()
    elif kind != "login" and words.strip():
        speaker = " ".join(text_of(given.get("name")).split())[:80]
        prompt.heard.append(Line(speaker or SOMEONE, words, text_of(given.get("time"))))


def _step(prompt: Prompt, message: WireMessage, after: Sequence[WireMessage]) -> None:
    """Read a step. After an answer, a new turn begins."""
    calls = message.get("tool_calls")
    made = [_tried(_mapping(call), after) for call in calls] if isinstance(calls, list) else []
    prompt.steps += 1
    prompt.tried += made
    if not made or any(call.name == "send_message" and call.ok for call in made):
        prompt.earlier += prompt.heard
        prompt.heard, prompt.tried, prompt.steps, prompt.warned = [], [], 0, False


def _tried(call: Mapping[str, Any], after: Sequence[WireMessage]) -> Tried:
    function = _mapping(call.get("function"))
    results = takewhile(lambda message: message.get("role") == "tool", after)
    mine = (message for message in results if message.get("tool_call_id") == call.get("id"))
    text = text_of(_mapping(next(mine, None)).get("content"))
    packed = _parsed(text)
    outcome = text_of(packed.get("message", text)) or json.dumps(packed.get("message"))
    arguments = _parsed(text_of(function.get("arguments")))
    return Tried(text_of(function.get("name")), arguments, outcome, packed.get("status") != "Failed")


def _offered(tool: Any) -> tuple[str, Offered] | None:
    function = _mapping(_mapping(tool).get("function"))
    parameters, name = _mapping(function.get("parameters")), function.get("name")
    needed = parameters.get("required")
    needed = tuple(each for each in needed if isinstance(each, str)) if isinstance(needed, list) else ()
    taken = frozenset(_mapping(parameters.get("properties")))
    return (name, Offered(taken, needed)) if isinstance(name, str) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _parsed(text: str) -> dict[str, Any]:
    """Return the JSON object in a text; empty for everything else."""
    try:
        return dict(_mapping(json.loads(text, strict=False)))
    except (ValueError, RecursionError):
        return {}
