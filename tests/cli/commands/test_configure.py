"""`quickstart` and `configure`."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import run, talk

from memgpt_autogen.home import agent_names
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HTTPFailure, ScriptedServer, call, says
from memgpt_autogen.testing.engines import LlamaCppServer, LMStudioServer, OllamaModel, OllamaServer


def test_a_model_is_tried_and_written_down_without_its_key(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    (home / "settings.toml").write_text('# mine\ntimezone = "Europe/Lisbon"\nmodel = "old"\n')
    monkeypatch.setenv("MEMGPT_AUTOGEN_API_KEY", "sk-very-secret-1234567890")
    with ScriptedServer(says("", call("send_message", message="Hello!"))) as server:
        shown = run("configure", "--base-url", server.url, "--model", "m", "--window", "9000")

    assert "answered in" in shown
    written = (home / "settings.toml").read_text()
    assert written.startswith("# mine\n")
    assert "secret" not in written + shown
    settings = Settings.load()
    assert (settings.model, settings.window_tokens, settings.timezone) == ("m", 9000, "Europe/Lisbon")
    assert agent_names(settings) == []


def test_a_model_that_does_not_answer_is_not_written_down(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_MAX_RETRIES", "0")
    shown = run("configure", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", code=1)

    assert "does not answer" in shown
    assert not (home / "settings.toml").exists()


@pytest.mark.parametrize("command", ["configure", "quickstart"])
def test_a_model_that_only_says_its_prompt_back_does_not_answer(
    home: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    with ScriptedServer(otherwise=lambda request: says(str(request.messages[-1]["content"]))) as server:
        monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": int(server.url.split(":")[2][:-3])})
        options = ["--base-url", server.url, "--model", "m"] if command == "configure" else []

        shown = run(command, *options, "--yes", code=1 if options else 0)

    assert "said nothing of its own" in shown
    assert not (home / "settings.toml").exists()


def test_an_address_with_a_password_is_not_written_down(home: Path) -> None:
    shown = run(
        "configure", "--base-url", "http://ada:hunter2@example.org/v1", "--model", "m", "--no-verify", code=1
    )

    assert "MEMGPT_AUTOGEN_API_KEY" in shown
    assert "hunter2" not in shown
    assert not (home / "settings.toml").exists()


def test_quickstart_takes_the_server_that_is_here_and_run_needs_no_options_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ScriptedServer(
        says("", call("send_message", message="Tried.")), says("", call("send_message", message="Talked."))
    ) as server:
        port = int(server.url.split(":")[2][:-3])
        monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": port})

        run("quickstart", "--yes")

        assert "sam> Talked." in talk("Hi.")
        assert server.requests[1]["model"] == "scripted"


def test_quickstart_without_any_model_says_how_to_get_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": 9})

    assert "To get a model" in run("quickstart", "--yes")
    assert not (home / "settings.toml").exists()


def served(*models: str) -> ScriptedServer:
    """A server that lists these models, and answers as any of them."""
    return ScriptedServer(otherwise=lambda _: says("", call("send_message", message="Hi.")), models=models)


def test_an_endpoints_models_are_listed_where_none_is_named(home: Path) -> None:
    with served("small", "large") as server:
        shown = run("configure", "--base-url", server.url, code=1)
        assert "has 2 models: small, large. Name one with --model" in shown
        assert not (home / "settings.toml").exists()
        run("configure", "--base-url", server.url, "--yes")
        assert Settings.load().model == "small"
        run("configure", "--model", "large")

    settings = Settings.load()
    assert (settings.model, settings.base_url) == ("large", server.url)


def test_an_endpoint_with_one_model_needs_no_name() -> None:
    with served("small") as server:
        run("configure", "--base-url", server.url)

    assert Settings.load().model == "small"


def test_a_model_that_does_not_answer_is_told_with_those_that_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_MAX_RETRIES", "0")
    refusal = HTTPFailure(404, {"error": {"message": "no such model"}})
    with ScriptedServer(refusal, models=("small", "large")) as server:
        shown = run("configure", "--base-url", server.url, "--model", "lrage", code=1)

    assert "lists these models: small, large" in shown


def test_a_person_is_shown_the_models_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": 9})
    monkeypatch.setattr("memgpt_autogen.cli.chat.input.in_a_terminal", lambda: True)
    with served("small", "large") as server:
        shown = run("configure", typed=f"2\n{server.url}\n2\n\n")
        assert ["2", "large"] in [line.split() for line in shown.splitlines()]
        assert Settings.load().model == "large"
        asked_again = run("configure", typed=f"2\nlocalhost:1\n{server.url}\nsmall\n\n")
        assert "'localhost:1' is no address" in asked_again

    assert Settings.load().model == "small"


def test_a_backend_that_does_not_exist_is_told_with_those_that_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"Ollama": 9})

    shown = run("quickstart", "--backend", "memgpt", code=1)
    for name in ("ollama", "lm-studio", "llama.cpp", "vllm", "openai-compatible", "azure-openai", "offline"):
        assert name in shown
    assert "there is no backend 'o'" in run("quickstart", "--backend", "o", code=1)
    assert "no server answers at http://127.0.0.1:9" in run("quickstart", "--backend", "Ollama", code=1)
    assert "wrote" in run("quickstart", "--backend", "OFFLINE", "--yes")


def test_openai_is_not_every_server_that_speaks_its_language(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served("small") as server:
        port = int(server.url.split(":")[2][:-3])
        monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": port})

        assert "OpenAI: none was found" in run("quickstart", "--backend", "openai", "--yes", code=1)
        assert not (home / "settings.toml").exists()
        run("quickstart", "--backend", "openai-compatible", "--yes")

    assert Settings.load().model == "small"


@pytest.mark.parametrize(
    "address",
    ["localhost:9/v1", "http://http://localhost:9", "http://localhost:99999", "ftp://localhost", "http://:9"],
)
def test_an_address_that_is_none_is_told_by_its_option(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("run", "configure"):
        assert "--base-url" in run(command, "--base-url", address, "--model", "m", code=2)
    monkeypatch.setenv("MEMGPT_AUTOGEN_BASE_URL", address)
    assert "base_url: " in run("run", code=1)


def test_quickstart_offers_a_copy_of_an_ollama_model_and_writes_no_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with OllamaServer() as server:
        monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": int(server.root.split(":")[2])})
        refused = run("quickstart", typed="y\nn\n")
        without = Settings.load()
        made = run("quickstart", "--yes")

    assert "serves small:latest with a window of 4,096 tokens, of 32,768 that the model can" in refused
    assert "OLLAMA_CONTEXT_LENGTH" in refused
    assert (without.model, without.window_tokens) == ("small:latest", None)
    settings = Settings.load()
    assert (settings.model, settings.window_tokens) == ("small-32k:latest", None)
    assert "made small-32k:latest, with a window of 32,768 tokens" in made
    assert server.loaded["small-32k:latest"] == 32_768


def test_configure_says_how_other_engines_get_a_larger_window(home: Path) -> None:
    with LlamaCppServer() as server:
        shown = run("configure", "--base-url", server.url, "--yes")
        given = run("configure", "--base-url", server.url, "--window", "2000", "--yes")

    assert "--ctx-size 16384 --parallel 1" in shown
    assert "ctx-size" not in given
    assert Settings.load().window_tokens == 2000


@pytest.mark.parametrize(("written", "kept"), [(32_768, None), (20_000, 20_000), (2000, 2000)])
def test_the_trained_window_that_was_written_once_is_deleted_and_told_once(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    written: int,
    kept: int | None,
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_DISCOVER", "true")
    home.mkdir()
    with OllamaServer() as server:
        (home / "settings.toml").write_text(
            f'# mine\nmodel = "small"\nbase_url = "{server.url}"\nwindow_tokens = {written}\n'
        )
        talk("Hi.")
        talk("Hi again.")

    assert Settings.load().window_tokens == kept
    assert (home / "settings.toml").read_text().startswith("# mine\n")
    assert caplog.text.count("is deleted from") == (written == 32_768)
    assert max(read.prompt_tokens for read in server.read) < min(written, 4096)


def test_quickstart_takes_no_model_that_only_embeds_and_waits_for_one_that_is_loading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors = OllamaModel("vectors:latest", num_ctx=8192, capabilities=("embedding",))
    with OllamaServer(loading=14) as server:
        server.pulled = {vectors.name: vectors, **server.pulled}  # the newest is listed first
        monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": int(server.root.split(":")[2])})
        shown = run("quickstart", "--yes")

    assert "is still loading its model; waiting up to 120 seconds for it" in shown
    assert str(Settings.load().model).startswith("small")


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_configure_writes_the_address_at_which_the_server_answers(scheme: str) -> None:
    with LMStudioServer(window=16_384) as server:
        run("configure", "--base-url", scheme + server.root.removeprefix("http://"), "--yes")

    settings = Settings.load()
    assert settings.base_url == server.url
    assert settings.model == server.model


def test_configure_refuses_a_model_that_only_embeds_and_makes_no_copy_of_it(home: Path) -> None:
    vectors = OllamaModel("vectors:latest", capabilities=("embedding",))
    with OllamaServer(others=[vectors]) as server:
        shown = run("configure", "--base-url", server.url, "--model", "vectors", "--yes", code=1)

    assert "only makes embeddings, so it cannot answer" in shown
    assert list(server.pulled) == ["small:latest", "vectors:latest"]
    assert not (home / "settings.toml").exists()
