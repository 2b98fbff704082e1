"""A cluster with several addresses: a node that does not answer is passed by, and asked again later."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from loops import HELLO, MemoryFactory, story

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ArchiveAwayError, ConfigurationError, StorageError
from memgpt_autogen.home_move import move_home
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.qdrant.client.address import shown
from memgpt_autogen.memory.qdrant.client.availability import Availability
from memgpt_autogen.memory.qdrant.client.nodes import Node
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.settings import Settings, without_passwords
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.qdrant import QdrantStandIn
from memgpt_autogen.testing.qdrant.server import Answer, QdrantCall

HUNG, LONG = 20, 60
"""How long a node hangs at the most, and a time limit that no test may wait for, in seconds."""


@pytest.fixture
def cluster() -> Iterator[QdrantStandIn]:
    with QdrantStandIn(nodes=3) as stand_in:
        yield stand_in


@pytest.fixture
def memory(cluster: QdrantStandIn, make_memory: MemoryFactory) -> MemoryHierarchy:
    """A memory on all nodes, which has a passage."""
    opened = make_memory(
        qdrant_url=",".join(cluster.urls),
        qdrant_timeout=LONG,
        qdrant_replicas=3,
        qdrant_write_consistency=2,
    )
    opened.archival.insert("The heron lamp stands in the hall.")
    cluster.calls.clear()
    return opened


def asked(cluster: QdrantStandIn) -> list[int]:
    """Return which nodes were asked, without the question whether one is back."""
    nodes = [call.node for call in cluster.calls if call.name != "healthz"]
    cluster.calls.clear()
    return nodes


def away(cluster: QdrantStandIn) -> list[bool]:
    return [Availability.of(shown(url)).away for url in cluster.urls]


def turn(memory: MemoryHierarchy, name: str, **arguments: str) -> str:
    llm = ScriptedLLM(
        says("", call(name, **arguments, request_heartbeat=True)),
        says("", call("send_message", message="Fine.")),
    )
    return "\n".join(story(open_loop(memory, llm).run([HELLO])))


@contextmanager
def hanging(cluster: QdrantStandIn, *begin: str) -> Iterator[None]:
    """Let the first node answer nothing, from such a request on, and see that nobody waits for it."""
    over, ended, hung = threading.Event(), [], []

    def hang(call: QdrantCall, answer: Callable[[], Answer]) -> Answer:
        if call.node != 0 or not (hung or not begin or call.kinds & {*begin}):
            return answer()
        hung.append(call.name)
        if not over.wait(HUNG):
            ended.append(call.name)
        return None

    with cluster.fault(hang):
        yield
        assert hung
        assert ended == [], "somebody has waited for the end"
        over.set()


USES: dict[str, Callable[[MemoryHierarchy], object]] = {
    "insert": lambda memory: memory.archival.insert("The owl lamp stands in the attic."),
    "search": lambda memory: memory.archival.search("heron").total,
    "list": lambda memory: memory.archival.list().total,
    "delete": lambda memory: memory.archival.delete_where(text="heron"),
    "recall": lambda memory: memory.recall.search("hello").trouble,
}


def test_the_first_node_is_asked_as_long_as_it_answers(
    cluster: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    for use in USES.values():
        use(memory)

    assert set(asked(cluster)) == {0}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("fault", ["dead", "hangs", "proxy"])
def test_a_node_that_does_not_answer_is_passed_by(
    fault: str, use: str, cluster: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    def on_first(call: QdrantCall, answer: Callable[[], Answer]) -> Answer:
        return HTTPFailure(502, "<html></html>") if call.node == 0 else answer()

    if fault == "dead":
        cluster.kill(0)
    faults = {"dead": cluster.slow(0), "hangs": hanging(cluster), "proxy": cluster.fault(on_first)}
    with faults[fault]:
        USES[use](memory)
        assert away(cluster) == [True, False, False]
        asked(cluster)
        USES[use](memory)

        assert set(asked(cluster)) == {1}
    assert memory.archival.undelivered() == 0


def test_a_turn_goes_on_with_another_node_and_nothing_waits(
    cluster: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with hanging(cluster):
        told = turn(memory, "archival_memory_insert", content="The owl lamp stands in the attic.")
        told += turn(memory, "archival_memory_search", query="owl")

    assert "does not answer" not in told
    assert "The owl lamp stands in the attic." in told
    assert memory.archival.undelivered() == 0


def test_a_write_that_hangs_in_a_node_is_given_to_the_next(
    cluster: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with hanging(cluster, "upsert"):
        memory.archival.insert("The owl lamp stands in the attic.")

    assert memory.archival.count() == 2


def test_a_write_that_takes_its_time_is_sent_once(cluster: QdrantStandIn, memory: MemoryHierarchy) -> None:
    def slow(call: QdrantCall, answer: Callable[[], Answer]) -> Answer:
        if "upsert" in call.kinds:
            time.sleep(1)
        return answer()

    with cluster.fault(slow):
        memory.archival.insert("The owl lamp stands in the attic.")

    upserts = [call.node for call in cluster.calls if "upsert" in call.kinds and "owl" in str(call.body)]
    assert upserts == [0]
    assert away(cluster) == [False, False, False]


def test_nodes_that_are_all_slow_are_waited_for(cluster: QdrantStandIn, memory: MemoryHierarchy) -> None:
    def slow(call: QdrantCall, answer: Callable[[], Answer]) -> Answer:
        if call.name == "count":
            time.sleep(1.5)
        return answer()

    with cluster.fault(slow):
        assert memory.archival.count() == 1


@pytest.mark.slow
def test_a_node_that_is_back_is_used_again(
    cluster: QdrantStandIn, memory: MemoryHierarchy, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.kill(0)
    with caplog.at_level(logging.WARNING):
        memory.archival.count()
        cluster.revive(0)
        until = time.monotonic() + 30
        while away(cluster)[0]:
            assert time.monotonic() < until
            time.sleep(0.05)
    asked(cluster)

    memory.archival.count()

    assert set(asked(cluster)) == {0}
    first = cluster.urls[0]
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["Qdrant (http"] * 2
    assert f"Qdrant ({first}) does not answer: " in caplog.text
    assert f"Qdrant ({first}) answers again." in caplog.text


def test_only_when_all_have_failed_the_archive_is_away(
    cluster: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    for node in range(3):
        cluster.kill(node)

    with pytest.raises(ArchiveAwayError) as failed:
        memory.archival.count()
    told = turn(memory, "archival_memory_insert", content="The owl lamp stands in the attic.")

    assert str(failed.value).startswith("Qdrant does not answer at any of its addresses: ")
    assert all(f"{url}: " in str(failed.value) for url in cluster.urls)
    assert cluster.url not in told
    assert memory.archival.undelivered() == 1
    cluster.revive(1)
    cluster.revive(2)
    assert memory.archival.count() == 2
    assert memory.archival.undelivered() == 0


def test_another_node_is_asked_after_an_error_of_one_and_the_error_names_who_told_it(
    cluster: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    failing = [0]

    def fail(call: QdrantCall, answer: Callable[[], Answer]) -> Answer:
        told = {"status": {"error": "Service internal error: No space left on device"}}
        return HTTPFailure(500, told) if call.node in failing else answer()

    with cluster.fault(fail):
        memory.archival.insert("The owl lamp stands in the attic.")
        assert away(cluster) == [False, False, False]
        failing += [1, 2]
        with pytest.raises(StorageError, match=rf"Qdrant \({cluster.url}\) could not answer: 500 .*No space"):
            memory.archival.count()


def test_a_refusal_names_the_node_that_refused(cluster: QdrantStandIn, make_memory: MemoryFactory) -> None:
    cluster.keys = {"all": "manage"}
    cluster.kill(0)

    memory = make_memory(qdrant_url=",".join(cluster.urls), qdrant_api_key="wrong")

    with pytest.raises(StorageError, match=rf"Qdrant \({cluster.urls[1]}\) could not answer: 401 "):
        memory.archival.count()
    assert 2 not in asked(cluster)


def test_each_address_has_its_own_path_and_host() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    node = Node("https://me:hunter2@b.example/qdrant/", httpx.MockTransport(answer))
    node.send(httpx.Request("POST", "http://a.example:6333/points", json={"limit": 1}), b"/points?wait=true")

    assert str(seen[0].url) == "https://b.example:6333/qdrant/points?wait=true"
    assert seen[0].headers["host"] == "b.example:6333"
    assert seen[0].read() == b'{"limit":1}'
    assert node.label == "https://b.example:6333/qdrant"


def test_the_port_of_grpc_is_named_for_what_it_is(make_memory: MemoryFactory) -> None:
    with pytest.raises(
        ArchiveAwayError, match="6334 is usually Qdrant's port for gRPC; 6333 is that for REST"
    ):
        make_memory(qdrant_url="http://127.0.0.1:6334").archival.count()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://a:6333, HTTP://b:6333 ,", "http://a:6333,http://b:6333"),
        ("http://a,http://a,https://b/p", "http://a,https://b/p"),
        ("http://me:x,y@a:1,http://b", "http://me:x,y@a:1,http://b"),
    ],
)
def test_several_addresses_are_separated_by_commas(given: str, kept: str, tmp_path: Path) -> None:
    assert Settings.load(home=tmp_path, qdrant_url=given).qdrant_url == kept


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("http://a:6333,b:6333", "'b:6333' has no http:// or https://. Write http://b:6333"),
        ("http://a:6333,ftp://b", "'ftp://b' is no address"),
        (",", "it has no address"),
        ("http://me:hunter2,hunter3@a:1,b:2", "'b:2' has no http:// or https://. Write http://b:2"),
        ("me:hunter2@b:2", "'b:2' has no http:// or https://. Write http://b:2"),
        ("grpc://me:hunter2@a:6334", "'grpc://***@a:6334' is for gRPC, which is not used here"),
    ],
)
def test_what_is_no_address_is_named_without_a_password(given: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Settings.load(home=tmp_path, qdrant_url=given)

    assert told in str(refused.value)
    assert "hunter" not in str(refused.value)


def test_passwords_of_all_addresses_are_hidden(tmp_path: Path) -> None:
    urls = "http://me:hun,ter2@a:1,http://b:2, https://you:hunter2@c:3"
    settings = Settings.load(home=tmp_path, qdrant_url=urls, qdrant_timeout=1)

    assert without_passwords(urls) == "http://***@a:1,http://b:2, https://***@c:3"
    assert "ter2" not in repr(settings)
    with pytest.raises(ArchiveAwayError) as away:
        open_memory(
            "sam",
            settings.model_copy(update={"qdrant_url": "http://me:hunter2@127.0.0.1:9,http://127.0.0.1:8"}),
        ).archival.count()
    assert "hunter2" not in str(away.value)
    assert "http://127.0.0.1:9: " in str(away.value)


@pytest.mark.sqlite
@pytest.mark.parametrize("remove", [False, True])
def test_a_move_to_other_addresses_of_the_same_cluster_is_none(
    remove: bool, cluster: QdrantStandIn, memory: MemoryHierarchy, tmp_path: Path
) -> None:
    first, second, third = (
        Settings.load(home=tmp_path / "home", qdrant_url=url)
        for url in (cluster.urls[0], cluster.urls[1], ",".join(cluster.urls[1:]))
    )
    sam = open_memory("sam", first)
    sam.archival.insert("The heron lamp stands in the hall.")

    for old, new in ((first, second), (second, third)):
        with pytest.raises(ConfigurationError, match="are one server: only set qdrant_url"):
            move_home(old, new, remove=remove)
        assert sam.archival.count() == 1
        assert open_memory("sam", new).archival.search("heron").total == 1


@pytest.mark.sqlite
def test_more_addresses_are_no_other_home(
    cluster: QdrantStandIn, memory: MemoryHierarchy, tmp_path: Path
) -> None:
    alone = Settings.load(home=tmp_path / "home", qdrant_url=cluster.urls[2])
    open_memory("sam", alone).archival.insert("The heron lamp stands in the hall.")

    all_ = Settings.load(home=tmp_path / "home", qdrant_url=",".join(cluster.urls))
    again = open_memory("sam", all_)

    assert HomeMark.of(open_home_database(all_)) == HomeMark.of(open_home_database(alone))
    again.archival.insert("The owl lamp stands in the attic.")
    assert again.archival.count() == 2
    assert again.check().sound
