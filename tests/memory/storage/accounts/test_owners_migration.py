"""A home from before owners gets one owner for all that it has, and loses nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from postgresql import execute
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from workers import Worker

import memgpt_autogen.memory.storage.database as module
from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.storage.agents import (
    find_or_create_agent,
    find_or_create_archive,
    stored_agent_names,
    stored_archive_names,
)
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.engine import make_engine
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.memory.upkeep.health import check_database
from memgpt_autogen.messages import Message

TIME = "2026-01-01T00:00:00.000000"

KILLED = """
import os, signal, sys
from alembic import op
from memgpt_autogen.memory.storage.database import Database
made = op.create_index
def dying(name, *rest, **options):
    if name == "blocks_owners":
        os.kill(os.getpid(), signal.SIGKILL)
    return made(name, *rest, **options)
op.create_index = dying
Database(sys.argv[1])
"""


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.sqlite),
        pytest.param("postgresql", marks=pytest.mark.postgres),
    ]
)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the version before owners: two agents, a shared block, two archives."""
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        execute(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    engine, _ = make_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
        fill(connection)
    engine.dispose()
    return url


def fill(connection: Connection) -> None:
    def insert(table: str, **row: object) -> None:
        marks = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"), row)

    for agent, name in (("a", "sam"), ("b", "kim")):
        insert("agents", id=agent, name=name, created_at=TIME, paused_until=TIME)
        for seq in (1, 2):
            insert(
                "entries",
                agent_id=agent,
                seq=seq,
                kind="message",
                role="user",
                name="ada",
                text=f"tea {seq}",
                spoken=f"tea {seq}",
                payload="{}",
                created_at=TIME,
                place=seq,
            )
        insert(
            "summaries", agent_id=agent, through_seq=1, at_seq=1, text="T", source="model", created_at=TIME
        )
        insert("leases", agent_id=agent, token="t", holder="{}", since=TIME, until=0.0)
        insert("readings", agent_id=agent, archive_id="x", attached=True, seen=0)
    for block, label, shared in (("p", "persona", False), ("q", "plan", True)):
        insert(
            "blocks",
            id=block,
            label=label,
            value=f"my {label}",
            char_limit=2000,
            description="",
            shared=shared,
            updated_at=TIME,
        )
    for agent, block in (("a", "p"), ("a", "q"), ("b", "q")):
        insert("attachments", agent_id=agent, block_id=block, position=0, read_only=False)
    for archive, name in (("x", "library"), ("y", "team")):
        insert("archives", id=archive, name=name)


def counts(database: Database) -> dict[str, int]:
    tables = ("agents", "entries", "summaries", "leases", "readings", "blocks", "attachments", "archives")
    with database.reading() as connection:
        return {table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables}


WHOLE = {
    "agents": 2,
    "entries": 4,
    "summaries": 2,
    "leases": 2,
    "readings": 2,
    "blocks": 2,
    "attachments": 3,
    "archives": 2,
}


def test_all_that_an_old_home_has_is_the_homes(old: str) -> None:
    database = Database(old)

    assert counts(database) == WHOLE
    assert stored_agent_names(database) == ["kim", "sam"]
    assert stored_archive_names(database) == ["library", "team"]
    assert find_or_create_agent(database, "sam") == "a"
    assert find_or_create_archive(database, "team") == "y"
    assert [(block.label, block.shared) for block in CoreMemory(database, "a")] == [
        ("persona", False),
        ("plan", True),
    ]
    assert [entry.message.text for entry in Log(database, "a").everything()] == ["tea 1", "tea 2"]
    with database.reading() as connection:
        assert connection.execute(text("SELECT id, name, role FROM users")).all() == [(HOME, "home", "admin")]
        for table in ("agents", "blocks", "archives"):
            assert set(connection.scalars(text(f"SELECT owner_id FROM {table}"))) == {HOME}
    assert check_database(database).sound


def test_rows_still_go_with_their_agent_after_the_migration(old: str) -> None:
    database = Database(old)

    with database.writing() as connection:
        connection.execute(text("DELETE FROM agents WHERE id = 'a'"))

    assert counts(database) == {
        **WHOLE,
        "agents": 1,
        "entries": 2,
        "summaries": 1,
        "leases": 1,
        "readings": 1,
        "attachments": 1,
    }
    if database.dialect == "sqlite":
        with database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_names_are_unique_for_each_owner_and_owners_must_exist(old: str) -> None:
    database = Database(old)
    insert = text("INSERT INTO agents (id, name, created_at, owner_id) VALUES ('c', 'sam', '', :owner)")
    with database.writing() as connection:
        connection.execute(
            text("INSERT INTO users (id, name, role, created_at) VALUES ('u', 'ada', 'user', '')")
        )

    for owner in (HOME, "nobody"):
        with pytest.raises(StorageError) as refusal, database.writing() as connection:
            connection.execute(insert, {"owner": owner})
        assert isinstance(refusal.value.__cause__, IntegrityError)
    with database.writing() as connection:
        connection.execute(insert, {"owner": "u"})

    assert stored_agent_names(database) == ["kim", "sam"]
    assert stored_agent_names(database.owned_by("u")) == ["sam"]


def test_a_home_opens_whose_migration_was_killed_in_the_middle(old: str) -> None:
    killed = Worker(KILLED, old)
    killed.rest()
    assert killed.exit_code == -signal.SIGKILL

    database = Database(old)

    assert counts(database) == WHOLE
    Log(database, "a").append(Message.said_by("ada", "still here"))
    assert check_database(database).sound


def test_a_database_whose_memory_was_moved_away_still_refuses_writes(old: str) -> None:
    engine, _ = make_engine(old)
    with engine.begin() as connection:
        for statement in moved(connection.dialect.name):
            connection.exec_driver_sql(statement)
    engine.dispose()

    database = Database(old)

    assert stored_agent_names(database) == ["kim", "sam"]
    for statement in (
        "DELETE FROM agents",
        "UPDATE blocks SET value = ''",
        "INSERT INTO archives (id, name, owner_id) VALUES ('z', 'z', 'u')",
        "INSERT INTO users (id, name, role, created_at) VALUES ('u', 'ada', 'user', '')",
    ):
        with pytest.raises(StorageError, match="this memory was moved to somewhere"), database.writing() as c:
            c.execute(text(statement))


def moved(dialect: str) -> Iterator[str]:
    """What the version before owners did to a database that was moved away."""
    tables = ("agents", "blocks", "archives", "entries")
    if dialect == "sqlite":
        for table in tables:
            for change in ("INSERT", "UPDATE", "DELETE"):
                yield (
                    f"CREATE TRIGGER moved_{table}_{change} BEFORE {change} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'this memory was moved to somewhere'); END"
                )
        return
    yield (
        "CREATE FUNCTION memory_was_moved() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''this memory was moved to somewhere'' USING ERRCODE = ''25006''; END'"
    )
    for table in tables:
        yield (
            f"CREATE TRIGGER moved_{table} BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "EXECUTE FUNCTION memory_was_moved()"
        )
