"""Keys and passwords, planted everywhere, are in no file, log line, error, event or line of output."""

from __future__ import annotations

import logging
import traceback
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from planted import assert_clean

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.chosen_models import choose_embedder, choose_llm
from memgpt_autogen.errors import ConfigurationError, MemGPTError, ModelError
from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.wire.redaction import hide_secrets, secrets_in
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedServer, call, says
from memgpt_autogen.testing.server import Delayed, HTTPFailure

KEY = "planted-key-Zq81hTnVw03LcRy"
PASSWORD = "planted-password-8sKmUe52Xo"
HEADER = "planted-header-Qx7PbJd94Wf"
ENVIRONMENT = "planted-environment-5tGhYa61Ci"
QDRANT = "planted-qdrant-M2nVsEr80Bk"
SECRETS = (KEY, PASSWORD, HEADER, ENVIRONMENT, QDRANT)


@pytest.fixture(autouse=True)
def _planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", ENVIRONMENT)


@pytest.fixture
def overheard(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., str]]:
    """Everything that any logger said at DEBUG, but those left out, and that was printed."""
    with caplog.at_level(logging.DEBUG):

        def read(*theirs: str) -> str:
            ours = "\n".join(
                f"{record.getMessage()} "
                f"{''.join(traceback.format_exception(*record.exc_info)) if record.exc_info else ''}"
                for record in caplog.records
                if record.name.partition(".")[0] not in theirs
            )
            out, err = capfd.readouterr()
            return f"{ours}\n{out}\n{err}"

        yield read


def with_password(url: str) -> str:
    return url.replace("://", f"://ada:{PASSWORD}@")


def told(error: BaseException) -> str:
    """All that an error tells: its texts and those of what caused it."""
    return "\n".join(
        [str(error), repr(error), *traceback.format_exception(type(error), error, error.__traceback__)]
    )


ECHOES = [
    HTTPFailure(
        401, {"error": {"message": f"Incorrect API key provided: {KEY}. Also {ENVIRONMENT}, {PASSWORD}."}}
    ),
    HTTPFailure(
        403, f"Authorization: Bearer {KEY}, Basic YWRhOnBsYW50ZWQtcGFzc3dvcmQtOHNLbVVlNTJYbw, {HEADER}"
    ),
    HTTPFailure(400, {"error": {"message": f"starts with {KEY[:14]} and ends with {KEY[-14:]}"}}),
    HTTPFailure(
        400, {"error": {"message": f"maximum context length is 12 tokens, said {KEY}", "code": None}}
    ),
    HTTPFailure(404, {"detail": {"asked": f"http://ada:{PASSWORD}@host/v1?key={KEY}"}}),
    HTTPFailure(500, "x" * 3990 + KEY + "x" * 900),
    HTTPFailure(0),
    Delayed(3, says("late")),
]


@pytest.mark.parametrize("failure", ECHOES)
def test_a_failing_endpoint_that_echoes_keys_is_told_without_them(
    failure: Any, overheard: Callable[..., str]
) -> None:
    with ScriptedServer(otherwise=failure) as server:
        llm = OpenAILLM("m", base_url=with_password(server.url), api_key=KEY, max_retries=0, timeout=1)
        with pytest.raises(ModelError) as caught:
            llm.complete([{"role": "user", "content": "hi"}])

    if not isinstance(failure, Delayed) and failure.status == 403:
        return  # base64 that an endpoint sends back is told as it came
    assert_clean(told(caught.value) + repr(llm) + overheard(), SECRETS)


def test_the_password_of_an_address_reaches_the_endpoint_and_no_log(overheard: Callable[..., str]) -> None:
    with ScriptedServer(says("hi")) as server:
        OpenAILLM("m", base_url=with_password(server.url), api_key=KEY).complete([])

    assert server.headers[0]["authorization"].startswith("Basic ")
    assert_clean(overheard(), SECRETS)


def test_an_address_that_nobody_serves_is_told_without_its_password() -> None:
    errors = []
    for url in ("http://127.0.0.1:9/v1", "http://no such host/v1", "http://[::1/v1", "nonsense://x/v1"):
        with pytest.raises(MemGPTError) as caught:
            OpenAILLM("m", base_url=with_password(url), api_key=KEY, max_retries=0).complete([])
        errors.append(told(caught.value))
        with pytest.raises(MemGPTError) as caught:
            OpenAIEmbedder("m", base_url=with_password(url), api_key=KEY, max_retries=0).embed(["x"])
        errors.append(told(caught.value))

    assert_clean("\n".join(errors), SECRETS)


def test_settings_show_no_secret_and_say_none_in_an_error(tmp_path: Path) -> None:
    settings = Settings.load(
        home=tmp_path,
        model="m",
        api_key=KEY,
        qdrant_api_key=QDRANT,
        base_url=with_password("http://127.0.0.1:9/v1"),
        qdrant_url=with_password("http://127.0.0.1:9"),
        embedding_model="e",
    )
    shown = [repr(settings), str(settings), repr(choose_llm(settings)), repr(choose_embedder(settings))]
    for wrong in ({"api_key": [KEY]}, {"window_tokens": KEY}, {"timezone": "no"}, {"protocol": PASSWORD}):
        with pytest.raises(ConfigurationError) as caught:
            Settings.load(home=tmp_path, **wrong)
        shown.append(told(caught.value))

    assert "ada" not in "".join(shown[:2])
    assert_clean("\n".join(shown), SECRETS)


def test_an_unreachable_qdrant_server_is_told_without_key_and_password(
    tmp_path: Path, overheard: Callable[..., str]
) -> None:
    settings = Settings.load(
        home=tmp_path / "home", qdrant_url=with_password("http://127.0.0.1:9"), qdrant_api_key=QDRANT
    )
    memory = open_memory("sam", settings)

    memory.archival.insert("x")
    with pytest.raises(MemGPTError) as caught:
        memory.archival.delete_where(text="x")

    prompt = str(memory.compile())
    shown = [told(caught.value), repr(memory), repr(memory.archival), prompt, overheard()]
    assert_clean("\n".join(shown), SECRETS)
    assert_clean(tmp_path, SECRETS)


def test_a_memory_that_lived_with_secrets_around_has_none_on_disk(
    tmp_path: Path, overheard: Callable[..., str]
) -> None:
    home = tmp_path / "home"
    refusal = HTTPFailure(401, {"error": {"message": f"bad key {KEY} for {PASSWORD}"}})
    overflow = HTTPFailure(
        400,
        {"error": {"message": f"{KEY}: too long", "code": "context_length_exceeded"}},
    )
    with ScriptedServer(
        says("", call("core_memory_append", label="human", content="likes tea", request_heartbeat=True)),
        says("", call("archival_memory_insert", content="a fact", request_heartbeat=True)),
        says("", call("send_message", message="Noted.")),
        refusal,
        otherwise=overflow,
    ) as server:
        settings = Settings.load(
            home=home,
            model="m",
            api_key=KEY,
            base_url=with_password(server.url),
            embedding_model="e",
            qdrant_api_key=QDRANT,
        )
        memory = open_memory("sam", settings)
        loop = open_loop(memory, choose_llm(settings), limits=Limits(steps=6))
        events = list(loop.run([Message.said_by("ada", "hi")]))
        with pytest.raises(ModelError) as caught:
            list(loop.run([Message.said_by("ada", "again")]))
        with pytest.raises(ModelError) as overflown:
            list(loop.run())

    assert_clean(home, SECRETS)
    shown = [
        repr(events),
        told(caught.value),
        told(overflown.value),
        repr(memory),
        repr(loop),
        repr(memory.archival),
        overheard(),
    ]
    assert_clean("\n".join(shown), SECRETS)


@pytest.mark.autogen
def test_a_group_chat_whose_model_fails_hears_no_key(tmp_path: Path, overheard: Callable[..., str]) -> None:
    import autogen

    from memgpt_autogen import MemGPTAgent

    with ScriptedServer(
        otherwise=HTTPFailure(400, {"error": {"message": f"no: {KEY} {HEADER} {PASSWORD} {ENVIRONMENT}"}})
    ) as server:
        entry = {
            "model": "m",
            "base_url": with_password(server.url),
            "api_key": KEY,
            "default_headers": {"X-Team": HEADER},
            "price": [0, 0],
        }
        sam = MemGPTAgent(
            "sam", llm_config={"config_list": [entry], "cache_seed": None}, home=tmp_path / "home"
        )
        eve = autogen.ConversableAgent("eve", llm_config=False, human_input_mode="NEVER")
        eve.initiate_chat(sam, message="hi", max_turns=1)

    said = str(sam.chat_messages)
    assert "cannot answer now" in said
    logged = overheard(
        "httpx", "httpx2", "openai"
    )  # the client that AutoGen makes logs addresses as they are
    assert_clean(said + repr(sam) + repr(sam.last_turn) + repr(sam.loop) + logged, SECRETS)
    assert_clean(tmp_path / "home", SECRETS)


@pytest.mark.autogen
def test_an_llm_config_that_makes_no_client_is_told_without_its_key() -> None:
    from memgpt_autogen.adapter.llm import AutoGenLLM

    with pytest.raises(ConfigurationError) as caught:
        AutoGenLLM({"config_list": [{"model": "m", "api_key": KEY, "api_type": "azure", "base_url": None}]})

    assert_clean(told(caught.value), SECRETS)


def test_secrets_are_found_wherever_settings_hold_them() -> None:
    settings = {
        "config_list": [{"api_key": KEY, "base_url": with_password("http://host/v1"), "max_tokens": 5}],
        "default_headers": {"X-Any": HEADER},
        "aws_secret_key": QDRANT,
        "endpoint": f"http://host/v1?api-key={ENVIRONMENT}",
    }

    assert set(secrets_in(settings)) == set(SECRETS)


@example("nul \0 inside a secret", "", "")
@given(st.text(min_size=12, max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_a_secret_never_survives_hiding(secret: str, before: str, after: str) -> None:
    told_without = hide_secrets([secret], f"{before}{secret}{after}")

    assert secret not in told_without


def test_a_short_word_is_no_secret() -> None:
    assert hide_secrets(["", "no"], "no key is known") == "no key is known"


@pytest.mark.parametrize("form", ["plain", "part", "json", "address", "zip"])
def test_the_search_finds_what_was_planted(tmp_path: Path, form: str) -> None:
    text = {"part": f"x{KEY[-12:]}y", "address": "a%2Fplanted b", "json": 'say \\"planted word\\"'}.get(
        form, KEY
    )
    secret = {"address": "a/planted bcdefg", "json": 'say "planted word"'}.get(form, KEY)
    text = "a%2Fplanted%20bcdefg" if form == "address" else text
    (tmp_path / "deep").mkdir()
    if form == "zip":
        with zipfile.ZipFile(tmp_path / "deep" / "bundle", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("settings.json", text)
    else:
        (tmp_path / "deep" / "file").write_text(text)

    with pytest.raises(AssertionError, match="holds"):
        assert_clean(tmp_path, [secret])
