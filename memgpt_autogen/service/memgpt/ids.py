"""Ids of MemGPT 0.3, all of them UUIDs, for what has a number or a name here. Nothing of them is stored.

An entry of a log has the first half of its agent's id and its own number. Templates and functions have names.
"""

from __future__ import annotations

import uuid

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.memory.storage.tables import LARGEST

# the second half of a UUID begins with the two bits of its variant; the rest is free
_VARIANT = 0b10 << 62

_HALF = (1 << 64) - 1


def entry_id(agent_id: str, seq: int) -> str:
    """Return the id of an entry of an agent's log."""
    return str(uuid.UUID(int=(uuid.UUID(agent_id).int & ~_HALF) | _VARIANT | seq))


def seq_of(agent_id: str, entry: str) -> int:
    """Return the number of the entry with this id. Raises `NotFoundError` for one of another agent."""
    try:
        found = uuid.UUID(entry).int
    except ValueError:
        found = 0
    seq = found & (_VARIANT - 1) & _HALF
    if not 0 < seq <= LARGEST or entry_id(agent_id, seq) != str(uuid.UUID(int=found)):
        raise NotFoundError(f"the agent has no message with the id {quoted(entry)}.")
    return seq


def named_id(user_id: str, kind: str, name: str) -> str:
    """Return the id of something that a user has by its name."""
    return str(uuid.uuid5(uuid.UUID(user_id), f"{kind}/{name}"))
