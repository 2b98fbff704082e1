"""A model that its engine is still loading is waited for, and it is told once."""

from __future__ import annotations

from typing import Any

import pytest
from openai_endpoints import HELLO, llm_of, refusal

from memgpt_autogen.errors import ModelError
from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.testing import HTTPFailure, ScriptedServer, says
from memgpt_autogen.testing.engines import (
    EngineServer,
    LlamaCppServer,
    LMStudioServer,
    OllamaServer,
    VLLMServer,
)

# how servers say that they are loading, with the thread where somebody met it
IN_MANY_WORDS = [
    refusal("Loading model", 503, code=503, type="unavailable_error"),  # inference-snaps#234
    refusal("unexpected server status: llm server loading model", 500),
    HTTPFailure(503, {"error": "Model google/gemma is currently loading", "estimated_time": 20.0}),
    HTTPFailure(503, "model is not ready"),
    HTTPFailure(502, "the upstream is still starting up"),  # pi#1887
    HTTPFailure(200, {"error": "Model is loading, please try again"}),
    HTTPFailure(200, {"error": {"message": "The model is being loaded", "code": 503}}),
]

LASTING = [
    refusal("error loading model: unknown architecture", 500),
    refusal("llama runner process has terminated: error loading model vocabulary", 500),
    refusal("failed to load model: out of memory", 500),
    refusal("server is busy", 503),
]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("kind", [OllamaServer, LMStudioServer, LlamaCppServer, VLLMServer])
def test_every_engine_is_waited_for_while_it_loads(
    kind: type[EngineServer], streamed: bool, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with kind(loading=12) as server:
        llm = OpenAILLM(server.model, base_url=server.url, sleep=waits.append, loading_seconds=60)
        answer = list(llm.stream(HELLO))[-1] if streamed else llm.complete(HELLO)

    assert answer.text == "Noted."
    assert len(waits) == 12
    assert max(waits) <= 5
    assert caplog.text.count("waiting up to 60 seconds for it (loading_seconds)") == 1


@pytest.mark.parametrize("words", IN_MANY_WORDS, ids=lambda each: str(each.body)[:50])
def test_an_engine_that_says_that_it_is_loading_needs_no_setting(
    words: HTTPFailure, waits: list[float]
) -> None:
    with ScriptedServer(*[words] * 8, says("Hi.")) as server:
        assert llm_of(server, waits, max_retries=1).complete(HELLO).text == "Hi."

    assert len(waits) == 8


@pytest.mark.parametrize("failure", LASTING, ids=lambda each: str(each.body)[:50])
def test_a_model_that_could_not_be_loaded_is_not_waited_for(failure: HTTPFailure, waits: list[float]) -> None:
    with ScriptedServer(otherwise=failure) as server, pytest.raises(ModelError):
        llm_of(server, waits, max_retries=1, loading_seconds=60).complete(HELLO)

    assert len(waits) == 1


def test_patience_ends_and_the_error_says_how_long_it_was(waits: list[float]) -> None:
    loading = refusal("Loading model", 503)
    with ScriptedServer(otherwise=loading) as server, pytest.raises(ModelError) as caught:
        llm_of(server, waits, loading_seconds=30).complete(HELLO)

    assert sum(waits) == 30
    assert "It was waited for 30 seconds: see the server's log, or raise loading_seconds." in str(
        caught.value
    )


@pytest.mark.parametrize("settings", [{"loading_seconds": 0, "max_retries": 2}, {"max_retries": 0}])
def test_a_person_can_be_impatient(settings: dict[str, Any], waits: list[float]) -> None:
    loading = refusal("Loading model", 503)
    with ScriptedServer(otherwise=loading) as server, pytest.raises(ModelError):
        llm_of(server, waits, **settings).complete(HELLO)

    assert len(waits) == settings["max_retries"]


def test_a_server_that_is_not_there_yet_is_waited_for_if_it_would_be_near(waits: list[float]) -> None:
    with ScriptedServer() as server:
        url = server.url
    near, away = (
        OpenAILLM("m", base_url=each, sleep=waits.append, max_retries=0, loading_seconds=9, timeout=0.5)
        for each in (url, url.replace("127.0.0.1", "192.0.2.1.invalid"))
    )
    with pytest.raises(ModelError, match="waited for 9 seconds"):
        near.complete(HELLO)
    assert sum(waits) == 9
    waits.clear()

    with pytest.raises(ModelError, match="could not be reached"):
        away.complete(HELLO)

    assert waits == []


def test_an_embedder_is_waited_for_by_passages_and_not_by_a_search(waits: list[float]) -> None:
    with LlamaCppServer(loading=3) as server:
        embedder = OpenAIEmbedder("small", base_url=server.url, max_retries=0, sleep=waits.append)
        patient = OpenAIEmbedder("small", base_url=server.url, sleep=waits.append, loading_seconds=60)
        with pytest.raises(ModelError, match="Loading model"):
            embedder.embed_query("tea")
        assert waits == []
        patient.embed(["tea"])

    assert len(waits) == 2
