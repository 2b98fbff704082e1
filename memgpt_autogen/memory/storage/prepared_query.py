"""Queries that every turn runs, compiled once."""

from __future__ import annotations

from collections import namedtuple
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, SelectBase
from sqlalchemy.dialects import sqlite


class PreparedQuery:
    """A query with `bindparam`s that is compiled once. Its rows are named tuples of what the driver returns.

    SQLite's driver runs it directly, because SQLAlchemy takes four times as long for such a query (13 and 45
    microseconds). The query must not contain `IN`, which SQLAlchemy compiles again for each list.
    """

    def __init__(self, query: SelectBase) -> None:
        self._query: Any = query
        names: Any = namedtuple  # noqa: PYI024 - the columns are known at run time only
        self._row = names("Row", query.selected_columns.keys())._make

    def rows(self, connection: Connection, **values: Any) -> list[Any]:
        """Run the query with these values of its parameters."""
        if connection.dialect.name != "sqlite":
            return [self._row(row) for row in connection.execute(self._query, values)]
        sql, constants = self._sqlite
        raw: Any = connection.connection.dbapi_connection
        return [self._row(row) for row in raw.execute(sql, {**constants, **values})]

    @cached_property
    def _sqlite(self) -> tuple[str, dict[str, Any]]:
        compiled = self._query.compile(dialect=sqlite.dialect(paramstyle="named"))
        return str(compiled), compiled.params
