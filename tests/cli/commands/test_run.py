"""`run`: which agent, which model, and how an agent begins."""

from __future__ import annotations

import pytest
from command_line import remember, run, talk
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
