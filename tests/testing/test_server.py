"""The scripted server: real HTTP with answers from a list."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from memgpt_autogen.errors import ContextOverflowError
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.testing import Delayed, HTTPFailure, ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

HELLO = {"model": "scripted", "messages": [{"role": "user", "content": "hello"}]}


def fetch(url: str, body: dict[str, Any] | None = None) -> str:
    request = urllib.request.Request(
        url, None if body is None else json.dumps(body).encode(), {"Authorization": "Bearer k"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return str(response.read().decode())


def refused(url: str, body: dict[str, Any]) -> tuple[int, str, dict[str, str]]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(url, body)
    with caught.value as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_answers_come_in_order_in_openais_form() -> None:
    with ScriptedServer(says("First."), says("", call("send_message", message="Second."))) as server:
        first = json.loads(fetch(f"{server.url}/chat/completions", HELLO))
        second = json.loads(fetch(f"{server.url}/chat/completions", HELLO))

    assert first["choices"][0]["message"] == {"role": "assistant", "content": "First."}
    assert second["choices"][0]["finish_reason"] == "tool_calls"
    assert second["choices"][0]["message"]["content"] is None
    (tool_call,) = second["choices"][0]["message"]["tool_calls"]
    assert tool_call["function"] == {"name": "send_message", "arguments": '{"message": "Second."}'}


def test_requests_are_kept_with_their_headers() -> None:
    with ScriptedServer(says("Hi.")) as server:
        fetch(f"{server.url}/chat/completions", HELLO)

    assert server.requests == [HELLO]
    assert server.headers[0]["authorization"] == "Bearer k"


def test_a_function_answers_from_the_request() -> None:
    def echo(request: Request) -> Completion:
        return says(request.messages[-1]["content"] + "!")

    with ScriptedServer(otherwise=echo) as server:
        answer = json.loads(fetch(f"{server.url}/chat/completions", HELLO))

    assert answer["choices"][0]["message"]["content"] == "hello!"


@pytest.mark.parametrize(
    ("error", "status"), [(ContextOverflowError("too long"), 400), (ValueError("no such line"), 500)]
)
def test_a_function_that_raises_answers_as_its_exception_does(error: Exception, status: int) -> None:
    def answer(_request: Request) -> Completion:
        raise error

    with ScriptedServer(otherwise=answer) as server:
        found, text, _ = refused(f"{server.url}/chat/completions", HELLO)

    assert (found, str(error) in text) == (status, True)


def test_usage_is_the_answers_own_or_an_estimate() -> None:
    with ScriptedServer(says("Hi.", usage=Usage(100, 7)), says("Hi.")) as server:
        told = json.loads(fetch(f"{server.url}/chat/completions", HELLO))["usage"]
        estimated = json.loads(fetch(f"{server.url}/chat/completions", HELLO))["usage"]

    assert told == {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107}
    assert 5 <= estimated["prompt_tokens"] <= 40
    assert estimated["completion_tokens"] >= 1


def test_a_stream_adds_up_to_the_answer_and_ends_with_usage_when_asked() -> None:
    body = {**HELLO, "stream": True, "stream_options": {"include_usage": True}}
    with ScriptedServer(says("One\ntwo", call("noop", a=1), usage=Usage(3, 4))) as server:
        lines = fetch(f"{server.url}/chat/completions", body).split("\n\n")

    assert [line[:6] for line in lines if line] == ["data: "] * 8
    chunks = [json.loads(line[6:]) for line in lines if line and line != "data: [DONE]"]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas) == "One\ntwo"
    calls = [delta["tool_calls"][0]["function"]["arguments"] for delta in deltas if "tool_calls" in delta]
    assert "".join(calls) == '{"a": 1}'
    assert chunks[-1]["usage"]["total_tokens"] == 7


@pytest.mark.parametrize(
    ("failure", "status", "text"),
    [
        (HTTPFailure(429, headers={"Retry-After": "7"}), 429, "Too Many Requests"),
        (HTTPFailure(502, "<html>bad gateway</html>"), 502, "<html>bad gateway</html>"),
        (HTTPFailure(400, {"error": {"message": "no"}}), 400, '{"error": {"message": "no"}}'),
        (ContextOverflowError("too long"), 400, "context_length_exceeded"),
        (RuntimeError("broken"), 500, "broken"),
    ],
)
def test_failures_are_sent_as_they_are_written(
    failure: HTTPFailure | Exception, status: int, text: str
) -> None:
    with ScriptedServer(failure) as server:
        code, body, headers = refused(f"{server.url}/chat/completions", HELLO)

    assert code == status
    assert text in body
    assert headers.get("Retry-After") == ("7" if status == 429 else None)


def test_status_zero_hangs_up() -> None:
    with ScriptedServer(HTTPFailure(0)) as server, pytest.raises(OSError):  # noqa: PT011  several kinds
        fetch(f"{server.url}/chat/completions", HELLO)


def test_a_delayed_answer_comes_late_and_closing_does_not_wait_for_it() -> None:
    with ScriptedServer(Delayed(0.01, says("Late.")), Delayed(3600, says("Never."))) as server:
        answer = json.loads(fetch(f"{server.url}/chat/completions", HELLO))
        request = urllib.request.Request(f"{server.url}/chat/completions", json.dumps(HELLO).encode())
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(request, timeout=0.05)

    assert answer["choices"][0]["message"]["content"] == "Late."


def test_an_empty_script_refuses_and_fails_the_with_block() -> None:
    server = ScriptedServer(says("Hi."))

    with pytest.raises(AssertionError, match="1 answers for 2 requests"), server:  # noqa: PT012  the block must end
        fetch(f"{server.url}/chat/completions", HELLO)
        assert refused(f"{server.url}/chat/completions", HELLO)[0] == 400


def test_models_and_embeddings_are_served() -> None:
    with ScriptedServer(model="tiny", dimension=8) as server:
        models = json.loads(fetch(f"{server.url}/models"))
        body = {"model": "tiny", "input": ["likes tea", "likes tea", "rides bikes"]}
        rows = json.loads(fetch(f"{server.url}/embeddings", body))["data"]

    assert [model["id"] for model in models["data"]] == ["tiny"]
    assert [len(row["embedding"]) for row in rows] == [8, 8, 8]
    assert rows[0]["embedding"] == rows[1]["embedding"] != rows[2]["embedding"]


def test_unknown_paths_and_broken_bodies_are_refused() -> None:
    with ScriptedServer() as server:
        assert refused(f"{server.url}/nothing", {})[0] == 404
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(f"{server.url}/chat/completions", b"{", timeout=10)


def test_each_llm_config_is_new() -> None:
    with ScriptedServer() as server:
        server.llm_config["config_list"].clear()

        assert server.llm_config["config_list"][0]["base_url"] == server.url
