"""`add` and `delete`."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import remember, run, run_json

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home import agent_names
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.settings import Settings


def test_texts_are_added_listed_and_deleted(home: Path) -> None:
    run("add", "human", "ada", "--file", "-", typed="Ada, an engineer.\n")

    assert run_json("list", "humans") == [{"name": "ada", "text": "Ada, an engineer."}]
    assert "--replace" in run("add", "human", "ada", "--text", "Another.", code=1)
    assert "is not valid" in run("add", "human", "../ada", "--text", "x", code=1)
    assert "2,000" in run("add", "human", "long", "--text", "x" * 2001, code=1)
    run("delete", "human", "ada")
    assert list((home / "humans").iterdir()) == []


@pytest.mark.sqlite
def test_sources_are_listed_and_deleted() -> None:
    memory = open_memory("sam")
    memory.archival.insert("Tea is grown in Assam.", source="tea.md")
    memory.archival.insert("My own note.")
    memory.archival.close()

    assert run_json("list", "sources") == [
        {"agent": "sam", "source": "tea.md", "archive": None, "passages": 1}
    ]
    assert "Its sources: tea.md" in run("delete", "source", "coffee.md", code=1)
    assert "deleted 1 passage\n" in run("delete", "source", "tea.md", typed="y\n")
    assert run_json("list", "sources") == []
    assert open_memory("sam").archival.count() == 1


@pytest.mark.sqlite
def test_an_agent_is_deleted_for_good_with_all_that_is_its_alone(home: Path) -> None:
    team = Block("team", "We release on 14 May.", shared=True)
    remember("sam", "The secret word is zanzibar.", blocks=[team, Block("notes", "zanzibar again")])
    remember("tim", "Hello.", blocks=[team])
    sam = open_memory("sam")
    sam.archival.insert("zanzibar is an island")
    sam.attach(text="In zanzibar there are cloves.", name="zanzibar notes")
    assert sam.recall.search("zanzibar").total == 1
    sam.archival.close()
    sam.recall.close()

    assert "1 message " in run("delete", "agent", "sam", "--dry-run")
    run("delete", "agent", "sam", typed="n\n")
    assert agent_names(Settings.load()) == ["sam", "tim"]
    shown = run("delete", "agent", "sam", typed="y\n")

    assert "2 passages\nblocks: persona, human, notes" in shown
    assert "kept, since other agents have them too: team" in shown
    assert agent_names(Settings.load()) == ["tim"]
    assert list((home / "archives").iterdir()) == []
    assert open_memory("tim").core["team"].value == "We release on 14 May."
    left = [path for path in home.rglob("*") if path.is_file() and b"zanzibar" in path.read_bytes()]
    assert left == []
    assert open_memory("sam").log.count() == 0
