"""Delete an agent from its home for good, with everything that belongs to it alone.

A shared archive stays, and so do shared blocks that another agent has too. What other agents heard from it is
their memory and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, delete, select

from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.recall.index import index_of
from memgpt_autogen.memory.recall.search import RecallMemory
from memgpt_autogen.memory.storage.accounts.grants import forget_grants
from memgpt_autogen.memory.storage.accounts.limits import delete_limits
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.groups.membership import leave_groups
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.runs.past_usage import keep_usage
from memgpt_autogen.memory.storage.tables import (
    agents,
    archives,
    attachments,
    blocks,
    holdings,
    outbox,
    readings,
    runs,
)
from memgpt_autogen.memory.storage.turn_lock import TurnLock
from memgpt_autogen.memory.upkeep.hearers import find_hearers
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.equal import is_equal


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal deleted, or would delete."""

    name: str
    messages: int
    """The messages of the agent and of everyone who talked to it."""
    passages: int
    blocks: tuple[str, ...]
    """The labels of the blocks that were deleted with it."""
    left: tuple[str, ...] = ()
    """The labels of shared blocks that other agents have too."""
    heard_by: Mapping[str, int] = field(default_factory=dict)
    """Other agents of the home that heard it, and how many of its messages each has."""
    forks: tuple[str, ...] = ()
    """The forks of it, which have a copy of its memory."""
    other_home: str = ""
    """Why the passages were left on the Qdrant server: this home is a copy, and they are the original's."""
    scrubbed: bool = False
    """Whether the database's files contain nothing of it any more."""
    dry_run: bool = False

    def __str__(self) -> str:
        removed = "would remove" if self.dry_run else "removed"
        messages, passages = counted(self.messages, "message"), counted(self.passages, "passage")
        lines = [
            f"{removed} '{self.name}': {messages} with all thoughts and tool calls, {passages}",
            f"blocks: {', '.join(self.blocks) or 'none'}",
        ]
        if self.left:
            lines.append(f"kept, since other agents have them too: {', '.join(self.left)}")
        if self.heard_by:
            heard = ", ".join(f"{name} ({counted(n, 'message')})" for name, n in self.heard_by.items())
            lines.append(f"kept, since it is their memory: what other agents heard it say: {heard}")
        if self.forks:
            lines.append(f"kept, with a copy of its memory: the forks {', '.join(self.forks)}")
        if self.other_home:
            lines.append(f"kept: {self.other_home}")
        if not self.dry_run and not self.scrubbed:
            lines.append("the database's files may still contain traces until the database rewrites them")
        return "\n".join(lines)


def remove_agent(
    name: str,
    log: Log,
    *,
    recall: RecallMemory,
    archive: Archive,
    unused: Archive | None,
    sources: ArchiveSources,
    keep_archive: bool,
    lock: TurnLock,
    dry_run: bool = False,
) -> Removed:
    """Delete the agent, while no turn of it runs; `keep_archive` where its archive is shared.

    `unused` is its own archive then, which it does not use.

    Passages are deleted first, then everything else in one transaction. If the process is killed in between,
    the agent still exists without passages, and can be removed again.
    """
    database, agent_id = log.database, log.agent_id
    with database.reading() as connection:
        alone, shared = _labels(database, connection, agent_id)
        hearers = find_hearers(
            database,
            connection,
            agent_id,
            in_message=lambda _, message: message.is_heard and is_equal(message.name or "", name),
            in_text=lambda _: False,
        )
    messages = log.count()
    own = unused if keep_archive else archive
    other = "" if own is None else own.other_home() or ""
    passages = 0 if own is None or other else own.count()
    removed = Removed(name, messages, passages, alone, shared, hearers.places, hearers.forks, other)
    if dry_run:
        return replace(removed, dry_run=True)
    if own is not None and not other:
        own.clear()
        own.discard_kept()
    if not other:
        recall.clear_index()

    @repeatable
    def delete_rows() -> None:
        with database.writing() as connection:
            database.will_scrub(connection)
            own_blocks = select(attachments.c.block_id).where(attachments.c.agent_id == agent_id)
            block_ids = connection.scalars(own_blocks).all()
            if unused is not None:
                ArchiveSources(database, unused).clear()
            if not keep_archive:
                sources.clear()
            connection.execute(delete(outbox).where(outbox.c.archive_id.in_((agent_id, index_of(agent_id)))))
            keep_usage(connection, runs.c.agent_id == agent_id)
            leave_groups(connection, agent_id)
            connection.execute(delete(agents).where(agents.c.id == agent_id))
            delete_limits(connection, [("agent", agent_id)])
            attached = select(attachments.c.agent_id).where(attachments.c.block_id == blocks.c.id).exists()
            unused_blocks = blocks.c.id.in_(block_ids), owned(blocks, database), ~attached
            gone = connection.scalars(select(blocks.c.id).where(*unused_blocks)).all()
            forget_grants(connection, "block", gone)
            connection.execute(delete(blocks).where(blocks.c.id.in_(gone)))

    lock.end(delete_rows)
    return replace(removed, scrubbed=database.scrub())


def remove_archive(database: Database, archive: Archive, sources: ArchiveSources) -> None:
    """Delete a shared archive for good. Agents that read it lose it.

    Passages are deleted first. If the process is killed in between, it can be done again.
    """
    if not archive.other_home():
        archive.clear()
        archive.discard_kept()
    archive_id = archive.archive_id

    @repeatable
    def delete_rows() -> None:
        with database.writing() as connection:
            database.will_scrub(connection)
            sources.clear()
            connection.execute(delete(outbox).where(outbox.c.archive_id == archive_id))
            connection.execute(delete(readings).where(readings.c.archive_id == archive_id))
            connection.execute(delete(holdings).where(holdings.c.archive_id == archive_id))
            forget_grants(connection, "archive", [archive_id])
            connection.execute(delete(archives).where(archives.c.id == archive_id))

    delete_rows()


def remove_blocks(database: Database, connection: Connection) -> None:
    """Delete all blocks of the owner, inside an open transaction. Agents of others lose them too."""
    gone = connection.scalars(select(blocks.c.id).where(owned(blocks, database))).all()
    forget_grants(connection, "block", gone)
    connection.execute(delete(blocks).where(blocks.c.id.in_(gone)))


def _labels(
    database: Database, connection: Connection, agent_id: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the labels of its blocks that no other agent has, and the labels of the others.

    The latter are those of other agents too, and those of other users.
    """
    others = select(attachments.c.block_id).where(attachments.c.agent_id != agent_id)
    query = (
        select(blocks.c.label, blocks.c.id.in_(others) | ~owned(blocks, database))
        .join(attachments)
        .where(attachments.c.agent_id == agent_id)
        .order_by(attachments.c.position)
    )
    rows = connection.execute(query).all()
    return tuple(label for label, held in rows if not held), tuple(label for label, held in rows if held)
