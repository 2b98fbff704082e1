"""Embedding models of an endpoint: batches, dimensions, encodings, prefixes."""

from __future__ import annotations

import base64
import json
import math
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typing_extensions import Self

from memgpt_autogen.chosen_models import choose_embedder
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, ScriptedServer


def test_embeddings_are_unit_vectors_in_order_and_in_batches() -> None:
    texts = [f"text number {n}" for n in range(5)] + [""]
    with ScriptedServer(dimension=16) as server:
        embedder = OpenAIEmbedder("m", base_url=server.url, batch_size=2)
        vectors = embedder.embed(texts)
        alone = embedder.embed_query("text number 3")

    assert [len(request["input"]) for request in server.embedding_requests] == [2, 2, 2, 1]
    assert vectors[3] == alone
    assert embedder.dimension == 16
    assert all(sum(value * value for value in vector) == pytest.approx(1) for vector in vectors)


def test_no_texts_are_no_request() -> None:
    with ScriptedServer() as server:
        assert OpenAIEmbedder("m", base_url=server.url).embed([]) == []

    assert server.embedding_requests == []


def test_the_dimension_is_found_once() -> None:
    with ScriptedServer(dimension=16) as server:
        embedder = OpenAIEmbedder("m", base_url=server.url)

        assert (embedder.dimension, embedder.dimension) == (16, 16)

    assert len(server.embedding_requests) == 1


def test_a_wrong_dimension_is_the_developers_to_mend() -> None:
    with (
        ScriptedServer(dimension=16) as server,
        pytest.raises(ConfigurationError, match=r"returned 16 .*=384"),
    ):
        OpenAIEmbedder("m", base_url=server.url, dimension=384).embed(["tea"])


def test_a_dimension_is_sent_and_a_server_that_ignores_it_is_noticed() -> None:
    with ScriptedServer(dimension=16) as server:
        OpenAIEmbedder("m", base_url=server.url, dimension=16).embed(["tea"])
        OpenAIEmbedder("m", base_url=server.url).embed(["tea"])
        with pytest.raises(ConfigurationError, match=r"returned 16 .*=8 .* ignores `dimensions`.* Set 16"):
            OpenAIEmbedder("m", base_url=server.url, dimension=8).embed(["tea"])

    assert [request.get("dimensions") for request in server.embedding_requests] == [16, None, 8]


class Endpoint:
    """An embedding endpoint that answers each request as `answer` says: a body, as text or not, or a status
    and a message.
    """

    def __init__(self, answer: Callable[[dict[str, Any]], dict[str, Any] | tuple[int, str] | str]) -> None:
        requests: list[dict[str, Any]] = []

        class Connection(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                requests.append(asked)
                given = answer(asked)
                status, body = (
                    (given[0], {"error": {"message": given[1]}}) if isinstance(given, tuple) else (200, given)
                )
                self.send_response(status)
                kind = "text/html" if str(body).startswith("<") else "application/json"
                self.send_header("content-type", kind)
                self.end_headers()
                self.wfile.write((body if isinstance(body, str) else json.dumps(body)).encode())

            def log_message(self, *about: Any) -> None:
                pass

        self.requests = requests
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Connection)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *about: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def vectors_of(asked: dict[str, Any], *, base64_: bool = False) -> dict[str, Any]:
    rows = HashingEmbedder(16).embed(asked["input"])
    told = [base64.b64encode(struct.pack("<16f", *row)).decode() if base64_ else row for row in rows]
    return {"data": [{"index": index, "embedding": row} for index, row in enumerate(told)]}


@pytest.mark.parametrize("refusal", [(400, "This model does not support specifying dimensions."),
                                     (422, "Model is not matryoshka")])  # fmt: skip
def test_a_server_that_refuses_a_dimension_is_asked_without_and_what_comes_is_checked(
    refusal: tuple[int, str],
) -> None:
    with Endpoint(lambda asked: refusal if "dimensions" in asked else vectors_of(asked)) as endpoint:
        embedder = OpenAIEmbedder("m", base_url=endpoint.url, dimension=16)
        embedder.embed(["tea"])
        embedder.embed(["cake"])
        with pytest.raises(
            ConfigurationError, match=r"returned 16 dimensions where dimension=8 was set\. Set"
        ):
            OpenAIEmbedder("m", base_url=endpoint.url, dimension=8).embed(["tea"])

    assert [request.get("dimensions") for request in endpoint.requests] == [16, None, None, 8, None]


@pytest.mark.parametrize(
    "refusal",
    [
        (413, "Payload Too Large"),
        (422, "batch size 8 > maximum allowed batch size 2"),
        (400, "'$.input' is invalid. Please try again with a shorter array: array too long."),
        (400, "This model's maximum context length is 8192 tokens, however you requested 9000 tokens."),
        (500, "input is too large to process. increase the physical batch size"),
    ],
)
def test_a_batch_that_is_too_long_is_halved_and_the_next_ones_are_shorter(refusal: tuple[int, str]) -> None:
    texts = [f"text number {number}" for number in range(20)]
    with Endpoint(lambda asked: refusal if len(asked["input"]) > 2 else vectors_of(asked)) as endpoint:
        vectors = OpenAIEmbedder("m", base_url=endpoint.url, batch_size=8).embed(texts)

    assert vectors == [pytest.approx(vector, abs=1e-6) for vector in HashingEmbedder(16).embed(texts)]
    sizes = [len(request["input"]) for request in endpoint.requests]
    assert sizes == [8, 4, 2, 2, 4, 2, 2, *[2] * 6]


def test_a_text_that_is_too_long_by_itself_is_the_mean_of_its_halves() -> None:
    long = "tea " * 100 + "cake " * 80
    with Endpoint(
        lambda asked: (400, "input is too long") if len(asked["input"][0]) > 400 else vectors_of(asked)
    ) as endpoint:
        (vector,) = OpenAIEmbedder("m", base_url=endpoint.url).embed([long])

    tea, cake = HashingEmbedder(16).embed(["tea", "cake"])
    mean = [a + b for a, b in zip(tea, cake, strict=True)]
    assert sum(a * b for a, b in zip(vector, mean, strict=True)) / math.hypot(*mean) > 0.99
    assert math.hypot(*vector) == pytest.approx(1)


def test_a_text_that_no_server_takes_is_an_error_after_all() -> None:
    with (
        Endpoint(lambda asked: (400, "input is too long")) as endpoint,
        pytest.raises(ModelError, match="input is too long"),
    ):
        OpenAIEmbedder("m", base_url=endpoint.url).embed(["tea " * 100])


def test_a_request_has_at_most_so_many_characters() -> None:
    texts = ["a" * 40, "b" * 40, "c" * 40, "d" * 200, "e"]
    with ScriptedServer() as server:
        OpenAIEmbedder("m", base_url=server.url, batch_chars=100).embed(texts)

    assert [[text[0] for text in request["input"]] for request in server.embedding_requests] == [
        ["a", "b"], ["c"], ["d"], ["e"]
    ]  # fmt: skip


@pytest.mark.parametrize("asked", ["float", "base64"])
@pytest.mark.parametrize("answered", ["float", "base64"])
def test_vectors_in_base64_and_as_numbers_are_the_same(asked: Any, answered: str) -> None:
    with Endpoint(lambda request: vectors_of(request, base64_=answered == "base64")) as endpoint:
        vectors = OpenAIEmbedder("m", base_url=endpoint.url, encoding=asked).embed(["tea", "cake"])

    assert vectors == [
        pytest.approx(vector, abs=1e-6) for vector in HashingEmbedder(16).embed(["tea", "cake"])
    ]
    assert endpoint.requests[0]["encoding_format"] == asked


def test_a_vector_in_broken_base64_is_nonsense() -> None:
    with (
        Endpoint(lambda _: {"data": [{"index": 0, "embedding": "?"}]}) as endpoint,
        pytest.raises(ModelError, match="no list of numbers"),
    ):
        OpenAIEmbedder("m", base_url=endpoint.url).embed(["tea"])


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("null", "an answer without vectors. Check that the address serves this model"),
        ("<html>Sign in to the network</html>", "It sent: <html>Sign in to the network</html>"),
        ('{"error": "the model needs more memory"}', "It sent: the model needs more memory"),
        ('{"data": []}', "0 vectors for 1 text"),
        ('{"data": [{"index": 0, "embedding": [NaN]}]}', "zero or not a number"),
    ],
)
def test_an_answer_without_vectors_is_an_error_that_says_what_came(body: str, told: str) -> None:
    with Endpoint(lambda _: body) as endpoint, pytest.raises(ModelError) as failed:
        OpenAIEmbedder("m", base_url=endpoint.url).embed(["tea " * 100])

    assert told in str(failed.value)
    assert len(endpoint.requests) == 1


def test_a_model_that_changes_its_dimension_is_told() -> None:
    rows = iter([[1.0, 0.0], [1.0, 0.0, 0.0]])
    with Endpoint(lambda _: {"data": [{"index": 0, "embedding": next(rows)}]}) as endpoint:
        embedder = OpenAIEmbedder("m", base_url=endpoint.url)
        embedder.embed(["tea"])
        with pytest.raises(
            ModelError, match=r"3 dimensions after 2 before\. Check that it is still the same"
        ):
            embedder.embed(["tea"])


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_a_query_waits_less_long_than_passages_and_the_next_one_not_at_all() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        embedder = OpenAIEmbedder("m", base_url=address, timeout=45)

        began = time.monotonic()
        with pytest.raises(ModelError, match="no whole answer came within 1"):
            embedder.embed_query("tea")
        first = time.monotonic() - began
        with pytest.raises(ModelError, match="no whole answer came within 1"):
            embedder.embed_query("tea")

    assert first < 30
    assert time.monotonic() - began - first < 5


def test_a_query_that_fails_at_once_is_sent_again() -> None:
    answers = iter([(401, "wrong key")])
    with Endpoint(lambda asked: next(answers, None) or vectors_of(asked)) as endpoint:
        embedder = OpenAIEmbedder("m", base_url=endpoint.url)
        with pytest.raises(ModelError, match="wrong key"):
            embedder.embed_query("tea")

        assert len(embedder.embed_query("tea")) == 16


def test_embedding_is_tried_again_where_that_may_help(waits: list[float]) -> None:
    answers = iter([(429, "slow down"), (503, "busy")])
    with Endpoint(lambda asked: next(answers, None) or vectors_of(asked)) as endpoint:
        OpenAIEmbedder("m", base_url=endpoint.url, sleep=waits.append).embed(["tea"])

    assert (len(endpoint.requests), len(waits)) == (3, 2)


def test_prefixes_tell_questions_from_passages_and_change_the_models_name() -> None:
    with ScriptedServer() as server:
        embedder = OpenAIEmbedder(
            "e5", base_url=server.url, passage_prefix="passage: ", query_prefix="query: "
        )
        embedder.embed(["tea"])
        embedder.embed_query("tea?")

    assert [request["input"] for request in server.embedding_requests] == [["passage: tea"], ["query: tea?"]]
    assert embedder.model == "e5 ('passage: ', 'query: ')"


@pytest.mark.timeout(20)
def test_the_settings_say_how_patient_an_embedding_model_is() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        settings = Settings.load(
            embedding_model="x", embedding_base_url=address, request_seconds=0.2, max_retries=0
        )
        embedder = choose_embedder(settings)

        assert embedder is not None
        with pytest.raises(ModelError, match="no answer in time"):
            embedder.embed(["tea"])
