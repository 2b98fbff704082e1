"""Connections and transactions of PostgreSQL, whatever the database's settings and the poolers before it.

A pooler may give each transaction another connection of the server (transaction pooling). So nothing here
needs the state of a session: each transaction sets its own isolation and limits, with the statement that
begins it, and statements are not prepared unless the URL asks for it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from memgpt_autogen.errors import ConfigurationError

# the first is as long as SQLite's busy_timeout; the second ends a stuck transaction before others give up
LIMITS = ("SET LOCAL lock_timeout = '30s'", "SET LOCAL idle_in_transaction_session_timeout = '15s'")

READ = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
"""A reader sees one state of the database."""

WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"
"""A writer locks the rows that it changes, and sees what others committed before it got them."""


def prepare_connection(connection: Any, _record: Any) -> None:
    """Check a new connection of the driver, and let `begin` begin its transactions.

    Raises `ConfigurationError` if the database cannot store every text.
    """
    try:
        connection.autocommit = True
        for name in ("server_encoding", "client_encoding"):
            _check_encoding(connection, name)
    except BaseException:
        connection.close()
        raise


def _check_encoding(connection: Any, name: str) -> None:
    encoding = connection.info.parameter_status(name)
    if encoding is None:  # not every pooler passes it on
        encoding = connection.execute(f"SHOW {name}", prepare=False).fetchone()[0]
    if isinstance(encoding, bytes):  # of a database without an encoding
        encoding = encoding.decode("ascii", "replace")
    if encoding.upper().replace("-", "") not in ("UTF8", "UNICODE"):
        raise ConfigurationError(_REFUSED[name].format(encoding, database=connection.info.dbname))


_REFUSED = {
    "server_encoding": (
        "the database '{database}' has the encoding {0}, which cannot store every text. Use a database with "
        "the encoding UTF8: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0. To convert this one, "
        "load a dump of it (pg_dump) into a database like that."
    ),
    "client_encoding": (
        "connections to the database '{database}' have the client_encoding {0}, which cannot transfer every "
        "text. Set it to UTF8: remove it from database_url and from PGCLIENTENCODING, and use ALTER DATABASE "
        "name RESET client_encoding, and the same for the role."
    ),
}


def begin(connection: Connection) -> None:
    """Begin a transaction with the isolation and the limits that it needs, in one trip to the server."""
    statements = [READ if connection.get_execution_options().get("reading", False) else WRITE, *LIMITS]
    raw: Any = connection.connection.dbapi_connection
    # several statements cannot be prepared together
    for statement in ["; ".join(statements)] if raw.prepare_threshold is None else statements:
        connection.exec_driver_sql(statement)
