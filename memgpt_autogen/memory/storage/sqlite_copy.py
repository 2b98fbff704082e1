"""A copy of a SQLite database as it is at one moment, made while others write to it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import StorageError
from memgpt_autogen.private_files import FILE_MODE

PAGES = 2000
"""How many pages are copied between two reports of progress."""

SPARE = 32_000_000
"""How many bytes stay free on the disk of a copy."""


def copy_sqlite(connection: sqlite3.Connection, file: Path, progress: Progress | None = None) -> None:
    """Copy the database of a connection, inside a transaction of it, into a new file that is synced.

    The transaction keeps the state that it began with, so that others can write meanwhile and the copy does
    not begin again. Raises `StorageError` if the disk has too little room, or the copy is damaged.
    """
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # only now is it a state of the file
    refuse_full_disk(file.parent, sqlite_bytes(connection))
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))

    def report(_status: int, left: int, total: int) -> None:
        if progress:
            progress(total - left, total)

    with closing(sqlite3.connect(file)) as copy:
        connection.backup(copy, pages=PAGES, progress=report, sleep=0)
        # without a log beside it, the file is complete alone
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
        found = [str(line) for (line,) in copy.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise StorageError(
            f"the database is damaged, so that no sound copy can be made: {'; '.join(found)}. memgpt-autogen "
            "doctor checks it."
        )
    _sync(file)


def sqlite_bytes(connection: sqlite3.Connection) -> int:
    """Return the size of the database that a connection sees."""
    (pages,), (size,) = (
        connection.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "page_size")
    )
    return int(pages) * int(size)


def refuse_full_disk(folder: Path, needed: int) -> None:
    """Raise `StorageError` if the disk of a folder has less room than this, and some to spare."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise StorageError(
            f"{folder} has {_megabytes(free)} free, and {_megabytes(needed + SPARE)} are needed. Make room, "
            "or name another disk."
        )


def _megabytes(count: int) -> str:
    return f"{-(-count // 1_000_000):,} MB"


def _sync(file: Path) -> None:
    with file.open("r+b") as opened:
        os.fsync(opened.fileno())
