"""The shared archives of an owner, and which agents read them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from memgpt_autogen.errors import ConflictError, NotFoundError, TakenError, quoted
from memgpt_autogen.memory.storage.accounts.grants import forget_grants
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.runs.jobs import for_archive
from memgpt_autogen.memory.storage.tables import agents, archives, jobs, readings


@dataclass(frozen=True, slots=True)
class SharedArchive:
    """A shared archive, and who reads it."""

    id: str
    name: str
    agents: tuple[str, ...]
    """The names of the owner's agents that it is attached to."""
    others: int
    """How many agents of other users read it."""


def shared_archives(database: Database) -> list[SharedArchive]:
    """Return the owner's shared archives in the order of their names."""
    with database.reading() as connection:
        rows = connection.execute(
            select(archives.c.id, archives.c.name).where(owned(archives, database))
        ).all()
        found = [_archive(connection, database, row.id, row.name) for row in rows]
    return sorted(found, key=lambda each: each.name)


def find_shared_archive(database: Database, name: str) -> SharedArchive:
    """Return the owner's archive of this id or name. Raises `NotFoundError` where there is none."""
    with database.reading() as connection:
        return _find(connection, database, name)


@repeatable
def rename_shared_archive(database: Database, name: str, new: str) -> SharedArchive:
    """Give an archive another name. Raises `TakenError` if another one has it."""
    with database.writing(alone=True) as connection:
        found = _find(connection, database, name)
        same = select(archives.c.id).where(owned(archives, database), archives.c.name == new)
        if connection.scalar(same.where(archives.c.id != found.id)) is not None:
            raise TakenError(f"there is a shared archive {quoted(new)} already. Give another name.")
        connection.execute(update(archives).where(archives.c.id == found.id).values(name=new))
        return _find(connection, database, found.id)


@repeatable
def delete_shared_archive(database: Database, archive_id: str) -> None:
    """Delete the row of an archive whose passages are gone, and those of its jobs.

    Raises `ConflictError` while agents read it.
    """
    with database.writing(alone=True) as connection:
        found = _find(connection, database, archive_id)
        refuse_read(found)
        forget_grants(connection, "archive", [found.id])
        connection.execute(delete(jobs).where(owned(jobs, database), for_archive(found.id)))
        connection.execute(delete(archives).where(archives.c.id == found.id))


def refuse_read(found: SharedArchive) -> None:
    """Raise `ConflictError` if agents read the archive."""
    if found.agents or found.others:
        others = [f"{found.others} of other users"] if found.others else []
        raise ConflictError(
            f"agents read the archive: {', '.join([*found.agents, *others])}. Detach it from them first."
        )


def _find(connection: Connection, database: Database, name: str) -> SharedArchive:
    named = (archives.c.id == name) | (archives.c.name == name)
    query = select(archives.c.id, archives.c.name).where(owned(archives, database), named)
    rows = connection.execute(query).all()
    if not rows:
        raise NotFoundError(
            f"there is no shared archive {quoted(name)}. GET /archives lists those that there are."
        )
    row = min(rows, key=lambda each: each.id != name)
    return _archive(connection, database, row.id, row.name)


def _archive(connection: Connection, database: Database, archive_id: str, name: str) -> SharedArchive:
    query = (
        select(agents.c.name, agents.c.owner_id)
        .join(readings, readings.c.agent_id == agents.c.id)
        .where(readings.c.archive_id == archive_id, readings.c.attached)
    )
    reading = connection.execute(query).all()
    mine = sorted(each.name for each in reading if each.owner_id == database.owner)
    return SharedArchive(archive_id, name, tuple(mine), len(reading) - len(mine))
