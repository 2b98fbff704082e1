"""Locks between processes: what one reads and then writes elsewhere, no other one changes meanwhile."""

from __future__ import annotations

import errno
import os
import threading
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from loops import MemoryFactory
from portalocker.exceptions import LockException
from postgresql import execute
from workers import Worker

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.storage import one_process
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.engine import sqlite_url
from memgpt_autogen.testing.qdrant import QdrantStandIn

REPLACES = """
import sys
from memgpt_autogen.assembly import open_memory

archive, who, old = open_memory("sam").archival, *sys.argv[1:]
input()
for number in range(5):
    print(archive.insert(f"{who} says that Ana moved {number} times.", replaces=old)[0].id, flush=True)
"""


@pytest.mark.usefixtures("where")
def test_what_two_processes_replace_at_once_keeps_the_links_to_all_of_it(
    make_memory: MemoryFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with QdrantStandIn() as server:
        monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_URL", server.url)
        archive = make_memory("sam").archival
        (lisbon,) = archive.insert("Ana lives in Lisbon.")

        workers = [Worker(REPLACES, who, lisbon.id) for who in ("Ben", "Kim")]
        for worker in workers:
            worker.send()
        new = [id_ for worker in workers for id_ in worker.rest()]

        read = archive.get(lisbon.id)
        assert read is not None
        assert len(new) == 10
        assert set(read.replaced_by) == set(new)


HOLDS = """
import sys
from memgpt_autogen.memory.storage.database import Database

with Database(sys.argv[1]).only_process("anna"):
    print("inside", flush=True)
    input()
"""


def test_a_killed_process_keeps_nothing(databases: tuple[Database, Database]) -> None:
    ours, _ = databases
    worker = Worker(HOLDS, ours.url.render_as_string(hide_password=False))
    assert worker.line() == "inside"
    inside = enters(ours.only_process("anna"))
    assert not inside.wait(0.3)

    worker.kill()

    assert inside.wait(10)


@pytest.fixture
def databases(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Database, Database]:
    """One database, opened twice, as two processes have it."""
    url = (
        os.environ["MEMGPT_AUTOGEN_DATABASE_URL"]
        if where == "postgresql"
        else str(sqlite_url(tmp_path / "m.db"))
    )
    return Database(url), Database(url)


def enters(held: AbstractContextManager[object]) -> threading.Event:
    """Enter in another thread, and tell when it is inside."""
    inside = threading.Event()

    def enter() -> None:
        with held:
            inside.set()

    threading.Thread(target=enter, daemon=True).start()
    return inside


def test_another_one_waits_until_the_first_has_ended(databases: tuple[Database, Database]) -> None:
    ours, theirs = databases

    with ours.only_process("anna"):
        inside = enters(theirs.only_process("anna"))
        assert not inside.wait(0.3)

    assert inside.wait(10)


def test_who_waits_too_long_learns_why(
    databases: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = databases
    monkeypatch.setattr(one_process, "WAIT_SECONDS", 1.0)

    with (
        ours.only_process("anna"),
        pytest.raises(StorageError, match=r"keeps .*m\.lock for more than 1 s|lock timeout"),
    ):
        theirs.only_process("anna").__enter__()

    with theirs.only_process("anna"):
        pass


def test_a_thread_that_writes_does_not_wait(databases: tuple[Database, Database]) -> None:
    """It would keep the one that it waits for from writing."""
    ours, theirs = databases

    with ours.only_process("anna"), theirs.writing(), theirs.only_process("anna"):
        pass


@pytest.mark.postgres
def test_a_server_that_ends_the_connection_does_not_fail_what_was_done(postgresql_url: str) -> None:
    database = Database(postgresql_url)

    with database.only_process("anna"):
        execute(
            postgresql_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )

    with database.only_process("anna"):
        assert database.schema() is not None


def test_a_file_system_without_locks_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(sqlite_url(tmp_path / "m.db"))

    def refuse(*_: object) -> None:
        raise LockException(OSError(errno.ENOLCK, "No locks available"))

    monkeypatch.setattr(one_process.portalocker, "lock", refuse)
    with database.only_process("anna"):
        pass

    assert "m.lock cannot be locked" in caplog.text


def test_a_database_in_memory_has_no_other_process() -> None:
    with Database("sqlite://").only_process("anna"), Database("sqlite://").only_process("anna"):
        pass
