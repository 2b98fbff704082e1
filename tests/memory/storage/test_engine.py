"""The URLs of databases: which are taken, and that no error shows a password."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.engine import database_url, make_engine, sqlite_url
from memgpt_autogen.settings import Settings


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_scheme_is_taken(scheme: str) -> None:
    url = database_url(f"{scheme}://ben:hunter2@db.example:5433/agents?sslmode=require")

    assert url.drivername == "postgresql+psycopg"
    assert (url.host, url.port, url.database, url.query["sslmode"]) == (
        "db.example",
        5433,
        "agents",
        "require",
    )


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "mysql://ben:hunter2@host/x",
        "postgresql+asyncpg://ben:hunter2@h/x",
        "postgresql://a:hunter2@h:x/y",
    ],
)
def test_another_url_is_refused_without_its_password(url: str, tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, database_url=url)

    with pytest.raises(ConfigurationError, match=r"looks like postgresql://user:password@host") as refusal:
        open_memory("sam", settings)

    assert (
        "hunter2"
        not in f"{refusal.value} {refusal.value.__cause__} {settings!r} {settings.model_dump_json()}"
    )


def test_a_server_that_is_not_there_is_an_error_that_hides_the_password(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, database_url="postgresql://ben:hunter2@127.0.0.1:9/x")

    with pytest.raises(StorageError, match=r"ben:\*\*\*@127.0.0.1:9") as refusal:
        open_memory("sam", settings)

    assert "hunter2" not in f"{refusal.value} {refusal.value.__cause__}"


@pytest.mark.sqlite
def test_a_new_file_is_opened_while_another_process_writes_its_first_tables(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE first (number)")
        other.execute("BEGIN IMMEDIATE")
        later = threading.Timer(0.3, other.execute, ("COMMIT",))
        later.start()
        engine, _ = make_engine(sqlite_url(path))

        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"

        later.join()
        engine.dispose()


@pytest.mark.sqlite
def test_connections_are_kept_and_the_one_used_last_is_taken(tmp_path: Path) -> None:
    """A new one is slow, and each keeps the pages that it has read."""
    threads, database, made = 12, Database(sqlite_url(tmp_path / "memory.db")), list[object]()
    meet = threading.Barrier(threads, timeout=30)

    def read(_: int) -> None:
        with database.reading():
            meet.wait()

    def used() -> int:
        with database.reading() as connection:
            return id(connection.connection.dbapi_connection)

    def connected(raw: object, _: object) -> None:
        made.append(raw)

    event.listen(Engine, "connect", connected)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for _ in range(3):
                list(pool.map(read, range(threads)))
        assert len(made) <= threads
        assert len({used() for _ in range(5)}) == 1
    finally:
        event.remove(Engine, "connect", connected)
        database.close()
