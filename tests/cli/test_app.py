"""The command line: a conversation in the terminal, the demo, and help without AutoGen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from memgpt_autogen import __version__
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.cli import app
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HTTPFailure, ScriptedServer, call, says


def chat(*lines: str, options: tuple[str, ...] = ()) -> str:
    result = CliRunner().invoke(app, ["run", *options], input="\n".join(lines) + "\n")
    assert result.exit_code == 0, result.output
    return result.output


def test_a_conversation_is_remembered_by_the_next_one() -> None:
    chat("My name is Ada.", "", options=("--me", "ada"))

    second = chat("What is my name?", "", options=("--me", "ada"))

    assert "remembers 2 messages" in second
    assert "Your name is Ada." in second


def test_memory_operations_are_told_beside_the_words() -> None:
    output = chat("My name is Ada.", "")

    assert "calls: core_memory_append" in output
    assert "sam>" in output


def test_an_endpoint_answers_by_its_url() -> None:
    with ScriptedServer(says("", call("send_message", message="hello [bold]you[/bold]"))) as server:
        output = chat("hi", "", options=("--base-url", server.url, "--model", "some-model"))

    assert "hello [bold]you[/bold]" in output
    assert server.requests[0]["model"] == "some-model"


def test_a_server_on_this_machine_answers_where_no_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(says("", call("send_message", message="found me"))) as server:
        monkeypatch.setenv("MEMGPT_AUTOGEN_DISCOVER", "true")
        monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": int(server.url.split(":")[2][:-3])})

        output = chat("hi", "")

    assert f"found OpenAI-compatible at {server.url}: scripted" in output.replace("\n", "")
    assert "found me" in output


def test_a_failing_endpoint_is_told_and_the_conversation_goes_on() -> None:
    with ScriptedServer(
        HTTPFailure(400, {"error": {"message": "bad request"}}),
        says("", call("send_message", message="back")),
    ) as server:
        output = chat("hi", "again", "", options=("--base-url", server.url, "--model", "m"))

    assert "bad request" in output
    assert "back" in output


def test_a_bad_setting_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_TIMEZONE", "Mars/Olympus")

    result = CliRunner().invoke(app, ["run"], input="\n")

    assert result.exit_code == 1
    assert "Mars/Olympus" in result.output


def test_chat_is_still_a_name_of_run() -> None:
    result = CliRunner().invoke(app, ["chat", "--me", "ada"], input="My name is Ada.\n")

    assert "your name is Ada" in result.output
    assert "│ chat " not in CliRunner().invoke(app, ["-h"]).output


def test_the_version_is_printed() -> None:
    assert CliRunner().invoke(app, ["version"]).output.strip() == __version__


@pytest.mark.autogen
def test_the_demos_second_process_answers_from_what_the_first_was_told(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "memgpt_autogen.cli", "demo"],
        check=False, capture_output=True, text=True, env=None,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    first, second = ended.stdout.split("in which sam remembers 19 messages")
    assert "in which sam remembers 0 messages" in first
    for answer in ("21 May", "heron", "does not close", "peanuts"):
        assert answer in second
    assert "context:" in second
    assert "TERMINATING" not in ended.stdout


@pytest.mark.sqlite
def test_an_agent_moves_and_forgets_on_the_command_line(tmp_path: Path) -> None:
    chat("My name is Ada.", "", options=("--me", "ada"))
    there, path = ("--home", str(tmp_path / "there")), str(tmp_path / "sam.zip")

    def run(*words: str, typed: str = "") -> str:
        result = CliRunner().invoke(app, words, input=typed)
        assert result.exit_code == 0, result.output
        return result.output

    assert "sam is in" in run("export", "sam", path)
    assert "2 blocks" in run("import", path, "--dry-run", *there)
    assert not (tmp_path / "there").exists()
    assert "it was 'sam' and becomes 'tim'" in run("import", path, "--name", "tim", *there)
    assert "would remove 1 message " in run("forget", "tim", "--speaker", "ada", *there, typed="n\n")
    assert "removed 1 message " in run("forget", "tim", "--speaker", "ada", "--yes", *there)


@pytest.mark.sqlite
def test_an_archives_embedding_model_is_changed_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = ("--home", str(tmp_path))
    memory = open_memory("sam", Settings.load(home=tmp_path))
    memory.archival.insert_many([Draft(f"Fact {number} is about tea.") for number in range(12)])
    memory.archival.close()

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["reembed", "--agent", *words, *home])
        assert result.exit_code == code, result.output
        return result.output

    with ScriptedServer(dimension=16) as server:
        monkeypatch.setenv("MEMGPT_AUTOGEN_EMBEDDING_BASE_URL", server.url)
        assert "give --embedding-model" in run("sam", code=1).lower()
        told = run("sam", "--embedding-model", "some-model")
        assert "sam: 12 passages are embedded with some-model now" in told
        assert "MEMGPT_AUTOGEN_EMBEDDING_MODEL=some-model" in told

        monkeypatch.setenv("MEMGPT_AUTOGEN_EMBEDDING_MODEL", "some-model")
        assert open_memory("sam", Settings.load(home=tmp_path)).archival.search("tea").total == 12
        assert "to search them" not in run("sam")
    assert "12 passages are searched by words now" in run("sam", "--embedding-model", "none")
    assert "there is no agent 'tim'" in run("tim", code=1)
    open_memory("sam", Settings.load(home=tmp_path)).archival.close()


def test_an_agent_that_is_not_there_is_neither_exported_nor_made(tmp_path: Path) -> None:
    chat("Hello.", "")

    result = CliRunner().invoke(app, ["export", "tim", str(tmp_path / "tim.zip")])

    assert result.exit_code == 1
    assert "there is no agent 'tim'" in result.output
    assert "there are: sam" in result.output
