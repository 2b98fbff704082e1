"""Whether memory is sound, and how it is mended: the database, its index of words, and what the log knows of the archive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, null, select
from sqlalchemy.exc import DBAPIError

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.passages import Draft, Repaired, Report, document_id
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.tables import entries

INSERT = "archival_memory_insert"
"""The tool by which an agent fills its archive."""


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """What a check of the database found. Everything in it concerns all agents of the home."""

    trouble: tuple[str, ...] = ()
    """What is wrong with its tables, in words; there is no repair for that but a copy from before."""
    unindexed: int = 0
    """Messages that a search would miss, or find by words that were not said."""
    index_trouble: str | None = None
    """Why the index of words cannot be read at all."""

    @property
    def sound(self) -> bool:
        return not (self.trouble or self.unindexed or self.index_trouble)


@dataclass(frozen=True, slots=True)
class MemoryReport:
    """What a check of one agent's memory found."""

    database: DatabaseReport
    archive: Report
    missing: int
    """Texts that the agent put into its archive and that are not there: lost, or deleted since."""

    @property
    def sound(self) -> bool:
        return self.database.sound and self.archive.sound

    def __str__(self) -> str:
        database, archive = self.database, self.archive
        lines = ["memory is sound" if self.sound else "memory is damaged"]
        lines += [f"database: {trouble}" for trouble in database.trouble]
        if database.index_trouble:
            lines.append(f"index of words: {database.index_trouble} (repair() makes it anew)")
        elif database.unindexed:
            lines.append(
                f"index of words: wrong about {database.unindexed} messages (repair() makes it anew)"
            )
        known = "" if archive.expected in (None, archive.readable) else f" of {archive.expected}"
        lines.append(f"archive: {archive.readable}{known} passages can be read")
        if archive.pending:
            lines.append(f"archive: {archive.pending} of them wait for their vectors")
        lines += [f"archive: {trouble}" for trouble in archive.trouble]
        if archive.unreadable:
            lines.append(
                f"archive: {len(archive.unreadable)} passages cannot be read (repair() saves the others)"
            )
        if self.missing:
            lines.append(
                f"{self.missing} texts that the agent put into the archive are not there: lost, or deleted since"
            )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class MemoryRepaired:
    """What a repair did."""

    indexed: int
    """Messages in the new index of words; 0 where the old one was sound."""
    archive: Repaired
    refilled: int
    """Passages that came back from the log."""


def check_database(database: Database) -> DatabaseReport:
    """Read all of it; nothing is changed. PostgreSQL checks its files itself, and its index is filled as it is used."""
    if database.dialect != "sqlite":
        return DatabaseReport()
    with database.reading() as connection:
        trouble = [
            str(line)
            for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars()
            if line != "ok"
        ]
        # the index of words has a place of its own in the report
        trouble = [line for line in trouble if "entries_words" not in line]
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        trouble += [
            f"row {row[1]} of {row[0]} belongs to a row of {row[2]} that is missing" for row in broken
        ]
    try:
        with database.reading() as connection:
            return DatabaseReport(tuple(trouble), _unindexed(connection))
    except StorageError as error:
        return DatabaseReport(tuple(trouble), index_trouble=str(error.__cause__ or error))


def rebuild_index(database: Database) -> int:
    """Make the index of words anew from the log, whatever is left of the old one; how many messages are in it."""
    with database.writing(alone=True) as connection:
        if database.dialect == "sqlite":
            _drop_words(connection)
            for statement in (WORDS_TABLE, *WORDS_TRIGGERS):
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(
                "INSERT INTO entries_words(rowid, spoken) SELECT id, spoken FROM entries WHERE spoken IS NOT NULL"
            )
        else:
            connection.exec_driver_sql("UPDATE entries SET words = NULL, word_count = NULL")
        spoken = select(func.count()).select_from(entries).where(entries.c.spoken.is_not(null()))
        return connection.scalar(spoken) or 0


def check_memory(database: Database, log: Log, archive: Archive) -> MemoryReport:
    report = archive.check()
    try:
        missing = sum(_lacks(archive, draft) for draft in _inserted(log))
    except StorageError:  # what is wrong stands in the archive's report
        missing = 0
    return MemoryReport(check_database(database), report, missing)


def repair_memory(database: Database, log: Log, archive: Archive) -> MemoryRepaired:
    """Raises `StorageError` where the database itself is damaged: then nothing is touched."""
    report = check_database(database)
    if report.trouble:
        raise StorageError(
            f"the database is damaged: {'; '.join(report.trouble[:3])}. Put a copy from before in its place, or let "
            "`sqlite3 memory.db .recover` save what can be read."
        )
    indexed = 0 if report.sound else rebuild_index(database)
    repaired = archive.repair()
    before = archive.count()
    archive.insert_many(draft for draft in _inserted(log) if _lacks(archive, draft))
    return MemoryRepaired(indexed, repaired, archive.count() - before)


def _inserted(log: Log) -> Iterator[Draft]:
    """What the agent put into its archive by calls that succeeded, at the times when it did."""
    made: dict[str, dict[str, object]] = {}
    for entry in log.everything():
        message = entry.message
        for call in message.tool_calls:
            if call.name == INSERT:
                made[call.id] = json.loads(call.arguments)
        arguments = made.pop(message.tool_call_id or "", None)
        if arguments is not None and message.ok and isinstance(arguments.get("content"), str):
            tags = arguments.get("tags")
            yield Draft(
                str(arguments["content"]),
                tuple(map(str, tags)) if isinstance(tags, list) else (),
                created_at=message.time,
            )


def _lacks(archive: Archive, draft: Draft) -> bool:
    there = archive.document(document_id(archive.archive_id, draft.source, draft.text))
    return there is None or ("[...]" in there and "[...]" not in draft.text)


def _unindexed(connection: Connection) -> int:
    """Hold the index against one that is made anew, beside the database's file."""
    table = WORDS_TABLE.replace("TABLE entries_words", "TABLE temp.words_anew").replace(
        "content='entries', content_rowid='id'", "content=''"
    )
    connection.exec_driver_sql("DROP TABLE IF EXISTS temp.words_anew")
    for name in ("words_there", "words_expected"):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS temp.{name}")
    connection.exec_driver_sql(table)
    connection.exec_driver_sql(
        "INSERT INTO temp.words_anew(rowid, spoken) SELECT id, spoken FROM entries WHERE spoken IS NOT NULL"
    )
    connection.exec_driver_sql(
        "CREATE VIRTUAL TABLE temp.words_there USING fts5vocab('main', 'entries_words', 'instance')"
    )
    connection.exec_driver_sql(
        "CREATE VIRTUAL TABLE temp.words_expected USING fts5vocab('temp', 'words_anew', 'instance')"
    )
    differ = connection.exec_driver_sql(
        "SELECT count(DISTINCT doc) FROM ("
        "SELECT * FROM (SELECT term, doc, offset FROM words_there EXCEPT SELECT term, doc, offset FROM words_expected) "
        "UNION ALL "
        "SELECT * FROM (SELECT term, doc, offset FROM words_expected EXCEPT SELECT term, doc, offset FROM words_there))"
    ).scalar()
    for name in ("words_there", "words_expected", "words_anew"):
        connection.exec_driver_sql(f"DROP TABLE temp.{name}")
    return int(differ or 0)


def _drop_words(connection: Connection) -> None:
    """Drop the index, also one that SQLite cannot open any more."""
    for trigger in ("insert", "delete"):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS entries_words_{trigger}")
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("DROP TABLE IF EXISTS entries_words")
    except DBAPIError:
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        connection.exec_driver_sql("DELETE FROM sqlite_master WHERE name = 'entries_words'")
        connection.exec_driver_sql("PRAGMA writable_schema = RESET")
    for part in ("data", "idx", "content", "docsize", "config"):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS entries_words_{part}")


# as the migrations make them

_EMOJI = "".join(map(chr, range(0x1F300, 0x1FB00)))

WORDS_TABLE = (
    "CREATE VIRTUAL TABLE entries_words USING fts5("
    "spoken, content='entries', content_rowid='id', "
    f"tokenize=\"porter unicode61 remove_diacritics 2 separators '{_EMOJI}'\")"
)

WORDS_TRIGGERS = (
    (
        "CREATE TRIGGER entries_words_insert AFTER INSERT ON entries WHEN new.spoken IS NOT NULL BEGIN "
        "INSERT INTO entries_words(rowid, spoken) VALUES (new.id, new.spoken); END"
    ),
    (
        "CREATE TRIGGER entries_words_delete AFTER DELETE ON entries WHEN old.spoken IS NOT NULL BEGIN "
        "INSERT INTO entries_words(entries_words, rowid, spoken) VALUES ('delete', old.id, old.spoken); END"
    ),
)
