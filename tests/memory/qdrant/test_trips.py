"""How few trips to a server each use of memory makes, and that nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from loops import HELLO, MemoryFactory
from qdrant_client import QdrantClient, models
from qdrant_trips import together

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ArchiveMissingError, EmbedderMismatchError, StorageError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.passages import Draft, document_id, part_id
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.qdrant.client.ownership import HOME
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, ScriptedLLM, call, says
from memgpt_autogen.testing.qdrant import QdrantStandIn

LEXICAL = "memgpt_passages-lexical"

HERON = "The heron lamp stands in the hall."

STRICT = {
    "enabled": True,
    "unindexed_filtering_retrieve": False,
    "unindexed_filtering_update": False,
    "search_max_batchsize": 100,
}


@pytest.fixture
def server() -> Iterator[QdrantStandIn]:
    with QdrantStandIn(version="1.19.0", strict=STRICT) as stand_in:
        yield stand_in


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of 30 turns is a large one."""
    monkeypatch.setattr("memgpt_autogen.memory.recall.reading.MANY", 30)
    monkeypatch.setattr("memgpt_autogen.memory.recall.ranking.HITS", 30)


@pytest.fixture(params=[False, True], ids=["lexical", "hybrid"])
def memory(
    request: pytest.FixtureRequest, server: QdrantStandIn, make_memory: MemoryFactory
) -> MemoryHierarchy:
    """A memory on the server that was used before."""
    made = make_memory(qdrant_url=server.url, **({"embedder": HashingEmbedder(16)} if request.param else {}))
    made.archival.insert(HERON, tags=["lamp"])
    made.archival.search("lamp", tags=["lamp"])
    said(made, "The heron lamp costs 48 euros.")
    turn(made)
    made.recall.search("lamp")
    return made


def said(memory: MemoryHierarchy, *texts: str) -> None:
    for text in texts:
        memory.log.append(Message.said_by("ada", text))


def turn(memory: MemoryHierarchy) -> None:
    list(open_loop(memory, ScriptedLLM(says("", call("send_message", message="Fine.")))).run([HELLO]))


def tool(memory: MemoryHierarchy, name: str, **arguments: Any) -> None:
    loop = open_loop(memory, ScriptedLLM())
    found: Any = loop.toolbox.get(name)
    found.call(arguments)


def say_and_search(memory: MemoryHierarchy) -> None:
    said(memory, "The owl lamp costs 50 euros.")
    assert memory.recall.search("owl").items[0].text == "The owl lamp costs 50 euros."


def document_of(memory: MemoryHierarchy) -> str:
    return document_id(memory.archival.archive_id, None, HERON)


JOURNEYS: dict[str, tuple[Callable[[MemoryHierarchy], object], list[str]]] = {
    "insert": (lambda memory: memory.archival.insert("An owl lamp."), ["batch", "scroll"]),
    "insert in parts": (lambda memory: memory.archival.insert("An owl lamp. " * 300), ["batch", "scroll"]),
    "search": (lambda memory: memory.archival.search("lamp"), ["query_batch"]),
    "search by tag": (lambda memory: memory.archival.search("lamp", tags=["lamp"]), ["query_batch"]),
    "a later page": (lambda memory: memory.archival.search("lamp", page=2), ["query_batch"]),
    "list": (lambda memory: memory.archival.list(), ["count", "scroll"]),
    "list by tag": (lambda memory: memory.archival.list(tags=["lamp"]), ["count", "scroll"]),
    "count": (lambda memory: memory.archival.count(), ["count"]),
    "tags": (lambda memory: memory.archival.tags(), ["facet"]),
    "contents": (lambda memory: memory.archival.contents(), ["count", "facet", "facet"]),
    "get": (lambda memory: memory.archival.get(part_id(document_of(memory), 1)), ["scroll"]),
    "document": (lambda memory: memory.archival.document(document_of(memory)), ["scroll"]),
    "turn": (turn, []),
    "recall": (lambda memory: memory.recall.search("lamp"), ["query_batch"]),
    "recall that finds nothing": (lambda memory: memory.recall.search("submarine"), ["query_batch"]),
    "recall by speaker": (lambda memory: memory.recall.search("lamp", speaker="ada"), ["query_batch"]),
    "recall after a message": (say_and_search, ["batch", "query_batch"]),
    "tool insert": (
        lambda memory: tool(memory, "archival_memory_insert", content="An owl lamp."),
        ["batch", "count", "scroll"],
    ),
    "tool search": (
        lambda memory: tool(memory, "archival_memory_search", query="lamp"),
        ["query_batch"],
    ),
    "tool recall": (lambda memory: tool(memory, "conversation_search", query="lamp"), ["query_batch"]),
}
"""Uses of memory, and the requests of each, without their order."""


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_use_of_memory_makes_these_requests_and_no_more(
    journey: str, server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    use, requests = JOURNEYS[journey]
    server.trips()

    use(memory)

    assert sorted(server.trips()) == requests


def test_a_search_that_finds_nothing_looks_where_the_archive_is(server: QdrantStandIn) -> None:
    archive = on(server)
    archive.insert("tea")
    archive.search("tea")
    server.trips()

    assert archive.search("submarine").total == 0
    assert server.trips() == ["query_batch", "scroll"]


def test_what_is_there_is_read_while_a_passage_is_stored(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with together(server, "batch", "scroll", "count"):
        tool(memory, "archival_memory_insert", content="An owl lamp.")


@pytest.mark.parametrize("page_size", [10, 25, 50])
def test_a_search_shows_the_same_whether_passages_came_with_it_or_were_read(
    page_size: int, server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    """Of many equal hits, which come with a search is a matter of chance."""
    texts = [f"The lamp {number} is in hall {number % 3}." for number in range(90)]
    memory.archival.insert_many(Draft(text, tags=[f"hall {number % 3}"]) for number, text in enumerate(texts))
    embedder = memory.archival._store._embedder
    embedded = Archive(memory.archival.archive_id, ClientIndex.in_memory(), embedder)
    embedded.restore(memory.archival.dump())

    for query in ("lamp", "lamp 7", "hall 2", "heron lamp"):
        for page in (0, 1):
            found, same = (
                each.search(query, page=page, page_size=page_size) for each in (memory.archival, embedded)
            )
            assert [item.passage for item in found.items] == [item.passage for item in same.items]
            assert found.total == same.total
            assert len(found.items) == max(0, min(page_size, found.total - page * page_size))


@pytest.mark.usefixtures("few_are_many")
def test_a_large_index_is_asked_while_what_is_new_is_added(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    said(memory, *(f"The lamp {number} is in the hall." for number in range(40)))
    memory.recall.search("lamp hall")
    said(memory, "The owl lamp is in the attic, and not in the hall.")
    server.trips()

    with together(server, "batch", "query_batch"):
        found = memory.recall.search("owl lamp hall")

    assert found.items[0].text == "The owl lamp is in the attic, and not in the hall."
    assert found.total >= 42
    assert sorted(server.trips()) == ["batch", "count", "count", "query_batch", "query_batch"]


def test_a_recall_search_by_all_hits_ranks_as_an_embedded_one_by_the_best(
    server: QdrantStandIn, make_memory: MemoryFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memgpt_autogen.memory.recall.ranking.HITS", 20)
    monkeypatch.setattr("memgpt_autogen.memory.recall.ranking.HEAD", 12)
    filler = [f"{word} {other}" for word in ("tall", "red", "new", "odd") for other in "abcdefghijklmnopqrst"]
    places = ("hall", "attic", "hall of the old mill", "garden")
    far, near = (make_memory(name, qdrant_url=url) for name, url in (("sam", server.url), ("sam2", None)))
    for memory in (far, near):
        for number in range(80):
            text = f"The {'owl' if number % 5 else 'heron'} lamp {number} is in the {places[number % 4]}. "
            text += " ".join(filler[: number * 7 % 80])
            memory.log.append(Message.said_by(("ada", "bob")[number % 2], text))
        memory.recall.search("lamp")
    server.trips()

    for query in ("lamp hall", "lamp", "owl lamp 7", "heron mill", "old garden lamp"):
        for only in ({}, {"speaker": "ada"}, {"page": 1}, {"page": 5}):
            found, same = (memory.recall.search(query, page_size=15, **only) for memory in (far, near))
            assert [item.text for item in found.items] == [item.text for item in same.items], (query, only)
            assert [item.score for item in found.items] == pytest.approx(
                [item.score for item in same.items], abs=2e-3
            )
            assert (found.total, found.exact) == (same.total, True)
            assert server.trips() == ["query_batch"]


def on(server: QdrantStandIn, name: str = "anna", embedder: HashingEmbedder | None = None) -> Archive:
    """An archive as another process has it: with a connection of its own."""
    return Archive(name, ClientIndex.at(server.url), embedder)


def used(archive: Archive) -> Archive:
    """Insert twice, so that the next insert is made in one trip."""
    archive.insert("Anna drinks tea.")
    archive.insert("Anna drinks coffee.")
    assert archive.search("tea").total >= 1
    return archive


def points(server: QdrantStandIn, tenant: str = "anna") -> int:
    """Count the points of an archive in all collections."""
    client = QdrantClient(url=server.url, check_compatibility=False)
    mine = models.FieldCondition(key="archive", match=models.MatchValue(value=tenant))
    return sum(
        client.count(each, models.Filter(must=[mine]), exact=True).count for each in server.collections()
    )


def test_an_archive_that_was_reembedded_elsewhere_takes_nothing_of_the_former_embedder(
    server: QdrantStandIn,
) -> None:
    archive = used(on(server))
    on(server, embedder=HashingEmbedder(16)).reembed()

    with pytest.raises(EmbedderMismatchError):
        archive.insert("Anna drinks water.")
    with pytest.raises(EmbedderMismatchError):
        archive.search("tea")
    assert points(server) == 2
    assert archive.count() == archive.list().total == len(archive.list().items) == 2


def test_an_archive_that_was_emptied_and_filled_with_another_embedder_is_noticed(
    server: QdrantStandIn,
) -> None:
    archive = used(on(server))
    other = on(server, embedder=HashingEmbedder(16))
    assert len(on(server).delete_where(text="anna")) == 2
    other.insert("Anna drinks milk.")

    with pytest.raises(EmbedderMismatchError):
        archive.insert("Anna drinks water.")
    assert points(server) == 1
    assert points(server, "anna" + HOME) == 1, "the mark is where the archive is"


def test_an_archive_that_was_cleared_elsewhere_can_be_filled_again(server: QdrantStandIn) -> None:
    archive = used(on(server))
    on(server).clear()

    archive.insert("Anna drinks water.")

    assert archive.search("water").total == points(server) == 1


def test_an_archive_that_was_lost_is_missed_by_an_insert_and_by_a_search(
    server: QdrantStandIn, make_memory: MemoryFactory
) -> None:
    memory, neighbour = (make_memory(name, qdrant_url=server.url) for name in ("sam", "tom"))
    for each in (memory, neighbour):
        used(each.archival)
    archive = memory.archival
    known = archive.list().items[0]
    mine = models.FieldCondition(key="archive", match=models.MatchValue(value=memory.archival.archive_id))
    home = models.FieldCondition(
        key="archive", match=models.MatchValue(value=memory.archival.archive_id + HOME)
    )
    client = QdrantClient(url=server.url, check_compatibility=False)
    client.delete(LEXICAL, models.FilterSelector(filter=models.Filter(should=[mine, home])))

    for use in (
        partial(archive.insert, "tea"),
        partial(archive.search, "tea"),
        archive.list,
        archive.tags,
        archive.contents,
        partial(archive.get, known.id),
    ):
        with pytest.raises(ArchiveMissingError):
            use()
    assert points(server, memory.archival.archive_id) == 0


def test_an_insert_goes_on_where_only_the_mark_was_lost(server: QdrantStandIn) -> None:
    archive = used(on(server))
    mark = models.FieldCondition(key="archive", match=models.MatchValue(value="anna" + HOME))
    client = QdrantClient(url=server.url, check_compatibility=False)
    client.delete(LEXICAL, models.FilterSelector(filter=models.Filter(must=[mark])))

    archive.insert("Anna drinks water.")
    server.trips()
    archive.insert("Anna drinks juice.")

    assert sorted(server.trips()) == ["batch", "scroll"]
    assert archive.count() == 4


def test_a_text_that_is_there_keeps_its_time_and_gets_the_new_tags(server: QdrantStandIn) -> None:
    archive, other = used(on(server)), used(on(server))
    (first,) = other.insert("Anna drinks water.", tags=["old"])

    (again,) = archive.insert("Anna drinks water.", tags=["new"])

    assert (again.id, again.created_at, again.tags) == (first.id, first.created_at, ("old", "new"))
    assert archive.get(first.id) == again
    assert archive.count() == 3


def test_a_text_that_was_superseded_meanwhile_is_another_passage(server: QdrantStandIn) -> None:
    archive, other = used(on(server)), used(on(server))
    (first,) = archive.insert("Anna drinks water.")
    other.supersede([first.id])

    (again,) = archive.insert("Anna drinks water.")

    assert (again.edition, again.superseded_by) == (2, None)
    assert [each.text for each in archive.list().items].count("Anna drinks water.") == 2
    assert archive.count() == 4


def test_passages_are_counted_once_however_they_are_inserted(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    for text in ("An owl lamp.", "An owl lamp.", "A swan lamp.", "An owl lamp."):
        memory.archival.insert(text)

    had = memory.archival._store._holdings.of(memory.archival.archive_id)  # type: ignore[union-attr]
    assert had is not None
    assert had.passages == memory.archival.count() == 3


def test_a_passage_that_is_too_large_for_one_trip_is_refused_by_name() -> None:
    with QdrantStandIn(version="1.19.0", most_bytes=12_000) as server:
        archive = used(Archive("anna", ClientIndex.at(server.url), passage_chars=100_000))

        with pytest.raises(StorageError, match="a passage is larger than Qdrant"):
            archive.insert(" ".join(f"word{each}" for each in range(3000)))

        assert archive.count() == 2


def opened(server: QdrantStandIn, home: Path) -> MemoryHierarchy:
    """One and the same agent, each time as another process has it."""
    return open_memory("sam", Settings.load(home=home, qdrant_url=server.url))


@pytest.mark.usefixtures("few_are_many")
@pytest.mark.parametrize("turns", [20, 40], ids=["small", "large"])
def test_an_index_that_another_process_has_cleared_is_made_again(
    turns: int, server: QdrantStandIn, tmp_path: Path
) -> None:
    one, two = (opened(server, tmp_path) for _ in range(2))
    said(one, *(f"The lamp {number} is in the hall." for number in range(turns)))
    assert one.recall.search("lamp").total == two.recall.search("lamp").total

    two.recall.clear_index()
    said(one, "The owl lamp is in the attic.")

    assert one.recall.search("lamp").total == turns + 1
    assert two.recall.search("lamp").total == turns + 1
    assert one.recall.lag() == two.recall.lag() == 0


def test_two_processes_that_index_one_log_find_all_of_it(server: QdrantStandIn, tmp_path: Path) -> None:
    one, two = (opened(server, tmp_path) for _ in range(2))
    for number in range(6):
        said(one, f"The lamp {number} is in the hall.")
        assert (one, two)[number % 2].recall.search("lamp").total == number + 1
    said(two, "The owl lamp is in the attic.")
    two.recall.clear_index()
    two.recall.index()

    assert one.recall.search("owl lamp").total == 7
    assert one.recall.lag() == 0


def test_an_index_of_a_collection_that_was_lost_is_made_again(server: QdrantStandIn, tmp_path: Path) -> None:
    memory = opened(server, tmp_path)
    said(memory, "The heron lamp costs 48 euros.")
    assert memory.recall.search("lamp").total == 1
    server.empty()
    said(memory, "The owl lamp costs 50 euros.")

    found = memory.recall.search("lamp")

    assert (found.total, found.trouble) == (2, "")


def test_what_a_failed_write_has_stored_is_there_once_after_the_next_try(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "qdrant_replicas": 2,
        "qdrant_write_consistency": 2,
        "qdrant_shards": 3,
    }
    with QdrantStandIn(version="1.19.0", nodes=3) as cluster:
        memory = open_memory("sam", Settings.load(home=tmp_path, qdrant_url=cluster.url, **settings))
        used(memory.archival)
        said(memory, "The heron lamp costs 48 euros.")
        memory.recall.search("lamp")
        texts = [f"Lamp {number} is in the hall." for number in range(12)]
        said(memory, *texts)
        file = tmp_path / "lamps.md"
        file.write_text("\n\n".join(f"# Lamp {number}\n\nIt shines." for number in range(40)))

        cluster.kill(1)
        uses = [
            *(partial(memory.archival.insert, text) for text in texts),
            partial(memory.archival.insert_many, list(map(Draft, texts))),
            partial(memory.attach, file),
        ]
        failed = [error for error in map(failure, uses) if error]
        memory.recall.search("lamp")
        kept = points(cluster, memory.archival.archive_id)
        assert all("500" in each for each in failed)
        assert kept > 2 + len(uses) - len(failed), "some of what failed was stored all the same"
        cluster.revive(1)

        for text in texts:
            memory.archival.insert(text)
        memory.archival.insert_many(map(Draft, texts))
        memory.attach(file)

        found = [passage.id for passage in memory.archival.list(page_size=1000).items]
        attached = sum(source.passages for source in memory.sources())
        assert len(set(found)) == len(found) == memory.archival.count() == 2 + 12 + attached
        assert memory.recall.search("lamp hall").total == 13


def failure(use: Callable[[], object]) -> str:
    """Return why it fails; empty if it does not."""
    try:
        use()
    except StorageError as error:
        return str(error)
    return ""
