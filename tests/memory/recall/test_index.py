"""The recall index: it follows the log, and a search does without it if it must."""

from __future__ import annotations

from pathlib import Path

import pytest
from finding import heard, holding
from loops import MemoryFactory

from memgpt_autogen.errors import ModelError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.recall.index import RecallIndex
from memgpt_autogen.testing import HashingEmbedder


def test_what_is_said_after_a_search_is_in_the_next_and_what_was_taken_back_is_not(
    memory: MemoryHierarchy,
) -> None:
    heard(memory, "The code is heron.")
    assert holding(memory, "heron otter") == ["The code is heron."]

    heard(memory, "No, the code is otter.")
    assert memory.recall.lag() == 1
    assert set(holding(memory, "heron otter")) == {"The code is heron.", "No, the code is otter."}

    memory.pop()
    assert holding(memory, "heron otter") == ["The code is heron."]
    memory.undo()
    assert len(holding(memory, "heron otter")) == 2


def test_after_a_reset_nothing_old_is_found_and_all_new(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"the code is heron {number}" for number in range(20)))
    assert holding(memory, "heron")

    memory.reset()
    heard(memory, "the code is otter")

    assert holding(memory, "heron otter") == ["the code is otter"]


def test_a_log_that_is_another_one_is_indexed_anew(memory: MemoryHierarchy) -> None:
    heard(memory, *(f"the code is heron {number}" for number in range(20)))
    assert holding(memory, "heron")

    memory.log.clear()  # as a database that was put back does, without a word to the index
    heard(memory, *(f"the code is otter {number}" for number in range(30)))

    assert len(holding(memory, "heron otter")) == 30


def test_an_index_that_cannot_be_used_is_told_and_the_words_are_found(make_memory: MemoryFactory) -> None:
    class Failing(HashingEmbedder):
        def embed_query(self, text: str) -> list[float]:
            raise ModelError("the endpoint is down.")

    memory = make_memory(embedder=Failing())
    heard(memory, "The code is heron.")

    page = memory.recall.search("heron")

    assert page.trouble == "the endpoint is down."
    assert [item.text for item in page.items] == ["The code is heron."]


def test_a_slow_embedder_is_not_waited_for(make_memory: MemoryFactory) -> None:
    class Slow(HashingEmbedder):
        slow = True
        gate = False

        def embed(self, texts: object) -> list[list[float]]:
            if not self.gate:
                raise ModelError("not yet.")
            return super().embed(texts)  # type: ignore[arg-type]

    embedder = Slow()
    memory = make_memory(embedder=embedder)
    heard(memory, "the code is heron", "and the key is blue")

    assert set(holding(memory, "heron blue")) == {"the code is heron", "and the key is blue"}
    assert memory.recall.pending() == 2
    embedder.gate = True
    assert memory.recall.settle(30) == 0
    assert "meaning" in memory.recall.search("heron").items[0].why


def test_an_index_with_older_terms_is_made_again(
    memory: MemoryHierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memgpt_autogen.memory.recall.index.FORM", 1)
    heard(memory, *(f"the code is heron {number}" for number in range(20)))
    memory.recall.search("heron")
    assert memory.recall.lag() == 0

    monkeypatch.undo()

    assert memory.recall.lag() == 20
    assert len(holding(memory, "heron")) == 20


def test_an_index_with_ids_of_another_form_is_made_again(memory: MemoryHierarchy, tmp_path: Path) -> None:
    class Shared(EdgeIndex):
        """As before ids were numbers: those of an agent are unlike those of all others."""

        separate = False

    heard(memory, *(f"the code is heron {number}" for number in range(20)))
    agent = memory.log.agent_id
    older = RecallIndex(memory.log.database, agent, "sam", Shared(tmp_path / "older"))
    newer = RecallIndex(memory.log.database, agent, "sam", EdgeIndex(tmp_path / "older"))

    assert [older.catch_up(), newer.lag(), newer.catch_up(), newer.lag()] == [20, 20, 20, 0]
