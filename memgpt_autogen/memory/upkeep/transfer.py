"""Export an agent's memory into a bundle, and import a bundle into a home, completely or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, delete, func, insert, select

from memgpt_autogen._version import __version__
from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, EmbedderMismatchError, TakenError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.core import CoreMemory, SharedBlocks
from memgpt_autogen.memory.context.queue import all_summaries
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.agents import find_or_create_archive
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import Entry, Log, stream_entries, write_entries
from memgpt_autogen.memory.storage.refusals import repeatable
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
from memgpt_autogen.memory.upkeep.bundle_schema import (
    PARTS,
    AgentSettings,
    entry_line,
    summary_line,
)
from memgpt_autogen.messages import now
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.equal import is_equal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle contains, and what importing it would do; `print` it."""

    name: str
    """The name that the agent would have."""
    blocks: int
    entries: int
    summaries: int
    passages: int
    notes: tuple[str, ...] = ()
    """What will change, and what else to know about it."""

    def __str__(self) -> str:
        counts = (
            counted(self.blocks, "block"),
            counted(self.entries, "log entry", "log entries"),
            counted(self.summaries, "summary", "summaries"),
            counted(self.passages, "passage"),
        )
        return "\n".join([f"{self.name}: {', '.join(counts)}", *(f"- {note}" for note in self.notes)])


def export_agent(
    path: Path, log: Log, archive: Archive, settings: AgentSettings, *, progress: Progress | None = None
) -> None:
    """Write the agent's bundle, with the database as it is now; passages are read after the rest."""
    agent_id = log.agent_id
    with log.database.reading() as connection:
        agent = connection.execute(select(agents).where(agents.c.id == agent_id)).one()
        mine = entries.c.agent_id == agent_id
        through = connection.scalar(select(func.max(entries.c.seq)).where(mine)) or 0
        shared = connection.scalar(select(archives.c.name).where(archives.c.id == archive.archive_id))
        steps = _Steps(progress, through + archive.count())
        exported = stream_entries(connection, agent_id, through=through)
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
        write_bundle(
            path,
            manifest,
            {
                "blocks": map(asdict, CoreMemory(log.database, agent_id).read(connection)),
                "log": steps.report(map(entry_line, exported)),
                "summaries": [
                    summary_line(each)
                    for each in all_summaries(connection, agent_id)
                    if each.through_seq <= through
                ],
                "passages": steps.report(archive.dump()),
            },
        )


def check_bundle(
    bundle: Bundle,
    database: Database | None,
    name: str,
    archive: str | None,
    settings: AgentSettings,
    *,
    shared_blocks: SharedBlocks | None = None,
) -> Contents:
    """Read the whole bundle and check it against the home's database.

    None means a home that does not exist yet. Writes nothing. Raises `ConfigurationError` for everything
    that would stop the import.
    """
    bundle.check()
    _refuse_name(bundle, name)
    notes = _notes(bundle, name, archive, settings)
    if database is not None:
        core = CoreMemory(database, "")
        with database.reading() as connection:
            _refuse_taken(connection, database, name)
            for block in bundle.blocks():
                existing = core.joined(connection, block, shared_blocks)
                if existing is not None:
                    same = "the same text" if existing.value == block.value else "another text, which is kept"
                    notes.append(f"shared block '{block.label}' joins the home's block, which has {same}")
    lines = {part: bundle.manifest.parts[part].lines for part in PARTS}
    return Contents(name, lines["blocks"], lines["log"], lines["summaries"], lines["passages"], tuple(notes))


def reserve_archive(bundle: Bundle, database: Database, name: str) -> str:
    """Return the id of the new archive and agent; the same one when an interrupted import is run again."""
    return find_or_create_archive(database, _pending(bundle, name))


def restore_passages(bundle: Bundle, archive: Archive, *, progress: Progress | None = None) -> None:
    """Fill the archive; complete what an interrupted import has left there."""
    total = bundle.manifest.parts["passages"].lines
    archive.restore(bundle.passages(), progress=(lambda done, _: progress(done, total)) if progress else None)


def restore_own_passages(
    bundle: Bundle, archive: Archive, database: Database, *, progress: Progress | None = None
) -> None:
    """Fill an archive that becomes the agent's own, and empty it again if that fails."""
    try:
        try:
            restore_passages(bundle, archive, progress=progress)
        except EmbedderMismatchError:  # an interrupted import used another embedder
            archive.clear()
            restore_passages(bundle, archive, progress=progress)
    except BaseException:
        with database.reading() as connection:
            used = connection.scalar(select(agents.c.id).where(agents.c.id == archive.archive_id))
        if used is None:  # else another process has completed the same import
            archive.clear()
        raise


@repeatable
def write_agent(
    bundle: Bundle,
    database: Database,
    agent_id: str,
    name: str,
    *,
    shared_blocks: SharedBlocks | None = None,
) -> None:
    """Write the agent with everything that is stored in SQL, in one transaction."""
    agent = bundle.manifest.agent
    with database.writing(alone=True) as connection:  # else two imports could both find the name free
        _refuse_taken(connection, database, name)
        pending = archives.c.name == _pending(bundle, name)
        connection.execute(delete(archives).where(owned(archives, database), pending))
        paused = to_column(agent.paused_until) if agent.paused_until else None
        connection.execute(
            insert(agents).values(
                id=agent_id,
                name=name,
                created_at=to_column(agent.created_at),
                paused_until=paused,
                owner_id=database.owner,
            )
        )
        write_entries(connection, agent_id, (_renamed(entry, agent.name, name) for entry in bundle.entries()))
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
    """Reports the progress over several parts."""

    progress: Progress | None
    total: int
    done: int = 0

    def report(self, lines: Iterable[T]) -> Iterator[T]:
        for line in lines:
            yield line
            self.done += 1
            if self.progress and (self.done % 1000 == 0 or self.done == self.total):
                self.progress(self.done, self.total)


def _refuse_taken(connection: Connection, database: Database, name: str) -> None:
    taken = select(agents.c.id).where(owned(agents, database), agents.c.name == name)
    if connection.scalar(taken) is not None:
        raise TakenError(
            f"this home has an agent '{name}' already, and an import never changes one. Choose another name: "
            "name=..."
        )


def _refuse_name(bundle: Bundle, name: str) -> None:
    if name == bundle.manifest.agent.name:
        return
    messages = (entry.message for entry in bundle.entries())
    said = sum(message.is_heard and is_equal(message.name or "", name) for message in messages)
    if said:
        raise ConfigurationError(
            f"'{name}' is the speaker of {counted(said, 'message')} in this agent's log, and would be "
            "mistaken for the agent itself. Choose another name."
        )


def _notes(bundle: Bundle, name: str, archive: str | None, settings: AgentSettings) -> list[str]:
    manifest = bundle.manifest
    notes = []
    if name != manifest.agent.name:
        notes.append(f"it was '{manifest.agent.name}' and becomes '{name}'")
    if manifest.agent.archive and archive is None:
        notes.append(
            f"its archive '{manifest.agent.archive}' was shared; the passages go into an archive of its own, "
            "unless you give archive="
        )
    for field, new in settings.model_dump(exclude_none=True).items():
        old = getattr(manifest.settings, field)
        if old is not None and old != new:
            notes.append(f"{field} was '{old}' and is '{new}' here")
    if manifest.settings.embedding_model and settings.embedding_model is None:
        notes.append(
            f"passages were embedded by '{manifest.settings.embedding_model}'; here they are found by words "
            "only"
        )
    elif settings.embedding_model and manifest.parts["passages"].lines:
        notes.append(f"passages are embedded again, by '{settings.embedding_model}'")
    return notes


def _renamed(entry: Entry, old: str, new: str) -> Entry:
    """Return the entry with the new name among the members of its chat; own entries have no name."""
    chat = entry.message.extra.get("chat")
    if old == new or not isinstance(chat, list) or old not in chat[1:]:
        return entry
    members = sorted(new if member == old else str(member) for member in chat[1:])
    extra = {**entry.message.extra, "chat": [chat[0], *members]}
    return replace(entry, message=replace(entry.message, extra=extra))


def _pending(bundle: Bundle, name: str) -> str:
    """Return the name of an archive that is being imported; it is no user's, since it has line breaks."""
    return f"importing\n{bundle.sha256}\n{name}"
