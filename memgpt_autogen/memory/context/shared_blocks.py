"""The shared blocks of an owner: one text for all agents that have the block, and for agents to come."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from memgpt_autogen.errors import ConflictError, NotFoundError, TakenError, quoted
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.core import edit_entry
from memgpt_autogen.memory.storage.accounts.grants import forget_grants
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import append_entries
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import agents, attachments, blocks, from_column, to_column
from memgpt_autogen.messages import now


@dataclass(frozen=True, slots=True)
class SharedBlock:
    """A shared block, and who has it."""

    id: str
    block: Block
    updated_at: datetime
    agents: tuple[str, ...]
    """The names of the owner's agents that have it."""
    others: int
    """How many agents of other users have it."""


def shared_blocks(database: Database) -> list[SharedBlock]:
    """Return the owner's shared blocks in the order of their labels."""
    with database.reading() as connection:
        rows = connection.execute(select(blocks).where(owned(blocks, database), blocks.c.shared)).all()
        return sorted((_shared(connection, database, row) for row in rows), key=lambda each: each.block.label)


def find_shared_block(database: Database, name: str) -> SharedBlock:
    """Return the owner's shared block of this id or label. Raises `NotFoundError` where there is none."""
    with database.reading() as connection:
        return _shared(connection, database, _row(connection, database, name))


@repeatable
def create_shared_block(database: Database, block: Block) -> SharedBlock:
    """Store a shared block that no agent has yet. Raises `TakenError` for the label of another one."""
    with database.writing(alone=True) as connection:
        same = select(blocks.c.id).where(
            owned(blocks, database), blocks.c.shared, blocks.c.label == block.label
        )
        if connection.scalar(same) is not None:
            raise TakenError(f"there is a shared block {quoted(block.label)} already. Choose another label.")
        id_ = str(uuid.uuid4())
        connection.execute(
            insert(blocks).values(
                id=id_,
                label=block.label,
                value=block.value,
                char_limit=block.limit,
                description=block.description,
                shared=True,
                updated_at=to_column(now()),
                owner_id=database.owner,
            )
        )
        return _shared(connection, database, _row(connection, database, id_))


@repeatable
def revise_shared_block(database: Database, name: str, change: Callable[[Block], Block]) -> SharedBlock:
    """Change a shared block from code; if the change raises, nothing is changed. Each agent's log says it."""
    with database.writing(alone=True) as connection:
        row = _row(connection, database, name, lock=True)
        before = _block(row)
        after = replace(change(before), label=before.label, shared=True, read_only=False)
        shape = {
            each: getattr(after, each)
            for each in ("limit", "description")
            if getattr(after, each) != getattr(before, each)
        }
        values = {"value": after.value, "char_limit": after.limit, "description": after.description}
        if after != before:
            changed = {**values, "updated_at": to_column(now())}
            connection.execute(update(blocks).where(blocks.c.id == row.id).values(changed))
        entries = []
        if after.value != before.value:
            entries.append(edit_entry(row.label, before.value, after.value, code=True))
        if shape:
            entries.append(edit_entry(row.label, after.value, after.value, code=True, **shape))
        # always in one order, as in core memory
        held = select(attachments.c.agent_id).where(attachments.c.block_id == row.id)
        for agent_id in connection.scalars(held.order_by(attachments.c.agent_id)).all() if entries else ():
            append_entries(connection, agent_id, entries)
        return _shared(connection, database, _row(connection, database, row.id))


@repeatable
def delete_shared_block(database: Database, name: str, check: Callable[[SharedBlock], object]) -> None:
    """Delete a shared block. Raises `ConflictError` while agents have it, and what `check` raises."""
    with database.writing(alone=True) as connection:
        row = _row(connection, database, name, lock=True)
        found = _shared(connection, database, row)
        check(found)
        if found.agents or found.others:
            others = [f"{found.others} of other users"] if found.others else []
            raise ConflictError(
                f"agents have the block: {', '.join([*found.agents, *others])}. Take it away from them "
                "first.",
                found.block.value,
            )
        forget_grants(connection, "block", [row.id])
        connection.execute(delete(blocks).where(blocks.c.id == row.id))


def _row(connection: Connection, database: Database, name: str, *, lock: bool = False) -> Any:
    named = (blocks.c.id == name) | (blocks.c.label == name)
    query = select(blocks).where(owned(blocks, database), blocks.c.shared, named)
    rows = connection.execute(query.with_for_update() if lock else query).all()
    if not rows:
        raise NotFoundError(
            f"there is no shared block {quoted(name)}. GET /blocks lists those that there are."
        )
    return min(rows, key=lambda row: row.id != name)


def _shared(connection: Connection, database: Database, row: Any) -> SharedBlock:
    query = (
        select(agents.c.name, agents.c.owner_id)
        .join(attachments, attachments.c.agent_id == agents.c.id)
        .where(attachments.c.block_id == row.id)
    )
    having = connection.execute(query).all()
    mine = sorted(each.name for each in having if each.owner_id == database.owner)
    updated = from_column(row.updated_at)
    return SharedBlock(row.id, _block(row), updated, tuple(mine), len(having) - len(mine))


def _block(row: Any) -> Block:
    return Block(row.label, row.value, row.char_limit, row.description, shared=True)
