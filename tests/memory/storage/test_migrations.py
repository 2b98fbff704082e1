"""The database's schema: made once, complete, and refused when a newer version made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from schema import make_older
from sqlalchemy import create_engine, text
from workers import Worker

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.context.queue import Queue
from memgpt_autogen.memory.qdrant.open import open_index
from memgpt_autogen.memory.recall.index import RecallIndex
from memgpt_autogen.memory.recall.search import RecallMemory
from memgpt_autogen.memory.storage.agents import find_or_create_agent, stored_agent_names
from memgpt_autogen.memory.storage.database import Database, open_database
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.old_schema import migrations
from memgpt_autogen.memory.storage.tables import HEAD, metadata
from memgpt_autogen.memory.upkeep.health import check_database
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

OPEN = """
import sys
from memgpt_autogen.memory.storage.agents import find_or_create_agent
from memgpt_autogen.memory.storage.database import Database
find_or_create_agent(Database(sys.argv[1]), sys.argv[2])
print("alembic" in sys.modules)
"""


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'memory.db'}"


def test_a_new_database_has_the_newest_schema_and_what_the_code_expects(tmp_path: Path) -> None:
    database = Database(url(tmp_path))

    with database.reading() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _object, name, *_rest: not str(name).startswith("entries_words"),
            },
        )
        assert compare_metadata(context, metadata) == []


def test_the_newest_script_is_the_head_the_code_names() -> None:
    assert ScriptDirectory.from_config(migrations()).get_heads() == [HEAD]


def test_a_database_of_a_newer_version_is_refused_with_both_versions(tmp_path: Path) -> None:
    with Database(url(tmp_path)).writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(
        ConfigurationError, match=rf"has schema 9999, .*schema {HEAD}.* Upgrade memgpt-autogen"
    ):
        Database(url(tmp_path))


def test_processes_that_open_a_new_home_at_once_all_succeed_and_opening_again_needs_no_alembic(
    tmp_path: Path,
) -> None:
    workers = [Worker(OPEN, url(tmp_path), f"agent{number}") for number in range(3)]
    told = [line for worker in workers for line in worker.rest()]

    assert [worker.exit_code for worker in workers] == [0] * 3
    assert "True" in told
    assert stored_agent_names(Database(url(tmp_path))) == [f"agent{number}" for number in range(3)]
    assert Worker(OPEN, url(tmp_path), "late").rest() == ["False"]


def test_an_opening_that_dies_halfway_leaves_a_home_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import alembic.command

    upgrade = alembic.command.upgrade

    def dying(config: Any, revision: str) -> None:
        upgrade(config, revision)
        raise KeyboardInterrupt

    monkeypatch.setattr(alembic.command, "upgrade", dying)
    with pytest.raises(KeyboardInterrupt):
        Database(url(tmp_path))
    monkeypatch.undo()

    assert stored_agent_names(Database(url(tmp_path))) == []


def test_agents_of_one_home_share_its_database(tmp_path: Path) -> None:
    database = open_database(url(tmp_path))

    assert open_database(url(tmp_path)) is database


def test_a_home_in_a_folder_with_a_strange_name_opens(tmp_path: Path) -> None:
    folder = tmp_path / "100% mine, naïve #1"
    folder.mkdir()

    find_or_create_agent(Database(url(folder)), "sam")

    assert (folder / "memory.db").exists()


def test_a_file_that_is_no_database_is_an_error_of_storage(tmp_path: Path) -> None:
    (tmp_path / "memory.db").write_bytes(b"something else entirely" * 100)

    with pytest.raises(StorageError, match="file is not a database"):
        Database(url(tmp_path))


@pytest.mark.parametrize(
    "given", ["nonsense", "foo://ben:hunter2@host/x", "postgresql://ben:hunter2@/x:y:z@"]
)
def test_a_url_that_cannot_be_used_is_the_developers_error_and_hides_the_password(given: str) -> None:
    with pytest.raises((ConfigurationError, StorageError)) as refusal:
        Database(given)

    assert "hunter2" not in str(refusal.value)


def test_a_database_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"missing.memory\.db"):
        Database(url(tmp_path / "missing"))


@pytest.mark.sqlite
def test_a_home_may_have_any_name(tmp_path: Path) -> None:
    home = tmp_path / "what? #1 100% ö"

    memory = open_memory("sam", Settings.load(home=home))
    memory.log.append(Message.said_by("ada", "hi"))

    assert (home / "memory.db").exists()
    assert memory.recall.search("hi").total == 1


def test_a_home_of_the_first_schema_gets_the_newest_and_keeps_its_log_and_summaries(tmp_path: Path) -> None:
    first(url(tmp_path))
    engine = create_engine(url(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO agents VALUES ('a', 'sam', '2026-01-01T00:00:00.000000', NULL)"))
        for seq in (1, 2, 3):
            connection.execute(
                text(
                    "INSERT INTO entries "
                    "(agent_id, seq, kind, role, name, text, spoken, payload, created_at) "
                    f"VALUES ('a', {seq}, 'message', 'user', 'ada', 'tea {seq}', 'tea {seq}', '{{}}', "
                    f"'2026-01-0{seq}T00:00:00.000000')"
                )
            )
        connection.execute(
            text("INSERT INTO summaries VALUES (1, 'a', 1, 'tea', 'model', '2026-01-02T12:00:00.000000')")
        )
    engine.dispose()

    database = Database(url(tmp_path))

    log = Log(database, "a")
    summary = Queue(database, "a", log).summary
    assert [(entry.seq, entry.message.text, entry.hidden) for entry in log.everything()] == [
        (1, "tea 1", False),
        (2, "tea 2", False),
        (3, "tea 3", False),
    ]
    assert summary is not None
    assert (summary.text, summary.through_seq, summary.at_seq) == ("tea", 1, 2)
    index = RecallIndex(database, "a", "sam", open_index(tmp_path / "archives"))
    assert RecallMemory(database, "a", "sam", index=index).search('"tea"').total == 3


def test_a_home_from_before_forms_finds_other_forms_and_keeps_its_texts(tmp_path: Path) -> None:
    make_older(url(tmp_path), "0004")
    said = ["किताब लौटानी है", "तालाब के पास", "Call O’Brien", "Jose\u0301 came", "مُحَمَّد pass\u00adword"]
    engine = create_engine(url(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO agents VALUES ('a', 'sam', '2026-01-01T00:00:00.000000', NULL)"))
        for seq, spoken in enumerate(said, 1):
            connection.execute(
                text(
                    "INSERT INTO entries "
                    "(agent_id, seq, kind, role, name, text, spoken, payload, created_at, place) "
                    "VALUES ('a', :seq, 'message', 'user', 'ada', :said, :said, '{}', "
                    "'2026-01-01T00:00:00.000000', :seq)"
                ),
                {"seq": seq, "said": spoken},
            )
    engine.dispose()

    database = Database(url(tmp_path))

    index = RecallIndex(database, "a", "sam", open_index(tmp_path / "archives"))
    recall = RecallMemory(database, "a", "sam", index=index)
    phrases = {'"किताब"': 0, '"call o\'brien"': 2, '"josé came"': 3, '"محمد"': 4, '"password"': 4}
    assert {query: [hit.text for hit in recall.search(query).items] for query in phrases} == {
        query: [said[place]] for query, place in phrases.items()
    }
    assert [entry.message.text for entry in Log(database, "a").everything()] == said
    assert check_database(database).sound


def first(database_url: str) -> None:
    """Make a database as the first release made it."""
    make_older(database_url, "0001")
