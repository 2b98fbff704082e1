"""Ids as Letta's client writes them: a kind and an id, such as `agent-1d6f0a53-…`, or the bare id."""

from __future__ import annotations

import re
import uuid
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator

from memgpt_autogen.errors import NotFoundError, quoted

Kind = Literal[
    "agent", "archive", "block", "file", "message", "passage", "provider", "run", "source", "step", "tool"
]

_PREFIXED = re.compile(r"[a-z]{1,20}-([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")

# the bytes of an agent's id at the start of the ids of its messages
_OF_AGENT = 10


def with_kind(kind: Kind, id_: str) -> str:
    """Return an id as the client reads it."""
    return f"{kind}-{id_}"


def bare(given: str) -> str:
    """Return an id without its kind; a name stays as it is."""
    found = _PREFIXED.fullmatch(given)
    return found[1].lower() if found else given


def message_id(agent_id: str, seq: int) -> str:
    """Return the id of an entry of an agent's log."""
    return with_kind(
        "message", str(uuid.UUID(bytes=uuid.UUID(agent_id).bytes[:_OF_AGENT] + seq.to_bytes(6, "big")))
    )


def seq_of(agent_id: str, given: str) -> int:
    """Return the number of the entry that has this id.

    Raises `NotFoundError` for an id of no message of this agent.
    """
    try:
        found = uuid.UUID(bare(given)).bytes
    except ValueError:
        found = b""
    if found[:_OF_AGENT] != uuid.UUID(agent_id).bytes[:_OF_AGENT] or not found:
        raise NotFoundError(f"the agent has no message {quoted(given)}. Give the id of one of its messages.")
    return int.from_bytes(found[_OF_AGENT:], "big")


def passing_id(run_id: str, number: int) -> str:
    """Return the id of a message of a run that is no entry of the log, or not yet."""
    return with_kind("message", str(uuid.uuid5(uuid.UUID(run_id), str(number))))


def tool_id(name: str) -> str:
    """Return the id of a function, which has only a name here."""
    return with_kind("tool", str(uuid.uuid5(uuid.NAMESPACE_OID, name)))


def _place(alias: str, what: str) -> Any:
    return Path(alias=alias, max_length=600, description=what)


AgentPath = Annotated[str, _place("agent_id", "An agent, by its id or name."), AfterValidator(bare)]
ArchivePath = Annotated[
    str, _place("archive_id", "A shared archive, by its id or name."), AfterValidator(bare)
]
BlockPath = Annotated[str, _place("block_id", "A block."), AfterValidator(bare)]
FolderPath = Annotated[str, _place("folder_id", "A shared archive, by its id or name."), AfterValidator(bare)]
FilePath = Annotated[str, _place("file_id", "A document of a shared archive."), AfterValidator(bare)]
PassagePath = Annotated[str, _place("passage_id", "A passage."), AfterValidator(bare)]
RunPath = Annotated[str, _place("run_id", "A run."), AfterValidator(bare)]
LabelPath = Annotated[str, _place("block_label", "The label of a block.")]
