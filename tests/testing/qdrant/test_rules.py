"""The stand-in for a Qdrant server: what it refuses, in the words that a server was seen to use."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from memgpt_autogen.testing.qdrant import QdrantStandIn

ADA, BEN = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


@pytest.fixture
def server() -> Iterator[QdrantStandIn]:
    with QdrantStandIn() as stand_in:
        yield stand_in


def client_of(server: QdrantStandIn, **options: Any) -> QdrantClient:
    return QdrantClient(url=server.url, timeout=5, check_compatibility=False, **options)


def filled(server: QdrantStandIn, **options: Any) -> QdrantClient:
    client = client_of(server, **options)
    client.create_collection(
        "notes",
        vectors_config={"meaning": models.VectorParams(size=2, distance=models.Distance.COSINE)},
        sparse_vectors_config={"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )
    client.upsert("notes", [point(ADA, tag="a"), point(BEN, tag="b")])
    return client


def point(id_: Any, *, meaning: Any = (1.0, 0.0), **payload: Any) -> models.PointStruct:
    words = models.SparseVector(indices=[7], values=[1.0])
    return models.PointStruct(id=id_, vector={"meaning": list(meaning), "words": words}, payload=payload)


def tagged(tag: str) -> models.Filter:
    return models.Filter(must=[models.FieldCondition(key="tag", match=models.MatchValue(value=tag))])


def refused(status: int, text: str) -> Any:
    return pytest.raises(UnexpectedResponse, match=rf"(?s){status}.*{text}")


def test_a_limit_of_zero_is_refused(server: QdrantStandIn) -> None:
    client = filled(server)

    for ask in (
        lambda: client.scroll("notes", limit=0),
        lambda: client.query_points("notes", [1.0, 0.0], using="meaning", limit=0),
        lambda: client.query_batch_points(
            "notes", [models.QueryRequest(query=[1.0, 0.0], using="meaning", limit=0)]
        ),
    ):
        with refused(422, "limit: value 0 invalid, must be 1 or larger"):
            ask()


def test_sorting_and_counting_values_need_an_index_and_plain_filters_do_not(server: QdrantStandIn) -> None:
    client = filled(server)

    assert client.count("notes", tagged("a")).count == 1
    with refused(400, "No range index for `order_by` key: `time`"):
        client.scroll("notes", order_by="time")
    with refused(400, "No appropriate index for faceting: `tag`"):
        client.facet("notes", "tag")
    client.create_payload_index("notes", "tag", "keyword")
    assert {hit.value: hit.count for hit in client.facet("notes", "tag").hits} == {"a": 1, "b": 1}


def test_strict_mode_refuses_filters_without_an_index_and_large_limits() -> None:
    strict = {
        "enabled": True,
        "unindexed_filtering_retrieve": False,
        "unindexed_filtering_update": False,
        "max_query_limit": 10,
        "search_max_batchsize": 1,
    }
    with QdrantStandIn(strict=strict) as server:
        client = filled(server)

        with refused(400, 'Index required but not found for .*"tag'):
            client.count("notes", tagged("a"))
        with refused(400, 'Index required but not found for .*"tag'):
            client.delete("notes", models.FilterSelector(filter=tagged("a")))
        with refused(400, "Limit exceeded 11 > 10"):
            client.scroll("notes", limit=11)
        search = models.QueryRequest(query=[1.0, 0.0], using="meaning", limit=1)
        with refused(400, "Limit exceeded 2 > 1"):
            client.query_batch_points("notes", [search, search])
        client.create_payload_index("notes", "tag", "keyword")
        assert client.count("notes", tagged("a")).count == 1


def test_an_estimate_by_a_field_without_an_index_is_half_of_all(server: QdrantStandIn) -> None:
    client = filled(server)

    assert client.count("notes", tagged("nobody"), exact=False).count == 1
    client.create_payload_index("notes", "tag", "keyword")
    assert client.count("notes", tagged("nobody"), exact=False).count == 0


def test_ids_sizes_and_names_of_vectors_are_checked(server: QdrantStandIn) -> None:
    client = filled(server)

    with refused(400, "not a valid point ID"):
        client.upsert("notes", [point("anna")])
    with refused(400, "expected dim: 2, got 3"):
        client.upsert("notes", [point(5), point(6, meaning=[1.0, 0.0, 0.0])])
    assert client.count("notes").count == 2
    named = models.PointStruct(id=8, vector={"sense": [1.0, 0.0]}, payload={})
    with refused(400, "Not existing vector name error: sense"):
        client.upsert("notes", [point(7), named])
    assert client.count("notes").count == 3, "the point before the unknown name is stored all the same"


def test_numbers_are_kept_as_a_server_keeps_them(server: QdrantStandIn) -> None:
    client = filled(server)

    client.upsert("notes", [point(3, large=2**64 - 1, larger=2**70, none=float("nan"))])

    (found,) = client.retrieve("notes", [3])
    assert found.payload == {"large": 2**64 - 1, "larger": float(2**70), "none": None}


def test_a_request_over_the_limit_is_refused_by_the_server_or_by_a_proxy_in_html() -> None:
    many = [point(number, text="x" * 500) for number in range(20)]
    with QdrantStandIn(most_bytes=8000) as server, refused(413, "larger than allowed"):
        filled(server).upsert("notes", many)
    with QdrantStandIn(most_bytes=8000, proxy=True) as server, refused(413, "<html>"):
        filled(server).upsert("notes", many)


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
def test_keys_are_refused_with_the_words_of_a_server() -> None:
    keys: dict[str, Any] = {"all": "manage", "see": "read", "old": "expired", "one": ["notes"]}
    with QdrantStandIn(keys=keys) as server:
        filled(server, api_key="all").create_collection("other", vectors_config={})

        with refused(401, "Must provide an API key"):
            client_of(server).get_collections()
        with refused(401, "Invalid API key or JWT"):
            client_of(server, api_key="wrong").get_collections()
        with refused(403, "ExpiredSignature"):
            client_of(server, api_key="old").count("notes")
        assert client_of(server, api_key="see").count("notes").count == 2
        with refused(403, "Forbidden"):
            client_of(server, api_key="see").upsert("notes", [point(9)])
        one = client_of(server, api_key="one")
        assert [each.name for each in one.get_collections().collections] == ["notes"]
        with refused(403, "Forbidden"):
            one.count("other")
        with refused(403, "Global access is required"):
            one.create_collection("notes", vectors_config={})


def test_an_alias_is_in_no_list_of_collections_and_answers_all_the_same(server: QdrantStandIn) -> None:
    client = filled(server)

    server.rename("notes", "restored")

    assert [each.name for each in client.get_collections().collections] == ["restored"]
    assert client.collection_exists("notes")
    assert client.count("notes").count == 2
    with refused(409, "already exists"):
        client.create_collection("notes", vectors_config={})
    with refused(404, "Collection `none` doesn"):
        client.count("none")


@pytest.mark.parametrize(("version", "apart"), [("1.18.3", False), ("1.19.0", True)])
def test_word_statistics_are_a_tenants_own_from_1_19_on(version: str, apart: bool) -> None:
    with QdrantStandIn(version=version) as server:
        client = filled(server)
        client.upsert("notes", [point(number, tag="c") for number in range(10, 30)])
        own = models.SearchParams(idf=models.IdfCorpusParams(corpus=tagged("a")))
        words = models.SparseVector(indices=[7], values=[1.0])

        def score(params: Any) -> float:
            found = client.query_points(
                "notes", words, using="words", query_filter=tagged("a"), search_params=params
            )
            return found.points[0].score

        assert (score(own) != score(None)) == apart


def test_a_point_without_words_is_in_no_statistics(server: QdrantStandIn) -> None:
    client = filled(server)
    words = models.SparseVector(indices=[7], values=[1.0])

    def score() -> float:
        return client.query_points("notes", words, using="words").points[0].score

    before = score()
    empty = models.SparseVector(indices=[], values=[])
    client.upsert("notes", [models.PointStruct(id=9, vector={"words": empty}, payload={})])

    assert score() == before
