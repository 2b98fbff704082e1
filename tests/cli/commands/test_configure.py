"""`quickstart` and `configure`."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import run, talk

from memgpt_autogen.home import agent_names
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedServer, call, says


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
