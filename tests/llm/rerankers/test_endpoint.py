"""Rerankers of an endpoint: the shapes of different servers, and what failures say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.rerankers.endpoint import EndpointReranker
from memgpt_autogen.testing import ScriptedServer
from memgpt_autogen.testing.local_http import HTTPFailure

TEXTS = ["rain", "green tea", "tea"]


class RerankServer(ScriptedServer):
    """Answers `/rerank` from a list of answers, and keeps the bodies."""

    def __init__(self, *rankings: Any) -> None:
        super().__init__()
        self.rankings = list(rankings)
        self.bodies: list[dict[str, Any]] = []

    def respond(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        if not path.endswith("/rerank"):
            return None
        self.bodies.append(dict(body))
        return self.rankings.pop(0)


def failure(status: int, message: str) -> HTTPFailure:
    return HTTPFailure(status, {"error": {"message": message}})


def test_scores_come_in_the_order_of_the_texts() -> None:
    ranked = [{"index": 2, "relevance_score": 0.9}, {"index": 1, "relevance_score": 0.8}]
    with RerankServer({"results": [*ranked, {"index": 0, "relevance_score": -3}]}) as server:
        scores = EndpointReranker("m", base_url=server.url).rerank("tea", TEXTS)

    assert scores == [-3.0, 0.8, 0.9]
    assert server.bodies == [{"model": "m", "query": "tea", "documents": TEXTS, "top_n": 3}]


def test_a_text_that_the_server_leaves_out_has_the_worst_score() -> None:
    with RerankServer({"results": [{"index": 2, "relevance_score": 0.9}]}) as server:
        assert EndpointReranker("m", base_url=server.url).rerank("tea", TEXTS) == [0.9, 0.9, 0.9]


def test_a_server_that_wants_texts_is_asked_so_from_then_on() -> None:
    answer = [{"index": 1, "score": 0.5}, {"index": 0, "score": 0.1}, {"index": 2, "score": 0.7}]
    with RerankServer(failure(422, "missing field `texts`"), {"data": answer}, {"data": answer}) as server:
        reranker = EndpointReranker("m", base_url=server.url)
        first, second = reranker.rerank("tea", TEXTS), reranker.rerank("tea", TEXTS)

    assert first == second == [0.1, 0.5, 0.7]
    assert [sorted(body) for body in server.bodies] == [
        ["documents", "model", "query", "top_n"],
        ["query", "texts", "truncate"],
        ["query", "texts", "truncate"],
    ]


def test_a_refusal_of_both_forms_tells_the_first_reason() -> None:
    with RerankServer(failure(400, "no such model"), failure(400, "no documents")) as server:
        reranker = EndpointReranker("m", base_url=server.url)
        with pytest.raises(ModelError, match="no such model"):
            reranker.rerank("tea", TEXTS)


def test_a_server_that_fails_once_is_asked_again(waits: list[float]) -> None:
    answer = {"results": [{"index": 0, "relevance_score": 0.4}]}
    with RerankServer(failure(503, "busy"), answer) as server:
        reranker = EndpointReranker("m", base_url=server.url, sleep=waits.append)

        assert reranker.rerank("tea", ["rain"]) == [0.4]
    assert len(waits) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"object": "list"},
        {"results": []},
        {"results": [{"index": 3, "relevance_score": 1.0}]},
        {"results": [{"index": 0, "relevance_score": "high"}]},
        {"results": ["rain"]},
    ],
)
def test_an_answer_of_another_form_is_an_error_that_names_the_model(answer: Any) -> None:
    with RerankServer(answer) as server, pytest.raises(ModelError, match="model 'm' at"):
        EndpointReranker("m", base_url=server.url).rerank("tea", TEXTS)


def test_no_texts_are_no_request() -> None:
    with RerankServer() as server:
        assert EndpointReranker("m", base_url=server.url).rerank("tea", []) == []
    assert server.bodies == []


def test_an_endpoint_without_an_address_is_the_developers_to_mend() -> None:
    with pytest.raises(ConfigurationError, match="set reranker_base_url"):
        EndpointReranker("m")
