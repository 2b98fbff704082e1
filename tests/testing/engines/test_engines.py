"""The stand-ins for engines: each cuts, refuses, counts and loads in its own way."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from memgpt_autogen.testing import call, says
from memgpt_autogen.testing.engines import (
    EngineServer,
    LlamaCppServer,
    LMStudioServer,
    OllamaModel,
    OllamaServer,
    VLLMServer,
)

TOOL = {"type": "function", "function": {"name": "send_message", "parameters": {"type": "object"}}}


def fetch(url: str, body: Any = None) -> tuple[int, Any]:
    """Return the status and the JSON (or text) of an answer."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=10) as answered:
            status, text = answered.status, answered.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            status, text = error.code, error.read().decode()
    try:
        return status, json.loads(text)
    except ValueError:
        return status, text


def chat(server: EngineServer, *texts: str, tools: bool = True, **more: Any) -> tuple[int, Any]:
    messages = [{"role": "system", "content": "You are Sam."}]
    messages += [{"role": "user", "content": text} for text in texts]
    body = {"model": server.model, "messages": messages, **({"tools": [TOOL]} if tools else {}), **more}
    return fetch(f"{server.url}/chat/completions", body)


LONG = "The ferry leaves at ten past ten. " * 40
"""About 400 tokens."""


@pytest.mark.parametrize("kind", [OllamaServer, LMStudioServer, LlamaCppServer, VLLMServer])
def test_each_answers_in_the_way_that_is_asked_for(kind: type[EngineServer]) -> None:
    with kind() as server:
        called = chat(server, "Hello!")[1]["choices"][0]["message"]
        plain = chat(server, "Hello!", tools=False, response_format={"type": "json_object"})[1]
        text = chat(server, "Hello!", tools=False)[1]

    assert json.loads(called["tool_calls"][0]["function"]["arguments"]) == {"message": "Noted."}
    assert json.loads(plain["choices"][0]["message"]["content"])["function"] == "send_message"
    assert text["choices"][0]["message"]["content"] == "Noted."


@pytest.mark.parametrize("kind", [LMStudioServer, LlamaCppServer, VLLMServer])
def test_three_refuse_a_prompt_that_is_longer_than_what_is_served(kind: type[EngineServer]) -> None:
    with kind(window=1024) as server:
        short = chat(server, LONG)
        long = chat(server, *[LONG] * 4)

    assert (short[0], long[0]) == (200, 400)
    assert "1024" in json.dumps(long[1])
    assert [read.refused for read in server.read] == [False, True]


def test_ollama_leaves_out_the_oldest_but_the_system_message_and_says_nothing() -> None:
    with OllamaServer(window=1024) as server:
        status, answer = chat(server, "first " + LONG, "second " + LONG, "third " + LONG)

    assert status == 200
    assert [each["content"][:5] for each in server.read[0].messages] == ["You a", "secon", "third"]
    assert [each["content"][:5] for each in server.read[0].left_out] == ["first"]
    assert answer["usage"]["prompt_tokens"] == server.read[0].prompt_tokens < 1024


def test_ollama_refuses_one_message_that_is_too_long_with_json_in_the_text() -> None:
    with OllamaServer(window=1024) as server:
        status, answer = chat(server, LONG * 5)

    inner = json.loads(answer["error"]["message"])["error"]
    assert status == 400
    assert (inner["type"], inner["n_ctx"]) == ("exceed_context_size_error", 1024)


def test_ollama_tells_what_it_serves_only_of_what_is_loaded() -> None:
    with OllamaServer(model="small", others=[OllamaModel("big:7b", num_ctx=8192)]) as server:
        shown = fetch(f"{server.root}/api/show", {"model": "small"})[1]
        before = fetch(f"{server.root}/api/ps")[1]
        fetch(f"{server.root}/api/generate", {"model": "small"})
        chat(server, "Hello!", model="big:7b")
        after = fetch(f"{server.root}/api/ps")[1]

    assert shown["model_info"]["qwen2.context_length"] == 32_768
    assert "parameters" not in shown
    assert before == {"models": []}
    assert {each["name"]: each["context_length"] for each in after["models"]} == {
        "small:latest": 4096,
        "big:7b": 8192,
    }


def test_ollama_makes_a_copy_with_another_window_and_ignores_it_in_a_chat() -> None:
    copy = {"model": "small-16k", "from": "small", "parameters": {"num_ctx": 16_384}, "stream": False}
    with OllamaServer() as server:
        made = fetch(f"{server.root}/api/create", copy)
        chat(server, "Hello!", num_ctx=16_384, options={"num_ctx": 16_384})
        chat(server, "Hello!", model="small-16k")

    assert made == (200, {"status": "success"})
    assert server.loaded == {"small:latest": 4096, "small-16k:latest": 16_384}


def test_ollama_refuses_a_history_with_arguments_that_are_no_json() -> None:
    step = {"role": "assistant", "content": "", "tool_calls": [call("noop").to_wire()]}
    step["tool_calls"][0]["function"]["arguments"] = '{"a": '  # type: ignore[index]
    body = {"messages": [step, {"role": "tool", "content": "ok", "tool_call_id": "x"}]}
    with OllamaServer() as server:
        status, answer = fetch(f"{server.url}/chat/completions", {"model": server.model, **body})

    assert (status, answer["error"]["message"]) == (400, "invalid tool call arguments")


def test_lm_studio_knows_what_is_loaded_and_answers_a_wrong_path_with_200() -> None:
    with LMStudioServer() as server:
        before = fetch(f"{server.root}/api/v0/models")[1]["data"][0]
        chat(server, "Hello!")
        after = fetch(f"{server.root}/api/v0/models")[1]["data"][0]
        lost = fetch(f"{server.root}/chat/completions", {"messages": []})

    assert ("loaded_context_length" in before, after["loaded_context_length"]) == (False, 4096)
    assert after["max_context_length"] == 32_768
    assert lost == (200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"})


def test_llama_cpp_tells_the_window_of_a_slot_and_what_it_had_read_before() -> None:
    with LlamaCppServer() as server:
        props = fetch(f"{server.root}/props")[1]
        first = chat(server, LONG)[1]["usage"]
        second = chat(server, LONG, "And then?")[1]["usage"]

    assert (props["default_generation_settings"]["n_ctx"], props["total_slots"]) == (4096, 4)
    assert first.get("prompt_tokens_details") is None
    assert second["prompt_tokens_details"]["cached_tokens"] == first["prompt_tokens"]


def test_llama_cpp_may_shift_its_context_silently() -> None:
    with LlamaCppServer(window=1024, shifts_context=True) as server:
        status, _ = chat(server, *[f"{number} {LONG}" for number in range(4)])

    assert status == 200
    assert len(server.read[0].left_out) == 2


def test_vllm_counts_the_answers_room_too() -> None:
    with VLLMServer(window=1024) as server:
        status, answer = chat(server, LONG, max_tokens=900)

    assert status == 400
    assert "requested 900 output tokens and your prompt contains at least 125" in answer["error"]["message"]


@pytest.mark.parametrize("kind", [OllamaServer, LMStudioServer, LlamaCppServer, VLLMServer])
def test_each_can_refuse_tools_and_take_its_time_to_load(kind: type[EngineServer]) -> None:
    with kind(refuses_tools=True) as server:
        assert chat(server, "Hello!")[0] in (400, 500)
        assert chat(server, "Hello!", tools=False)[0] == 200

    with kind(loading=1) as server:
        if kind.LOADING.status == 0:
            with pytest.raises(OSError):  # noqa: PT011  several kinds
                chat(server, "Hello!")
        else:
            assert chat(server, "Hello!")[0] in (500, 503)
        assert chat(server, "Hello!")[0] == 200


def test_scripted_answers_are_counted_by_the_engine() -> None:
    with LlamaCppServer(says("Hi.")) as server:
        answer = chat(server, "Hello!")[1]

    assert answer["choices"][0]["message"]["content"] == "Hi."
    assert answer["usage"]["prompt_tokens"] == server.read[0].prompt_tokens > 10
