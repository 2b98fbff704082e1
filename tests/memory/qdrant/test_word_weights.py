"""On a server that counts the words of all archives together, none changes what another one finds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from qdrant_trips import together

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing.qdrant import QdrantStandIn

WORDS = [f"word{number}" for number in range(60)]

QUERIES = ["word1 word2 word30", "word0 word59 word20", "word1 missing"]

OLD, NEW = "1.18.3", "1.20.0"


def texts(seed: int, count: int) -> list[str]:
    """Texts in which words are as frequent as the seed has it."""
    chance = random.Random(seed)
    weights = [chance.random() ** 3 for _ in WORDS]
    return [
        " ".join(chance.choices(WORDS, weights, k=chance.randint(4, 12))) + f" note {each}"
        for each in range(count)
    ]


def filled(server: QdrantStandIn, name: str, drafts: Sequence[str]) -> Archive:
    archive = Archive(name, ClientIndex.at(server.url))
    archive.insert_many(map(Draft, drafts))
    return archive


def found(archive: Archive) -> list[list[tuple[str, float]]]:
    pages = [archive.search(query, page_size=20).items for query in QUERIES]
    return [[(each.passage.text, round(each.score, 2)) for each in items] for items in pages]


@pytest.mark.slow
def test_what_another_archive_stores_changes_nothing() -> None:
    with QdrantStandIn(version=OLD) as server:
        archive = filled(server, "anna", texts(1, 40))
        before = found(archive)

        other = filled(server, "ben", texts(2, 70))

        assert found(archive) == before
        other.clear()
        assert found(archive) == before


@pytest.mark.slow
def test_it_is_found_as_on_a_server_that_counts_each_archive() -> None:
    with QdrantStandIn(version=OLD) as old, QdrantStandIn(version=NEW) as new:
        archives = [filled(server, "anna", texts(1, 40)) for server in (old, new)]
        for server in (old, new):
            filled(server, "ben", texts(2, 70))

        assert found(archives[0]) == found(archives[1])
        assert [archives[0].search(query).total for query in QUERIES] == [
            archives[1].search(query).total for query in QUERIES
        ]


@pytest.mark.slow
def test_recall_is_the_same_too(tmp_path: Path) -> None:
    said: list[list[tuple[str, float]]] = []
    for number, version in enumerate((OLD, NEW)):
        with QdrantStandIn(version=version) as server:
            settings = Settings.load(home=tmp_path / version, qdrant_url=server.url)
            # on PostgreSQL both have one database
            memory, other = (open_memory(f"{name}-{number}", settings) for name in ("anna", "ben"))
            for each in texts(2, 30):
                other.log.append(Message.said_by("ada", each))
            for each in texts(1, 30):
                memory.log.append(Message.said_by("ada", each))
            assert other.recall.search("word1").total
            hits = [memory.recall.search(query).items for query in QUERIES]
            said.append([(each.text, round(each.score, 2)) for items in hits for each in items])

    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("version", "requests"), [(OLD, ["count", "facet", "query_batch"]), (NEW, ["query_batch"])]
)
def test_only_an_old_server_is_asked_for_counts_and_only_of_the_archive(
    version: str, requests: list[str]
) -> None:
    with QdrantStandIn(version=version) as server:
        archive = filled(server, "anna", texts(1, 20))
        archive.search("word1 word2")
        server.calls.clear()

        archive.search("word1 word2")

        asked = [call for call in server.calls if call.name in ("count", "facet", "query_batch")]
        assert sorted(call.name for call in asked) == requests
        assert all("anna" in str(call.body) for call in asked)


def test_words_beyond_those_that_are_counted_at_once_are_counted_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with QdrantStandIn(version=OLD, strict={"enabled": True, "max_query_limit": 300}) as server:
        archive = filled(server, "anna", texts(1, 20))
        before = found(archive)
        monkeypatch.setattr("memgpt_autogen.memory.qdrant.client.word_weights.MOST_COUNTED", 2)

        assert found(archive) == before
        assert any(call.name == "count" and "terms" in str(call.body) for call in server.calls)


@pytest.mark.parametrize("use", ["two words", "one word", "recall"])
def test_a_search_of_an_old_server_is_one_trip_too(use: str, tmp_path: Path) -> None:
    with QdrantStandIn(version=OLD) as server:
        memory = open_memory("sam", Settings.load(home=tmp_path, qdrant_url=server.url))
        memory.archival.insert_many(map(Draft, texts(1, 30)))
        memory.log.append(*(Message.said_by("ada", text) for text in texts(1, 30)))
        search = {
            "two words": partial(memory.archival.search, "word1 word2"),
            "one word": partial(memory.archival.search, "word1"),
            "recall": partial(memory.recall.search, "word1 word2"),
        }[use]
        search()
        server.trips()

        with together(server, "query_batch", "facet", "count"):
            assert search().items
        assert sorted(server.trips()) == ["count", "facet", "query_batch"]


def test_a_query_without_a_word_of_the_archive_finds_nothing() -> None:
    with QdrantStandIn(version=OLD) as server:
        archive = filled(server, "anna", texts(1, 20))
        filled(server, "ben", ["submarine"])

        assert archive.search("submarine").items == ()
        assert archive.search("submarine").total == 0
