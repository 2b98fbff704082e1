"""Models and embeddings of OpenAI-compatible endpoints, against the scripted server."""

from __future__ import annotations

import base64
import json
import math
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typing_extensions import Self

from memgpt_autogen.assembly import choose_embedder, choose_llm
from memgpt_autogen.errors import ConfigurationError, ContextOverflowError, ModelError
from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.llm.wire import errors as failures
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import Delayed, HashingEmbedder, HTTPFailure, ScriptedServer, call, says

HELLO = [{"role": "user", "content": "hello"}]
TOOL = {
    "type": "function",
    "function": {"name": "send_message", "parameters": {"type": "object", "properties": {}}},
}
SECRET = "sk-test-4f9a1c7788"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "AZURE_OPENAI_API_KEY",
        "AZURE_OPENAI_ENDPOINT",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def waits() -> list[float]:
    return []


def llm_of(server: ScriptedServer, waits: list[float] | None = None, **settings: Any) -> OpenAILLM:
    sleep: Callable[[float], None] = (waits if waits is not None else []).append
    return OpenAILLM("scripted", base_url=server.url, sleep=sleep, **settings)


def error_of(*answers: Any, waits: list[float] | None = None, **settings: Any) -> ModelError:
    with ScriptedServer(*answers) as server, pytest.raises(ModelError) as caught:
        llm_of(server, waits, **settings).complete(HELLO)
    return caught.value


def refusal(message: str, status: int = 400, **error: Any) -> HTTPFailure:
    return HTTPFailure(status, {"error": {"message": message, **error}})


def test_an_answer_arrives_with_its_text_calls_and_usage() -> None:
    noted = call("send_message", message="Noted.")
    with ScriptedServer(says("Thinking.", noted, usage=Usage(120, 9))) as server:
        completion = llm_of(server).complete(HELLO, [TOOL], "required")

    assert completion.text == "Thinking."
    assert completion.tool_calls == (noted,)
    assert completion.usage == Usage(120, 9)
    assert completion.finish_reason == "tool_calls"


def test_the_request_holds_what_was_asked_and_nothing_more() -> None:
    with ScriptedServer(otherwise=says("Hi.")) as server:
        llm_of(server, temperature=0.2, max_tokens=50, extra={"top_k": 7}).complete(HELLO, [TOOL], "required")
        llm_of(server).complete(HELLO, [], "none")

    full, bare = server.requests
    assert full == {
        "model": "scripted",
        "messages": HELLO,
        "tools": [TOOL],
        "tool_choice": "required",
        "temperature": 0.2,
        "max_tokens": 50,
        "top_k": 7,
    }
    assert bare == {"model": "scripted", "messages": HELLO}


def test_an_assistant_message_without_words_is_sent_with_empty_content() -> None:
    step = {"role": "assistant", "content": None, "tool_calls": [call("noop").to_wire()]}
    with ScriptedServer(says("Hi.")) as server:
        llm_of(server).complete([*HELLO, step])

    assert server.requests[0]["messages"][1]["content"] == ""
    assert step["content"] is None


@pytest.mark.parametrize("name", ["messages", "tools", "stream", "n"])
def test_extra_may_not_replace_what_a_request_is_made_of(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' in extra"):
        OpenAILLM("m", base_url="http://localhost/v1", extra={name: True})


def test_sloppy_answers_are_understood() -> None:
    message = {
        "role": "assistant",
        "content": [{"type": "text", "text": "One. "}, {"type": "text", "text": "Two."}],
        "tool_calls": [{"type": "function", "function": {"name": "noop", "arguments": {"a": 1}}}],
    }
    body = {"choices": [{"index": 0, "message": message}]}
    with ScriptedServer(HTTPFailure(200, body)) as server:
        completion = llm_of(server).complete(HELLO)

    (noop,) = completion.tool_calls
    assert completion.text == "One. Two."
    assert (noop.name, noop.arguments) == ("noop", '{"a": 1}')
    assert noop.id.startswith("call_")
    assert completion.finish_reason == "tool_calls"
    assert completion.usage == Usage()


@pytest.mark.parametrize(
    "failure", [HTTPFailure(429), HTTPFailure(500), HTTPFailure(503), HTTPFailure(408), HTTPFailure(0)]
)
def test_passing_failures_are_retried(failure: HTTPFailure, waits: list[float]) -> None:
    with ScriptedServer(failure, failure, says("Hi.")) as server:
        completion = llm_of(server, waits).complete(HELLO)

    assert completion.text == "Hi."
    assert len(waits) == 2
    assert all(0 <= wait <= 20 for wait in waits)


def test_retries_are_bounded_and_the_last_failure_is_told(waits: list[float]) -> None:
    with ScriptedServer(otherwise=HTTPFailure(503)) as server, pytest.raises(ModelError) as caught:
        llm_of(server, waits, max_retries=2).complete(HELLO)

    assert len(server.requests) == 3
    assert len(waits) == 2
    assert str(caught.value) == (
        f"model 'scripted' at {server.url} answered 503: Service Unavailable. "
        "The server failed: see its log, or try again later."
    )


@pytest.mark.parametrize(
    "failure",
    [
        HTTPFailure(400),
        HTTPFailure(401),
        HTTPFailure(404),
        HTTPFailure(501),
        refusal("You exceeded your current quota", 429, code="insufficient_quota"),
        refusal("the request exceeds the available context size", 500),
        HTTPFailure(429, headers={"Retry-After": "3600"}),
    ],
)
def test_lasting_failures_are_not_retried(failure: HTTPFailure, waits: list[float]) -> None:
    error_of(failure, waits=waits)

    assert waits == []


def test_the_endpoint_says_how_long_to_wait(waits: list[float]) -> None:
    soon = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=30), usegmt=True)
    with ScriptedServer(
        HTTPFailure(429, headers={"Retry-After": "7"}),
        HTTPFailure(503, headers={"Retry-After": soon}),
        HTTPFailure(503, headers={"Retry-After": "soon"}),
        says("Hi."),
    ) as server:
        llm_of(server, waits).complete(HELLO)

    assert waits[0] == 7
    assert 20 <= waits[1] <= 30
    assert waits[2] <= 20


def test_a_slow_answer_is_a_timeout_and_says_so() -> None:
    error = error_of(Delayed(3600, says("Never.")), timeout=0.1, max_retries=0)

    assert "There was no answer in time: raise the timeout" in str(error)


def test_a_dead_server_is_named_with_the_way_out(waits: list[float]) -> None:
    with ScriptedServer() as server:
        llm = llm_of(server, waits, max_retries=1)

    with pytest.raises(ModelError, match=r"could not be reached.*Check that the server runs") as caught:
        llm.complete(HELLO)

    assert server.url in str(caught.value)
    assert len(waits) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "upstream is down"}}, "without choices.*upstream is down"),
        ({"choices": []}, "without choices"),
        ("<html>proxy</html>", "without choices"),
    ],
)
def test_nonsense_with_status_200_is_a_model_error(body: Any, words: str) -> None:
    with ScriptedServer(HTTPFailure(200, body)) as server, pytest.raises(ModelError, match=words):
        llm_of(server).complete(HELLO)


OVERFLOWS = {
    "OpenAI": (
        refusal(
            "This model's maximum context length is 4097 tokens. However, your messages resulted in 4572 tokens. "
            "Please reduce the length of the messages.",
            code="context_length_exceeded",
        ),
        4572,
    ),
    "OpenAI with an answer's room": (
        refusal(
            "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the "
            "messages, 1000 in the completion).",
        ),
        8000,
    ),
    "OpenAI responses": (refusal("Your input exceeds the context window of this model."), None),
    "OpenAI's rate limit": (
        refusal(
            "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 35000.",
            429,
            code="rate_limit_exceeded",
        ),
        35000,
    ),
    "llama.cpp": (
        refusal(
            "request (6030 tokens) exceeds the available context size (4096 tokens), try increasing it",
            type="exceed_context_size_error",
            code=400,
        ),
        6030,
    ),
    "llama.cpp with numbers": (
        refusal("the request exceeds the available context size", code=400, n_prompt_tokens=6030, n_ctx=4096),
        6030,
    ),
    "llama-cpp-python": (refusal("Requested tokens (6030) exceed context window of 4096"), 6030),
    "vLLM": (
        refusal(
            "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens.",
            code=400,
        ),
        5000,
    ),
    "vLLM, older": (
        refusal(
            "The decoder prompt (length 5000) is longer than the maximum model length of 4096.", code=400
        ),
        5000,
    ),
    "SGLang": (
        refusal("The input (6030 tokens) is longer than the model's context length (4096 tokens)."),
        6030,
    ),
    "TGI": (
        refusal(
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 `inputs` "
            "tokens and 500 `max_new_tokens`",
            422,
        ),
        4000,
    ),
    "LM Studio": (
        refusal(
            "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with "
            "context length of only 4096 tokens"
        ),
        5000,
    ),
    "Anthropic": (refusal("prompt is too long: 208310 tokens > 200000 maximum"), 208310),
    "Gemini": (
        refusal("The input token count (1,200,000) exceeds the maximum number of tokens allowed (1048576)."),
        1_200_000,
    ),
    "Mistral": (
        refusal(
            "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length"
        ),
        40000,
    ),
    "xAI": (
        refusal("This model's maximum prompt length is 131072 but the request contains 537812 tokens."),
        537812,
    ),
    "Ollama": (refusal("input length exceeds the context length"), None),
    "plain text": (HTTPFailure(413, "prompt is too long: 5000 tokens > 4096 maximum"), 5000),
}


@pytest.mark.parametrize("endpoint", OVERFLOWS)
def test_a_prompt_that_is_too_long_is_recognised_in_each_endpoints_words(endpoint: str) -> None:
    failure, tokens = OVERFLOWS[endpoint]
    waits: list[float] = []

    error = error_of(failure, waits=waits)

    assert isinstance(error, ContextOverflowError)
    assert error.prompt_tokens == tokens
    assert waits == []
    assert "longer than the window" in str(error)


@pytest.mark.parametrize(
    "failure",
    [
        refusal("Invalid schema for function 'x': the maximum length of 'description' is 1024"),
        refusal(
            "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000",
            429,
        ),
        refusal("context_length_exceeded", 401),
        refusal("'max_tokens' must be at least 1"),
    ],
)
def test_other_refusals_are_no_overflow(failure: HTTPFailure) -> None:
    assert not isinstance(error_of(failure, max_retries=0), ContextOverflowError)


def test_the_key_is_sent_and_never_shown() -> None:
    echo = refusal(f"Incorrect API key provided: {SECRET}.", 401, code="invalid_api_key")
    with ScriptedServer(echo) as server:
        llm = llm_of(server, api_key=SECRET)
        with pytest.raises(ModelError) as caught:
            llm.complete(HELLO)

    assert server.headers[0]["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert SECRET not in repr(llm) + repr(OpenAIEmbedder("m", base_url=server.url, api_key=SECRET))
    assert "Check the API key" in str(caught.value)


def test_a_password_in_the_address_is_not_shown() -> None:
    llm = OpenAILLM("m", base_url="https://user:hunter2@example.org/v1?key=hunter2")

    assert repr(llm) == "OpenAILLM('m', base_url='https://example.org/v1')"


def test_an_own_endpoint_needs_no_key_and_never_gets_openais(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with ScriptedServer(says("Hi.")) as server:
        llm_of(server).complete(HELLO)

    assert server.headers[0]["authorization"] == "Bearer not-needed"


def test_address_and_key_of_the_environment_belong_together(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(says("Hi.")) as server:
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        OpenAILLM("scripted").complete(HELLO)

    assert server.headers[0]["authorization"] == f"Bearer {SECRET}"


def test_openai_itself_needs_a_key() -> None:
    with pytest.raises(ConfigurationError, match="set OPENAI_API_KEY, give api_key, or give the base_url"):
        OpenAILLM("gpt-4o")


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
    """An embedding endpoint that answers each request as `read_answer` says: a body, or a status and a message."""

    def __init__(self, answer: Callable[[dict[str, Any]], dict[str, Any] | tuple[int, str]]) -> None:
        requests: list[dict[str, Any]] = []

        class Connection(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                requests.append(asked)
                given = answer(asked)
                status, body = (
                    (200, given) if isinstance(given, dict) else (given[0], {"error": {"message": given[1]}})
                )
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

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


def test_the_readings_of_a_failure_need_no_client_package() -> None:
    class RateLimitError(Exception):
        status_code = 429
        response = None

    assert failures.is_retryable(RateLimitError("slow down"))
    assert not failures.is_retryable(ValueError("nonsense"))


def test_the_openai_package_is_loaded_at_the_first_request_only() -> None:
    code = (
        "import sys, memgpt_autogen.llm.openai as o; o.OpenAILLM('m', base_url='http://localhost/v1'); "
        "assert 'openai' not in sys.modules and 'autogen' not in sys.modules"
    )

    path = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})


def test_tokens_from_the_endpoints_cache_are_told() -> None:
    from memgpt_autogen.llm.wire.chat import read_usage

    told = {"prompt_tokens": 900, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 512}}

    assert read_usage(told) == Usage(900, 7, 512)
    assert read_usage({"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}}) == Usage(9, 0, 4)
    assert read_usage({"prompt_tokens": 9, "prompt_tokens_details": None}) == Usage(9)
    assert Usage(1, 2, 3) + Usage(10, 20, 30) == Usage(11, 22, 33)


AZURE = {"api_version": "2024-10-21", "api_key": SECRET}


def test_azure_is_asked_at_the_deployment_with_its_own_header_and_version() -> None:
    with ScriptedServer(says("Hi.")) as server:
        llm = OpenAILLM("my-gpt", base_url=server.url.removesuffix("/v1") + "/", **AZURE)
        assert llm.complete(HELLO, [TOOL]).text == "Hi."

    assert server.paths == ["/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"]
    assert server.headers[0]["api-key"] == SECRET
    assert server.headers[0].get("authorization") in (None, f"Bearer {SECRET}")  # older clients send both
    assert server.requests[0]["tools"] == [TOOL]


def test_azure_streams_and_embeds_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "ad-token-of-somebody")
    with ScriptedServer(says("Hi."), dimension=16) as server:
        here = server.url.removesuffix("/v1")
        answers = list(OpenAILLM("my-gpt", base_url=here, **AZURE).stream(HELLO))
        vectors = OpenAIEmbedder("my-vectors", base_url=here, **AZURE).embed(["tea"])

    assert answers[-1].text == "Hi."
    assert len(vectors[0]) == 16
    assert [path.split("/")[3] for path in server.paths] == ["my-gpt", "my-vectors"]
    assert "ad-token-of-somebody" not in str(server.headers)


def test_azures_key_of_the_environment_goes_to_azure_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", SECRET)
    with ScriptedServer(says("Hi.")) as server:
        with pytest.raises(ConfigurationError, match="set AZURE_OPENAI_API_KEY"):
            OpenAILLM("m", base_url=server.url, api_version="2024-10-21")
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", server.url)
        OpenAILLM("m", api_version="2024-10-21").complete(HELLO)
        OpenAILLM("m", base_url="https://x.openai.azure.com", api_version="2024-10-21")

    assert server.headers[0]["api-key"] == SECRET


def test_a_deployment_without_an_address_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)

    with pytest.raises(ConfigurationError, match="set AZURE_OPENAI_ENDPOINT"):
        OpenAILLM("m", api_version="2024-10-21", api_key=SECRET)


def test_a_price_makes_a_cost_and_without_one_there_is_none() -> None:
    taken = says("Hi.", usage=Usage(1_000_000, 500_000, 400_000))
    with ScriptedServer(otherwise=taken) as server:
        costs = [
            llm_of(server, price=price).complete(HELLO).usage.cost for price in ((2, 8), (2, 8, 0.5), None)
        ]
        (streamed,) = {llm.usage.cost for llm in list(llm_of(server, price=(2, 8)).stream(HELLO))[-1:]}

    assert costs == [pytest.approx(6.0), pytest.approx(5.4), None]
    assert streamed == pytest.approx(6.0)


def test_an_endpoint_that_tells_the_cost_is_believed() -> None:
    with ScriptedServer(says("Hi.", usage=Usage(1000, 200, cost=0.25))) as server:
        assert llm_of(server, price=(2, 8)).complete(HELLO).usage.cost == 0.25


@pytest.mark.parametrize("price", [(1,), (1, 2, 3, 4), (-1, 2), (math.inf, 1)])
def test_a_price_that_is_none_is_refused(price: tuple[float, ...]) -> None:
    with pytest.raises(ConfigurationError, match="price is"):
        OpenAILLM("m", base_url="http://localhost/v1", price=price)


def test_the_settings_say_how_patient_a_model_is() -> None:
    with ScriptedServer(Delayed(3600, says("Never."))) as server:
        settings = Settings.load(model="x", base_url=server.url, request_seconds=0.2, max_retries=0)
        with pytest.raises(ModelError, match="no answer in time"):
            choose_llm(settings).complete(HELLO)


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


def test_the_settings_say_how_dear_a_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_PRICE", "[2, 8]")
    with ScriptedServer(says("Hi.", usage=Usage(1_000_000, 0))) as server:
        assert choose_llm(Settings.load(model="x", base_url=server.url)).complete(HELLO).usage.cost == 2


def test_the_settings_make_a_client_of_azures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_API_VERSION", "2024-10-21")
    with ScriptedServer(says("Hi."), dimension=16) as server:
        monkeypatch.setenv("MEMGPT_AUTOGEN_BASE_URL", server.url)
        settings = Settings.load(model="my-gpt", api_key=SECRET, embedding_model="my-vectors")
        choose_llm(settings).complete(HELLO)
        embedder = choose_embedder(settings)
        assert embedder is not None
        embedder.embed(["tea"])

    assert [path.partition("/openai")[2] for path in server.paths] == [
        "/deployments/my-gpt/chat/completions?api-version=2024-10-21",
        "/deployments/my-vectors/embeddings?api-version=2024-10-21",
    ]
