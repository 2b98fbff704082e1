"""The faults of the stand-in: it hangs, refuses, loses answers and data, and is a cluster that differs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from places import ROOT
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from memgpt_autogen.testing import HTTPFailure
from memgpt_autogen.testing.qdrant import QdrantStandIn


@pytest.fixture
def server() -> Iterator[QdrantStandIn]:
    with QdrantStandIn() as stand_in:
        yield stand_in


def client_of(url: str, timeout: int = 5) -> QdrantClient:
    return QdrantClient(url=url, timeout=timeout, check_compatibility=False)


def filled(server: QdrantStandIn, count: int = 2, **options: Any) -> QdrantClient:
    client = client_of(server.url)
    client.create_collection("notes", vectors_config={}, **options)
    client.upsert("notes", [point(number) for number in range(count)])
    return client


def point(number: int) -> models.PointStruct:
    return models.PointStruct(id=number, vector={}, payload={"number": number})


def takes(client: QdrantClient, number: int) -> bool:
    """Whether the server acknowledges a new point."""
    try:
        client.upsert("notes", [point(number)])
    except UnexpectedResponse as error:
        if error.status_code != 500:
            raise
        return False
    return True


def test_it_hangs_until_the_block_ends(server: QdrantStandIn) -> None:
    filled(server)
    client = client_of(server.url, timeout=1)

    with server.hanging(), pytest.raises(ResponseHandlingException, match="timed out"):
        client.count("notes")

    assert client.count("notes").count == 2


def test_it_refuses_connections_and_comes_back_at_the_same_address(server: QdrantStandIn) -> None:
    client = filled(server)

    with server.refusing(), pytest.raises(ResponseHandlingException, match="refused"):
        client.count("notes")

    assert client.count("notes").count == 2


def test_it_is_slow_and_fails_by_name(server: QdrantStandIn) -> None:
    client = filled(server)

    with server.slow(0.01):
        assert client.count("notes").count == 2
    with server.failing(HTTPFailure(503, "busy"), "count"):
        with pytest.raises(UnexpectedResponse, match="503"):
            client.count("notes")
        assert len(client.scroll("notes")[0]) == 2


def test_an_answer_is_lost_after_the_write(server: QdrantStandIn) -> None:
    client = filled(server)

    with server.losing_answers("upsert"), pytest.raises(ResponseHandlingException):
        client.upsert("notes", [point(7)])

    assert client.count("notes").count == 3


@pytest.mark.slow
def test_a_process_ends_between_two_requests(server: QdrantStandIn) -> None:
    code = (
        "import sys; from qdrant_client import QdrantClient\n"
        "client = QdrantClient(url=sys.argv[1], check_compatibility=False)\n"
        "client.create_collection('notes', vectors_config={})\n"
        "client.create_payload_index('notes', 'number', 'integer')\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code, server.url], cwd=ROOT)

    with server.ending_before("index", end=child.kill):
        assert child.wait(60) == -9

    assert client_of(server.url).get_collection("notes").payload_schema == {}


def test_a_collection_is_lost_or_everything_or_the_last_day(server: QdrantStandIn) -> None:
    client = filled(server)
    yesterday = server.saved()
    client.upsert("notes", [point(7)])

    server.restore(yesterday)
    assert client.count("notes").count == 2
    server.lose("notes")
    with pytest.raises(UnexpectedResponse, match="404"):
        client.count("notes")
    server.restore(yesterday)
    server.empty()
    assert server.collections() == []


@pytest.mark.parametrize(
    ("replicas", "consistency", "killed", "stored", "apart"),
    [(2, 1, 1, "all", False), (2, 2, 1, "some", True), (3, 2, 1, "all", False), (3, 2, 2, "none", False)],
)
def test_a_cluster_with_dead_nodes_takes_and_loses_what_a_real_one_did(
    replicas: int, consistency: int, killed: int, stored: str, apart: bool
) -> None:
    with QdrantStandIn(nodes=3) as server:
        client = filled(
            server,
            30,
            shard_number=3,
            replication_factor=replicas,
            write_consistency_factor=consistency,
        )
        for node in range(1, 1 + killed):
            server.kill(node)
        acknowledged = sum(takes(client, number) for number in range(100, 130))
        assert client.count("notes").count == 60, "the living replicas have also what failed"

        for node in range(1, 1 + killed):
            server.revive(node)

        counts = {client_of(url).count("notes").count for url in server.urls}
        assert {"all": acknowledged == 30, "some": 0 < acknowledged < 30, "none": not acknowledged}[stored]
        assert (len(counts) > 1) == apart


def test_a_node_without_a_living_replica_of_a_shard_answers_with_an_error() -> None:
    with QdrantStandIn(nodes=3) as server:
        client = filled(server, 30, shard_number=3)

        server.kill(1)

        with pytest.raises(UnexpectedResponse, match="500"):
            client.count("notes")


def test_shards_are_read_as_one(server: QdrantStandIn) -> None:
    with QdrantStandIn(nodes=3) as cluster:
        client = filled(cluster, 30, shard_number=3)

        pages, offset = [], None
        while True:
            found, offset = client.scroll("notes", limit=7, offset=offset)
            pages += [each.id for each in found]
            if offset is None:
                break
        assert pages == list(range(30))
