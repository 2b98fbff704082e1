"""Restore a backup into a home, which may have another database or another Qdrant than the one it is of.

Nothing is changed before the whole file was compared with its hashes. Then the database refuses every write,
and says which restore is going on. The archives are written, and at last all rows in one transaction, which
ends the refusal too. So a process that is killed leaves the old state, or a home that says that the same
restore is to be run again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import portalocker
from portalocker.exceptions import LockException
from sqlalchemy import Connection, delete, func, insert, select, text

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, MemGPTError, StorageError, TakenError
from memgpt_autogen.home_backup import BackupReport, back_up
from memgpt_autogen.home_lock import server_of
from memgpt_autogen.home_stores import create_home, holdings_of, open_home_database, open_home_index
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.qdrant.protocol import PassageIndex, Scope, Where
from memgpt_autogen.memory.recall.index import index_of
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.engine import sqlite_url
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.memory.storage.lease import WAIT_SECONDS
from memgpt_autogen.memory.storage.old_schema import FOLDER
from memgpt_autogen.memory.storage.refusals import RESTORING
from memgpt_autogen.memory.storage.sqlite_copy import refuse_full_disk
from memgpt_autogen.memory.storage.tables import (
    HOME,
    agents,
    archives,
    blocks,
    holdings,
    home,
    keys,
    sources,
    templates,
    users,
)
from memgpt_autogen.memory.upkeep.backup_file import DATABASE, FILES, BackupFile, batches
from memgpt_autogen.memory.upkeep.health import check_database
from memgpt_autogen.memory.upkeep.move import (
    accept_writes,
    archive_ids,
    delete_rows,
    moved_to,
    refuse_writes,
    without_writers,
)
from memgpt_autogen.memory.upkeep.move_rows import copy_rows
from memgpt_autogen.messages import now
from memgpt_autogen.private_files import FILE_MODE, make_inner_file, make_inner_folder
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.settings import FILE, Settings

# the folder in which the database of a backup is unpacked, and who restores holds the lock
_UNPACKED, _LOCK = ".restoring", ".restore.lock"


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore has done; print it."""

    backup: BackupReport
    agents: int
    passages: int
    kept: Path | None
    """The backup of what was there before; None where there was nothing."""
    trouble: tuple[str, ...]
    """What is wrong with the home after that, in words."""

    def __str__(self) -> str:
        what = f"{counted(self.agents, 'agent')} and {counted(self.passages, 'passage')}"
        made_at = f"{self.backup.manifest.made_at:%Y-%m-%d %H:%M:%S %Z}"
        lines = [
            f"restored {what} from {self.backup.path}, made at {made_at}",
            f"what was here before is in {self.kept}" if self.kept else "the home was empty before",
            *(f"wrong: {each}" for each in self.trouble),
        ]
        sound = [] if self.trouble else ["the database and the archives were checked; they are sound"]
        return "\n".join([*lines, *sound])


def restore_home(
    settings: Settings,
    path: str | Path,
    *,
    force: bool = False,
    original: bool = False,
    wait: float = WAIT_SECONDS,
    progress: Progress | None = None,
) -> RestoreReport:
    """Read a backup into the home of these settings: into its database, and its folder or Qdrant server.

    The home is empty, or `force` replaces what it has, after a backup of that. A backup of an older schema is
    migrated first. Stop its servers before. If this is interrupted, run it again: until then nothing can be
    written. With `original`, archives on the server that belong to the home which the backup is of are
    replaced, because that home is not used any more.

    Raises `ConfigurationError` for a file that is no backup or is damaged, and for a home that is not empty;
    `TurnElsewhereError` if a turn does not end within `wait` seconds; `StorageError` if something cannot be
    written.
    """
    settings, path = settings.model_copy(update={"owner": None}), Path(path).expanduser().absolute()
    with BackupFile(path) as backup:
        backup.check(progress)
        create_home(settings.home)
        with _alone(settings.home) as folder:
            refuse_full_disk(settings.home, 2 * backup.size)
            if server := server_of(settings.home):
                raise ConfigurationError(
                    f"{settings.home} has a server: {server}. Stop it, and restore the backup then."
                )
            database = open_home_database(settings)
            filled = _refuse_what_is_there(database, force=force)
            backup.extract(DATABASE, folder / DATABASE)
            source = Database(sqlite_url(folder / DATABASE), keep_copy=False)
            try:
                _refuse_other_home(settings, database, backup, original=original)
                kept = _keep(settings, progress) if filled else None
                _restore(settings, database, backup, source, wait, progress, original=original)
            finally:
                source.close()
        report = BackupReport(path, path.stat().st_size, backup.manifest)
        ids = list(backup.manifest.archives)
        return RestoreReport(
            report,
            backup.manifest.rows.get("agents", 0),
            backup.manifest.passages,
            kept,
            tuple(_trouble(settings, database, ids)),
        )


@contextmanager
def _alone(home: Path) -> Iterator[Path]:
    """Yield an empty folder of the home, for the only restore into it."""
    lock = home / _LOCK
    make_inner_file(lock)
    with lock.open("r+") as opened:
        try:
            portalocker.lock(opened, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except LockException:
            raise ConfigurationError(f"another process restores a backup into {home}. Wait for it.") from None
        folder = home / _UNPACKED
        shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
        folder.mkdir(0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _refuse_what_is_there(database: Database, *, force: bool) -> bool:
    """Return whether the database has something that is to be kept. Raises if that is not allowed.

    What an interrupted restore has left is not kept.
    """
    told = moved_to(database)
    if told is not None and told.startswith(RESTORING):
        return False
    if told is not None:
        raise ConfigurationError(f"{told} Give the settings of an empty home.")
    with database.reading() as connection:
        found = _what_is_there(connection)
    if found and not force:
        raise TakenError(
            f"this home is not empty: it has {', '.join(found)}. Nothing was restored. Give an empty home "
            "(--home), or --force, which makes a backup of this one first and replaces it."
        )
    return bool(found)


def _what_is_there(connection: Connection) -> list[str]:
    others = select(func.count()).select_from(users).where(users.c.id != HOME)
    counts = [(connection.scalar(others) or 0, "user")]
    for table, what in ((agents, "agent"), (archives, "shared archive"), (blocks, "block"), (keys, "key")):
        counts.append((connection.scalar(select(func.count()).select_from(table)) or 0, what))
    counts.append((connection.scalar(select(func.count()).select_from(templates)) or 0, "template"))
    return [counted(count, what) for count, what in counts if count]


def _refuse_other_home(settings: Settings, database: Database, backup: BackupFile, *, original: bool) -> None:
    """Raise if the archives on the server belong to a home that goes on."""
    if settings.qdrant_url is None or original:
        return
    mark = replace(HomeMark.of(database), id=backup.manifest.home)
    index = open_home_index(settings, database, mark=mark)
    try:
        for archive in backup.manifest.archives:
            if told := index.other_home(archive):
                raise ConfigurationError(
                    f"{told.partition('. This home')[0]}. Let this home have collections of its own "
                    "(MEMGPT_AUTOGEN_QDRANT_PREFIX), or give --original if the other one is not used "
                    "any more. "
                    "Nothing was restored."
                )
    finally:
        index.close()


def _keep(settings: Settings, progress: Progress | None) -> Path:
    """Back up what is there."""
    make_inner_folder(settings.home / FOLDER)
    path = settings.home / FOLDER / f"before-restore-{now():%Y%m%d-%H%M%S}.backup"
    try:
        return back_up(settings, path, replace=True, progress=progress).path
    except MemGPTError as error:
        raise StorageError(
            f"what is there cannot be backed up, so nothing was restored: {error} Give an empty home instead."
        ) from error


def _restore(
    settings: Settings,
    database: Database,
    backup: BackupFile,
    source: Database,
    wait: float,
    progress: Progress | None,
    *,
    original: bool,
) -> None:
    again = f"memgpt-autogen restore {backup.path}"
    with without_writers(database, wait) as connection:
        accept_writes(database)  # of an interrupted restore
        before = archive_ids(connection)
        connection.execute(delete(home))
        connection.execute(insert(home).values(number=1, id=backup.manifest.home))
        refuse_writes(
            connection, f"{RESTORING} from {backup.path}. If that was interrupted, run it again: {again}"
        )
    try:
        index = open_home_index(settings, database)
        try:
            _write_archives(index, backup, before, progress, original=original)
        finally:
            index.close()
        _write_files(backup, settings.home)
        with source.reading() as rows, database.writing(alone=True) as connection:
            if database.dialect == "postgresql":
                connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            accept_writes(database)
            delete_rows(connection)
            copy_rows(rows, database, progress, again="run the restore again")
            connection.execute(delete(holdings))
            counts = holdings_of(settings, database)
            for archive, summary in backup.manifest.archives.items():
                counts.put(archive, summary.passages)
    except (MemGPTError, OSError) as error:
        raise StorageError(
            f"{error} The restore is not complete, and nothing else can be written to this home until it is. "
            f"Run it again: {again}"
        ) from error
    _refresh_sources(settings, database, backup)


def _write_archives(
    index: PassageIndex,
    backup: BackupFile,
    before: Sequence[str],
    progress: Progress | None,
    *,
    original: bool,
) -> None:
    """Make the archives those of the backup. An index of what was said is made anew by the next search."""
    found, done = backup.manifest.archives, 0
    with_index = list(dict.fromkeys([*before, *found]))
    if original:
        for archive in (*with_index, *map(index_of, with_index)):
            getattr(index, "take_over", lambda _: None)(archive)
    for archive in (*(set(before) - set(found)), *map(index_of, with_index)):
        Archive(archive, index).clear()
    for archive, summary in found.items():
        Archive(archive, index).clear()
        scope = Scope(archive, summary.space)
        for batch in batches(backup.points(archive)):
            index.insert(scope, batch)
            done += len(batch)
            if progress:
                progress(done, backup.manifest.passages)
        count = index.count(Where(scope)) if summary.passages else 0
        if count != summary.passages:
            raise StorageError(
                f"archive '{archive}' has {counted(count, 'passage')} after the restore, and "
                f"{summary.passages:,} in the backup."
            )
        index.close(archive)


def _write_files(backup: BackupFile, home: Path) -> None:
    """Write the files that the home does not have. Its settings stay as they are, and so do its images."""
    for name in backup.files():
        path = home / name
        if path.exists():
            continue
        for folder in reversed(path.relative_to(home).parents[:-1]):
            make_inner_folder(home / folder)
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)  # of a process that was killed
        backup.extract(f"{FILES}{name}", part)
        part.chmod(FILE_MODE if path.name == FILE else part.stat().st_mode & 0o660)
        part.replace(path)


def _refresh_sources(settings: Settings, database: Database, backup: BackupFile) -> None:
    """Let the catalogues have the documents that were loaded while the backup was made."""
    for archive in backup.manifest.archives:
        places = ((point.payload["source"], point.payload.get("place")) for point in backup.points(archive))
        found = {(source, place["digest"]) for source, place in places if place}
        query = select(sources.c.name, sources.c.digest, sources.c.loading)
        with database.reading() as connection:
            known = connection.execute(query.where(sources.c.archive_id == archive)).all()
        if found - {(row.name, digest) for row in known for digest in (row.digest, row.loading)}:
            index = open_home_index(settings, database)
            try:
                ArchiveSources(database, Archive(archive, index)).refresh()
            finally:
                index.close()


def _trouble(settings: Settings, database: Database, ids: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with the database and with archives."""
    checked = check_database(database)
    yield from checked.trouble
    if checked.index_trouble or checked.unindexed:
        yield "the full-text index of the log is wrong; memory.repair() rebuilds it"
    index = open_home_index(settings, database)
    try:
        for archive in ids:
            report = Archive(archive, index).check()
            yield from (f"archive {archive}: {each}" for each in report.trouble)
    finally:
        index.close()
