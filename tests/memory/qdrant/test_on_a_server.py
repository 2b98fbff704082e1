"""What an archive does on a server that is not as we left it, or that takes less than we send."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from loops import MemoryFactory
from qdrant_client import QdrantClient, models

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, EmbedderMismatchError, StorageError
from memgpt_autogen.home_stores import qdrant_version
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.qdrant.client.schema import FIELDS
from memgpt_autogen.memory.qdrant.open import open_index
from memgpt_autogen.memory.qdrant.protocol import Question, Scope, Space, TooLargeError, Where
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.qdrant import QdrantStandIn

STRICT = {
    "enabled": True,
    "unindexed_filtering_retrieve": False,
    "unindexed_filtering_update": False,
    "search_max_batchsize": 100,
}

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

LEXICAL = "memgpt_passages-lexical"

NO_LIST = HTTPFailure(403, {"status": {"error": "Forbidden: Global access is required"}, "time": 0.0})


@pytest.fixture
def server() -> Iterator[QdrantStandIn]:
    with QdrantStandIn() as stand_in:
        yield stand_in


def archive_on(
    server: QdrantStandIn, name: str = "anna", embedder: Embedder | None = None, **options: Any
) -> Archive:
    return Archive(name, ClientIndex.at(server.url, **options), embedder)


def uses(archive: Archive) -> None:
    """Everything that filters, sorts, counts or deletes."""
    archive.insert("Anna drinks tea.", tags=["drink"], source="chat")
    assert archive.search("tea").total == 1
    assert archive.list().total == 1
    assert archive.tags() == {"drink": 1}
    assert len(list(archive.dump())) == 1
    assert archive.delete_where(text="tea")
    assert archive.count() == 0


@pytest.mark.parametrize("strict", [None, STRICT], ids=["usual", "strict"])
@pytest.mark.parametrize("made", range(len(FIELDS)))
def test_who_comes_next_completes_a_collection_whose_maker_was_killed(
    made: int, strict: dict[str, Any] | None
) -> None:
    with QdrantStandIn(strict=strict) as server:
        with server.ending_before("index", after=made), pytest.raises(StorageError):
            archive_on(server).insert("tea")
        assert server.collections() == [LEXICAL]

        uses(archive_on(server))


def test_a_collection_of_that_name_that_something_else_made_is_named(server: QdrantStandIn) -> None:
    QdrantClient(url=server.url).create_collection(LEXICAL, vectors_config={})

    with pytest.raises(StorageError, match=rf"'{LEXICAL}' .*made by something else.*qdrant_prefix"):
        archive_on(server).insert("tea")


def test_a_key_that_only_reads_still_reads(server: QdrantStandIn) -> None:
    archive_on(server).insert("Anna drinks tea.")
    QdrantClient(url=server.url).delete_payload_index(LEXICAL, "tags")
    server.keys = {"see": "read"}

    archive = archive_on(server, api_key="see")

    assert archive.search("tea").total == 1
    with pytest.raises(StorageError, match="403 Forbidden: Forbidden: Write access is required"):
        archive.insert("coffee")


@pytest.mark.parametrize("embedder", [None, HashingEmbedder(16)], ids=["words", "meaning"])
def test_a_key_that_may_not_list_collections_uses_the_one_of_its_model(
    embedder: Embedder | None, server: QdrantStandIn
) -> None:
    archive_on(server, "ben", embedder).insert("Ben drinks milk.")

    with server.failing(NO_LIST, "collections", "aliases", "create_collection"):
        uses(archive_on(server, embedder=embedder))

    assert archive_on(server, "ben", embedder).count() == 1


def test_what_needs_the_list_of_collections_names_that_permission(server: QdrantStandIn) -> None:
    archive_on(server).insert("tea")

    with server.failing(NO_LIST, "collections"):
        with pytest.raises(StorageError, match=r"may not list collections \(GET /collections\)"):
            ClientIndex.at(server.url).space("anna")
        with server.failing(NO_LIST, "collection"), pytest.raises(StorageError, match=rf"'{LEXICAL}'"):
            archive_on(server).search("tea")
    with (
        server.failing(HTTPFailure(401, "Invalid API key or JWT"), "collections"),
        pytest.raises(StorageError, match="401"),
    ):
        archive_on(server).search("tea")


@pytest.mark.parametrize("delete", ["delete_where", "forget", "clear", "remove"])
def test_what_is_behind_an_alias_is_deleted(
    delete: str, server: QdrantStandIn, make_memory: MemoryFactory
) -> None:
    make_memory(qdrant_url=server.url).archival.insert("The heron lamp stands in the hall.")
    server.rename(LEXICAL, "restored")

    memory = make_memory(qdrant_url=server.url)
    if delete == "delete_where":
        assert len(memory.archival.delete_where(text="heron")) == 1
    elif delete == "forget":
        assert memory.forget(query="heron").passages == 1
    elif delete == "clear":
        assert memory.archival.clear() == 1
    else:
        assert memory.remove().passages == 1

    assert QdrantClient(url=server.url).count("restored", models.Filter(must=[text("heron")])).count == 0


def text(word: str) -> models.FieldCondition:
    return models.FieldCondition(key="text", match=models.MatchText(text=word))


def test_another_embedder_is_refused_behind_an_alias_too(server: QdrantStandIn) -> None:
    archive_on(server).insert("tea")
    server.rename(LEXICAL, "restored")

    with pytest.raises(EmbedderMismatchError):
        archive_on(server, embedder=HashingEmbedder(16)).insert("coffee")


@pytest.mark.parametrize(
    "delete",
    [
        lambda archive: archive.delete_where(text="tea"),
        lambda archive: archive.delete_source("chat"),
        lambda archive: archive.clear(),
    ],
)
def test_a_deletion_that_deletes_nothing_is_no_success(
    delete: Callable[[Archive], object], server: QdrantStandIn
) -> None:
    archive = archive_on(server)
    archive.insert("Anna drinks tea.", source="chat")
    done = '{"result": {"operation_id": 0, "status": "completed"}, "status": "ok", "time": 0.0}'

    with (
        server.fault(lambda call, answer: done if call.name == "delete" else answer()),
        pytest.raises(StorageError, match="1 passage is still in archive 'anna'"),
    ):
        delete(archive)


@pytest.mark.parametrize(
    "address",
    ["localhost:6333", "127.0.0.1:6333", "qdrant.example:443", "ftp://qdrant.example", "http://", "htp:/x"],
)
def test_an_address_that_is_none_is_refused_and_makes_no_folder(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="qdrant_url"):
        Settings.load(home=tmp_path, qdrant_url=address)
    if address != "htp:/x":
        with pytest.raises(ConfigurationError, match="http://"):
            open_index(address)
    assert list(tmp_path.iterdir()) == []


def test_blanks_and_capitals_are_no_other_address(server: QdrantStandIn, tmp_path: Path) -> None:
    address = f" {server.url.replace('http', 'HTTP')} "

    open_memory("sam", Settings.load(home=tmp_path, qdrant_url=address)).archival.insert("tea")

    assert server.collections() == [LEXICAL]
    assert Archive("anna", open_index(address)).count() == 0


def test_errors_name_the_port_that_is_asked_and_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "'http://127.0.0.1:6333'" in repr(ClientIndex.at("http://127.0.0.1"))
    monkeypatch.setenv("HTTP_PROXY", "http://user:hunter2@127.0.0.1:9")

    with pytest.raises(StorageError) as refused:
        Archive("anna", ClientIndex.at("http://qdrant.example")).count()

    assert "http://qdrant.example:6333, through the proxy http://***@127.0.0.1:9" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_server_on_this_machine_is_asked_without_the_proxy(
    server: QdrantStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    uses(archive_on(server))


def test_the_version_is_asked_of_the_server_with_the_key(server: QdrantStandIn, tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, qdrant_url=server.url)
    assert qdrant_version(settings) == "1.18.3"
    server.keys = {"all": "manage"}

    with pytest.raises(StorageError, match=r"401 .*Must provide an API key"):
        qdrant_version(settings)


def test_requests_are_cut_by_their_bytes(server: QdrantStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memgpt_autogen.memory.qdrant.client.collections.MOST_BYTES", 20_000)
    archive = archive_on(server)
    texts = [f"{number} " + " ".join(f"word{number}x{each}" for each in range(100)) for number in range(20)]

    archive.insert_many(Draft(text) for text in texts)

    sizes = [call.size for call in server.calls if call.name == "upsert"]
    assert len(sizes) > 4
    assert max(sizes) <= 20_000
    assert archive.count() == len(archive.list(page_size=100).items) >= 20


@pytest.mark.parametrize("proxy", [False, True], ids=["server", "proxy"])
def test_a_request_that_is_refused_is_halved_and_what_never_fits_is_named(proxy: bool) -> None:
    with QdrantStandIn(most_bytes=12_000, proxy=proxy) as server:
        archive = Archive("anna", ClientIndex.at(server.url), passage_chars=100_000)
        small = [Draft(f"{number} " + f"w{number} " * 300) for number in range(10)]
        large = Draft(" ".join(f"word{each}" for each in range(3000)))

        with pytest.raises(TooLargeError, match=r"a passage is larger than Qdrant .* takes"):
            archive.insert_many([*small[:5], large, *small[5:]])

        assert archive.count() == 10


def test_more_points_than_strict_mode_takes_at_once_are_stored_in_parts() -> None:
    with QdrantStandIn(strict={**STRICT, "upsert_max_batchsize": 10}) as server:
        archive = archive_on(server)

        archive.insert_many(Draft(f"fact {number}") for number in range(37))

        assert archive.count() == 37


def test_recall_goes_on_behind_a_message_that_no_request_can_take(
    make_memory: MemoryFactory, caplog: pytest.LogCaptureFixture
) -> None:
    with QdrantStandIn(most_bytes=40_000) as server:
        memory = make_memory(qdrant_url=server.url)
        for number in range(8):
            memory.log.append(Message.said_by("ada", f"The heron {number} flies."))
        memory.log.append(Message.said_by("ada", " ".join(f"word{each}" for each in range(3000))))
        memory.log.append(Message.said_by("ada", "The heron lamp costs 48 euros."))

        with caplog.at_level(logging.WARNING):
            page = memory.recall.search("heron lamp")

        assert page.items[0].text == "The heron lamp costs 48 euros."
        assert not page.trouble
        assert "larger than Qdrant" in caplog.text
        server.trips()
        assert memory.recall.search("heron").total >= 9
        assert "upsert" not in server.trips(), "the index is not behind"


def test_reembedding_names_few_passages_in_a_request(
    server: QdrantStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memgpt_autogen.memory.qdrant.client.rebuild.MOST_IDS", 10)
    archive_on(server).insert_many(Draft(f"fact {number}") for number in range(25))
    archive = archive_on(server, embedder=HashingEmbedder(16))

    assert archive.reembed() == 25

    named = [str(call.body).count("-") // 4 for call in server.calls if call.name == "delete"]
    assert max(named) <= 12
    assert archive.count() == 25


def test_a_search_that_can_find_nothing_asks_for_at_least_one(make_memory: MemoryFactory) -> None:
    with QdrantStandIn(strict=STRICT) as server:
        memory = make_memory(qdrant_url=server.url, embedder=HashingEmbedder(16))
        memory.log.append(Message.said_by("ada", "The heron lamp costs 48 euros."))
        memory.archival.insert("tea")

        for query, options in (("heron", {}), ("submarine", {}), ("lamp", {"speaker": "ben"}), ('"x"', {})):
            assert memory.recall.search(query, **options).trouble == ""
        words = " ".join(f"word{number}" for number in range(150))
        assert memory.recall.search(words).trouble == "", "more searches than strict mode takes at once"
        assert memory.archival.search("submarine", page=3, sources=["none"]).items == ()
        assert memory.archival.supersede(["11111111-1111-4111-8111-111111111111"]) == []
        limits = [call.body.get("limit", 1) for call in server.calls]
        limits += [each.get("limit", 1) for call in server.calls for each in call.body.get("searches", [])]
        assert min(limits) >= 1


def test_more_than_strict_mode_gives_at_once_is_read_in_parts(make_memory: MemoryFactory) -> None:
    with QdrantStandIn(strict={**STRICT, "max_query_limit": 10}) as server:
        memory = make_memory(qdrant_url=server.url)
        texts = [f"fact {number}" for number in range(37)]
        memory.archival.insert_many(Draft(text, created_at=NOON) for text in texts[:20])
        memory.archival.insert_many(Draft(text) for text in texts[20:])

        assert sorted(record["text"] for record in memory.archival.dump()) == sorted(texts)
        assert memory.fork("ben").archival.count() == 37
        assert memory.forget(query="fact 7").passages == 1
        assert len(memory.archival.list(page_size=100).items) == 36


@pytest.mark.parametrize("version", ["1.18.3", "1.20.0"])
def test_deep_pages_and_many_tags_are_read_in_parts_in_strict_mode(version: str) -> None:
    with QdrantStandIn(version=version, strict={**STRICT, "max_query_limit": 7}) as server:
        archive = archive_on(server)
        texts = [f"tea number {number}" for number in range(30)]
        archive.insert_many(Draft(text, (f"tag{number}", "all")) for number, text in enumerate(texts))

        pages = [archive.search("tea", page=page, page_size=10) for page in range(3)]

        assert {page.total for page in pages} == {30}
        assert sorted(each.passage.text for page in pages for each in page.items) == sorted(texts)
        assert archive.tags() == {"all": 30, **{f"tag{number}": 1 for number in range(30)}}


def test_asking_for_none_asks_nothing_of_the_server(server: QdrantStandIn) -> None:
    index = ClientIndex.at(server.url)
    embedder = HashingEmbedder(16)
    Archive("anna", index, embedder).insert("tea")
    space = Space(embedder.model, embedder.dimension)
    where = Where(Scope("anna", space))

    nothing = [Question(where, 0, words={1: 1.0}), Question(where, 0, meaning=[1.0] * 16), Question(where, 0)]
    assert index.ask(nothing) == [[], [], []]
    assert index.ask([]) == []
    assert index.oldest(where, 0) == index.read(where, ()) == []
    index.place(where.scope, [])
    index.reword(where.scope, [])


def test_a_process_notices_that_a_collection_is_gone_and_goes_on(server: QdrantStandIn) -> None:
    archive, other = archive_on(server), archive_on(server, "ben")
    archive.insert("Anna drinks tea.")

    server.lose(LEXICAL)

    assert other.count() == 0
    uses(archive_on(server, "ben"))
    other.insert("Ben drinks coffee.")
    assert other.search("coffee").total == 1


def test_a_process_notices_a_collection_that_was_made_anew_without_indexes(server: QdrantStandIn) -> None:
    archive = archive_on(server)
    archive.insert("Anna drinks tea.", tags=["drink"])
    client = QdrantClient(url=server.url)
    for field in FIELDS:
        client.delete_payload_index(LEXICAL, field)

    assert archive.tags() == {"drink": 1}
    assert archive.list().total == 1


def test_a_process_sees_yesterday_once_a_server_is_restored(server: QdrantStandIn) -> None:
    archive = archive_on(server)
    archive.insert("Anna drinks tea.")
    yesterday = server.saved()
    archive.reembed()
    archive_on(server, embedder=HashingEmbedder(16)).reembed()

    server.restore(yesterday)

    assert archive.search("tea").total == 1
    uses(archive_on(server, "ben"))


def test_installations_with_prefixes_never_meet(server: QdrantStandIn, tmp_path: Path) -> None:
    one, two = (archive_on(server, prefix=prefix) for prefix in ("one", ""))
    one.insert("Anna drinks tea.")
    two.insert("Anna drinks coffee.")

    assert one.clear() == 1
    assert two.search("coffee").total == 1
    assert server.collections() == [LEXICAL, f"one-{LEXICAL}"]
    with pytest.raises(ConfigurationError, match="qdrant_prefix"):
        Settings.load(home=tmp_path, qdrant_prefix="memgpt_passages-x")
