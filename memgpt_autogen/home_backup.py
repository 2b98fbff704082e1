"""Back up a whole home into one file, while servers and terminals go on writing to it."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memgpt_autogen._version import __version__
from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.home_stores import holdings_of, home_exists, open_home_database, open_home_index
from memgpt_autogen.memory.archival.store import ArchiveStore
from memgpt_autogen.memory.qdrant.protocol import PassageIndex, Scope, Where
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.engine import sqlite_url
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.memory.storage.sqlite_copy import refuse_full_disk
from memgpt_autogen.memory.upkeep.backup_file import DATABASE as DATABASE_PART
from memgpt_autogen.memory.upkeep.backup_file import (
    FILES,
    BackupFile,
    BackupManifest,
    BackupWriter,
)
from memgpt_autogen.memory.upkeep.move import moved_to
from memgpt_autogen.memory.upkeep.move_rows import TABLES, snapshot_into
from memgpt_autogen.memory.upkeep.whole_file import UnfinishedFile, whole_file
from memgpt_autogen.messages import now
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.settings import FILE, Settings, without_secrets

FOLDERS = ("images", "uploads", "personas", "humans")
"""The folders of a home whose files are in its backups."""

LEFT_OUT = (
    "server_password, since a server makes one",
    "keys and addresses of servers in settings.toml",
    "the index of what was said, which the next search makes",
)
"""What is not in a backup, in words."""

# the bytes of a passage with its vector, roughly, to see whether there is room
_PASSAGE_BYTES = 4000


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What is in a backup; print it."""

    path: Path
    size: int
    """Of the file, in bytes."""
    manifest: BackupManifest

    def __str__(self) -> str:
        manifest, files = self.manifest, sum(name.startswith(FILES) for name in self.manifest.parts)
        rows = {name: manifest.rows.get(name, 0) for name in ("agents", "users", "entries", "runs")}
        of_agents = ", ".join(
            (
                f"{counted(rows['agents'], 'agent')} of {counted(rows['users'], 'user')}",
                counted(rows["entries"], "log entry", "log entries"),
                counted(rows["runs"], "run"),
                f"{counted(sum(manifest.rows.values()), 'row')} in all",
            )
        )
        passages, archives = counted(manifest.passages, "passage"), counted(len(manifest.archives), "archive")
        made = f"made by version {manifest.made_by} at {manifest.made_at:%Y-%m-%d %H:%M:%S %Z}"
        lines = [
            f"{self.path}: {_size(self.size)}, {made}",
            f"database: {of_agents}",
            f"archives: {passages} in {archives}, with their vectors",
            f"files of the home: {files:,}",
            f"not in it: {'; '.join(manifest.left_out)}",
        ]
        return "\n".join(lines)


def back_up(
    settings: Settings, path: str | Path, *, replace: bool = False, progress: Progress | None = None
) -> BackupReport:
    """Write all that a home has into one file: all users, their agents, keys, runs and archives.

    Others may write meanwhile. All that was acknowledged before this began is in the file; the database is as
    it was at one moment, and the archives are read after that. The file appears when it is complete, and only
    its owner can read it.

    Raises `ConfigurationError` where there is no memory, or the file exists and `replace` does not allow it;
    `StorageError` if the disk has too little room, or a part of the memory is missing or damaged.
    """
    settings, path = settings.model_copy(update={"owner": None}), Path(path).expanduser().absolute()
    began = now()
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder. Give a file name, such as {path / 'home.backup'}.")
    if path.exists() and not replace:
        raise ConfigurationError(
            f"the file {path} exists, and nothing was written. Give another name, or --force to replace it."
        )
    if not path.parent.is_dir():
        raise ConfigurationError(f"there is no folder {path.parent}. Make it, or give another one.")
    if not home_exists(settings):
        raise ConfigurationError(f"there is no memory in {settings.home} to back up.")
    database = open_home_database(settings)
    if told := moved_to(database):
        raise ConfigurationError(f"{told}".rstrip(".") + ". Nothing was backed up.")
    mark = HomeMark.of(database)
    index = open_home_index(settings, database)
    try:
        with whole_file(path) as file:
            copy = _copy_database(database, file, progress)
            archives, rows = _read_copy(copy)
            passages = _expected(settings, database, index, archives)
            refuse_full_disk(path.parent, sum(passages.values()) * _PASSAGE_BYTES)
            writer = BackupWriter(file)
            with copy.open("rb") as content:
                writer.add(DATABASE_PART, content)
            copy.unlink()
            steps = _Steps(sum(passages.values()), progress)
            for archive in archives:
                writer.add_archive(index, archive, steps.add)
            for name, content in _files(settings.home):
                with content:
                    writer.add(f"{FILES}{name}", content)
            manifest = writer.finish(
                made_by=__version__,
                made_at=began,
                database=database.dialect,
                db_schema=database.schema(),
                home=mark.id,
                rows=rows,
                left_out=list(LEFT_OUT),
            )
    except OSError as error:
        raise StorageError(
            f"the backup {path} cannot be written: {error}. No partial file was left."
        ) from error
    return BackupReport(path, path.stat().st_size, manifest)


def read_backup(path: str | Path, *, progress: Progress | None = None) -> BackupReport:
    """Compare every part of a backup with its hash, and return what it has. Nothing is written.

    Raises `ConfigurationError` for a file that is no backup, is damaged, or is of a newer version.
    """
    path = Path(path).expanduser()
    with BackupFile(path) as backup:
        backup.check(progress)
        return BackupReport(path, path.stat().st_size, backup.manifest)


@dataclass(slots=True)
class _Steps:
    """Reports the progress of all archives together."""

    total: int
    progress: Progress | None
    done: int = 0

    def add(self, count: int) -> None:
        self.done += count
        if self.progress:
            self.progress(self.done, max(self.total, self.done))


def _copy_database(database: Database, file: UnfinishedFile, progress: Progress | None) -> Path:
    """Return a SQLite file with all that the database has at this moment."""
    if database.dialect == "sqlite":
        database.copy_to(file.beside, progress)
        return file.beside
    copy = Database(sqlite_url(file.beside))
    try:
        snapshot_into(database, copy, progress)
        copy.copy_to(complete := file.beside.with_name(f"{file.beside.name}.db"))
    finally:
        copy.close()
    return complete


def _read_copy(file: Path) -> tuple[list[str], dict[str, int]]:
    """Return the ids of the archives, and how many rows each table has. The leases of turns are deleted."""
    with closing(sqlite3.connect(file)) as copy:
        with copy:
            copy.execute("DELETE FROM leases")
        ids = [str(id_) for (id_,) in copy.execute("SELECT id FROM agents UNION ALL SELECT id FROM archives")]
        counts: Mapping[str, Any] = {
            table.name: copy.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]  # noqa: S608 - our names
            for table in TABLES
        }
    return ids, dict(counts)


def _expected(
    settings: Settings, database: Database, index: PassageIndex, archives: list[str]
) -> dict[str, int]:
    """Return how many passages each archive has. Raises `StorageError` if a server has lost some."""
    found = {}
    for archive in archives:
        store = ArchiveStore(archive, index, None, holdings_of(settings, database))
        if missing := store.missing():
            raise StorageError(f"a backup would lack what is missing: {missing}")
        space = index.space(archive)
        found[archive] = 0 if space is None else index.count(Where(Scope(archive, space)))
    return found


def _files(home: Path) -> Iterator[tuple[str, Any]]:
    """Yield the files of a home that are in its backups, open, by their paths in it."""
    settings = home / FILE
    if settings.exists():
        yield (
            FILE,
            io.BytesIO(without_secrets(settings.read_text(encoding="utf-8", errors="replace")).encode()),
        )
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            # what is not complete yet has a name that begins with a dot
            if path.name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            try:
                content = path.open("rb")
            except FileNotFoundError:  # deleted since
                continue
            yield path.relative_to(home).as_posix(), content


def _size(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB" if count >= 100_000 else f"{count / 1000:,.1f} kB"
