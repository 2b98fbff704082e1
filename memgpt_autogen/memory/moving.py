"""Moving house: an agent's memory out into a bundle, and from a bundle into another home, whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Optional, TypeVar

from sqlalchemy import Connection, delete, func, insert, select

from memgpt_autogen._version import __version__
from memgpt_autogen.errors import ConfigurationError, EmbedderMismatchError
from memgpt_autogen.memory.archival import Archive, Progress
from memgpt_autogen.memory.bundle import (
    Bundle,
    Travelling,
    block_line,
    entry_line,
    summary_line,
    write_bundle,
)
from memgpt_autogen.memory.core import Block, block_of, insert_block, logged_edit
from memgpt_autogen.memory.database import (
    HEAD,
    Database,
    agents,
    archives,
    attachments,
    blocks,
    entries,
    from_column,
    summaries,
    to_column,
)
from memgpt_autogen.memory.log import Entry, append_entries, stream_entries, write_entries
from memgpt_autogen.memory.queue import summary_of
from memgpt_autogen.messages import now

SharedBlocks = Literal["join", "own"]
"""What becomes of a shared block whose label the new home has with another text.

`join`: the home's text counts, which the log tells. `own`: it becomes the agent's alone, with the text that it had.
"""

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
                "blocks": (block_line(block) for block in _blocks(connection, agent_id)),
                "log": steps.counted(map(entry_line, held)),
                "summaries": map(summary_line, map(summary_of, _summaries(connection, agent_id, through))),
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
        with database.reading() as connection:
            _refuse_taken(connection, name)
            for block in bundle.blocks():
                there = _shared(connection, block) if block.shared else None
                if there is not None and _joins(block, there, shared_blocks):
                    same = "the same text" if there.value == block.value else "another text, which counts"
                    notes.append(f"shared block '{block.label}' joins the home's, which has {same}")
                elif there is not None:
                    notes.append(
                        f"shared block '{block.label}' becomes {name}'s own: the home has another text"
                    )
    counts = {part: bundle.manifest.parts[part].lines for part in bundle.manifest.parts}
    return Contents(
        name, counts["blocks"], counts["log"], counts["summaries"], counts["passages"], tuple(notes)
    )


def reserve_archive(bundle: Bundle, database: Database, name: str) -> str:
    """The id of the archive, and of the agent to be; the same one when an import that broke off is run again."""
    return database.archive_id(_pending(bundle, name))


def restore_passages(bundle: Bundle, archive: Archive, *, progress: Progress | None = None) -> None:
    """Fill the archive; what an import that broke off has left there is completed."""
    steps = _Steps(progress, bundle.manifest.parts["passages"].lines + bundle.manifest.parts["log"].lines)
    archive.restore(steps.counted(bundle.passages()))


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
    with database.writing() as connection:
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
        for position, block in enumerate(bundle.blocks()):
            _attach(connection, agent_id, position, block, shared_blocks)


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


def _attach(
    connection: Connection, agent_id: str, position: int, block: Block, shared_blocks: SharedBlocks | None
) -> None:
    there = _shared(connection, block) if block.shared else None
    if there is not None and _joins(block, there, shared_blocks):
        block_id = there.id
        if there.value != block.value:
            append_entries(connection, agent_id, [logged_edit(block.label, block.value, there.value)])
    else:
        block_id = insert_block(connection, replace(block, shared=block.shared and there is None))
    connection.execute(
        insert(attachments).values(
            agent_id=agent_id, block_id=block_id, position=position, read_only=block.read_only
        )
    )


def _joins(block: Block, there: Any, shared_blocks: SharedBlocks | None) -> bool:
    """Whether the block becomes the home's shared one. Raises `ConfigurationError` where that has to be said."""
    if shared_blocks is None and there.value != block.value:
        raise ConfigurationError(
            f"this home has a shared block '{block.label}' with another text than the bundle's. Say which counts: "
            f"shared_blocks='join' takes the home's text, shared_blocks='own' makes the bundle's the agent's alone."
        )
    return there.value == block.value or shared_blocks == "join"


def _shared(connection: Connection, block: Block) -> Any:
    return connection.execute(
        select(blocks).where(blocks.c.label == block.label, blocks.c.shared)
    ).one_or_none()


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


def _blocks(connection: Connection, agent_id: str) -> Iterator[Block]:
    rows = connection.execute(
        select(blocks, attachments.c.read_only)
        .join(attachments)
        .where(attachments.c.agent_id == agent_id)
        .order_by(attachments.c.position)
    ).all()
    return map(block_of, rows)


def _summaries(connection: Connection, agent_id: str, through: int) -> Any:
    return connection.execute(
        select(summaries)
        .where(summaries.c.agent_id == agent_id, summaries.c.through_seq <= through)
        .order_by(summaries.c.id)
    )
