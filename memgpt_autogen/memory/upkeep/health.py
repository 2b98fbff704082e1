"""Check and repair memory: the database, its full-text index, and what the log says about the archive."""

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
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import entries
from memgpt_autogen.messages import REMOVED
from memgpt_autogen.rendering.plain_text import counted

INSERT = "archival_memory_insert"
"""The tool that fills an agent's archive."""


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """What a check of the database found. All of it concerns all agents of the home."""

    trouble: tuple[str, ...] = ()
    """What is wrong with its tables, in words; only a backup repairs that."""
    unindexed: int = 0
    """Messages that a search would miss, or find by words that nobody said."""
    index_trouble: str | None = None
    """Why the full-text index cannot be read at all."""

    @property
    def sound(self) -> bool:
        return not (self.trouble or self.unindexed or self.index_trouble)


@dataclass(frozen=True, slots=True)
class MemoryReport:
    """What a check of one agent's memory found."""

    database: DatabaseReport
    archive: Report
    missing: int
    """Texts that the agent inserted into its archive and that are not in it: lost, or deleted since."""

    @property
    def sound(self) -> bool:
        return self.database.sound and self.archive.sound

    def __str__(self) -> str:
        database, archive = self.database, self.archive
        complete = database.sound and archive.complete
        state = "complete, but its archive cannot be searched" if complete else "damaged"
        lines = [f"memory is {'sound' if self.sound else state}"]
        lines += [f"database: {trouble}" for trouble in database.trouble]
        if database.index_trouble:
            lines.append(f"full-text index: {database.index_trouble} (repair() rebuilds it)")
        elif database.unindexed:
            wrong = counted(database.unindexed, "message")
            lines.append(f"full-text index: wrong for {wrong} (repair() rebuilds it)")
        if archive.expected in (None, archive.readable):
            lines.append(f"archive: {counted(archive.readable, 'readable passage')}")
        else:
            lines.append(
                f"archive: {archive.readable:,} of {counted(archive.expected, 'passage')} are readable"
            )
        if archive.pending:
            lines.append(f"archive: {counted(archive.pending, 'passage')} not embedded yet")
        lines += [f"archive: {trouble}" for trouble in (*archive.trouble, archive.mismatch) if trouble]
        if archive.unreadable:
            lost = counted(len(archive.unreadable), "unreadable passage")
            lines.append(f"archive: {lost} (repair() saves the others)")
        if self.missing:
            missing = counted(self.missing, "text")
            lines.append(f"not in the archive: {missing} that the agent inserted (lost, or deleted since)")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class MemoryRepaired:
    """What a repair did."""

    indexed: int
    """Messages in the new full-text index; 0 where the old one was sound."""
    archive: Repaired
    refilled: int
    """Passages that came back from the log."""


def check_database(database: Database) -> DatabaseReport:
    """Read the whole database, and change nothing.

    On PostgreSQL there is nothing to check: it checks its files itself, and its index is filled while it is
    used.
    """
    if database.dialect != "sqlite":
        return DatabaseReport()
    with database.reading() as connection:
        lines = map(str, connection.exec_driver_sql("PRAGMA integrity_check").scalars())
        # the report has a line of its own for the full-text index
        trouble = [line for line in lines if line != "ok" and "entries_words" not in line]
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        trouble += [
            f"row {row} of {table} belongs to a missing row of {parent}" for table, row, parent, _ in broken
        ]
    try:
        with database.reading() as connection:
            return DatabaseReport(tuple(trouble), _unindexed(connection))
    except StorageError as error:
        return DatabaseReport(tuple(trouble), index_trouble=str(error.__cause__ or error))


@repeatable
def rebuild_index(database: Database) -> int:
    """Rebuild the full-text index from the log, and return how many messages it contains."""
    with database.writing(alone=True) as connection:
        if database.dialect == "sqlite":
            _drop_words(connection)
            for statement in (WORDS_TABLE, *WORDS_TRIGGERS, FILL_WORDS.format("entries_words")):
                connection.exec_driver_sql(statement)
        else:
            connection.exec_driver_sql("UPDATE entries SET words = NULL, word_count = NULL")
        spoken = select(func.count()).select_from(entries).where(entries.c.spoken.is_not(null()))
        return connection.scalar(spoken) or 0


def check_memory(log: Log, archive: Archive) -> MemoryReport:
    report = archive.check()
    try:
        missing = sum(_is_missing(archive, draft) for draft in _inserted(log))
    except StorageError:  # the archive's report says what is wrong
        missing = 0
    return MemoryReport(check_database(log.database), report, missing)


def repair_memory(log: Log, archive: Archive) -> MemoryRepaired:
    """Repair what a check finds.

    Raises `StorageError`, with nothing changed, where the database itself is damaged.
    """
    report = check_database(log.database)
    if report.trouble:
        raise StorageError(
            f"the database is damaged: {'; '.join(report.trouble[:3])}. Replace it by a backup, or let "
            "`sqlite3 memory.db .recover` save what can be read."
        )
    indexed = 0 if report.sound else rebuild_index(log.database)
    repaired = archive.repair()
    before = archive.count()
    archive.insert_many(draft for draft in _inserted(log) if _is_missing(archive, draft))
    return MemoryRepaired(indexed, repaired, archive.count() - before)


def _inserted(log: Log) -> Iterator[Draft]:
    """Yield what the agent inserted by successful calls, with the times of their results."""
    calls: dict[str, dict[str, object]] = {}
    for entry in log.everything():
        message = entry.message
        for call in message.tool_calls:
            if call.name == INSERT:
                calls[call.id] = json.loads(call.arguments)
        arguments = calls.pop(message.tool_call_id or "", None)
        content = arguments.get("content") if arguments is not None and message.ok else None
        if arguments is not None and isinstance(content, str) and content != REMOVED:
            tags = arguments.get("tags")
            yield Draft(
                content,
                tuple(map(str, tags)) if isinstance(tags, list) else (),
                created_at=message.time,
            )


def _is_missing(archive: Archive, draft: Draft) -> bool:
    text = archive.document(document_id(archive.archive_id, draft.source, draft.text))
    return text is None or ("[...]" in text and "[...]" not in draft.text)


def _unindexed(connection: Connection) -> int:
    """Compare the index with a new one in a temporary table; return how many messages differ."""
    fresh = WORDS_TABLE.replace("TABLE entries_words", "TABLE temp.fresh_words").replace(
        "content='entries_words_text', content_rowid='id'", "content=''"
    )
    drop = [f"DROP TABLE IF EXISTS temp.{name}" for name in ("indexed", "expected", "fresh_words")]
    for statement in (
        *drop,
        fresh,
        FILL_WORDS.format("temp.fresh_words"),
        "CREATE VIRTUAL TABLE temp.indexed USING fts5vocab('main', 'entries_words', 'instance')",
        "CREATE VIRTUAL TABLE temp.expected USING fts5vocab('temp', 'fresh_words', 'instance')",
    ):
        connection.exec_driver_sql(statement)
    differ = connection.exec_driver_sql(
        "SELECT count(DISTINCT doc) FROM ("
        "SELECT * FROM (SELECT term, doc, offset FROM indexed EXCEPT SELECT term, doc, offset FROM expected) "
        "UNION ALL "
        "SELECT * FROM (SELECT term, doc, offset FROM expected EXCEPT SELECT term, doc, offset FROM indexed))"
    ).scalar()
    for statement in drop:
        connection.exec_driver_sql(statement)
    return int(differ or 0)


def _drop_words(connection: Connection) -> None:
    """Drop the index, even one that SQLite cannot open any more."""
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


# The index as the migrations create it

_EMOJI = "".join(map(chr, range(0x1F300, 0x1FB00)))

WORDS_TABLE = (
    "CREATE VIRTUAL TABLE entries_words USING fts5("
    "spoken, content='entries_words_text', content_rowid='id', "
    "tokenize=\"porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc' "
    f"separators '{_EMOJI}'\")"
)

FILL_WORDS = (
    "INSERT INTO {}(rowid, spoken) SELECT id, spoken FROM entries_words_text WHERE spoken IS NOT NULL"
)

WORDS_TRIGGERS = (
    (
        "CREATE TRIGGER entries_words_insert AFTER INSERT ON entries WHEN new.spoken IS NOT NULL BEGIN "
        "INSERT INTO entries_words(rowid, spoken) VALUES (new.id, coalesce(new.searched, new.spoken)); END"
    ),
    (
        "CREATE TRIGGER entries_words_delete AFTER DELETE ON entries WHEN old.spoken IS NOT NULL BEGIN "
        "INSERT INTO entries_words(entries_words, rowid, spoken) "
        "VALUES ('delete', old.id, coalesce(old.searched, old.spoken)); END"
    ),
)
