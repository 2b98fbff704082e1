"""Finding models on stand-ins for engines: names, many models, models that only embed, places, loading."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from memgpt_autogen.llm.discover import discover, find_server
from memgpt_autogen.llm.served import served_window
from memgpt_autogen.testing.engines import (
    EngineServer,
    LlamaCppRouter,
    LlamaCppServer,
    LMStudioServer,
    OllamaModel,
    OllamaServer,
    VLLMServer,
)
from memgpt_autogen.web.engine_address import ollama_host

EMBEDS = OllamaModel("own-vectors:latest", capabilities=("embedding",))
MANY = [OllamaModel(f"other{number}:1b", num_ctx=2048) for number in range(30)]


def names(backend: Any) -> list[str]:
    return [each.name for each in backend.models]


@pytest.mark.parametrize("kind", [OllamaServer, LMStudioServer, LlamaCppServer, VLLMServer])
def test_each_engine_is_known_for_what_it_is(kind: type[EngineServer]) -> None:
    with kind() as server:
        (found,) = discover({}, addresses=[server.root], seconds=5)

    expected = {
        OllamaServer: "Ollama",
        LMStudioServer: "LM Studio",
        LlamaCppServer: "llama.cpp",
        VLLMServer: "vLLM",
    }
    assert found.kind == expected[kind]
    assert found.find(server.model) is not None


@pytest.mark.parametrize("name", ["small", "small:latest", "Small", "library/small"])
def test_a_model_of_ollama_is_found_by_every_form_of_its_name(name: str) -> None:
    with OllamaServer(model="small", others=[OllamaModel("qwen3:8b")]) as server:
        found = find_server(server.url, 5)

        assert found is not None
        assert found.find(name) == found.models[0]
        assert found.find("qwen3") is None
        assert served_window(server.url, name, seconds=5) == 4096


def test_a_model_after_the_twentieth_is_found_and_a_line_stays_short() -> None:
    with OllamaServer(others=MANY) as server:
        (found,) = discover({}, addresses=[server.root], seconds=5)

        assert names(found) == ["small:latest", *(each.name for each in MANY)]
        assert found.find("other29:1b").window_tokens == 2048  # type: ignore[union-attr] # it is there
        assert served_window(server.url, "other29:1b", seconds=5) == 2048

    assert str(found).endswith(" and 11 more")


def test_a_model_that_only_embeds_is_no_chat_model() -> None:
    old = OllamaModel("nomic-embed-text:latest", capabilities=())  # older versions do not say it
    with OllamaServer(others=[EMBEDS, old]) as ollama, LMStudioServer() as studio:
        found = [find_server(each.url, 5) for each in (ollama, studio)]
    with VLLMServer(models=["BAAI/bge-m3", "small"]) as server:
        found.append(find_server(server.url, 5))

    assert [names(each) for each in found] == [["small:latest"], ["qwen/qwen3-4b"], ["small"]]
    assert [each and each.embedding_models for each in found] == [
        ("own-vectors:latest", "nomic-embed-text:latest"),
        ("text-embedding-nomic-embed-text-v1.5",),
        ("BAAI/bge-m3",),
    ]
    assert all(each and each.only_embeds(each.embedding_models[0]) for each in found)
    assert found[0]
    assert found[0].only_embeds("own-vectors")


@pytest.mark.parametrize(("kind", "loading"), [(LlamaCppServer, 99), (OllamaServer, 99), (LlamaCppServer, 3)])
def test_a_server_that_is_loading_its_model_is_found_and_says_so(
    kind: type[EngineServer], loading: int
) -> None:
    with kind(loading=loading) as server:
        (found,) = discover({}, addresses=[server.root], seconds=5)

    assert found.loading
    assert found.kind == {LlamaCppServer: "llama.cpp", OllamaServer: "Ollama"}[kind]
    assert "is still loading its model" in str(found)


def test_models_of_lm_studio_that_it_is_loading_are_told_apart() -> None:
    with LMStudioServer(models=("one", "two"), listed_loading=1) as server:
        loading, loaded = (find_server(server.root, 5) for _ in range(2))

    assert "one (loading, up to 32,768 tokens), two (loading" in str(loading)
    assert "one (4,096 tokens), two (4,096 tokens)" in str(loaded)
    assert loading is not None
    assert not loading.loading  # it answers, and waits itself until the model is loaded


def test_the_models_of_llama_cpps_router_are_known_by_their_exact_names() -> None:
    models = ("gemma:Q4", "qwen", "nomic-embed-text")
    with LlamaCppRouter(models=models, loading_now=["gemma:Q4"]) as server:
        server.loaded.add("qwen")
        found = find_server(server.url, 5)

    assert found is not None
    assert found.kind == "llama.cpp"
    assert names(found) == ["gemma:Q4", "qwen"]
    assert found.embedding_models == ("nomic-embed-text",)
    assert [each.loading for each in found.models] == [True, False]
    assert [each.window_tokens for each in found.models] == [None, 4096]
    assert found.find("local") is None
    assert server.loaded == {"qwen"}  # a question loads nothing


def test_the_only_model_of_a_router_does_not_answer_to_any_name() -> None:
    with LlamaCppRouter(model="qwen") as router, LlamaCppServer(model="qwen") as server:
        found = [find_server(each.url, 5) for each in (router, server)]

    assert [each and each.find("local") is not None for each in found] == [False, True]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("127.0.0.1:9999", "http://127.0.0.1:9999"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        (":9999", "http://127.0.0.1:9999"),
        ("gpubox", "http://gpubox:11434"),
        ("http://gpubox", "http://gpubox:80"),
        ("https://gpubox/some/path", "https://gpubox:443"),
        ("::1", "http://[::1]:11434"),
        ("[::]:7000", "http://[::1]:7000"),
        (' "localhost" ', "http://localhost:11434"),
        ("", None),
        ("unix:///run/ollama", None),
        ("localhost:port", None),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(given: str, address: str | None) -> None:
    assert ollama_host(given) == address


def test_ollama_is_looked_for_where_the_person_says_that_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": 9})
    with OllamaServer() as server:
        host = server.root.removeprefix("http://")

        assert [each.kind for each in discover({"OLLAMA_HOST": host})] == ["Ollama"]
        assert discover({"OLLAMA_HOST": "http://8.8.8.8:11434"}, seconds=5) == ()  # at once: it is not asked
        assert discover({}) == ()


def test_a_server_that_listens_by_ipv6_only_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = LlamaCppServer()
    inner = server._server
    inner.server_close()
    inner.socket = socket.create_server(("::1", 0), family=socket.AF_INET6)
    inner.server_address = ("127.0.0.1", inner.socket.getsockname()[1])
    monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": inner.server_address[1]})
    with server:
        (found,) = discover({}, seconds=5)

        assert found.base_url == f"http://[::1]:{inner.server_address[1]}/v1"
        assert served_window(found.base_url, server.model, seconds=5) == 4096
