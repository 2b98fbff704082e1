"""Copy all rows of a home's database into another one, and compare the two.

What is there already is compared, and only what differs is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, insert, select, text, update

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.fulltext import with_words
from memgpt_autogen.memory.storage.tables import entries, leases, metadata
from memgpt_autogen.text.safe import clean_text

# parents before children, as the foreign keys need it; leases stay, since no turn runs
TABLES: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if table is not leases)

# how many rows are read and written at once
BATCH = 500


def snapshot_into(source: Database, target: Database, progress: Progress | None = None) -> dict[str, int]:
    """Copy the rows of a database as they are at one moment, while others write to it."""
    with source.reading() as connection:
        if source.dialect == "postgresql":
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        return copy_rows(connection, target, progress, again="make the backup again")


def copy_rows(
    source: Connection,
    target: Database,
    progress: Progress | None = None,
    *,
    again: str = "run the move again",
) -> dict[str, int]:
    """Make the target's rows those of the source, and return how many there are, by table.

    New rows get higher numbers than any that the source has had. Raises `StorageError`, with `again` as the
    way out, if the two differ after that.
    """
    for table in TABLES:
        for keys, rows in _batches(source, table):
            with target.writing() as connection:
                _write(connection, table, rows, keys)
            if progress and table is entries:
                progress((rows and max(row["id"] for row in rows.values())) or 0, None)
    _set_sequences(target, _last_numbers(source))
    found = {}
    with target.reading() as connection:
        for table in TABLES:
            here, there = _fingerprint(source, table), _fingerprint(connection, table)
            if here != there:
                raise StorageError(
                    f"after the copy, the table {table.name} has {there[0]:,} rows in {target.shown_url} and "
                    f"{here[0]:,} in the old database, or other contents. Nothing was removed; {again}."
                )
            found[table.name] = here[0]
    return found


Key = tuple[Any, ...]


def _batches(source: Connection, table: Table) -> Iterator[tuple[Any, dict[Key, dict[str, Any]]]]:
    """Yield the rows by key, with the condition for the keys of a batch. The last one has no end."""
    key = _number(table)
    if key is None:
        yield None, _rows(source, table, None)
        return
    after = 0
    while True:
        found = source.scalars(select(key).where(key > after).order_by(key).limit(BATCH)).all()
        if len(found) < BATCH:
            yield key > after, _rows(source, table, key > after)
            return
        between = and_(key > after, key <= found[-1])
        yield between, _rows(source, table, between)
        after = found[-1]


def _number(table: Table) -> Any:
    """Return the key of a table whose rows have a number; None for others, which have few rows."""
    keys = list(table.primary_key)
    return keys[0] if len(keys) == 1 and keys[0].type.python_type is int else None


def _rows(connection: Connection, table: Table, where: Any) -> dict[Key, dict[str, Any]]:
    query = select(table) if where is None else select(table).where(where)
    names = [column.name for column in table.primary_key]
    found = connection.execute(query).mappings()
    rows = [{name: _cleaned(value) for name, value in row.items()} for row in found]
    return {tuple(row[name] for name in names): row for row in rows}


def _cleaned(value: Any) -> Any:
    return clean_text(value) if isinstance(value, str) else value


def _write(connection: Connection, table: Table, wanted: Mapping[Key, dict[str, Any]], where: Any) -> None:
    stored = _rows(connection, table, where)
    keys = list(table.primary_key)
    own = and_(*(column == bindparam(f"key_{column.name}") for column in keys))

    def of(key: Key) -> dict[str, Any]:
        return {f"key_{column.name}": value for column, value in zip(keys, key, strict=True)}

    if gone := [of(key) for key in stored if key not in wanted]:
        connection.execute(delete(table).where(own), gone)
    changed = {key: row for key, row in wanted.items() if stored.get(key, row) != row}
    if changed and table is entries:  # deleted first, because the full-text index follows inserts
        connection.execute(delete(table).where(own), list(map(of, changed)))
        _insert(connection, table, list(changed.values()))
    elif changed:
        connection.execute(update(table).where(own), [{**row, **of(key)} for key, row in changed.items()])
    _insert(connection, table, [row for key, row in wanted.items() if key not in stored])


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    into, full = table, [dict(row) for row in rows]
    if table is entries and connection.dialect.name == "postgresql":
        into, full = with_words(rows)
    connection.execute(insert(into), full)


def _fingerprint(connection: Connection, table: Table) -> tuple[int, str]:
    """Return the number of rows, and a hash of their contents that does not depend on the order."""
    count, total = 0, 0
    for _, rows in _batches(connection, table):
        for row in rows.values():
            count += 1
            total += int(digest(row), 16)
    return count, f"{total % 2**256:064x}"


def _last_numbers(source: Connection) -> dict[str, int]:
    """Return the last number that was given to a row, by table, where the row may be deleted since.

    Those who remember a number take a row with a lower one for an older row.
    """
    if source.dialect.name == "sqlite":
        kept = source.execute(text("SELECT name, seq FROM sqlite_sequence")).all()
        return {str(name): int(seq) for name, seq in kept}
    found = {}
    for table in _numbered():
        sequence = source.scalar(select(func.pg_get_serial_sequence(table.name, _number(table).name)))
        found[table.name] = int(source.scalar(text(f"SELECT last_value FROM {sequence}")) or 0)  # noqa: S608
    return found


def _set_sequences(target: Database, last: Mapping[str, int]) -> None:
    """Let new rows get numbers after those that were copied, and after these."""
    with target.writing() as connection:
        for table in _numbered():
            number, least = _number(table), max(last.get(table.name, 0), 1)
            if target.dialect == "postgresql":
                newest = select(func.greatest(func.max(number), least)).scalar_subquery()
                sequence = func.pg_get_serial_sequence(table.name, number.name)
                connection.execute(select(func.setval(sequence, newest)))
            elif table.dialect_options["sqlite"]["autoincrement"] and table.name in last:
                values = {"name": table.name, "seq": least}
                connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
                connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :seq)"), values)


def _numbered() -> list[Table]:
    """Return the tables whose rows have numbers that the database gives them."""
    return [table for table in TABLES if _number(table) is not None and table.name != "home"]


def digest(value: object) -> str:
    """Return a hash of JSON values."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
