"""The SQL database of a home: transactions, schema migrations, and the fence around a turn's writes.

SQLite runs in WAL mode with full synchronisation, so a committed row survives a crash and a power cut. A
write transaction takes SQLite's write lock when it begins, so what it reads cannot change before it writes.
On PostgreSQL the writers of one agent lock its row in `agents`, and writers of different agents do not wait
for each other.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from copy import copy
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakValueDictionary

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError, StatementError

from memgpt_autogen.concurrency import Lock, Progress
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.storage.deferred_writes import DeferredWrite, DeferredWrites, write_together
from memgpt_autogen.memory.storage.engine import database_file, make_engine, shown_url
from memgpt_autogen.memory.storage.fork_gate import ForkGate
from memgpt_autogen.memory.storage.old_schema import (
    WAIT_SECONDS,
    delete_copies,
    keep_copy,
    migrations,
    only_migration,
)
from memgpt_autogen.memory.storage.one_process import NameLocks
from memgpt_autogen.memory.storage.refusals import (
    OPEN,
    ConflictError,
    RowOvertakenError,
    RowRefusedError,
    asks_to_repeat,
    hint,
    is_overtaken,
    refuses_row,
    repeatable,
)
from memgpt_autogen.memory.storage.sqlite_copy import copy_sqlite
from memgpt_autogen.memory.storage.tables import HEAD, HOME

logger = logging.getLogger(__name__)

# the key of PostgreSQL's advisory lock that transactions with `alone=True` take
ALONE = 0x6D656D677074

_WAIT_ALONE = text("SELECT pg_advisory_xact_lock(:key)")

# SQLite's `user_version` from a deletion on until its traces are removed too
UNSCRUBBED = 1


class Fence(Protocol):
    """Permits the writes of a turn as long as no other process has taken over the turn."""

    database: Database
    over: bool

    def check(self, connection: Connection) -> None:
        """Raise if the turn was taken over; otherwise nobody can take it over until this transaction ends."""


class Database:
    """One SQLite file or one PostgreSQL database. Opening it migrates the schema to the newest version.

    A SQLite file of an older version is copied before that, unless `keep_copy` is False.

    Raises `StorageError` when the database cannot be reached, read or written, and `ConfigurationError` when
    a newer version of this package has created it.
    """

    def __init__(self, url: str | URL, *, keep_copy: bool = True) -> None:
        self.owner = HOME
        """The id of the user whose agents, shared blocks and shared archives are looked up by name."""
        self._opened: Database | None = None  # keeps `open_database` from opening it again
        self._engine, self.url = make_engine(url)
        self._readers = self._engine.execution_options(reading=True)
        self._local = threading.local()
        self.deferred = DeferredWrites(self._commit_together)
        """What waits for the next commit. Each transaction settles it first."""
        # SQLite would let each thread that waits sleep for a while, and look again
        self._writer: AbstractContextManager[None] = (
            Lock("the end of a write", seconds=WAIT_SECONDS) if self.dialect == "sqlite" else nullcontext()
        )
        self._file = database_file(self.url)
        in_memory = self.dialect == "sqlite" and self._file is None
        self._gate = None if in_memory else ForkGate(self._engine, self._close_commits)
        self._commits = _Commits(self._file, self._gate) if self._file and self._gate else None
        self._names = NameLocks(self._file and self._file.with_suffix(".lock"), self._holding)
        self._inode: tuple[int, int] | None = None
        try:
            self._migrate(keep_copy=keep_copy)
            self._inode = self._current_inode()
            self._finish_scrub()
        except BaseException:
            self._engine.dispose()
            raise

    def owned_by(self, owner: str) -> Database:
        """Return this database as the owner with this id sees it, on the same connections and locks."""
        if owner == self.owner:
            return self
        seen = copy(self)
        seen.owner = owner
        seen._opened = self._opened or self  # noqa: SLF001 - of the same class
        return seen

    def is_same(self, other: Database) -> bool:
        """Return whether both are one database of this process, whichever owner each is for."""
        return self._engine is other._engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database and takes no lock.

        Inside `writing` it is a part of that transaction.
        """
        if self._open_write is not None:
            yield self._open_write
            return
        if self.deferred.waiting:
            self.deferred.settle()
        with self._translate_errors(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """Open a transaction that is committed to disk when the block ends.

        Inside another one of the same thread it is a part of that. Inside `fenced_by` it checks first that
        the turn still belongs to this process.

        SQLite has one write transaction at a time. On PostgreSQL, only those with `alone` wait for each
        other.
        """
        if self._open_write is not None:
            yield self._open_write
            return
        if self.deferred.waiting:
            self.deferred.settle()
        with self._transaction(alone=alone) as connection:
            yield connection

    @contextmanager
    def only_process(self, name: str) -> Iterator[None]:
        """Be the only process that is in here for this `name`. Its threads take turns by themselves.

        A SQLite file has one lock for all names. Inside `writing`, and for a database in memory, nothing is
        locked. Raises `StorageError` if another process does not end within a minute.
        """
        in_memory = self.dialect == "sqlite" and self._file is None
        with nullcontext() if in_memory or self._open_write is not None else self._names.held(name):
            yield

    @contextmanager
    def _holding(self) -> Iterator[Connection]:
        """Open a transaction that writes nothing. If the server ends it, that is no error of the caller."""
        with self._translate_errors():
            connection = self._readers.connect()
            try:
                yield connection
            finally:
                with suppress(SQLAlchemyError):
                    connection.close()

    @contextmanager
    def _transaction(self, *, alone: bool = False) -> Iterator[Connection]:
        with self._translate_errors(), self._writer, self._engine.begin() as connection:
            if alone and self.dialect == "postgresql":
                connection.execute(_WAIT_ALONE, {"key": ALONE})
            fence = current_fence.get()
            if fence is not None and fence.database.is_same(self) and not fence.over:
                fence.check(connection)
            self._local.connection = connection
            OPEN.depth += 1
            try:
                yield connection
            finally:
                OPEN.depth -= 1
                self._local.connection = None

    @repeatable
    def _commit_together(self, writes: Sequence[DeferredWrite]) -> None:
        with fenced_by(None), self._transaction() as connection:
            write_together(connection, writes)

    @contextmanager
    def _migrating(self) -> Iterator[Connection]:
        """Open a transaction of its own, in which SQLite follows no foreign keys.

        Dropping a table that is made anew would otherwise delete the rows that refer to it.
        """
        with self._translate_errors(), self._engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            if self.dialect == "sqlite":
                raw.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
            try:
                with connection.begin():
                    if self.dialect == "postgresql":
                        for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
                            connection.execute(text(f"SET LOCAL {name} = '{int(WAIT_SECONDS)}s'"))
                        connection.execute(_WAIT_ALONE, {"key": ALONE})
                    yield connection
            finally:
                if self.dialect == "sqlite":
                    raw.execute("PRAGMA foreign_keys=ON")

    def schema(self) -> str | None:
        """Return the version of the schema; None for a database without tables."""
        with self.reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if version is None else str(version)

    def copy_to(self, file: Path, progress: Progress | None = None) -> None:
        """Copy a SQLite database, as it is now, into a new file, while others write to it.

        Raises `StorageError` if the disk has too little room, or the database is damaged.
        """
        if self.deferred.waiting:
            self.deferred.settle()
        with self._translate_errors(), self._readers.begin() as connection:
            raw: Any = connection.connection.dbapi_connection
            copy_sqlite(raw, file, progress)

    def state(self) -> object | None:
        """Return a value that changes whenever any process commits anything.

        While it is equal, what was read is still true. It is None where such a value is not cheap: on
        PostgreSQL, inside `writing`, and while the file cannot be read.
        """
        if self._commits is None or self._open_write is not None:
            return None
        if self.deferred.waiting:
            self.deferred.settle()
        return self._commits.state()

    def will_scrub(self, connection: Connection) -> None:
        """Note, in an open transaction, that `scrub` follows.

        If the process is killed before that, the next one that opens the database does it.
        """
        if self.dialect == "sqlite":
            connection.exec_driver_sql(f"PRAGMA user_version = {UNSCRUBBED}")

    def scrub(self, *, wait: bool = True) -> bool:
        """Remove what was deleted from SQLite's files, and return whether that succeeded.

        It rewrites the file, empties the write-ahead log and deletes the copies from before migrations. It
        waits up to 30 seconds for other readers, or not at all. On PostgreSQL it does nothing and returns
        False: there it is the operator's task.
        """
        if self.dialect != "sqlite":
            return False
        with self._translate_errors():
            if self._file is not None:
                delete_copies(self._file)
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                if not wait:
                    cursor.execute("PRAGMA busy_timeout = 0")
                # a full merge leaves no trace of deleted rows in the full-text index
                cursor.execute("INSERT INTO entries_words(entries_words) VALUES ('optimize')")
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = cursor.fetchone() or (0,)
                if not busy:
                    cursor.execute("PRAGMA user_version = 0")
                cursor.close()
            except sqlite3.OperationalError:
                return False
            finally:
                raw.cursor().execute("PRAGMA busy_timeout = 30000")
                raw.close()
        return not busy

    def _finish_scrub(self) -> None:
        """Do what a process that was killed had noted, unless another one does it at this moment."""
        if self.dialect != "sqlite":
            return
        with self.reading() as connection:
            noted = connection.exec_driver_sql("PRAGMA user_version").scalar()
        if noted == UNSCRUBBED:
            self.scrub(wait=False)

    def close(self) -> None:
        if self.deferred.waiting:
            self.deferred.settle()
        self._close_commits()
        self._engine.dispose()

    def _close_commits(self) -> None:
        if self._commits is not None:
            self._commits.close()

    @property
    def _open_write(self) -> Connection | None:
        """The write transaction of this thread, if it is inside one."""
        return getattr(self._local, "connection", None)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        if self._inode is not None and self._current_inode() != self._inode:
            raise StorageError(
                f"the file {self.url.database} was removed or replaced while it was open. Nothing more is "
                "written to it: restore it, or restart the program."
            )
        try:
            with nullcontext() if self._gate is None else self._between_forks(self._gate):
                yield
        except (StatementError, sqlite3.Error) as error:  # the second comes from PreparedQuery
            kind = (
                ConflictError
                if asks_to_repeat(error)
                else RowOvertakenError
                if is_overtaken(error)
                else RowRefusedError
                if refuses_row(error)
                else StorageError
            )
            raise kind(
                f"the database {self.shown_url} answered: {getattr(error, 'orig', error)}. "
                f"Nothing of this step was written; what was acknowledged before is safe.{hint(error)}"
            ) from error
        except SQLAlchemyError as error:
            raise StorageError(f"the database {self.shown_url} cannot be used: {error}") from error

    @contextmanager
    def _between_forks(self, gate: ForkGate) -> Iterator[None]:
        thread, state = threading.get_ident(), gate.state
        with state:
            if gate.refused or (gate.forking and gate.forking != thread):
                gate.wait()
            gate.inside[thread] += 1
        try:
            yield
        finally:
            with state:
                gate.inside[thread] -= 1
                if not gate.inside[thread]:
                    del gate.inside[thread]
                    state.notify_all()

    @property
    def shown_url(self) -> str:
        """The URL for a message, without its password."""
        return shown_url(self.url)

    def _current_inode(self) -> tuple[int, int] | None:
        """Return which file is at the URL now, because SQLite would still write to a deleted one."""
        if self._file is None:
            return None
        try:
            found = self._file.stat()
        except OSError:
            return 0, 0
        return found.st_dev, found.st_ino

    def _migrate(self, *, keep_copy: bool) -> None:
        version = self.schema()
        if version == HEAD:
            return
        if version is None or self._file is None:
            self._upgrade(version, copied=None)
            return
        with only_migration(self._file):
            version = self.schema()
            if version != HEAD:  # else another process has done it
                older = version is not None and version < HEAD
                self._upgrade(version, copied=self._file if keep_copy and older else None)
        # the first statement of a connection that saw the older schema could fail
        self._engine.dispose()

    def _upgrade(self, version: str | None, *, copied: Path | None) -> None:
        """Run the migrations that are missing. `copied` is the file that is copied before."""
        from alembic import command
        from alembic.util.exc import CommandError

        config = migrations()

        @repeatable
        def upgrade() -> None:
            # if two processes open a new home, or one on PostgreSQL, one waits here for the other
            with self._migrating() as connection:
                if copied is not None and version is not None:
                    copy = keep_copy(copied, version, self.copy_to)
                    logger.info("%s gets schema %s. Its copy with schema %s: %s", copied, HEAD, version, copy)
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

        if self.dialect == "postgresql" and version is not None:
            logger.warning(
                "the database %s gets schema %s in one transaction. It has schema %s, and no copy is made: "
                "that is for pg_dump.",
                self.shown_url,
                HEAD,
                version,
            )
        try:
            upgrade()
        except CommandError as error:
            raise ConfigurationError(
                f"the database {self.shown_url} has schema {version}, "
                f"which this version (schema {HEAD}) does not know. Upgrade memgpt-autogen."
            ) from error


class _Commits:
    """A connection to a SQLite file that only asks, in microseconds, whether another one has committed."""

    def __init__(self, file: Path, gate: ForkGate) -> None:
        self._uri = f"{file.absolute().as_uri()}?mode=rw"
        self._gate = gate
        self._lock = Lock("the state of a database")
        self._connection: sqlite3.Connection | None = None

    def state(self) -> tuple[sqlite3.Connection, int] | None:
        """Return this connection and what it sees; None if the file cannot be read now."""
        with self._lock:
            if self._gate.refused:
                return None
            try:
                if self._connection is None:
                    self._connection = sqlite3.connect(self._uri, 0, uri=True, check_same_thread=False)
                    self._gate.opened(self._connection)
                ((version,),) = self._connection.execute("PRAGMA data_version").fetchall()
            except sqlite3.Error:
                return None
            return self._connection, int(version)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._gate.closed(self._connection)
                self._connection.close()
            self._connection = None


current_fence: ContextVar[Fence | None] = ContextVar("current_fence", default=None)
"""The fence of the turn that this code runs in."""


@contextmanager
def fenced_by(fence: Fence | None) -> Iterator[None]:
    """Let the writes of this block, and of threads that are started with its context, belong to a turn."""
    token = current_fence.set(fence)
    try:
        yield
    finally:
        current_fence.reset(token)


_open: WeakValueDictionary[str, Database] = WeakValueDictionary()
_opening = Lock("the opening of a database")


def open_database(url: str | URL) -> Database:
    """Return the database at `url`. Agents of one process that share a home share its connections."""
    key = str(url) if isinstance(url, str) else url.render_as_string(hide_password=False)
    with _opening:
        database = _open.get(key)
        if database is None:
            database = _open[key] = Database(url)
        return database
