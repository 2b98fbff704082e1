"""SQLAlchemy engines for SQLite files and PostgreSQL servers, and the URLs of both."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.storage.postgresql import begin, prepare_connection
from memgpt_autogen.memory.storage.postgresql_url import PostgresqlUrl
from memgpt_autogen.memory.storage.refusals import look_at_error


def database_url(text: str) -> URL:
    """Return the URL of a PostgreSQL database.

    Raises `ConfigurationError`, which does not show the password, if `text` is not such a URL.
    """
    return PostgresqlUrl.parse(text).url


def shown_url(url: URL) -> str:
    """Return a URL for an error, without its password."""
    if url.get_backend_name() == "postgresql":
        return PostgresqlUrl.parse(url).shown
    return url.render_as_string(hide_password=True)


def sqlite_url(path: Path) -> URL:
    """Return the URL of a SQLite file."""
    # not built as text, in which a `?` in a folder's name would end the path
    return URL.create("sqlite", database=str(path))


def database_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for a database in memory and for PostgreSQL."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def make_engine(url: str | URL) -> tuple[Engine, URL]:
    """Return an engine for the database, and its URL.

    Raises `ConfigurationError` if the URL is invalid, names another database, or needs a package that is not
    installed. A connection raises it if the database cannot store all texts.
    """
    text = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    if not text.partition(":")[0].lower().startswith("postgres"):
        return _sqlite_engine(url)
    parsed = PostgresqlUrl.parse(url)
    try:
        # with all parameters by name, since SQLAlchemy reads URLs in its own way
        engine = create_engine(
            "postgresql+psycopg://", **POOL, connect_args=_arguments(parsed), use_native_hstore=False
        )
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise ConfigurationError(f"cannot use the database {parsed.shown}: {error}") from error
    # first, because SQLAlchemy asks a new connection for the server's version, as text
    event.listen(engine, "connect", prepare_connection, insert=True)
    event.listen(engine, "begin", begin)
    event.listen(engine, "handle_error", look_at_error)
    return engine, parsed.url


def _sqlite_engine(url: str | URL) -> tuple[Engine, URL]:
    try:
        made = make_url(url)
        if made.get_backend_name() != "sqlite":
            raise ConfigurationError(
                f"memory is stored in SQLite or PostgreSQL; '{made.drivername}' is neither. "
                "A URL of PostgreSQL looks like postgresql://user:password@host/name."
            )
        engine = create_engine(made, **({} if database_file(made) is None else SQLITE_POOL))
    except ArgumentError:  # some releases quote the URL with its password
        raise ConfigurationError(
            "cannot use the database URL: it is no URL such as postgresql://user:password@host/name."
        ) from None
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise ConfigurationError(f"cannot use the database URL: {error}") from error
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", look_at_error)
    return engine, engine.url


SQLITE_POOL: dict[str, Any] = {
    "poolclass": QueuePool,
    "pool_use_lifo": True,
    "pool_size": 20,
    "max_overflow": 30,
}
"""How connections to a SQLite file are kept.

Each keeps the pages that it has read, so the one that was used last is the fastest, and a new one is slow.
"""

POOL: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 15, "pool_timeout": 60}
"""How connections to a PostgreSQL server are kept."""


def _arguments(url: PostgresqlUrl) -> dict[str, Any]:
    """Return what psycopg connects with. Options in the URL take precedence."""
    defaults: dict[str, Any] = {
        "connect_timeout": 10,
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "application_name": "memgpt-autogen",
    }
    if url.several:
        defaults["target_session_attrs"] = "read-write"  # a standby refuses every turn
    return {**defaults, **url.parameters, "prepare_threshold": url.prepare_threshold}


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction. One that writes takes the write lock at once."""
    reading = connection.get_execution_options().get("reading", False)
    raw: Any = connection.connection.dbapi_connection  # faster than a statement of SQLAlchemy
    raw.execute("BEGIN" if reading else "BEGIN IMMEDIATE")


def _is_locked(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


@retry(
    retry=retry_if_exception(_is_locked),
    stop=stop_after_delay(30),
    wait=wait_random(0.005, 0.05),
    reraise=True,
)
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # while another process writes the first tables, SQLite refuses the mode at once, whatever the timeout is
    connection.isolation_level = None  # `Database` begins transactions
    connection.executescript(
        "PRAGMA busy_timeout=30000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON"
    )
