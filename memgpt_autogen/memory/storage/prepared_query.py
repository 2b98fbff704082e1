"""Queries and writes that every turn runs, compiled once."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Insert, SelectBase, Table, Update, bindparam, insert
from sqlalchemy.dialects import sqlite

from memgpt_autogen.memory.storage.refusals import refused_by_driver


class PreparedQuery:
    """A query with `bindparam`s that is compiled once. Its rows are named tuples of what the driver returns.

    SQLite's driver runs it directly, because SQLAlchemy takes four times as long for such a query (13 and 45
    microseconds). The query must not contain `IN`, which SQLAlchemy compiles again for each list.
    """

    def __init__(self, query: SelectBase) -> None:
        self._query: Any = query
        names: Any = namedtuple  # noqa: PYI024 - the columns are known at run time only
        self.named: Callable[[Any], Any] = names("Row", query.selected_columns.keys())._make
        """Returns a row with the names of the columns."""

    def rows(self, connection: Connection, **values: Any) -> list[Any]:
        """Run the query with these values of its parameters."""
        return list(map(self.named, self.tuples(connection, **values)))

    def tuples(self, connection: Connection, **values: Any) -> list[Any]:
        """Return the rows without the names of their columns, for a caller that reads hundreds of them."""
        if connection.dialect.name != "sqlite":
            return list(connection.execute(self._query, values))
        sql, constants = self._sqlite
        raw: Any = connection.connection.dbapi_connection
        found: list[Any] = raw.execute(sql, {**constants, **values}).fetchall()
        return found

    @cached_property
    def _sqlite(self) -> tuple[str, dict[str, Any]]:
        return _compiled(self._query)


class PreparedWrite:
    """An `INSERT` or `UPDATE` with a `bindparam` for each value, which SQLite's driver runs directly, too.

    The values must be what the driver takes: texts, numbers and truth values.
    """

    def __init__(self, statement: Insert | Update) -> None:
        self._statement: Any = statement

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run it, and return how many rows it wrote."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, values).rowcount
        return int(self._cursor(connection, values).rowcount)

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of the rows."""
        if connection.dialect.name != "sqlite":
            connection.execute(self._statement, rows)
            return
        sql, constants = self._sqlite
        raw: Any = connection.connection.dbapi_connection
        try:
            raw.executemany(sql, [{**constants, **row} for row in rows] if constants else rows)
        except (UnicodeError, OverflowError) as error:
            raise refused_by_driver(error) from error

    def insert(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Insert a row, and return the number that the database has given it."""
        if connection.dialect.name != "sqlite":
            made = connection.execute(self._statement, values)
            (number,) = made.inserted_primary_key or (0,)
            return int(number)
        return int(self._cursor(connection, values).lastrowid)

    def _cursor(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        sql, constants = self._sqlite
        raw: Any = connection.connection.dbapi_connection
        return raw.execute(sql, {**constants, **values})

    @cached_property
    def _sqlite(self) -> tuple[str, dict[str, Any]]:
        return _compiled(self._statement)


def insertion(table: Table) -> PreparedWrite:
    """Return the insertion of a row into a table, whose primary key the database gives."""
    given: dict[str, Any] = {
        column.name: bindparam(column.name) for column in table.c if not column.primary_key
    }
    return PreparedWrite(insert(table).values(given))


def _compiled(statement: Any) -> tuple[str, dict[str, Any]]:
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    return str(compiled), compiled.params
