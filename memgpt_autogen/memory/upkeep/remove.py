"""Removal: an agent goes from its home for good, with all that is its alone.

What it shares stays: a shared archive, and shared blocks that another agent has too. So does what others heard of it, which is
their memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, select

from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.documents.sources import Sources
from memgpt_autogen.memory.recall.search import RecallMemory
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import agents, attachments, blocks, entries
from memgpt_autogen.memory.storage.turn_lock import TurnLock


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal takes away, or would."""

    name: str
    messages: int
    """What anyone had said to it or it to others."""
    passages: int
    blocks: tuple[str, ...]
    """The labels of the blocks that went with it."""
    left: tuple[str, ...] = ()
    """The labels of shared blocks that others have too."""
    scrubbed: bool = False
    """Whether nothing of it is left in the database's files."""
    dry_run: bool = False

    def __str__(self) -> str:
        verb = "would remove" if self.dry_run else "removed"
        went = f"{self.messages:,} messages with all that was thought and done about them, {self.passages:,} passages"
        lines = [f"{verb} '{self.name}': {went}, and the blocks {', '.join(self.blocks) or '(none)'}"]
        if self.left:
            lines.append(f"stays, since other agents have it too: {', '.join(self.left)}")
        if not self.dry_run and not self.scrubbed:
            lines.append("the database's files may still hold traces until it has room to rewrite them")
        return "\n".join(lines)


def remove_agent(
    name: str,
    database: Database,
    agent_id: str,
    *,
    recall: RecallMemory,
    archive: Archive,
    sources: Sources,
    keep_archive: bool,
    lock: TurnLock,
    dry_run: bool = False,
) -> Removed:
    """Remove the agent; `keep_archive` where its archive is not its alone. Called while no turn of it runs.

    Passages go first, then everything else in one transaction: whoever dies halfway has an agent without passages, and removes
    it again.
    """
    with database.reading() as connection:
        alone, shared = _labels(connection, agent_id)
        said = select(func.count()).where(
            entries.c.agent_id == agent_id, entries.c.spoken.is_not(None), ~entries.c.hidden
        )
        messages = connection.scalar(said) or 0
    passages = 0 if keep_archive else archive.count()
    if dry_run:
        return Removed(name, messages, passages, alone, shared, dry_run=True)
    if not keep_archive:
        archive.clear()
    recall.clear_index()
    with lock.ending(), database.writing() as connection:
        held = select(attachments.c.block_id).where(attachments.c.agent_id == agent_id)
        mine = connection.scalars(held).all()
        if not keep_archive:
            sources.clear()
        connection.execute(delete(agents).where(agents.c.id == agent_id))
        connection.execute(delete(blocks).where(blocks.c.id.in_(mine), ~_attached()))
    return Removed(name, messages, passages, alone, shared, database.scrub())


def _labels(connection: Connection, agent_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The labels of its blocks that nobody else has, and of the others."""
    others = select(attachments.c.block_id).where(attachments.c.agent_id != agent_id)
    question = (
        select(blocks.c.label, blocks.c.id.in_(others))
        .join(attachments)
        .where(attachments.c.agent_id == agent_id)
        .order_by(attachments.c.position)
    )
    rows: Sequence[tuple[str, bool]] = [(label, bool(held)) for label, held in connection.execute(question)]
    return (
        tuple(label for label, held in rows if not held),
        tuple(label for label, held in rows if held),
    )


def _attached() -> ColumnElement[bool]:
    return select(attachments.c.agent_id).where(attachments.c.block_id == blocks.c.id).exists()
