"""Moving house: an agent's memory out into a bundle, and from a bundle into another home, whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional, TypeVar

from sqlalchemy import Connection, delete, func, insert, select

from memgpt_autogen._version import __version__
from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, EmbedderMismatchError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.core import CoreMemory, SharedBlocks
from memgpt_autogen.memory.context.queue import Summary
from memgpt_autogen.memory.storage.agents import find_or_create_archive
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import Entry, stream_entries, write_entries
from memgpt_autogen.memory.storage.tables import (
    HEAD,
    agents,
    archives,
    entries,
    from_column,
    summaries,
    to_column,
)
from memgpt_autogen.memory.upkeep.bundle import Bundle, write_bundle
from memgpt_autogen.memory.upkeep.bundle_schema import Travelling, block_line, entry_line, summary_line
from memgpt_autogen.messages import now

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle holds, and what importing it would do; `print` it."""

    name: str
    """The name that the agent would have."""
    blocks: int
    entries: int
    summaries: int
    passages: int
    notes: tuple[str, ...] = ()
    """What will be otherwise than it was, and what to know about it."""

    def __str__(self) -> str:
        counts = f"{self.blocks} blocks, {self.entries} log entries, {self.summaries} summaries, {self.passages} passages"
        return "\n".join([f"{self.name}: {counts}", *(f"- {note}" for note in self.notes)])


def export_agent(
    path: Path,
    database: Database,
    agent_id: str,
    archive: Archive,
    settings: Travelling,
    *,
    progress: Progress | None = None,
) -> None:
    """Write the agent's bundle. It holds what was there when the export began, and passages up to when it came to them."""
    with database.reading() as connection:
        agent = connection.execute(select(agents).where(agents.c.id == agent_id)).one()
        mine = entries.c.agent_id == agent_id
        through = connection.scalar(select(func.max(entries.c.seq)).where(mine)) or 0
        shared = connection.scalar(select(archives.c.name).where(archives.c.id == archive.archive_id))
        steps = _Steps(progress, through + archive.count())
        manifest = {
            "made_by": __version__,
            "database": HEAD,
            "exported_at": now(),
            "agent": {
                "name": agent.name,
                "created_at": from_column(agent.created_at),
                "paused_until": from_column(agent.paused_until) if agent.paused_until else None,
                "archive": shared,
            },
            "settings": settings.model_dump(),
        }
        held = stream_entries(connection, agent_id, through=through)
        write_bundle(
            path,
            manifest,
            {
                "blocks": map(block_line, CoreMemory(database, agent_id).read(connection)),
                "log": steps.counted(map(entry_line, held)),
                "summaries": map(summary_line, _summaries(connection, agent_id, through)),
                "passages": steps.counted(archive.dump()),
            },
        )


def check_bundle(
    bundle: Bundle,
    database: Database | None,
    name: str,
    archive: str | None,
    settings: Travelling,
    *,
    shared_blocks: SharedBlocks | None = None,
) -> Contents:
    """Read the whole bundle and look at the home (None for one that is not there yet); writes nothing.

    Raises `ConfigurationError` for whatever would stop the import.
    """
    bundle.check()
    _refuse_name(bundle, name)
    notes = _notes(bundle, name, archive, settings)
    if database is not None:
        core = CoreMemory(database, "")
        with database.reading() as connection:
            _refuse_taken(connection, name)
            for block in bundle.blocks():
                there = core.joined(connection, block, shared_blocks)
                if there is not None:
                    same = "the same text" if there.value == block.value else "another text, which counts"
                    notes.append(f"shared block '{block.label}' joins the home's, which has {same}")
    counts = {part: bundle.manifest.parts[part].lines for part in bundle.manifest.parts}
    return Contents(
        name, counts["blocks"], counts["log"], counts["summaries"], counts["passages"], tuple(notes)
    )


def reserve_archive(bundle: Bundle, database: Database, name: str) -> str:
    """The id of the archive, and of the agent to be; the same one when an import that broke off is run again."""
    return find_or_create_archive(database, _pending(bundle, name))


def restore_passages(bundle: Bundle, archive: Archive, *, progress: Progress | None = None) -> None:
    """Fill the archive; what an import that broke off has left there is completed."""
    total = bundle.manifest.parts["passages"].lines
    archive.restore(bundle.passages(), progress=(lambda done, _: progress(done, total)) if progress else None)


def restore_own_passages(
    bundle: Bundle, archive: Archive, database: Database, *, progress: Progress | None = None
) -> None:
    """Fill an archive that is to be the agent's own, and empty it again if that fails."""
    try:
        try:
            restore_passages(bundle, archive, progress=progress)
        except EmbedderMismatchError:  # what broke off had another embedder
            archive.clear()
            restore_passages(bundle, archive, progress=progress)
    except BaseException:
        with database.reading() as connection:
            used = connection.scalar(select(agents.c.id).where(agents.c.id == archive.archive_id))
        if used is None:  # else the same import was done by another process meanwhile
            archive.clear()
        raise


def adopt(
    bundle: Bundle,
    database: Database,
    agent_id: str,
    name: str,
    *,
    shared_blocks: SharedBlocks | None = None,
) -> None:
    """Write the agent with all that SQL holds of it, in one transaction."""
    agent = bundle.manifest.agent
    with database.writing(alone=True) as connection:  # else two of one name could both find it free
        _refuse_taken(connection, name)
        connection.execute(delete(archives).where(archives.c.name == _pending(bundle, name)))
        paused = to_column(agent.paused_until) if agent.paused_until else None
        connection.execute(
            insert(agents).values(
                id=agent_id, name=name, created_at=to_column(agent.created_at), paused_until=paused
            )
        )
        renamed = (_renamed(entry, agent.name, name) for entry in bundle.entries())
        write_entries(connection, agent_id, renamed if name != agent.name else bundle.entries())
        for summary in bundle.summaries():
            connection.execute(
                insert(summaries).values(
                    agent_id=agent_id,
                    through_seq=summary.through_seq,
                    at_seq=summary.at_seq,
                    text=summary.text,
                    source=summary.source,
                    created_at=to_column(summary.time),
                )
            )
        CoreMemory(database, agent_id).adopt(connection, bundle.blocks(), shared_blocks)


@dataclass(slots=True)
class _Steps:
    """Tells the progress over several parts."""

    progress: Optional[Progress]
    total: int
    done: int = 0

    def counted(self, lines: Iterable[T]) -> Iterator[T]:
        for line in lines:
            yield line
            self.done += 1
            if self.progress and (self.done % 1000 == 0 or self.done == self.total):
                self.progress(self.done, self.total)


def _refuse_taken(connection: Connection, name: str) -> None:
    if connection.scalar(select(agents.c.id).where(agents.c.name == name)) is not None:
        raise ConfigurationError(
            f"this home has an agent '{name}' already, which an import never touches. Give the new one another name: name=..."
        )


def _refuse_name(bundle: Bundle, name: str) -> None:
    if name == bundle.manifest.agent.name:
        return
    spoke = Counter(entry.message.name for entry in bundle.entries() if entry.message.kind == "message")
    if spoke[name]:
        raise ConfigurationError(
            f"'{name}' says {spoke[name]} lines in this agent's log and would be taken for the agent itself. Choose another name."
        )


def _notes(bundle: Bundle, name: str, archive: str | None, settings: Travelling) -> list[str]:
    manifest = bundle.manifest
    notes = []
    if name != manifest.agent.name:
        notes.append(f"it was '{manifest.agent.name}' and becomes '{name}'")
    if manifest.agent.archive and archive is None:
        notes.append(
            f"its archive '{manifest.agent.archive}' was shared; the passages become its own, unless you give archive="
        )
    for field, here in settings.model_dump(exclude_none=True).items():
        there = getattr(manifest.settings, field)
        if there is not None and there != here:
            notes.append(f"{field} was '{there}' and is '{here}' here")
    if manifest.settings.embedding_model and settings.embedding_model is None:
        notes.append(
            f"passages had vectors of '{manifest.settings.embedding_model}' and will be found by words alone here"
        )
    elif settings.embedding_model and manifest.parts["passages"].lines:
        notes.append(f"passages are embedded anew, by '{settings.embedding_model}'")
    return notes


def _renamed(entry: Entry, old: str, new: str) -> Entry:
    """The agent's own entries have no name, but the members of its group chats are in the marks of messages."""
    chat = entry.message.extra.get("chat")
    if not isinstance(chat, list) or old not in chat[1:]:
        return entry
    members = sorted(new if member == old else str(member) for member in chat[1:])
    extra = {**entry.message.extra, "chat": [chat[0], *members]}
    return replace(entry, message=replace(entry.message, extra=extra))


def _pending(bundle: Bundle, name: str) -> str:
    """The name of an archive that is being imported; no one else's, since it has lines."""
    return f"importing\n{bundle.sha256}\n{name}"


def _summaries(connection: Connection, agent_id: str, through: int) -> Iterator[Summary]:
    rows = connection.execute(
        select(summaries)
        .where(summaries.c.agent_id == agent_id, summaries.c.through_seq <= through)
        .order_by(summaries.c.id)
    )
    for row in rows:
        yield Summary(row.through_seq, row.text, row.source, from_column(row.created_at), row.at_seq)
