"""Move a whole home to another database, or its archives to another Qdrant.

Everything is copied while no turn runs and nobody can write. Then both sides are read and compared, by counts
and hashes. Only after that the old database refuses every write, and says where the memory is now. A move
that was interrupted is run again: what is there already is compared, and only what differs is written.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, product

from sqlalchemy import Connection, delete, select, text

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, StorageError, TurnElsewhereError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.passages import part_id
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.lease import turn_holders
from memgpt_autogen.memory.storage.refusals import MOVED, RESTORING
from memgpt_autogen.memory.storage.tables import HOME, agents, archives, metadata, users
from memgpt_autogen.memory.upkeep.move_rows import digest
from memgpt_autogen.rendering.plain_text import counted

# how many passages are written at once
PASSAGES = 200

# how often it is looked whether the turns have ended, in seconds
LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move has copied and compared; print it."""

    rows: Mapping[str, int]
    """How many rows of each table; empty where the database was not moved."""
    passages: Mapping[str, int]
    """How many passages of each archive, by its id; empty where the archives were not moved."""

    def __str__(self) -> str:
        lines = []
        if self.rows:
            lines.append(
                f"database: {counted(self.rows['agents'], 'agent')} and "
                f"{counted(self.rows['entries'], 'log entry', 'log entries')}, "
                f"{counted(sum(self.rows.values()), 'row')} in all; counts and hashes are equal"
            )
        if self.passages:
            lines.append(
                f"archives: {counted(sum(self.passages.values()), 'passage')} in "
                f"{counted(len(self.passages), 'archive')}; counts and hashes are equal"
            )
        return "\n".join(lines) or "there was nothing to move"


@contextmanager
def without_writers(database: Database, wait: float) -> Iterator[Connection]:
    """Hold a transaction in which nobody else can write, and in which no turn runs.

    Raises `TurnElsewhereError` if a turn does not end within `wait` seconds. Others that write meanwhile
    wait, and get a `StorageError` after 30 seconds.
    """
    deadline = time.monotonic() + wait
    while True:
        with database.writing(alone=True) as connection:
            if database.dialect == "postgresql":
                connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                names = ", ".join(metadata.tables)
                connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
            running = [turn for turn in turn_holders(database, everyone=True) if not turn.ended]
            if not running:
                yield connection
                return
        if time.monotonic() >= deadline:
            turn = running[0]
            raise TurnElsewhereError(
                f"agent '{turn.agent}' is in a turn of {turn.holder}; waited {wait:g} s. Nothing was "
                "changed. End that process, or wait longer."
            )
        time.sleep(LOOK_SECONDS)


def check_target(source: Connection, target: Database) -> None:
    """Raise `ConfigurationError` if the target has agents that the source does not have."""
    known = set(source.scalars(select(agents.c.id)))
    with target.reading() as connection:
        strangers = [row.name for row in connection.execute(select(agents)) if row.id not in known]
    if strangers:
        names = ", ".join(sorted(strangers)[:5])
        raise ConfigurationError(
            f"the database {target.shown_url} has agents of its own ({names}), and a move would remove them. "
            "Give an empty database, or use export and import for single agents."
        )


def refuse_writes(connection: Connection, told: str) -> None:
    """Let a database refuse every write from now on, with words that begin with `MOVED` or `RESTORING`."""
    told = told.replace("'", "''")
    if connection.dialect.name == "postgresql":
        connection.execute(text(_REFUSE.format(told.replace(":", r"\:"))))
        for table in metadata.tables:
            connection.execute(
                text(
                    f"CREATE TRIGGER moved_{table} BEFORE INSERT OR UPDATE OR DELETE ON {table} "
                    "EXECUTE FUNCTION memory_was_moved()"
                )
            )
        return
    for table, change in product(metadata.tables, _CHANGES):
        trigger = f"CREATE TRIGGER moved_{table}_{change} BEFORE {change} ON {table}"
        connection.exec_driver_sql(f"{trigger} BEGIN SELECT RAISE(ABORT, '{told}'); END")


def accept_writes(database: Database) -> None:
    """Undo `refuse_writes`, for a database that the memory moves back to."""
    with database.writing(alone=True) as connection:
        if database.dialect == "postgresql":
            for table in metadata.tables:
                connection.execute(text(f"DROP TRIGGER IF EXISTS moved_{table} ON {table}"))
            return
        for table, change in product(metadata.tables, _CHANGES):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS moved_{table}_{change}")


def moved_to(database: Database) -> str | None:
    """Return what a database says to every write since the memory was moved away from it; None for others.

    Or since a restore into it began that has not ended.
    """
    with database.reading() as connection:
        found = connection.scalar(text(_MADE[database.dialect]))
    said = _TOLD.search(found or "")
    return said[0].replace("''", "'") if said else None


_MADE = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'moved_agents_INSERT'",
    "postgresql": "SELECT prosrc FROM pg_proc JOIN pg_trigger ON tgfoid = pg_proc.oid "
    "WHERE tgname = 'moved_agents'",
}

_TOLD = re.compile(rf"(?:{MOVED}|{RESTORING})(?:[^']|'')*")

_CHANGES = ("INSERT", "UPDATE", "DELETE")

# the state is that of a database that cannot be written to
_REFUSE = """
    CREATE OR REPLACE FUNCTION memory_was_moved() RETURNS trigger LANGUAGE plpgsql AS $moved$
    BEGIN RAISE EXCEPTION '%', '{}' USING ERRCODE = '25006'; END $moved$
"""


def delete_rows(connection: Connection) -> None:
    """Delete everything that was moved."""
    for table in reversed(metadata.sorted_tables):
        # a database without memory has the home's own row, too
        connection.execute(delete(table) if table is not users else delete(users).where(users.c.id != HOME))


def archive_ids(connection: Connection) -> list[str]:
    """Return the ids of all archives that the home can have: its agents' own and the shared ones."""
    return [*connection.scalars(select(agents.c.id)), *connection.scalars(select(archives.c.id))]


def copy_archive(source: Archive, target: Archive, progress: Progress | None = None) -> int:
    """Make the target's passages those of the source, and return how many there are.

    The target's embedder embeds them. Raises `StorageError` if they differ after that.
    """
    wanted = _hashes(source)
    stored = _hashes(target)
    if stale := [each for each, digest in stored.items() if wanted.get(each) != digest]:
        for first in range(0, len(stale), PASSAGES):
            target.drop(stale[first : first + PASSAGES])
    left = (each for each in source.pieces() if stored.get(each.passage.id) != wanted[each.passage.id])
    done = 0
    while batch := list(islice(left, PASSAGES)):
        target.put(batch)
        done += len(batch)
        if progress:
            progress(done, len(wanted))
    found = _hashes(target)
    if found != wanted:
        raise StorageError(
            f"after the copy, archive {target.archive_id} has {counted(len(found), 'passage')}, and "
            f"{len(wanted):,} in the old place, or other contents. Nothing was removed; run the move again."
        )
    return len(wanted)


def _hashes(archive: Archive) -> dict[str, str]:
    return {part_id(record["parent"], record["part"]): digest(record) for record in archive.dump()}
