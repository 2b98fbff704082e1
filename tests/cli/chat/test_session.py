"""A conversation over a pipe: what is said, and what is shown of a turn."""

from __future__ import annotations

import pytest
from command_line import run, talk
from typer.testing import CliRunner

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.cli import app
from memgpt_autogen.testing import HTTPFailure, ScriptedServer, call, says


def test_a_conversation_is_remembered_by_the_next_one() -> None:
    talk("My name is Ada.", "", options=("--me", "ada"))

    second = talk("What is my name?", "", options=("--me", "ada"))

    assert "remembers 2 messages" in second
    assert "Your name is Ada." in second


def test_memory_operations_are_told_beside_the_words() -> None:
    output = talk("My name is Ada.", "")

    assert "calls: core_memory_append" in output
    assert "sam>" in output


def test_an_endpoint_answers_by_its_url() -> None:
    with ScriptedServer(says("", call("send_message", message="hello [bold]you[/bold]"))) as server:
        output = talk("hi", "", options=("--base-url", server.url, "--model", "some-model"))

    assert "hello [bold]you[/bold]" in output
    assert server.requests[0]["model"] == "some-model"


def test_a_failing_endpoint_is_told_and_the_conversation_goes_on() -> None:
    with ScriptedServer(
        HTTPFailure(403, {"error": {"message": "this key may not use model m"}}),
        says("", call("send_message", message="back")),
    ) as server:
        output = talk("hi", "again", "", options=("--base-url", server.url, "--model", "m"))

    assert "this key may not use model m" in output
    assert "back" in output


def test_what_begins_with_a_slash_and_is_no_command_is_not_said() -> None:
    shown = talk("/etc/hosts is a file", " /etc/hosts is a file", "/exit", "never said")

    assert "there is no /etc/hosts" in shown
    assert [entry.message.text for entry in open_memory("sam").log.spoken_tail(9) if entry.message.name] == [
        "/etc/hosts is a file"
    ]


def test_words_are_shown_while_they_are_written_and_once() -> None:
    with ScriptedServer(says("", call("send_message", message="It is [red] all there."))) as server:
        shown = talk("Hi.", options=("--base-url", server.url, "--model", "m", "--stream"))

    assert server.requests[0]["stream"] is True
    assert shown.count("sam> It is [red] all there.") == 1


def test_debug_tells_what_a_turn_took_and_shows_where_an_error_comes_from() -> None:
    assert "yielded after" in talk("Hi.", options=("--debug",))

    result = CliRunner().invoke(app, ["memory", "show", "--agent", "tim", "--debug"])
    assert result.exit_code == 1
    assert "there is no agent 'tim'" in str(result.exception)
    assert "Traceback" not in run("memory", "show", "--agent", "tim", code=1)


@pytest.mark.parametrize("line", ["/pop x", "/undo", "/memory nothing", "/attach nothing"])
def test_debug_survives_an_error_and_shows_where_it_comes_from(line: str) -> None:
    result = CliRunner().invoke(app, ["run", "--debug"], input=f"{line}\nMy name is Ada.\n")

    assert result.exit_code == 0, result.output
    assert "Traceback" in result.output
    assert "your name is Ada" in result.output
    assert "Traceback" not in talk(line)


def test_debug_survives_an_error_of_the_model() -> None:
    with ScriptedServer(
        HTTPFailure(403, {"error": {"message": "this key may not use model m"}}),
        says("", call("send_message", message="back")),
    ) as server:
        shown = talk("hi", "again", options=("--base-url", server.url, "--model", "m", "--debug"))

    assert "Traceback" in shown
    assert "sam> back" in shown


def test_an_unexpected_error_of_a_command_does_not_end_the_conversation() -> None:
    shown = talk(f"/attach {'x' * 5000}", "My name is Ada.")

    assert "Traceback" not in shown
    assert "your name is Ada" in shown


def test_words_are_forgotten_after_a_question() -> None:
    talk("My name is Ada.", "I live in Oslo.")

    kept = talk("/forget Oslo", "n", "/forget")
    assert "would remove" in kept
    assert "nothing is forgotten" in kept
    assert "memgpt-autogen forget" in kept
    assert "\nremoved " in talk("/forget Oslo", "y")
    memory = open_memory("sam")
    assert "Oslo" not in str([entry.message.text for entry in memory.log.spoken_tail(9)])
    assert "Oslo" not in memory.core["human"].value
    assert "Ada" in memory.core["human"].value
