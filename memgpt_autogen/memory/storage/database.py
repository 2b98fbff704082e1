"""The SQL home of an agent's memory: connections, transactions, migrations (SQLAlchemy Core, Alembic).

SQLite runs in WAL mode with full synchronisation: a committed row survives the process and the power cut. A write
transaction takes SQLite's write lock at its start, so that what it reads cannot change before it writes. On PostgreSQL the
writers of one agent lock its row in `agents`, and those of different agents do not wait for each other.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import uuid
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakValueDictionary

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    SelectBase,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.storage.tables import HEAD, agents, archives, to_column
from memgpt_autogen.messages import now

ALONE = 0x6D656D677074
"""PostgreSQL's advisory lock of transactions that are alone in writing."""


class Fence(Protocol):
    """What lets a turn write, as long as no other process took the turn over."""

    database: Database
    over: bool

    def check(self, connection: Connection) -> None:
        """Raises where the turn was taken over, and keeps it from being taken until the transaction ends."""


class Database:
    """One SQLite file or one PostgreSQL database, with the schema brought up to date when it is opened.

    A PostgreSQL server may go away and come back: connections are tested before they are used.

    Raises `StorageError` when the database cannot be reached, read or written, and `ConfigurationError` when it was made by
    a newer version of this package.
    """

    def __init__(self, url: str | URL) -> None:
        self._engine = _engine(url)
        self._readers = self._engine.execution_options(**_READING[self._engine.dialect.name])
        self._local = threading.local()
        self.url = self._engine.url
        self._path = _path_of(self._engine.url)
        self._watcher = _Watcher(self._path) if self._path is not None else None
        self._file: tuple[int, int] | None = None
        try:
            self._migrate()
            self._file = self._found_file()
        except BaseException:
            self._engine.dispose()
            raise

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and takes no lock; inside `writing`, a part of that."""
        if self._joined is not None:
            yield self._joined
            return
        with self._told(), self._readers.begin() as connection:
            yield connection

    def state(self) -> object | None:
        """Something that is equal as long as nobody, in no process, commits anything: what was read is true till then.

        None where that cannot be told for so little: on PostgreSQL, inside `writing`, and while the file cannot be read.
        """
        return None if self._watcher is None or self._joined is not None else self._watcher.look()

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction that is committed when the block ends, and on disk then. Inside another one of this thread, a part of that.

        Where it is a turn's, see `fenced_by`, it is written only while the turn is this process's.

        On SQLite it is alone in writing. On PostgreSQL it is `alone` if it says so, which others of that kind wait for.
        """
        if self._joined is not None:
            yield self._joined
            return
        with self._told(), self._engine.begin() as connection:
            if alone and self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ALONE})
            fence = _fence.get()
            if fence is not None and fence.database is self and not fence.over:
                fence.check(connection)
            self._local.connection = connection
            try:
                yield connection
            finally:
                self._local.connection = None

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
        self._engine.dispose()

    def agent_id(self, name: str) -> tuple[str, bool]:
        """The id of the agent of that name, and whether it was made just now."""
        known = select(agents.c.id).where(agents.c.name == name)
        with self.reading() as connection:
            found = connection.scalar(known)
        if found is not None:
            return str(found), False
        with self.writing(alone=True) as connection:
            found = connection.scalar(known)
            if found is not None:
                return str(found), False
            made = str(uuid.uuid4())
            connection.execute(insert(agents).values(id=made, name=name, created_at=to_column(now())))
            return made, True

    def archive_id(self, name: str) -> str:
        """The id of the shared archive of that name; it is made when first asked for."""
        with self.writing(alone=True) as connection:
            found = connection.scalar(select(archives.c.id).where(archives.c.name == name))
            if found is None:
                found = str(uuid.uuid4())
                connection.execute(insert(archives).values(id=found, name=name))
            return str(found)

    def agent_names(self) -> list[str]:
        with self.reading() as connection:
            return sorted(connection.scalars(select(agents.c.name)))  # databases sort by their locale

    @property
    def _joined(self) -> Connection | None:
        """The write transaction that this thread is inside of."""
        return getattr(self._local, "connection", None)

    def scrub(self) -> bool:
        """Leave nothing of what was deleted in the database's files; whether that was done, and is not left to its operator.

        SQLite's file is written anew and its write-ahead log emptied, which waits up to 30 seconds for other readers.
        """
        if self._engine.dialect.name != "sqlite":
            return False
        with self._told():
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                # whole merges leave no marks of what was deleted in the full-text index
                cursor.execute("INSERT INTO entries_words(entries_words) VALUES ('optimize')")
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = cursor.fetchone() or (0,)
                cursor.close()
            except sqlite3.OperationalError:
                return False
            finally:
                raw.close()
        return not busy

    @contextmanager
    def _told(self) -> Iterator[None]:
        if self._file is not None and self._found_file() != self._file:
            raise StorageError(
                f"the file {self.url.database} was removed or replaced while it was open. Nothing more is written into it: put "
                "it back, or start the program again."
            )
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:  # the latter where SQLAlchemy stands aside
            raise StorageError(
                f"the database {self.url.render_as_string(hide_password=True)} answered: {getattr(error, 'orig', error)}. "
                "Nothing of this step was written; what was acknowledged before is safe."
            ) from error
        except SQLAlchemyError as error:
            raise StorageError(
                f"the database {self.url.render_as_string(hide_password=True)} cannot be used: {error}"
            ) from error

    def _found_file(self) -> tuple[int, int] | None:
        """Which file stands at the URL now. SQLite would go on writing into one that was deleted."""
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_dev, found.st_ino

    def _migrate(self) -> None:
        with self.reading() as connection:
            version = None
            if inspect(connection).has_table("alembic_version"):
                version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if version == HEAD:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.util.exc import CommandError

        config = Config()
        config.set_main_option(
            "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
        )
        try:
            # the write lock is held throughout: of two processes that open a new home, one waits and finds it done
            with self.writing(alone=True) as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            raise ConfigurationError(
                f"the database {self.url.render_as_string(hide_password=True)} has schema {version}, "
                f"which this version (schema {HEAD}) does not know. Upgrade memgpt-autogen."
            ) from error


class Question:
    """What every turn asks, once and for all as SQL; the answers are named tuples, with what the driver gives.

    SQLite is asked directly: to an answer that takes it microseconds, SQLAlchemy's way is ten times as long. So the statement
    has no `IN`, which SQLAlchemy would write anew each time.
    """

    def __init__(self, statement: SelectBase) -> None:
        self._statement: Any = statement
        names: Any = namedtuple  # noqa: PYI024 - of the columns, which no type checker knows
        self._row = names("Row", statement.selected_columns.keys())._make
        self._direct: tuple[str, Sequence[str], Mapping[str, Any]] | None = None

    def ask(self, connection: Connection, **values: Any) -> list[Any]:
        if connection.dialect.name != "sqlite":
            return [self._row(row) for row in connection.execute(self._statement, values)]
        if self._direct is None:
            compiled: Any = self._statement.compile(dialect=connection.dialect)
            self._direct = str(compiled), compiled.positiontup, compiled.params
        sql, names, fixed = self._direct
        raw: Any = connection.connection.dbapi_connection
        given = [values[name] if name in values else fixed[name] for name in names]
        return [self._row(row) for row in raw.execute(sql, given)]


class _Watcher:
    """A connection to a SQLite file that only asks whether another one has committed anything, which takes microseconds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = 0
        self._process = 0

    def look(self) -> tuple[int, int] | None:
        """The file's state; None where it cannot be read now."""
        with self._lock:
            try:
                if (
                    self._connection is None or self._process != os.getpid()
                ):  # a fork must not use its parent's
                    self._connection = sqlite3.connect(
                        f"{self._file.absolute().as_uri()}?mode=rw",
                        uri=True,
                        timeout=0,
                        check_same_thread=False,
                    )
                    self._process = os.getpid()
                    self._opened += 1
                ((version,),) = self._connection.execute("PRAGMA data_version").fetchall()
            except sqlite3.Error:
                return None
            return self._opened, int(version)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None


_fence: ContextVar[Fence | None] = ContextVar("_fence", default=None)


@contextmanager
def fenced_by(fence: Fence | None) -> Iterator[None]:
    """What is written inside the block, and in threads that are started with its context, belongs to this turn."""
    token = _fence.set(fence)
    try:
        yield
    finally:
        _fence.reset(token)


_open: WeakValueDictionary[str, Database] = WeakValueDictionary()
_opening = threading.Lock()


def open_database(url: str | URL) -> Database:
    """The database at `url`; agents of one process that share a home share its connections."""
    key = str(url) if isinstance(url, str) else url.render_as_string(hide_password=False)
    with _opening:
        database = _open.get(key)
        if database is None:
            database = Database(url)
            _open[key] = database
        return database


def database_url(text: str) -> URL:
    """A URL of PostgreSQL. Raises `ConfigurationError`, without the password, for one that is none."""
    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError):
        url = None
    if url is None or url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ConfigurationError(
            "database_url is not a URL of PostgreSQL: it looks like postgresql://user:password@host:5432/name."
        )
    return url.set(drivername="postgresql+psycopg")


def sqlite_file(path: Path) -> URL:
    """The URL of a SQLite file; not a text, in which a `?` of a folder's name would end the path."""
    return URL.create("sqlite", database=str(path))


def _path_of(url: URL) -> Path | None:
    """The file of a SQLite database that has one."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def _engine(url: str | URL) -> Engine:
    try:
        url = make_url(url)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        dialect = url.get_backend_name()
        if dialect not in _READING:
            raise ConfigurationError(
                f"memory lives in SQLite or PostgreSQL; '{url.drivername}' is neither. "
                "A URL of PostgreSQL looks like postgresql://user:password@host/name."
            )
        engine = create_engine(url, **(_pooled(url) if dialect == "postgresql" else {}))
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"a PostgreSQL database needs the package {error.name}: pip install 'memgpt-autogen[postgres]'."
        ) from error
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise ConfigurationError(f"cannot use the database URL: {error}") from error
    if dialect == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def _pooled(url: URL) -> dict[str, Any]:
    """How connections are kept; what the URL says of them itself goes first."""
    alive: dict[str, Any] = {
        "connect_timeout": 10,
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "application_name": "memgpt-autogen",
    }
    return {
        "pool_pre_ping": True,
        "pool_size": 5,
        "max_overflow": 15,
        "pool_timeout": 60,
        "connect_args": {key: value for key, value in alive.items() if key not in url.query},
    }


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # no longer than SQLite's busy_timeout; and whoever stops inside a transaction is put out before others give up
    connection.execute("SET lock_timeout = '30s'")
    connection.execute("SET idle_in_transaction_session_timeout = '15s'")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite alone
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    raw: Any = (
        connection.connection.dbapi_connection
    )  # by itself, since SQLAlchemy's way to a statement is long
    raw.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
