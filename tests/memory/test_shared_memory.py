"""Memory that agents of a home share: blocks and an archive, with no lost update."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from loops import MemoryFactory

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import BlockError, ConfigurationError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

TEAM = Block("team", "blue", shared=True)


def edits(memory: MemoryHierarchy) -> list[tuple[str | None, str]]:
    """The team block's story as this agent's log tells it."""
    told = [entry.message for entry in memory.log.edits() if entry.message.name == "team"]
    return [(edit.extra["before"], edit.extra["after"]) for edit in told]


def test_an_edit_of_a_shared_block_is_in_the_others_next_prompt_and_in_both_logs(
    make_memory: MemoryFactory,
) -> None:
    sam, ida = make_memory("sam", blocks=[TEAM]), make_memory("ida", blocks=[TEAM])  # T9

    sam.core.edit("team", lambda block: block.append("wins"))
    ida.core.edit("team", lambda block: block.append("often"))

    assert sam.core["team"].value == ida.core["team"].value == "blue\nwins\noften"
    assert "blue\nwins\noften" in ida.compile()[0]["content"]
    assert '<team shared="true"' in ida.compile()[0]["content"]
    assert edits(sam) == edits(ida)
    assert edits(sam)[-1] == ("blue\nwins", "blue\nwins\noften")


def test_who_joins_later_finds_the_text_and_limit_that_are_there(make_memory: MemoryFactory) -> None:
    make_memory("sam", blocks=[TEAM]).core.set("team", "green")

    ida = make_memory("ida", blocks=[Block("team", "red", limit=9, shared=True)])

    assert ida.core["team"] == Block("team", "green", shared=True)
    assert edits(ida) == [(None, "green")]


def test_a_shared_block_may_be_read_only_for_some(make_memory: MemoryFactory) -> None:
    sam = make_memory("sam", blocks=[TEAM])
    ida = make_memory("ida", blocks=[Block("team", shared=True, read_only=True)])

    with pytest.raises(BlockError, match="read-only"):
        ida.core.edit("team", lambda block: block.append("x"))
    sam.core.edit("team", lambda block: block.append("x"))

    assert ida.core["team"].value == "blue\nx"
    assert not sam.core["team"].read_only


def test_threads_of_two_agents_edit_a_shared_block_and_lose_nothing(make_memory: MemoryFactory) -> None:
    sam, ida = make_memory("sam", blocks=[TEAM]), make_memory("ida", blocks=[TEAM])  # T14
    turns = [(memory, f"{memory.name} {number}") for number in range(12) for memory in (sam, ida)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda turn: turn[0].core.edit("team", lambda block: block.append(turn[1])), turns))

    assert sorted(sam.core["team"].value.split("\n")) == sorted(["blue", *(line for _, line in turns)])
    assert edits(sam) == edits(ida)


APPEND = """
import sys
from memgpt_autogen import Block, open_memory
memory = open_memory(sys.argv[1], blocks=[Block("team", "blue", shared=True)])
for number in range(15):
    memory.core.edit("team", lambda block: block.append(f"{sys.argv[1]} {number}"))
"""


def test_processes_of_two_agents_edit_a_shared_block_and_lose_nothing(make_memory: MemoryFactory) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", APPEND, name]) for name in ("sam", "ida")]  # T14
    assert [process.wait(60) for process in processes] == [0, 0]

    lines = make_memory("sam").core["team"].value.split("\n")

    assert sorted(lines) == sorted(["blue", *(f"{name} {n}" for name in ("sam", "ida") for n in range(15))])


def test_blocks_of_one_label_that_are_not_shared_stay_apart(make_memory: MemoryFactory) -> None:
    sam, ida = (
        make_memory("sam", blocks=[Block("goal", "a")]),
        make_memory("ida", blocks=[Block("goal", "b")]),
    )

    sam.core.set("goal", "c")

    assert ida.core["goal"].value == "b"


@pytest.mark.sqlite
def test_homes_do_not_share(make_memory: MemoryFactory, tmp_path: Path) -> None:
    here = make_memory("sam", blocks=[TEAM], archive="team")
    there = open_memory("sam", Settings.load(home=tmp_path / "other"), blocks=[TEAM], archive="team")

    here.core.set("team", "secret")
    here.archival.insert("secret")

    assert there.core["team"].value == "blue"
    assert there.archival.count() == 0
    assert here.archival.archive_id != there.archival.archive_id


def test_a_block_cannot_change_hands(make_memory: MemoryFactory) -> None:
    make_memory("sam", blocks=[Block("team")])

    with pytest.raises(
        ConfigurationError, match="'team' is the agent's own already and cannot become shared"
    ):
        make_memory("sam", blocks=[TEAM])


def test_an_archive_named_by_several_is_one(make_memory: MemoryFactory) -> None:
    sam, ida = make_memory("sam", archive="library"), make_memory("ida", archive="library")
    tom = make_memory("tom")

    sam.archival.insert("The permit is FG-2219.", tags=["permits"])

    assert [hit.passage.text for hit in ida.archival.search("permit").items] == ["The permit is FG-2219."]
    assert tom.archival.search("permit").total == 0
    assert "shared archival: 1 passages" in ida.compile()[0]["content"]


def test_a_reset_leaves_what_is_shared(make_memory: MemoryFactory) -> None:
    sam, ida = (make_memory(name, blocks=[TEAM], archive="library") for name in ("sam", "ida"))
    sam.core.set("team", "red")
    sam.core.set("human", "Ben")
    sam.archival.insert("a book")

    sam.reset()

    assert sam.core["human"].value == ""
    assert ida.core["team"].value == sam.core["team"].value == "red"
    assert ida.archival.count() == 1
    assert edits(sam) == [(None, "red")]


def test_the_prompt_names_who_takes_part_as_of_the_last_edit(make_memory: MemoryFactory) -> None:
    sam = make_memory("sam")
    for name, text in (("ada", "hi"), ("ben", "hello"), ("ada", "tea?")):
        sam.log.append(Message.said_by(name, text))
    before = sam.compile()[0]["content"]

    sam.core.edit("human", lambda block: block.append("ada likes tea"))
    after = sam.compile()[0]["content"]
    sam.log.append(Message.said_by("eve", "I am new"))

    assert "participants" not in before
    assert "participants, last speaker first: ada (2), ben (1)" in after
    assert sam.compile()[0]["content"] == after  # who came since is named by the queue's events
