"""`run`: which agent, which model, and how an agent begins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import remember, run, run_json, talk
from typer.testing import CliRunner

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.cli import app
from memgpt_autogen.testing import ScriptedServer, call, says


def test_a_server_on_this_machine_answers_where_no_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(says("", call("send_message", message="found me"))) as server:
        monkeypatch.setenv("MEMGPT_AUTOGEN_DISCOVER", "true")
        monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": int(server.url.split(":")[2][:-3])})

        output = talk("hi", "")

    assert f"found OpenAI-compatible at {server.url}: scripted" in output.replace("\n", "")
    assert "found me" in output


def test_chat_is_still_a_name_of_run() -> None:
    result = CliRunner().invoke(app, ["chat", "--me", "ada"], input="My name is Ada.\n")

    assert "your name is Ada" in result.output
    assert "│ chat " not in CliRunner().invoke(app, ["-h"]).output


def test_a_persona_begins_a_new_agent_and_does_not_change_one_that_is_there() -> None:
    run("add", "persona", "pirate", "--text", "I am a pirate.")

    talk("/exit", options=("--persona", "pirate", "--human", "A parrot named Polly."))
    again = talk("/exit", options=("--persona", "I am a librarian."))

    memory = open_memory("sam")
    assert [block.value for block in memory.core] == ["I am a pirate.", "A parrot named Polly."]
    assert "memory edit persona" in again
    assert "there are: pirate" in run("run", "--persona", "sailor", code=1)


def test_without_a_name_the_agent_goes_on_that_was_talked_to_last() -> None:
    remember("tim", "Hello.")
    remember("ann", "Hello.")
    remember("tim", "Hello again.")

    assert "tim remembers 2 messages" in talk("/exit")


def test_an_address_where_nobody_answers_is_told_before_the_first_message() -> None:
    assert "no server answers at http://127.0.0.1:9" in run(
        "run", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", code=1
    )
    assert "remembers 0 messages" in run(
        "run", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--no-verify"
    )


def test_the_offline_rules_answer_whatever_the_settings_name(home: Path) -> None:
    home.mkdir()
    (home / "settings.toml").write_text(
        'model = "llama3"\nbase_url = "http://127.0.0.1:9/v1"\nwindow_tokens = 400\nprotocol = "native"\n'
        'function_calling = "plain"\nembedding_model = "nomic-embed-text"\napi_version = "2024-10-21"\n'
        'qdrant_url = "http://127.0.0.1:9"\n'
    )

    shown = talk("My name is Ada.", "/model", "What is my name?", options=("--model", "offline"))

    assert "your name is Ada" in shown
    assert "Your name is Ada." in shown
    assert "the model is offline, with a window of" in shown
    assert "archival memory cannot be searched: model 'nomic-embed-text' needs a key" in shown.replace(
        "\n", " "
    )


def test_thoughts_can_be_hidden_and_a_quiet_conversation_is_only_replies() -> None:
    assert "thinks:" in talk("My name is Ada.")

    without = talk("I live in Oslo.", "/thoughts on", "I like tea.", options=("--no-thoughts",))
    before, _, after = without.partition("thoughts are shown")
    assert "thinks:" not in before
    assert "calls:" in before
    assert "thinks:" in after
    assert "type /thoughts on or /thoughts off" in talk("/thoughts maybe")
    quiet = talk("What is my name?", options=("--quiet",))
    assert re.fullmatch(r"You said on [\d-]+: “My name is Ada\.”\n", quiet)
    assert "no shared archive" in talk("/attach nothing", options=("--quiet",))


def test_an_agent_that_cannot_begin_is_not_created(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "I am long. " * 300

    for kind in ("--persona", "--human"):
        assert "at most 2000 characters" in run("run", kind, long, code=1)
    assert "there is no persona 'sailor'" in run("run", "--persona", "sailor", code=1)
    assert "OPENAI_API_KEY" in run("run", "--model", "gpt-4.1-mini", code=1)
    assert "no server answers" in run("run", "--base-url", "http://127.0.0.1:9/v1", code=1)
    monkeypatch.setenv("MEMGPT_AUTOGEN_EMBEDDING_MODEL", "fastembed:")
    run("run", code=1)

    monkeypatch.delenv("MEMGPT_AUTOGEN_EMBEDDING_MODEL")
    assert run_json("list", "agents") == []


def test_an_agent_that_exists_is_opened_whatever_persona_is_given() -> None:
    talk("/exit")

    assert "memory edit persona" in talk("/exit", options=("--persona", "I am long. " * 300))


def test_an_empty_line_is_not_offered_where_the_agent_cannot_speak_first() -> None:
    shown = talk("", "")

    assert "speak first" not in shown
    assert "does not answer" not in shown
