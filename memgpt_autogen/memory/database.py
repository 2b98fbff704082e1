"""The SQL home of an agent's memory: tables, transactions, migrations (SQLAlchemy Core, Alembic).

SQLite runs in WAL mode with full synchronisation: a committed row survives the process and the power cut. A write
transaction takes SQLite's write lock at its start, so that what it reads cannot change before it writes.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    false,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.messages import now

HEAD = "0002"
"""The newest migration: a database that is there already needs no Alembic."""

metadata = MetaData()

agents = Table(
    "agents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", String(32), nullable=False),
    Column("paused_until", String(32)),
)

blocks = Table(
    "blocks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("label", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("char_limit", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("updated_at", String(32), nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("block_id", ForeignKey("blocks.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("read_only", Boolean, nullable=False),
)

archives = Table(
    "archives",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("role", String(16), nullable=False),
    Column("name", Text),
    Column("text", Text, nullable=False),
    Column("spoken", Text),
    Column("payload", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("agent_id", "seq"),
)

summaries = Table(
    "summaries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("through_seq", Integer, nullable=False),
    Column("at_seq", Integer, nullable=False, server_default="0"),
    Column("text", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("created_at", String(32), nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("token", String(36), nullable=False),
    Column("holder", Text, nullable=False),
    Column("since", String(32), nullable=False),
    Column("until", Float, nullable=False),
)


class Database:
    """One SQLite file or one PostgreSQL database, with the schema brought up to date when it is opened.

    Raises `StorageError` when the database cannot be reached, read or written, and `ConfigurationError` when it was made by
    a newer version of this package.
    """

    def __init__(self, url: str | URL) -> None:
        self._engine = _engine(url)
        self.url = self._engine.url
        try:
            self._migrate()
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and takes no lock."""
        with self._told(), self._engine.execution_options(reading=True).begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is alone in writing; it is committed when the block ends, and on disk then."""
        with self._told(), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    def agent_id(self, name: str) -> tuple[str, bool]:
        """The id of the agent of that name, and whether it was made just now."""
        with self.writing() as connection:
            found = connection.scalar(select(agents.c.id).where(agents.c.name == name))
            if found is not None:
                return str(found), False
            made = str(uuid.uuid4())
            connection.execute(insert(agents).values(id=made, name=name, created_at=to_column(now())))
            return made, True

    def archive_id(self, name: str) -> str:
        """The id of the shared archive of that name; it is made when first asked for."""
        with self.writing() as connection:
            found = connection.scalar(select(archives.c.id).where(archives.c.name == name))
            if found is None:
                found = str(uuid.uuid4())
                connection.execute(insert(archives).values(id=found, name=name))
            return str(found)

    def agent_names(self) -> list[str]:
        with self.reading() as connection:
            return list(connection.scalars(select(agents.c.name).order_by(agents.c.name)))

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
        try:
            yield
        except DBAPIError as error:
            raise StorageError(
                f"the database {self.url.render_as_string(hide_password=True)} answered: {error.orig}. "
                "Nothing of this step was written; what was acknowledged before is safe."
            ) from error
        except SQLAlchemyError as error:
            raise StorageError(
                f"the database {self.url.render_as_string(hide_password=True)} cannot be used: {error}"
            ) from error

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
            with self.writing() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            raise ConfigurationError(
                f"the database {self.url.render_as_string(hide_password=True)} has schema {version}, "
                f"which this version (schema {HEAD}) does not know. Upgrade memgpt-autogen."
            ) from error


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


def sqlite_file(path: Path) -> URL:
    """The URL of a SQLite file; not a text, in which a `?` of a folder's name would end the path."""
    return URL.create("sqlite", database=str(path))


def to_column(time: datetime) -> str:
    """A time as the tables hold it: UTC with microseconds, so that text order is time order."""
    with suppress(OverflowError):  # the first or the last day of the calendar, which stands for "always"
        time = time.astimezone(timezone.utc)
    return time.replace(tzinfo=None).isoformat(timespec="microseconds")


def from_column(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=timezone.utc)


def _engine(url: str | URL) -> Engine:
    try:
        engine = create_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise ConfigurationError(f"cannot use the database URL: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite alone
    connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows only ASCII
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


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
