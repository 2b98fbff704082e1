"""Finding models: servers told apart by what they answer, their windows, and keys that are never shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from memgpt_autogen.chosen_models import choose_llm, window_for
from memgpt_autogen.llm.discover import Backend, FoundModel, discover
from memgpt_autogen.llm.served import served_window
from memgpt_autogen.settings import Settings

Serve = Callable[[Mapping[str, Any]], str]

OLLAMA = {
    "/api/tags": {"models": [{"name": "qwen3:8b"}, {"name": "small:1b"}, {"size": 3}]},
    "/api/show qwen3:8b": {"model_info": {"qwen3.context_length": 40960}},
    "/api/show small:1b": {"parameters": "stop x\nnum_ctx 2048", "model_info": {"x.context_length": 9000}},
    "/v1/models": {"data": [{"id": "qwen3:8b"}]},
}
LM_STUDIO = {
    "/api/v0/models": {
        "data": [
            {"id": "gemma", "type": "llm", "max_context_length": 131072, "loaded_context_length": 4096},
            {"id": "nomic", "type": "embeddings"},
        ]
    },
    "/v1/models": {"data": [{"id": "gemma"}]},
}
LLAMA_CPP = {
    "/props": {"default_generation_settings": {"n_ctx": 8192}},
    "/v1/models": {"data": [{"id": "local", "owned_by": "llamacpp"}]},
}
VLLM = {"/v1/models": {"data": [{"id": "mistral", "owned_by": "vllm", "max_model_len": 32768}]}}


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers that answer these paths with this JSON, and everything else with 404."""
    servers = []

    def start(answers: Mapping[str, Any]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.tell(self.path)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.tell(f"{self.path} {body['model']}")

            def tell(self, path: str) -> None:
                answer = answers.get(path)
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(200 if path in answers else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("answers", "kind", "models"),
    [
        (OLLAMA, "Ollama", (FoundModel("qwen3:8b", None, 40960), FoundModel("small:1b", 2048, 9000))),
        (LM_STUDIO, "LM Studio", (FoundModel("gemma", 4096, 131072),)),
        (LLAMA_CPP, "llama.cpp", (FoundModel("local", 8192),)),
        (VLLM, "vLLM", (FoundModel("mistral", 32768),)),
        ({"/v1/models": {"data": [{"id": "x"}]}}, "OpenAI-compatible", (FoundModel("x"),)),
    ],
    ids=["ollama", "lm studio", "llama.cpp", "vllm", "another"],
)
def test_a_server_is_known_by_what_it_answers(
    serve: Serve, answers: Mapping[str, Any], kind: str, models: tuple[FoundModel, ...]
) -> None:
    place = serve(answers)

    assert discover({}, addresses=[place], seconds=5) == (Backend(kind, f"{place}/v1", models),)


@pytest.mark.parametrize(
    "answers",
    [{}, {"/v1/models": b"<html>"}, {"/v1/models": [1]}, {"/api/tags": {"models": None}}, {"/props": "x"}],
)
def test_what_is_no_such_server_is_not_found(serve: Serve, answers: Mapping[str, Any]) -> None:
    assert discover({}, addresses=[serve(answers), "http://127.0.0.1:9"], seconds=5) == ()


def test_a_key_is_found_by_its_name_and_never_shown() -> None:
    found = discover({"OPENAI_API_KEY": "sk-secret", "AZURE_OPENAI_API_KEY": "az-secret"}, addresses=[])

    assert [each.kind for each in found] == ["OpenAI", "Azure OpenAI"]
    assert str(found[0]) == "OpenAI: a key in OPENAI_API_KEY"
    assert "secret" not in repr(found)


def test_what_was_found_reads_as_a_line(serve: Serve) -> None:
    place = serve(LLAMA_CPP)

    (found,) = discover({}, addresses=[f"{place}/v1/"], seconds=5)

    assert str(found) == f"llama.cpp at {place}/v1: local (8,192 tokens)"


def test_a_servers_window_is_asked_by_the_models_name(serve: Serve) -> None:
    place = serve(VLLM)

    assert served_window(f"{place}/v1", "mistral", seconds=5) == 32768
    assert served_window(f"{place}/v1", "another", seconds=5) is None


def test_no_other_machine_is_asked_for_a_window() -> None:
    assert (
        served_window("http://192.0.2.1:8000/v1", "mistral", seconds=30) is None
    )  # at once, or the test would take its time


def test_an_agents_window_is_the_one_that_its_server_tells(serve: Serve) -> None:
    place = serve(VLLM)
    settings = Settings.load(model="mistral", base_url=f"{place}/v1", discover=True)

    assert window_for(settings, choose_llm(settings)) == 32768
    assert window_for(settings.model_copy(update={"window_tokens": 4096}), choose_llm(settings)) == 4096
    assert window_for(settings.model_copy(update={"discover": False}), choose_llm(settings)) is None


@pytest.mark.autogen
def test_an_entry_of_autogens_configuration_is_asked_too(serve: Serve) -> None:
    from memgpt_autogen import MemGPTAgent

    entry = {"model": "mistral", "base_url": f"{serve(VLLM)}/v1", "api_key": "none"}
    agent = MemGPTAgent(
        "sam",
        llm_config={"config_list": [entry]},
        settings=Settings.load(discover=True),
        human_input_mode="NEVER",
    )

    assert agent.loop is not None
    assert agent.loop.pressure.budget.window == 32768
