"""Forks: a new agent with memory as it was at some point, which reaches nothing of the one it came from."""

from __future__ import annotations

import gc
import threading
from datetime import datetime, timezone

import pytest
from finding import holding
from loops import HELLO, LoopFactory, MemoryFactory, requests_of

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, HistoryError, StorageError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import HashingEmbedder, call, says

TEAM = Block("team", "blue", shared=True)


def append(memory: MemoryHierarchy, text: str, label: str = "human") -> None:
    memory.core.edit(label, lambda block: block.append(text))


def lived(memory: MemoryHierarchy) -> MemoryHierarchy:
    """A memory with something of everything in it."""
    append(memory, "ada likes tea")
    memory.log.append(Message.said_by("ada", "I live in Lisbon."), Message.said_by("ben", "It rains."))
    memory.queue.evict(memory.log.last_seq() - 1, "ada lives in Lisbon", "model")
    memory.archival.insert("The permit is FG-2219.", tags=["permits"], source="letter.md")
    return memory


def kept(memory: MemoryHierarchy) -> object:
    """All that a fork must not touch."""
    return (
        list(memory.core),
        memory.queue.summaries(),
        memory.log.everything(),
        list(memory.archival.dump()),
    )


def test_a_fork_knows_what_its_source_knew(make_memory: MemoryFactory) -> None:
    sam = lived(make_memory())

    kim = sam.fork("kim")

    assert kim.name == "kim"
    assert list(kim.core) == list(sam.core)
    assert kim.queue.summary == sam.queue.summary
    assert kim.queue.entries() == sam.queue.entries()
    assert "ada lives in Lisbon" in kim.compile()[1]["content"]
    assert kim.compile()[2:] == sam.compile()[2:]
    assert holding(kim, "Lisbon") == ["I live in Lisbon."]
    (found,) = kim.archival.search("permit").items
    assert (found.passage.text, found.passage.tags) == ("The permit is FG-2219.", ("permits",))


def test_source_and_fork_go_their_own_ways(make_memory: MemoryFactory) -> None:
    sam = lived(make_memory())
    before = kept(sam)
    kim = sam.fork("kim")

    append(kim, "ada hates tea")
    kim.log.append(Message.said_by("ada", "Goodbye."))
    kim.pop(2)
    kim.queue.evict(kim.log.last_seq(), "all is gone", "model")
    kim.archival.insert("Another fact.")
    kim.archival.delete_source("letter.md")

    assert kept(sam) == before
    sam.archival.clear()
    sam.reset()
    assert [passage.text for passage in kim.archival.list().items] == ["Another fact."]
    assert kim.core["human"].value == "ada likes tea\nada hates tea"


def test_a_fork_at_an_earlier_entry_knows_nothing_that_came_later(make_memory: MemoryFactory) -> None:
    sam = lived(make_memory())
    at = sam.log.last_seq()
    state = sam.at(at)
    append(sam, "and cake")
    sam.pop()
    sam.queue.evict(sam.log.last_seq(), "it rained", "model")
    sam.archival.insert("The permit was withdrawn.")

    kim = sam.fork("kim", at=at)

    assert tuple(kim.core) == state.blocks
    assert kim.queue.summary == state.summary
    assert tuple(kim.queue.entries()) == state.queue
    assert len(holding(kim, "rains")) == 1
    assert holding(sam, "rains") == []


def test_the_passages_of_a_fork_are_those_up_to_the_time_of_its_entry(make_memory: MemoryFactory) -> None:
    sam = make_memory()
    for year in (2024, 2025):
        time = datetime(year, 1, 1, tzinfo=timezone.utc)
        sam.log.append(Message("user", f"It is {year}.", name="ada", time=time))
        sam.archival.insert(f"A fact of {year}.", created_at=time)

    kim = sam.fork("kim", at=3)

    assert [passage.text for passage in kim.archival.list().items] == ["A fact of 2024."]
    assert sam.fork("lee").archival.count() == 2


def test_a_fork_is_found_again_by_name_and_has_the_whole_past(make_memory: MemoryFactory) -> None:
    sam = lived(make_memory())
    seqs = range(sam.log.last_seq() + 1)
    sam.fork("kim")

    kim = make_memory("kim")

    assert [kim.at(seq).blocks for seq in seqs] == [sam.at(seq).blocks for seq in seqs]
    assert kim.archival.count() == 1
    assert kim.history()[-1].what == "fork"
    kim.undo()
    assert (kim.core["human"].value, sam.core["human"].value) == ("", "ada likes tea")


def test_what_was_taken_back_stays_so_in_a_fork_and_can_be_brought_back(make_memory: MemoryFactory) -> None:
    sam = lived(make_memory())
    sam.pop()

    kim = sam.fork("kim")

    assert holding(kim, "rains") == []
    kim.undo()
    assert len(holding(kim, "rains")) == 1
    assert holding(sam, "rains") == []


def test_shared_memory_becomes_the_forks_own(make_memory: MemoryFactory) -> None:
    sam, ida = (make_memory(name, blocks=[TEAM], archive="library") for name in ("sam", "ida"))
    append(ida, "wins", "team")
    ida.archival.insert("A book.")

    kim = sam.fork("kim")
    append(kim, "never", "team")
    kim.archival.insert("A pamphlet.")

    assert kim.core["team"] == Block("team", "blue\nwins\nnever")
    assert kim.at(kim.log.last_seq()).blocks == tuple(kim.core)
    assert sam.core["team"].value == ida.core["team"].value == "blue\nwins"
    assert (kim.archival.count(), ida.archival.count()) == (2, 1)
    assert not kim.archive_shared


def test_a_fork_of_a_fork_works(make_memory: MemoryFactory) -> None:
    kim = lived(make_memory()).fork("kim").fork("lee")

    assert kim.core["human"].value == "ada likes tea"
    assert kim.archival.count() == 1


def test_a_taken_name_is_refused_and_nothing_is_made(make_memory: MemoryFactory) -> None:
    sam, ida = lived(make_memory()), make_memory("ida")
    before = kept(ida)

    with pytest.raises(ConfigurationError, match="an agent 'ida' already"):
        sam.fork("ida")
    assert kept(ida) == before


@pytest.mark.parametrize("name", ["", "two words", "a/b", "../up"])
def test_a_name_that_no_agent_may_have_is_refused(make_memory: MemoryFactory, name: str) -> None:
    with pytest.raises(ConfigurationError, match="1 to 64 characters"):
        make_memory().fork(name)


def test_a_place_that_the_log_has_not_got_is_refused(make_memory: MemoryFactory) -> None:
    with pytest.raises(HistoryError, match="entries 1 to 2"):
        make_memory().fork("kim", at=3)


def test_of_two_forks_of_one_name_at_once_one_is_made_whole(make_memory: MemoryFactory) -> None:
    sam = lived(make_memory())
    made: list[MemoryHierarchy] = []
    refused: list[Exception] = []

    def fork() -> None:
        try:
            made.append(sam.fork("kim"))
        except ConfigurationError as error:
            refused.append(error)

    threads = [threading.Thread(target=fork) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(made), len(refused)) == (1, 3)
    assert made[0].archival.count() == 1


def test_a_fork_whose_passages_cannot_be_copied_is_not_there(make_memory: MemoryFactory) -> None:
    sam = lived(make_memory())

    class Down(HashingEmbedder):
        def embed(self, texts: object) -> list[list[float]]:
            raise StorageError("no vectors today")

    sam.archival.clear()
    hybrid = make_memory(embedder=HashingEmbedder())
    hybrid.archival.insert("The permit is FG-2219.")
    broken = make_memory(embedder=Down())

    with pytest.raises(StorageError, match="no vectors today"):
        broken.fork("kim")
    assert hybrid.fork("kim").archival.count() == 1


def test_a_fork_of_an_ephemeral_memory_outlives_it() -> None:
    kim = lived(open_memory("sam", ephemeral=True)).fork("kim")
    gc.collect()

    assert kim.archival.count() == 1
    kim.log.append(HELLO)
    assert len(holding(kim, "Hello")) == 1


def test_a_fork_in_the_middle_of_a_turn_goes_on_legally(
    make_memory: MemoryFactory, make_loop: LoopFactory
) -> None:
    loop = make_loop(
        says("", call("core_memory_append", label="human", content="likes tea")),
        says("", call("send_message", message="Hi.")),
    )
    list(loop.run([HELLO]))
    step = next(entry for entry in loop.memory.log.everything() if entry.message.kind == "step")

    forked = make_loop(
        says("", call("send_message", message="Hello again.")), memory=loop.memory.fork("kim", at=step.seq)
    )
    list(forked.run())

    (request,) = requests_of(forked)
    assert request.messages[-1]["role"] == "tool"
    assert "interrupted" in request.messages[-1]["content"]
    assert forked.memory.core["human"].value == ""
