"""A database with an older schema: one process migrates it, after a copy of the SQLite file."""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest
from postgresql import execute
from schema import make_older
from sqlalchemy import create_engine
from workers import Worker

import memgpt_autogen.memory.storage.old_schema as module
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.storage import sqlite_copy
from memgpt_autogen.memory.storage.agents import stored_agent_names
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import HEAD

OPEN = """
import sys
from memgpt_autogen.memory.storage.agents import stored_agent_names
from memgpt_autogen.memory.storage.database import Database
sys.stdin.readline()
print(stored_agent_names(Database(sys.argv[1])))
"""

AGENT = "INSERT INTO agents VALUES ('a', 'sam', '2026-01-01T00:00:00.000000', NULL)"


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'memory.db'}"


def old(folder: Path, schema: str = "0009") -> str:
    """Make a SQLite home with an older schema and one agent, and return its URL."""
    make_older(url(folder), schema)
    with closing(sqlite3.connect(folder / "memory.db")) as connection, connection:
        connection.execute(AGENT)
    return url(folder)


def copies(folder: Path) -> list[Path]:
    return sorted((folder / "backups").glob("memory-*.db"))


def schema_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def open_at_once(database_url: str, count: int = 4) -> list[Worker]:
    """Let processes open a database at the same moment."""
    workers = [Worker(OPEN, database_url) for _ in range(count)]
    for worker in workers:
        worker.send()
    return workers


def test_of_several_processes_one_migrates_a_file_and_copies_it_before(tmp_path: Path) -> None:
    address = old(tmp_path)

    workers = open_at_once(address)

    assert [worker.rest() for worker in workers] == [["['sam']"]] * 4
    (copy,) = copies(tmp_path)
    assert (schema_of(copy), schema_of(tmp_path / "memory.db")) == ("0009", HEAD)
    assert copy.name.startswith("memory-0009-")
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT name FROM agents").fetchall() == [("sam",)]
    assert list((tmp_path / "backups").glob("*.part")) == []


@pytest.mark.postgres
def test_of_several_processes_one_migrates_a_postgresql_database(postgresql_url: str) -> None:
    execute(postgresql_url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    make_older(postgresql_url, "0009")
    execute(postgresql_url, AGENT)

    workers = open_at_once(postgresql_url)

    assert [worker.rest() for worker in workers] == [["['sam']"]] * 4
    assert Database(postgresql_url).schema() == HEAD


def test_a_file_that_is_new_or_of_today_is_not_copied(tmp_path: Path) -> None:
    for _ in range(2):
        Database(url(tmp_path)).close()

    assert not (tmp_path / "backups").exists()


def test_the_last_copies_are_kept_and_an_unfinished_one_is_deleted(tmp_path: Path) -> None:
    for number in range(module.KEPT + 2):
        old(tmp_path, "0009" if number % 2 else "0008")
        (tmp_path / "backups").mkdir(exist_ok=True)
        (tmp_path / "backups" / "memory-0001-x.db.part").write_text("half")
        Database(url(tmp_path)).close()
        newest = copies(tmp_path)
        (tmp_path / "memory.db").unlink()

    assert len(newest) == module.KEPT
    assert sorted(map(schema_of, newest)) == ["0008", "0008", "0009"]
    assert list((tmp_path / "backups").glob("*.part")) == []


def test_what_is_forgotten_is_in_no_copy(tmp_path: Path) -> None:
    database = Database(old(tmp_path))
    assert len(copies(tmp_path)) == 1

    database.scrub()

    assert copies(tmp_path) == []


def test_without_room_for_the_copy_nothing_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = old(tmp_path)
    usage = namedtuple("usage", "total used free")(10**9, 10**9 - 1000, 1000)  # noqa: PYI024 - as of shutil
    monkeypatch.setattr(sqlite_copy.shutil, "disk_usage", lambda _: usage)

    with pytest.raises(
        StorageError, match=r"schema 0009, and is not migrated .* 1 MB free, and \d+ MB are needed"
    ):
        Database(address)

    assert schema_of(tmp_path / "memory.db") == "0009"
    assert copies(tmp_path) == []
    monkeypatch.undo()
    assert stored_agent_names(Database(address)) == ["sam"]


def test_a_damaged_file_is_not_migrated_and_no_copy_of_it_is_kept(tmp_path: Path) -> None:
    address = old(tmp_path)
    with closing(sqlite3.connect(tmp_path / "memory.db")) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET rootpage = 4000 WHERE name = 'entries_times'")

    with pytest.raises(StorageError):
        Database(address)

    assert copies(tmp_path) == []


def test_a_process_that_migrates_for_too_long_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = old(tmp_path)
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.2)

    with (
        module.only_migration(tmp_path / "memory.db"),
        pytest.raises(StorageError, match="another process migrates"),
    ):
        Database(address)


def test_a_newer_schema_is_refused_without_a_copy(tmp_path: Path) -> None:
    address = old(tmp_path)
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()

    with pytest.raises(ConfigurationError, match="has schema 9999"):
        Database(address)

    assert copies(tmp_path) == []


def test_a_copy_made_while_others_write_is_one_moment(tmp_path: Path) -> None:
    database, writer = Database(url(tmp_path)), Database(url(tmp_path))
    with writer.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE filler (text TEXT)")
        for _ in range(2):  # more than one portion of pages
            connection.exec_driver_sql(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                "INSERT INTO filler SELECT hex(randomblob(1000)) FROM n"
            )
    written: list[int] = []

    def write(done: int, _total: int | None) -> None:
        with writer.writing() as connection:
            connection.exec_driver_sql("INSERT INTO filler VALUES ('later')")
        written.append(done)

    database.copy_to(tmp_path / "copy.db", write)

    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert connection.execute("SELECT count(*) FROM filler WHERE text = 'later'").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM filler").fetchone() == (6000,)
    assert len(written) > 1
    assert written == sorted(set(written))  # it did not begin again
    assert not (tmp_path / "copy.db-wal").exists()
