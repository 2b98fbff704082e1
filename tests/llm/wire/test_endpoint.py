"""An endpoint: its key, its address, retries and time-outs, Azure."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from openai_endpoints import HELLO, SECRET, TOOL, error_of, llm_of, refusal
from proxies import recording_proxy

from memgpt_autogen.chosen_models import choose_embedder, choose_llm
from memgpt_autogen.cli.commands.checks import run_checks
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.discover import discover
from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder
from memgpt_autogen.llm.ollama_copy import larger_copy
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.served import served_model
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import Delayed, HTTPFailure, ScriptedServer, says
from memgpt_autogen.testing.engines import EngineServer, LlamaCppServer, LMStudioServer, OllamaServer
from memgpt_autogen.web.engine_address import settled_address


@pytest.mark.parametrize("name", ["messages", "tools", "stream", "n"])
def test_extra_may_not_replace_what_a_request_is_made_of(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' in extra"):
        OpenAILLM("m", base_url="http://localhost/v1", extra={name: True})


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


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_model_on_this_machine_is_asked_without_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with recording_proxy(monkeypatch) as asked, ScriptedServer(says("Hi."), says("Hi.")) as server:
        url = server.url.replace("127.0.0.1", host)
        OpenAILLM("m", base_url=url, max_retries=0, proxy_private=True).complete(HELLO)
        list(OpenAILLM("m", base_url=url, max_retries=0).stream(HELLO))
        OpenAIEmbedder("m", base_url=url, max_retries=0).embed(["a passage"])
        OpenAILLM("m", base_url=url, max_retries=0).listed_models()

    assert asked == []
    assert len(server.requests) == 2
    assert len(server.embedding_requests) == 1


def test_a_broken_proxy_does_not_matter_to_a_model_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://nowhere")  # no client can use it
    with ScriptedServer(says("Hi.")) as server:
        assert llm_of(server).complete(HELLO).text == "Hi."


def chat_with(url: str, **settings: Any) -> object:
    return OpenAILLM("m", base_url=url, **settings).complete(HELLO)


def embed_with(url: str, **settings: Any) -> object:
    return OpenAIEmbedder("m", base_url=url, **settings).embed(["a passage"])


def chat_by_settings(url: str, **settings: Any) -> object:
    settings = {"request_seconds": settings.pop("timeout"), "loading_seconds": 0, **settings}
    return choose_llm(Settings.load(model="m", base_url=url, **settings)).complete(HELLO)


def embed_by_settings(url: str, **settings: Any) -> object:
    settings = {"request_seconds": settings.pop("timeout"), "loading_seconds": 0, **settings}
    embedder = choose_embedder(Settings.load(embedding_model="m", base_url=url, **settings))
    assert embedder is not None
    return embedder.embed(["a passage"])


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (chat_with, "chat/completions"), (chat_by_settings, "chat/completions"), (embed_with, "embeddings"),
        (embed_by_settings, "embeddings"),
    ],
)  # fmt: skip
def test_the_proxy_is_for_the_internet_and_for_private_networks_if_the_person_says_so(
    ask: Callable[..., object], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    away: dict[str, Any] = {"max_retries": 0, "timeout": 0.5}
    with recording_proxy(monkeypatch) as asked:
        for url, settings in (
            ("http://192.0.2.7/v1", {}),  # reserved for documentation: nobody has it
            ("http://192.0.2.8/v1", {"proxy_private": True}),
            ("http://8.8.8.8/v1", {}),
        ):
            with pytest.raises(ModelError):
                ask(url, **away, **settings)

    assert [each.split()[1] for each in asked] == [f"http://192.0.2.8/v1/{path}", f"http://8.8.8.8/v1/{path}"]


def test_every_question_about_a_model_goes_past_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with recording_proxy(monkeypatch) as asked, OllamaServer() as server:
        found = discover({}, addresses=[server.root], seconds=5)
        served = served_model(server.url, "small", seconds=5)
        settled = settled_address(server.root, seconds=5)
        checks = list(run_checks(Settings.load(model="small", base_url=server.url, discover=True), ask=True))

        assert served is not None
        copy = larger_copy(served, free_bytes=64 * 1024**3)
        assert copy is not None
        copy.make()

    assert asked == []
    assert [each.kind for each in found] == ["Ollama"]
    assert settled == server.url
    assert not [each for each in checks if each.about == "model" and each.state == "wrong"]
    assert copy.name + ":latest" in server.pulled


def test_what_the_environment_says_for_openai_goes_only_where_its_key_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Tenant: acme")
    with ScriptedServer(says("Hi."), says("Hi."), says("Hi.")) as server:
        llm_of(server).complete(HELLO)
        OpenAILLM("m", base_url=server.url, api_version="2024-10-21", api_key="k").complete(HELLO)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        OpenAILLM("m").complete(HELLO)

    sent = [
        {name: headers.get(name) for name in ("openai-organization", "openai-project")}
        for headers in server.headers
    ]
    assert sent[0] == sent[1] == {"openai-organization": None, "openai-project": None}
    assert sent[2] == {"openai-organization": "org-1", "openai-project": "proj-1"}
    assert not any("x-tenant" in headers for headers in server.headers[:2])


@pytest.mark.parametrize("url", ["https://notopenai.com/v1", "https://openai.com.example.org/v1"])
def test_a_host_that_only_looks_like_openais_gets_no_key(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)

    assert OpenAILLM("m", base_url=url)._endpoint._key == ""


def test_address_and_key_of_the_environment_belong_together(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(says("Hi.")) as server:
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        OpenAILLM("scripted").complete(HELLO)

    assert server.headers[0]["authorization"] == f"Bearer {SECRET}"


def test_openai_itself_needs_a_key() -> None:
    with pytest.raises(ConfigurationError, match="set OPENAI_API_KEY, give api_key, or give the base_url"):
        OpenAILLM("gpt-4o")


def test_the_openai_package_is_loaded_at_the_first_request_only() -> None:
    code = (
        "import sys, memgpt_autogen.llm.openai as o; o.OpenAILLM('m', base_url='http://localhost/v1'); "
        "assert 'openai' not in sys.modules and 'autogen' not in sys.modules"
    )

    path = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})


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


@pytest.mark.parametrize("written", ["{root}", "{host}", "{root}/v1/chat/completions", "{root}/api"])
def test_an_address_is_mended_by_the_first_request(written: str, caplog: pytest.LogCaptureFixture) -> None:
    with OllamaServer() as server:
        url = written.format(root=server.root, host=server.root.removeprefix("http://"))
        llm = OpenAILLM("small", base_url=url, max_retries=0)
        embedder = OpenAIEmbedder("small", base_url=url, max_retries=0)

        assert llm.complete(HELLO).text == "Noted."
        assert list(llm.stream(HELLO))[-1].text == "Noted."
        assert len(embedder.embed(["tea"])) == 1
        assert llm.listed_models() == ["small:latest"]

    assert llm.base_url == server.url
    assert caplog.text.count("is used instead") == 1


def test_an_address_is_mended_as_soon_as_the_server_is_there(waits: list[float]) -> None:
    with LMStudioServer(loading=3) as server:  # as many as a request and the questions before it
        llm = OpenAILLM(server.model, base_url=server.root, sleep=waits.append, loading_seconds=60)

        assert llm.complete(HELLO).text == "Noted."


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("loading", range(3, 9))
@pytest.mark.parametrize("kind", [LlamaCppServer, LMStudioServer])  # 404, and 200 with an error
def test_an_address_is_mended_whenever_the_server_has_loaded(
    kind: type[EngineServer], loading: int, streamed: bool, waits: list[float]
) -> None:
    with kind(loading=loading) as server:
        url = f"{server.url}/chat/completions"
        llm = OpenAILLM(server.model, base_url=url, sleep=waits.append, loading_seconds=60)
        answer = list(llm.stream(HELLO))[-1] if streamed else llm.complete(HELLO)

    assert answer.text == "Noted."


def test_an_error_after_loading_does_not_say_that_it_was_waited_for() -> None:
    answers = [refusal("Loading model", 503), refusal("no such model", 404)]

    assert "waited" not in str(error_of(*answers, waits=[]))
