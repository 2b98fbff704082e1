"""What an engine really serves, on its stand-in, and what is said where that is less than was thought."""

from __future__ import annotations

import logging
import socket

import pytest

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.chosen_models import choose_llm, window_for
from memgpt_autogen.llm.ollama_copy import UNKNOWN_FREE, larger_copy
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.served import ServedModel, served_model, served_window
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing.engines import (
    EngineServer,
    LlamaCppRouter,
    LlamaCppServer,
    LMStudioServer,
    OllamaModel,
    OllamaServer,
    VLLMServer,
)


@pytest.mark.parametrize("kind", [OllamaServer, LMStudioServer, LlamaCppServer, LlamaCppRouter, VLLMServer])
def test_each_engine_tells_what_it_serves_though_the_model_can_more(kind: type[EngineServer]) -> None:
    with kind(window=5000, trained_window=32_768) as server:
        found = served_model(server.url, server.model, seconds=5)

    assert found is not None
    assert (found.window_tokens, found.trained_tokens) == (5000, None if kind is VLLMServer else 32_768)
    assert server.read == [] or kind is LMStudioServer  # only LM Studio loads a model by a request to it


def test_what_ollama_serves_is_asked_once_the_model_is_loaded_as_a_chat_loads_it() -> None:
    with OllamaServer(model="small", others=[OllamaModel("own:1b", num_ctx=8192)]) as server:
        server.loaded["small:latest"] = 16_384  # another program has loaded it with a window of its own

        windows = [served_window(server.url, name, seconds=5) for name in ("small", "small:latest", "own:1b")]

    assert windows == [4096, 4096, 8192]


def test_an_ollama_that_does_not_report_the_window_is_taken_to_serve_its_default() -> None:
    with OllamaServer() as server:
        server.loaded = _NeverLoaded()

        assert served_window(server.url, "small", seconds=5) == 4096


def test_a_model_that_is_not_there_has_no_window() -> None:
    with OllamaServer() as ollama, LMStudioServer() as studio, VLLMServer() as vllm:
        assert [served_window(each.url, "other", seconds=5) for each in (ollama, studio, vllm)] == [None] * 3


def test_llama_cpps_only_model_answers_to_any_name() -> None:
    with LlamaCppServer(model="/models/qwen.gguf", window=2048) as server:
        assert served_window(server.url, "local", seconds=5) == 2048


def test_an_engine_in_a_private_network_is_asked_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *more, **named: find("127.0.0.1", *more, **named))
    with OllamaServer() as server:
        windows = [
            served_window(server.url.replace("127.0.0.1", host), "small", seconds=5)
            for host in ("gpubox", "gpubox.lan", "host.docker.internal", "models.example.com")
        ]
        copy = larger_copy(
            ServedModel("Ollama", server.url.replace("127.0.0.1", "gpubox"), "small", 4096, 32_768)
        )
        closed = server.url.replace("127.0.0.1", "gpubox")

    assert windows == [4096, 4096, 4096, None]
    assert copy is not None
    assert copy.memory_bytes <= UNKNOWN_FREE // 2  # the free memory of this machine is not that one's
    assert served_window(closed, "small", seconds=5) is None


def test_a_router_of_llama_cpp_loads_the_model_that_is_asked_for_if_it_may() -> None:
    with LlamaCppRouter(models=("one", "two"), loading_now=["two"]) as router:
        windows = [served_window(router.url, name, seconds=5) for name in ("two", "local")]
    with LlamaCppRouter(models=("one",), autoload=False) as manual:
        unloaded = served_model(manual.url, "one", seconds=5)

    assert windows == [4096, None]
    assert router.loaded == {"two"}
    assert unloaded is not None
    assert unloaded.window_tokens is None
    assert manual.loaded == set()


def test_a_model_that_lm_studio_is_loading_is_waited_for_and_not_loaded_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("memgpt_autogen.llm.served.PAUSE", 0)
    with LMStudioServer(listed_loading=3) as server:
        assert served_window(server.url, server.model, seconds=5) == 4096
        assert server.read == []

    with LMStudioServer(listed_loading=10_000) as server:
        assert served_window(server.url, server.model, seconds=5, load_seconds=0) is None


@pytest.mark.parametrize(
    ("kind", "way_out"),
    [
        (OllamaServer, "OLLAMA_CONTEXT_LENGTH=16384"),
        (LMStudioServer, "lms load qwen/qwen3-4b --context-length 16384"),
        (LlamaCppServer, "--ctx-size 16384"),
    ],
)
def test_a_small_window_is_told_once_with_the_way_out(
    kind: type[EngineServer], way_out: str, caplog: pytest.LogCaptureFixture
) -> None:
    with kind() as server, caplog.at_level(logging.WARNING):
        llm = OpenAILLM(server.model, base_url=server.url)
        settings = Settings.load(model=server.model, base_url=server.url, discover=True)
        loops = [open_loop(open_memory("sam", settings, ephemeral=True), llm) for _ in range(2)]

    told = [record.getMessage() for record in caplog.records if "serves" in record.getMessage()]
    assert [loop.pressure.budget.window for loop in loops] == [4096, 4096]
    assert len(told) == 1
    assert "a window of 4,096 tokens, of 32,768 that the model can" in told[0]
    assert way_out in told[0]


def test_nothing_is_told_where_the_window_is_workable() -> None:
    served = ServedModel("vLLM", "http://127.0.0.1:1/v1", "x", 16_384, 262_144)

    assert not served.is_small
    assert str(served) == "vLLM at http://127.0.0.1:1/v1 serves x with a window of 16,384 tokens"


def test_a_configured_window_does_not_override_what_is_served(caplog: pytest.LogCaptureFixture) -> None:
    with OllamaServer() as server, caplog.at_level(logging.WARNING):
        larger = Settings.load(model="small", base_url=server.url, discover=True, window_tokens=32_768)
        smaller = larger.model_copy(update={"window_tokens": 2048})
        unasked = larger.model_copy(update={"discover": False})
        windows = [window_for(each, choose_llm(each)) for each in (larger, smaller, unasked)]

    assert windows == [4096, 2048, 32_768]
    assert "used in place of the configured 32,768" in caplog.text


def test_a_server_that_is_started_later_is_asked_before_the_first_prompt() -> None:
    with OllamaServer(loading=10_000) as server:
        llm = OpenAILLM(server.model, base_url=server.url)
        memory = open_memory("sam", Settings.load(discover=True), ephemeral=True)
        loop = open_loop(memory, llm, window_tokens=32_768)
        before = loop.pressure.budget.window
        server.loading = 0
        list(loop.run([Message.said_by("ada", "Hello!")]))

    assert (before, loop.pressure.budget.window) == (32_768, 4096)


class _NeverLoaded(dict[str, int]):
    """The models that an old Ollama reports as loaded: none with a window."""

    def __setitem__(self, name: str, window: int) -> None: ...

    def __getitem__(self, name: str) -> int:
        return 4096
