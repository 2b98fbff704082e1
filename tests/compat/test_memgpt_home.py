"""A home of MemGPT 0.3 is imported: blocks, messages and passages of its agents, and a report of the rest."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest
from old_agents import (
    ADA,
    EARLY_AGENTS,
    SAM,
    TABLES,
    agent_row,
    conversation,
    insert,
    make_home,
)
from postgresql import execute

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.compat.import_agents import import_agents
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.home import agent_names, open_existing
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.named_texts import NamedTexts
from memgpt_autogen.settings import Settings


def opened(name: str = "sam") -> MemoryHierarchy:
    return open_existing(name, Settings.load())


def test_blocks_messages_summary_and_passages_come_with_their_times(tmp_path: Path) -> None:
    import_agents(make_home(tmp_path / "old"))

    sam = opened()
    assert {block.label: (block.value, block.limit) for block in sam.core} == {
        "persona": ("I am Sam, a tea expert.", 2000),
        "human": ("Ada. She lives in Bergen.", 60),
    }
    assert [(each.name, each.text) for each in sam.recall.search("tea").items[:2]] == [
        ("ada", "I prefer green tea."),
        ("sam", "Noted: green tea."),
    ]
    assert sam.recall.search("Bergen").items[0].time == datetime(2024, 7, 1, 14, 6, tzinfo=timezone.utc)
    assert {(each.text, each.source) for each in sam.archival.list().items} == {
        ("Ada's tea shop opens at nine.", "memgpt"),
        ("Chapter 1. Tea grows on hills.", "tea book"),
    }
    assert sam.archival.list(sources=["memgpt"]).items[0].created_at.timestamp() == 1719842400
    assert sam.queue.summary.text == "Ada and I spoke about tea."


def test_the_prompt_begins_where_memgpts_window_began(tmp_path: Path) -> None:
    import_agents(make_home(tmp_path / "old"))

    shown = [(entry.message.kind, entry.message.spoken) for entry in opened().queue.entries()]

    assert shown == [
        ("message", "Where is Bergen?"),
        ("step", "In Norway."),
        ("result", None),
        ("heartbeat", None),
    ]


@pytest.mark.autogen
def test_an_imported_agent_goes_on_talking(tmp_path: Path) -> None:
    import_agents(make_home(tmp_path / "old"))

    sam = MemGPTAgent("sam", silent=True)
    reply = sam.generate_reply([{"role": "user", "name": "ada", "content": "What tea do I prefer?"}])

    assert "green tea" in str(reply)


def test_calls_that_share_an_id_keep_their_own_results(tmp_path: Path) -> None:
    import_agents(make_home(tmp_path / "old"))

    messages = [entry.message for entry in opened().log.everything()]
    calls = [call.id for message in messages for call in message.tool_calls]
    answered = [message.tool_call_id for message in messages if message.kind == "result"]

    assert len(set(calls)) == 2
    assert answered == calls


def test_the_report_names_what_did_not_come(tmp_path: Path) -> None:
    report = str(import_agents(make_home(tmp_path / "old")))

    assert "sam: 2 blocks, 10 log entries, 1 summary, 2 passages" in report
    for note in (
        "1 copy of the system prompt: not imported",
        "explains MemGPT's own functions",
        "tools that this package does not have: roll_dice",
        "the source 'coffee book' (1 passage): attached to no agent",
        "functions of your own, not imported and never run: roll_dice",
        "human 'ada' is not imported: the human 'ada' has 3,000 characters",
    ):
        assert note in report
    assert "sk-secret" not in report


def test_the_users_own_personas_and_humans_come_and_memgpts_do_not(tmp_path: Path) -> None:
    done = import_agents(make_home(tmp_path / "old"))

    home = Settings.load().home
    assert done.texts == ("persona pirate", "human ben")
    assert [*NamedTexts(home, "persona")] == ["pirate"]
    assert NamedTexts(home, "human")["ben"] == "Ben is a baker."


def test_a_second_import_doubles_nothing(tmp_path: Path) -> None:
    old = make_home(tmp_path / "old")
    import_agents(old)
    before = opened().log.count(spoken=False), opened().archival.count()

    again = import_agents(old)

    assert [agent.state for agent in again.agents] == ["was there already"]
    assert again.texts == ()
    assert (opened().log.count(spoken=False), opened().archival.count()) == before


def test_an_agent_that_has_changed_there_is_refused_and_comes_under_another_name(tmp_path: Path) -> None:
    old = make_home(tmp_path / "old")
    import_agents(old)
    with closing(sqlite3.connect(old / "sqlite.db")) as connection, connection:
        later = {
            **conversation()[6],
            "id": "later",
            "user_id": ADA,
            "created_at": "2024-07-02 09:00:00.000000",
        }
        insert(connection, "memgpt_recall_memory_agent", later)

    (again,) = import_agents(old).agents
    (other,) = import_agents(old, name="sam2").agents

    assert again.state == "changed since its import"
    assert not again.complete
    assert other.state == "imported"
    assert opened("sam2").recall.search("Bergen").total == opened().recall.search("Bergen").total + 1


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    done = import_agents(make_home(tmp_path / "old"), dry_run=True)

    assert [agent.state for agent in done.agents] == ["would be imported"]
    assert not Settings.load().home.exists()


def test_the_old_home_is_only_read(tmp_path: Path) -> None:
    old = make_home(tmp_path / "old")
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}

    import_agents(old)

    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file()} == before


def test_homes_from_before_0_3_18_are_read(tmp_path: Path) -> None:
    state = {
        "persona": "I am Sam.",
        "human": "Ada.",
        "system": "Speak like a pirate.",
        "functions": [{"name": "dive"}],
    }
    row = {**agent_row(), "state": state, "persona": "sam_pov", "human": "basic", "preset": "memgpt_chat"}
    early = {key: value for key, value in row.items() if key not in ("system", "tools")}
    tables = (
        EARLY_AGENTS
        + TABLES.partition("CREATE TABLE sources")[1]
        + TABLES.partition("CREATE TABLE sources")[2]
    )

    done = import_agents(make_home(tmp_path / "old", agents=[early], tables=tables))

    blocks = {block.label: (block.value, block.read_only) for block in opened().core}
    assert blocks == {
        "persona": ("I am Sam.", False),
        "human": ("Ada.", False),
        "guidelines": ("Speak like a pirate.", True),
    }
    assert "does not have: dive" in str(done)


def test_one_agent_that_cannot_come_does_not_stop_the_others(tmp_path: Path) -> None:
    agents = [agent_row(), agent_row(id_="3"), agent_row("two words", "4")]

    done = import_agents(make_home(tmp_path / "old", agents=agents))

    assert [(agent.name, agent.state) for agent in done.agents] == [
        ("sam", "imported"),
        ("sam", "refused"),
        ("two-words", "imported"),
    ]
    assert not done.complete
    assert agent_names(Settings.load()) == ["sam", "two-words"]


def test_one_agent_is_chosen_by_name_or_id_and_gets_another_name(tmp_path: Path) -> None:
    old = make_home(tmp_path / "old", agents=[agent_row(), agent_row("tim", "3")])

    import_agents(old, agent=SAM, name="sandra")

    assert agent_names(Settings.load()) == ["sandra"]
    with pytest.raises(ConfigurationError, match="there is no agent 'tom' in it; there are: sam, tim"):
        import_agents(old, agent="tom")
    with pytest.raises(ConfigurationError, match=r"there are 2: sam, tim\. Give agent="):
        import_agents(old, name="sandra")


def test_a_result_that_is_missing_is_said_so_that_the_agent_does_not_wait(tmp_path: Path) -> None:
    rows = [row for row in conversation() if row["role"] != "tool"]

    import_agents(make_home(tmp_path / "old", messages=rows))

    assert opened().queue.waiting() == {}


def test_passages_in_a_store_that_is_not_read_are_named(tmp_path: Path) -> None:
    old = make_home(tmp_path / "old")
    (old / "config").write_text("[archival_storage]\ntype = milvus\nuri = http://milvus\n")

    report = str(import_agents(old))

    assert "archival passages: they are in milvus, which this import does not read" in report
    assert opened().recall.search('"green tea"').total == 2


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda old: old.mkdir(), "is not a home of MemGPT 0.3"),
        (
            lambda old: make_home(old, tables=TABLES).joinpath("sqlite.db").write_bytes(b"x" * 5000),
            "cannot be read",
        ),
        (lambda old: make_home(old).joinpath("config").write_text("type = chroma"), "is damaged"),
    ],
)
def test_a_folder_that_is_no_home_or_is_damaged_is_refused_by_name(
    tmp_path: Path, make: object, why: str
) -> None:
    make(tmp_path / "old")  # type: ignore[operator]

    with pytest.raises((ConfigurationError, StorageError), match=why):
        import_agents(tmp_path / "old")


def test_the_database_of_a_letta_server_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with closing(sqlite3.connect(tmp_path / "old/sqlite.db")) as connection, connection:
        connection.execute("CREATE TABLE agents (id TEXT, name TEXT, message_ids JSON)")
        insert(connection, "agents", {"id": "agent-1", "name": "sam", "message_ids": []})

    with pytest.raises(ConfigurationError, match=r"of a Letta server.*agent file \(\.af\)"):
        import_agents(tmp_path / "old" / "sqlite.db")


@pytest.mark.postgres
@pytest.mark.slow
def test_a_home_in_postgresql_is_read(tmp_path: Path, postgresql_url: str) -> None:
    import psycopg

    passages = (
        "CREATE TABLE memgpt_archival_memory_agent (id UUID, agent_id UUID, text VARCHAR, "
        "data_source VARCHAR, created_at TIMESTAMP)"
    )
    tables = re.sub(r"\bCHAR NOT", "VARCHAR NOT", TABLES.replace("agent_id CHAR NOT", "agent_id UUID NOT"))
    tables = tables.replace("DATETIME", "TIMESTAMP").replace("BINARY", "BYTEA")
    name = "memgpt_old"
    execute(postgresql_url, f"CREATE DATABASE {name}")
    url = f"{postgresql_url.rpartition('/')[0]}/{name}"
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for statement in (*tables.split(";"), passages):
            if statement.strip():
                connection.execute(statement)
        insert(connection, "agents", agent_row(), "%s")
        for row in conversation():
            insert(connection, "memgpt_recall_memory_agent", {"user_id": ADA, **row}, "%s")
        kept = {
            "id": ADA,
            "agent_id": SAM,
            "text": "Ada's tea shop opens at nine.",
            "created_at": "2024-07-01",
        }
        insert(connection, "memgpt_archival_memory_agent", kept, "%s")
    old = tmp_path / "old"
    old.mkdir()
    address = url.replace("postgresql://", "postgresql+pg8000://").replace("+psycopg", "")
    stores = ("metadata", "recall", "archival")
    (old / "config").write_text(
        "".join(f"[{store}_storage]\ntype = postgres\nuri = {address}\n" for store in stores)
    )

    done = import_agents(old)

    execute(postgresql_url, f"DROP DATABASE {name} WITH (FORCE)")
    assert [agent.state for agent in done.agents] == ["imported"]
    assert opened().recall.search('"green tea"').total == 2
    assert opened().archival.count() == 1
