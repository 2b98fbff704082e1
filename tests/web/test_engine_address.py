"""The address of a model server is mended where the server answers, and that is told once."""

from __future__ import annotations

import pytest

from memgpt_autogen.testing.engines import LlamaCppServer, LMStudioServer, OllamaServer, VLLMServer
from memgpt_autogen.testing.engines.base import EngineServer
from memgpt_autogen.web.engine_address import connectable, engine_root, settled_address, with_scheme

ENGINES = pytest.mark.parametrize("kind", [OllamaServer, LMStudioServer, LlamaCppServer, VLLMServer])


@ENGINES
@pytest.mark.parametrize(
    "written",
    ["http://{host}", "http://{host}/", "{host}", "{host}/v1", "http://{host}/v1/chat/completions",
     "http://{host}/v1/models/", "http://{host}/api", "http://{host}/api/chat", "https://{host}/v1",
     "https://{host}"],
)  # fmt: skip
def test_an_address_is_mended_where_the_engine_answers(kind: type[EngineServer], written: str) -> None:
    with kind() as server:
        host = server.root.removeprefix("http://")
        settled = settled_address(written.format(host=host), seconds=5)

    # llama.cpp's server answers with and without /v1
    expected = {server.url, server.root} if kind is LlamaCppServer else {server.url}
    assert settled.rstrip("/") in expected


def test_it_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    with OllamaServer() as server:
        for _ in range(2):
            settled_address(server.root, seconds=5)

    (told,) = [record.getMessage() for record in caplog.records]
    assert told == (
        f"no model answers at {server.root}; the server answers at {server.url}, which is used instead. "
        "Set base_url to that."
    )


@pytest.mark.parametrize(
    "right",
    ["http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1/", "http://127.0.0.1:9/openai/v1beta",
     "https://api.example.org", "http://8.8.8.8", "http://127.0.0.1:9", "127.0.0.1:9", "http://[", ""],
)  # fmt: skip
def test_a_right_address_and_one_where_nothing_answers_stay_and_are_not_told(
    right: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert settled_address(right, seconds=0.2) == right
    assert caplog.records == []


def test_a_password_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with OllamaServer() as server:
        given = server.root.replace("http://", "http://ada:secret@")
        assert settled_address(given, seconds=5) == f"{given}/v1"

    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("listened", "reached"),
    [
        ("http://0.0.0.0:11434/v1", "http://127.0.0.1:11434/v1"),
        ("http://[::]:1234", "http://[::1]:1234"),
        ("http://ada:x@0.0.0.0/v1", "http://ada:x@127.0.0.1/v1"),
        ("http://[::1]:1234/v1", "http://[::1]:1234/v1"),
        ("http://example.org:x", "http://example.org:x"),
    ],
)
def test_an_address_to_listen_on_becomes_one_to_connect_to(listened: str, reached: str) -> None:
    assert connectable(listened) == reached


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://localhost:11434/v1", "http://localhost:11434"),
        ("localhost:11434", "http://localhost:11434"),
        ("http://0.0.0.0:11434/api/chat", "http://127.0.0.1:11434"),
        ("http://localhost/llm/v1/chat/completions/", "http://localhost/llm"),
        ("http://[", "http://["),
    ],
)
def test_the_root_of_a_server_is_its_address_without_paths_of_requests(url: str, root: str) -> None:
    assert engine_root(url) == root


def test_a_missing_scheme_is_that_of_its_place() -> None:
    assert with_scheme("localhost:8080/v1") == "http://localhost:8080/v1"
    assert with_scheme("8.8.8.8/v1") == "https://8.8.8.8/v1"
