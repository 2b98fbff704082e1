"""The blocks of an owner by their ids: those that agents have alone, and shared ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import agents, attachments, blocks, from_column


@dataclass(frozen=True, slots=True)
class OwnedBlock:
    """A block with its id, and the owner's agents that have it."""

    id: str
    block: Block
    updated_at: datetime
    agents: tuple[str, ...]
    """The ids of the agents."""


def owned_blocks(database: Database) -> list[OwnedBlock]:
    """Return all blocks of the owner, in the order of their ids."""
    with database.reading() as connection:
        rows = connection.execute(select(blocks).where(owned(blocks, database)).order_by(blocks.c.id)).all()
        held = _held(connection, database)
    return [_block(row, held.get(row.id, [])) for row in rows]


def find_owned_block(database: Database, block_id: str) -> OwnedBlock | None:
    """Return the owner's block with this id."""
    with database.reading() as connection:
        query = select(blocks).where(owned(blocks, database), blocks.c.id == block_id)
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return _block(row, _held(connection, database, attachments.c.block_id == block_id).get(row.id, []))


def block_ids(database: Database, agent_id: str) -> dict[str, str]:
    """Return the ids of an agent's blocks by their labels, those of granted ones among them."""
    query = select(blocks.c.label, blocks.c.id).join(attachments).where(attachments.c.agent_id == agent_id)
    with database.reading() as connection:
        return {row.label: row.id for row in connection.execute(query)}


def _held(connection: Connection, database: Database, *only: Any) -> dict[str, list[Any]]:
    """Return which of the owner's agents have blocks, by the blocks' ids."""
    query = select(attachments).join(agents, agents.c.id == attachments.c.agent_id)
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query.where(owned(agents, database), *only).order_by(agents.c.id)):
        found.setdefault(row.block_id, []).append(row)
    return found


def _block(row: Any, held: list[Any]) -> OwnedBlock:
    # who may only read a block is a matter of each agent
    read_only = not row.shared and any(each.read_only for each in held)
    block = Block(row.label, row.value, row.char_limit, row.description, read_only, bool(row.shared))
    return OwnedBlock(row.id, block, from_column(row.updated_at), tuple(each.agent_id for each in held))
