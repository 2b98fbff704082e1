"""An agent of MemGPT or Letta as a value, and as a bundle that this package imports.

Both systems store the same kinds of messages: JSON envelopes from outside, steps of the model with calls, and
results. Here each becomes an entry of the log. Blocks become core memory, and texts become passages.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from memgpt_autogen._version import __version__
from memgpt_autogen.memory.context.block import LONGEST_LABEL, SECTIONS, Block
from memgpt_autogen.memory.context.queue import Summary
from memgpt_autogen.memory.passages import Draft, document_id
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.memory.storage.tables import HEAD
from memgpt_autogen.memory.upkeep.bundle import write_bundle
from memgpt_autogen.memory.upkeep.bundle_schema import AgentSettings, entry_line, summary_line
from memgpt_autogen.messages import AUTOMATED, Kind, Message, ToolCall
from memgpt_autogen.text.chunking import split_text
from memgpt_autogen.text.safe import to_json_line

System = Literal["MemGPT", "Letta"]

# how the speaker is called that the old system does not name
USER = "user"

# the label of the block that has the old system text
INSTRUCTIONS = "guidelines"

# the most characters of a passage, as where texts are inserted here
PASSAGE_CHARS = 1200

NO_RESULT = "The imported file has no result of this call."

# the beginning of every event that MemGPT and Letta write themselves
_HIDDEN = re.compile(r"^\[This is an automated system message hidden from the user\]\s*")
# a summary stands behind such a sentence
_SUMMARY = re.compile(r"The following is a summary of the previous (?:\d+ )?messages:\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OldResult:
    """What a tool returned to the call `call_id`."""

    call_id: str
    text: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class OldMessage:
    """One message as it was stored. A message of the agent can have a thought, words and calls."""

    id: str
    role: str
    time: datetime
    text: str = ""
    name: str | None = None
    thought: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[OldResult, ...] = ()


@dataclass(frozen=True, slots=True)
class OldAgent:
    """Everything of one agent that can be imported, and notes about what cannot."""

    system: System
    id: str
    name: str
    created_at: datetime
    settings: AgentSettings
    blocks: Sequence[Block] = ()
    messages: Sequence[OldMessage] = ()
    in_context: frozenset[str] = frozenset()
    """The ids of the messages that were in its prompt; none where that is unknown."""
    drafts: Sequence[Draft] = ()
    notes: tuple[str, ...] = ()
    """What came in another form, and what did not come."""

    @property
    def mark(self) -> dict[str, str]:
        """Identifies the agent and its content. The first entry of an imported log has it."""
        content = [[asdict(block) for block in self.blocks], [*map(_known, self.messages)],
                   [*map(_known, self.drafts)]]  # fmt: skip
        digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
        return {"from": self.system, "id": self.id, "digest": digest}


MARK = "imported"
"""The key of the mark in the first entry's `extra`."""


def write_old_agent(agent: OldAgent, path: Path) -> None:
    """Write the agent as a bundle. The same agent gives the same bundle."""
    log = list(_entries(agent))
    summary = _summary(agent, log)
    entries = [Entry(seq, message) for seq, (message, _) in enumerate(log, 1)]
    if entries:
        first = entries[0].message
        marked = replace(first, extra={**first.extra, MARK: agent.mark})
        entries[0] = replace(entries[0], message=marked)
    manifest = {
        "made_by": __version__,
        "database": HEAD,
        "exported_at": max([agent.created_at, *(entry.message.time for entry in entries)]),
        "agent": {"name": agent.name, "created_at": agent.created_at},
        "settings": agent.settings.model_dump(),
    }
    parts: dict[Any, Iterable[Any]] = {
        "blocks": [asdict(block) for block in agent.blocks],
        "log": map(entry_line, entries),
        "summaries": [summary_line(summary)] if summary else [],
        "passages": _records(agent),
    }
    write_bundle(path, manifest, parts)


def block_of(label: str, value: str, limit: int, description: str = "", *, read_only: bool = False) -> Block:
    """Return a block with a label that is allowed here, and a limit that its text fits."""
    plain = unicodedata.normalize("NFKC", label)
    legal = "".join(char if char.isalnum() or char in "_-" else "_" for char in plain)[:LONGEST_LABEL]
    if not legal or legal.lower() in SECTIONS:
        legal = f"{legal[: LONGEST_LABEL - len('_block')]}_block"
    value = value.replace("\0", "")
    return Block(legal, value, max(limit, len(value), 1), description, read_only)


def own_instructions(system: str) -> tuple[str, bool]:
    """Return the part of a system text that its user wrote, and whether the rest was the old system's own.

    The old system's part explains functions that this package does not have.
    """
    for pattern in _OWN_PARTS:
        rest, found = pattern.subn("\n", system)
        if found:
            return rest.strip(), True
    return ("", True) if _OWN.search(system) else (system.strip(), False)


# the texts of MemGPT and Letta, around which a user may have written
_OWN_PARTS = (
    re.compile(r"<base_instructions>.*</base_instructions>", re.DOTALL),
    re.compile(r"\A.*you are going to act as your persona\.", re.DOTALL),
)
# what only their own texts, and texts about their functions, contain
_OWN = re.compile(
    r"\b(?:send_message|core_memory_|archival_memory_|request_heartbeat)|\byou are (?:MemGPT|Letta)\b",
    re.IGNORECASE,
)


def utc(value: object) -> datetime | None:
    """Return a stored time; None if it is no time. Both systems write UTC, also without naming it."""
    try:
        if isinstance(value, datetime):
            time = value
        elif isinstance(value, str):
            # Python 3.10 reads no Z, and only 3 or 6 digits of a second
            text = re.sub(r"(\.\d{1,6})\d*", lambda found: found[1].ljust(7, "0"), value.strip())
            time = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
        elif isinstance(value, (int, float)):
            time = datetime.fromtimestamp(value, timezone.utc)
        else:
            return None
        return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(slots=True)
class _Calls:
    """Gives calls new ids, since old ones can be cut or used twice, and finds calls without a result."""

    ids: dict[str, str] = field(default_factory=dict)
    open: dict[str, ToolCall] = field(default_factory=dict)
    count: int = 0

    def renamed(self, call: ToolCall) -> ToolCall:
        self.count += 1
        new = replace(call, id=f"i{self.count:08}")
        self.ids[call.id] = new.id
        self.open[new.id] = new
        return new

    def answered(self, call_id: str) -> ToolCall | None:
        return self.open.pop(self.ids.get(call_id, ""), None)


def _entries(agent: OldAgent) -> Iterator[tuple[Message, str]]:
    """Yield the messages of the new log, each with the id of the old message that it is from."""
    for block in agent.blocks:
        about = {name: getattr(block, name) for name in ("limit", "description", "read_only", "shared")}
        edit = {"before": None, "after": block.value, **about}
        yield Message("system", "", "edit", block.label, time=agent.created_at, extra=edit), ""
    calls = _Calls()
    for old in agent.messages:
        if not old.results:
            yield from _without_results(calls, old.time)
        for message in _converted(agent, old, calls):
            yield message, old.id
    if agent.messages:
        yield from _without_results(calls, agent.messages[-1].time)


def _without_results(calls: _Calls, time: datetime) -> Iterator[tuple[Message, str]]:
    """Yield a result for each open call: else the agent would wait for it."""
    for call in calls.open.values():
        yield Message.result_of(call, NO_RESULT, ok=False, time=time), ""
    calls.open.clear()


def _converted(agent: OldAgent, old: OldMessage, calls: _Calls) -> Iterator[Message]:
    if old.role == "assistant":
        if old.text:
            yield Message("assistant", old.text, "spoken", time=old.time)
        if old.thought or old.calls:
            renamed = tuple(map(calls.renamed, old.calls))
            yield Message("assistant", old.thought, "step", tool_calls=renamed, time=old.time)
    elif old.results:
        for result in old.results:
            text, ok = _result(result)
            # a call that is not in the file: the log keeps its result, and no prompt shows it
            call = calls.answered(result.call_id) or ToolCall(f"lost {result.call_id}", old.name or "unknown")
            yield Message.result_of(call, text, ok=ok, time=old.time)
    elif old.role not in NEVER_SHOWN and summary_of(old) is None:
        kind, text, name = event_of(old.text)
        if kind == "message":
            name = old.name or name or USER
            if name == agent.name:
                name = USER
        yield Message("user", text, kind, name, time=old.time)


NEVER_SHOWN = ("system", "assistant", "tool", "approval")
"""Roles that are no events: the copies of the system prompt, and what `_converted` handles itself."""


def event_of(text: str) -> tuple[Kind, str, str | None]:
    """Return the kind, the text and the speaker of an inbound envelope. Other texts are words of a person."""
    event = _json_object(text)
    kind = event.get("type") if event else None
    if event is None or not isinstance(kind, str):
        return "message", text, None
    said = event.get("message")
    if kind == "user_message" and isinstance(said, str):
        name = event.get("name")
        return "message", said, name if isinstance(name, str) and name else None
    if kind == "login":
        return "login", str(event.get("last_login", "")), None
    if kind == "heartbeat":
        return "heartbeat", AUTOMATED + _HIDDEN.sub("", str(event.get("reason", ""))), None
    if kind == "system_alert" and isinstance(said, str):
        return "alert", AUTOMATED + _HIDDEN.sub("", said), None
    return "message", text, None


def summary_of(old: OldMessage) -> str | None:
    """Return the text of a message that is a recursive summary; None for other messages."""
    if old.role not in ("user", "system", "summary"):
        return None
    event = _json_object(old.text)
    said = event.get("message") if event and event.get("type") == "system_alert" else None
    found = _SUMMARY.search(said) if isinstance(said, str) else None
    if found:
        return found[1].strip()
    return (said if isinstance(said, str) else old.text) if old.role == "summary" else None


def _summary(agent: OldAgent, log: Sequence[tuple[Message, str]]) -> Summary | None:
    """Return the summary with which the queue begins where the old prompt began.

    Entries before the first message of the old prompt are outside it.
    """
    shown = [summary_of(old) for old in agent.messages if not agent.in_context or old.id in agent.in_context]
    text = next((each for each in reversed(shown) if each), None)
    edits = len(agent.blocks)
    end = len(log) if agent.in_context else edits
    through = next((place for place, (_, old) in enumerate(log) if old and old in agent.in_context), end)
    if text is None and through <= edits:
        return None
    time = log[through - 1][0].time if through else agent.created_at
    if text is not None:
        return Summary(through, text, "model", time, through)
    extract = f"(Earlier messages with {agent.system} are in recall memory: search them.)"
    return Summary(through, extract, "extract", time, through)


def _records(agent: OldAgent) -> Iterator[dict[str, Any]]:
    for draft in dict.fromkeys(agent.drafts):
        parts = split_text(draft.text, PASSAGE_CHARS)
        for part, (text, gap) in enumerate(parts, 1):
            yield {
                "text": text,
                "gap": gap,
                "tags": list(draft.tags),
                "source": draft.source,
                "created_at": (draft.created_at or agent.created_at).isoformat(),
                "parent": document_id(agent.system, draft.source, draft.text),
                "part": part,
                "parts": len(parts),
            }


def _result(result: OldResult) -> tuple[str, bool]:
    """Return the text of a result without its envelope, and whether the call succeeded."""
    packed = _json_object(result.text)
    if packed is None or "status" not in packed or "message" not in packed:
        return result.text, result.ok
    said = packed["message"]
    text = said if isinstance(said, str) else "" if said is None else json.dumps(said, ensure_ascii=False)
    return text, result.ok and packed["status"] != "Failed"


def _json_object(text: str) -> Mapping[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _known(value: OldMessage | Draft) -> str:
    """Return the value as text, for its hash."""
    return to_json_line({name: str(part) for name, part in asdict(value).items()})
