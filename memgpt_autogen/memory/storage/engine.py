"""SQLAlchemy engines for SQLite files and PostgreSQL servers, and the URLs of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from memgpt_autogen.errors import ConfigurationError

READ_OPTIONS: dict[str, dict[str, Any]] = {
    "sqlite": {"reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
"""The execution options of a read transaction, by dialect."""


def database_url(text: str) -> URL:
    """Return the URL of a PostgreSQL database.

    Raises `ConfigurationError`, which does not show the password, if `text` is not such a URL.
    """
    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError):
        url = None
    if url is None or url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ConfigurationError(
            "database_url is not a URL of PostgreSQL: it looks like postgresql://user:password@host:5432/name."
        )
    return url.set(drivername="postgresql+psycopg")


def sqlite_url(path: Path) -> URL:
    """Return the URL of a SQLite file."""
    # not built as text, in which a `?` in a folder's name would end the path
    return URL.create("sqlite", database=str(path))


def database_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for a database in memory and for PostgreSQL."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def make_engine(url: str | URL) -> Engine:
    """Return an engine for the database.

    Raises `ConfigurationError` if the URL is invalid, names another database, or needs a package that is not
    installed.
    """
    try:
        url = make_url(url)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        dialect = url.get_backend_name()
        if dialect not in READ_OPTIONS:
            raise ConfigurationError(
                f"memory is stored in SQLite or PostgreSQL; '{url.drivername}' is neither. "
                "A URL of PostgreSQL looks like postgresql://user:password@host/name."
            )
        engine = create_engine(url, **(_pool_options(url) if dialect == "postgresql" else {}))
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"a PostgreSQL database needs the package {error.name}: pip install 'memgpt-autogen[postgres]'."
        ) from error
    except ArgumentError:  # some releases quote the URL with its password
        raise ConfigurationError(
            "cannot use the database URL: it is no URL such as postgresql://user:password@host/name."
        ) from None
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise ConfigurationError(f"cannot use the database URL: {error}") from error
    if dialect == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _pool_options(url: URL) -> dict[str, Any]:
    """Return how connections are kept. Options in the URL take precedence."""
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
    # the first is as long as SQLite's busy_timeout; the second ends a stuck transaction before others give up
    connection.execute("SET lock_timeout = '30s'")
    connection.execute("SET idle_in_transaction_session_timeout = '15s'")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # `Database` begins transactions
    connection.executescript(
        "PRAGMA busy_timeout=30000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON"
    )
