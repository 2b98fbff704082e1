"""The schema of a bundle: its manifest, and the lines of each part; values are checked when they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal, Optional, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)
from typing_extensions import Self

from memgpt_autogen.errors import BlockError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.core import DETACH
from memgpt_autogen.memory.context.queue import Summary
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.memory.upkeep.entry_extra import Exact, Limit, Name, Time, check_extra
from memgpt_autogen.messages import GROUP, Kind, Message, Role, ToolCall

FORMAT: Literal["memgpt-autogen agent"] = "memgpt-autogen agent"
VERSION = 1
"""Increases when an older version of this package can no longer read the file."""

PartName = Literal["blocks", "log", "summaries", "passages"]
PARTS: tuple[PartName, ...] = get_args(PartName)


class Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


# the characters of a model's name, a version or another short text of the manifest
MOST_SHORT = 1000

Short = Annotated[str, Field(max_length=MOST_SHORT)]


class Part(Line):
    lines: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Identity(Line):
    """The agent: its name, its age and what it shared."""

    name: Short
    created_at: Time
    paused_until: Optional[Time] = None
    archive: Optional[Short] = None
    """The name of its shared archive; None where it had an archive of its own."""


class AgentSettings(Line):
    """The settings that belong to the agent and not to its home: never a key, an address or a path."""

    protocol: Literal["memgpt", "native"] = "memgpt"
    timezone: Short = "UTC"
    model: Optional[Short] = None
    window_tokens: Optional[Limit] = None
    embedding_model: Optional[Short] = None

    @field_validator("model", "embedding_model")
    @classmethod
    def _only_a_name(cls, model: str | None) -> str | None:
        """Leave out a model whose name is a file or an address."""
        return None if model and (re.search(r"://|\\|^[/~.]", model)) else model


class Manifest(Line):
    format: Literal["memgpt-autogen agent"] = FORMAT
    version: Annotated[int, Field(ge=1)] = VERSION
    made_by: Short
    """The version of this package."""
    database: Short
    """The schema version of the database that it comes from."""
    exported_at: Time
    agent: Identity
    settings: AgentSettings
    parts: dict[PartName, Part]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = [name for name in PARTS if name not in self.parts]
        if missing:
            raise ValueError(f"parts lacks {', '.join(missing)}")
        return self


Place = Annotated[int, Field(ge=0, le=2**31 - 1)]

ROLES: Mapping[Kind, Role] = {
    "message": "user",
    "step": "assistant",
    "spoken": "assistant",
    "result": "tool",
    "heartbeat": "user",
    "alert": "user",
    "login": "user",
    "edit": "system",
    "change": "system",
    "removed": "system",
    "imported": "user",
}


class BlockLine(Line):
    label: str
    value: str
    limit: Limit
    description: str = ""
    read_only: bool = False
    shared: bool = False


# the characters of a call's id: some endpoints put a signature into it
MOST_CALL_ID = 100_000

CallId = Annotated[Exact, Field(max_length=MOST_CALL_ID)]


class CallLine(Line):
    id: CallId
    name: Name
    arguments: Exact


class EntryLine(Line):
    seq: int
    kind: Kind
    role: Role
    name: Optional[Name] = None
    text: Exact = ""
    time: Time
    calls: list[CallLine] = Field(default_factory=list)
    answers: Optional[CallId] = None
    ok: bool = True
    extra: dict[str, Any] = Field(default_factory=dict)
    hidden: bool = False
    _covered: int = PrivateAttr(0)

    @property
    def covered(self) -> int:
        """How many entries it hides and shows."""
        return self._covered

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.role != ROLES[self.kind] and (self.kind != "imported" or self.role == "tool"):
            raise ValueError(f"kind '{self.kind}' has the role '{ROLES[self.kind]}', not '{self.role}'")
        if self.calls and self.kind != "step":
            raise ValueError(f"kind '{self.kind}' has no calls")
        if bool(self.answers) != (self.kind == "result"):
            raise ValueError("a result answers a call, and no other kind does")
        if self.kind == "edit":
            _check_edited(self.name, self.extra)
        elif self.kind == "change" and self.extra.get("what") == DETACH:
            _check_label(self.name)
        try:
            self._covered = check_extra(self.kind, self.seq, self.extra)
        except ValueError as error:
            raise ValueError(f"extra: {error}") from None
        return self

    def entry(self) -> Entry:
        calls = tuple(ToolCall(**call.model_dump()) for call in self.calls)
        said = self.role, self.text, self.kind, self.name
        message = Message(*said, calls, self.answers, self.ok, self.time, self.extra)
        return Entry(self.seq, message, self.hidden)


def _check_edited(label: str | None, extra: Mapping[str, Any]) -> None:
    if label is None or not {"before", "after"} <= extra.keys():
        raise ValueError("an edit has the name of a block, and before and after in extra")
    _check_label(label)


def _check_label(label: str | None) -> None:
    try:
        Block(label or "")
    except BlockError as error:
        raise ValueError(f"name: {error}") from None


class SummaryLine(Line):
    through_seq: Place
    at_seq: Place
    text: str
    source: Literal["model", "extract"]
    time: Time


def entry_line(entry: Entry) -> dict[str, Any]:
    """Return the line of an entry, without empty fields."""
    message = entry.message
    line = {
        "seq": entry.seq,
        "time": _time(message.time),
        "kind": message.kind,
        "role": message.role,
        "name": message.name,
        "text": message.text,
        "calls": [asdict(call) for call in message.tool_calls],
        "answers": message.tool_call_id,
        "ok": None if message.ok else False,
        "extra": {name: value for name, value in message.extra.items() if name != GROUP},
        "hidden": True if entry.hidden else None,
    }
    return {name: value for name, value in line.items() if value not in (None, "", [], {})}


def summary_line(summary: Summary) -> dict[str, Any]:
    return {
        "through_seq": summary.through_seq,
        "at_seq": summary.at_seq,
        "time": _time(summary.time),
        "text": summary.text,
        "source": summary.source,
    }


def _time(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")
