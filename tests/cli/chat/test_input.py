"""The conversation in a real terminal, which a test types into and whose screen it reads."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memgpt_autogen import cli
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")

if sys.platform != "win32":
    from terminal import Terminal

Open = Callable[..., "Terminal"]
PROGRAM = Path(cli.__file__).with_name("__main__.py")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Open]:
    """`memgpt-autogen run` in a terminal of its own."""
    opened: list[Terminal] = []

    def start(*options: str, command: str = "run") -> Terminal:
        opened.append(Terminal(PROGRAM, command, *options))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.mark.slow
def test_a_typed_conversation_is_remembered_by_the_next_one(run: Open) -> None:
    first = run("--me", "ada")
    first.wait_for("^ada>$")
    first.enter("My name is Ada.")
    first.wait_for("sam> I will remember that")
    first.wait_for("^ada>$")
    first.type("\x04")
    assert first.wait_for_end() == 0

    second = run("--me", "ada")
    second.wait_for("remembers 2 messages")
    second.wait_for("^ada>$")
    second.enter("What is my name?")

    second.wait_for("sam> Your name is Ada.")
    assert "calls: core_memory_append" in first.past


@pytest.mark.slow
def test_what_was_said_before_comes_back_with_the_arrow_key(run: Open) -> None:
    open_memory("sam").log.append(Message.said_by("user", "My dog is called Rex."))
    terminal = run("--first")
    terminal.wait_for("^user>$")

    terminal.type_until("\x1b[A", "^user> My dog is called Rex.")


def test_a_command_is_completed_with_the_tabulator(run: Open) -> None:
    terminal = run("--first")
    terminal.wait_for("^user>$")

    terminal.type("/cont\t")

    terminal.wait_for("^user> /context")
    terminal.enter()
    terminal.wait_for("context: .* tokens")


def test_a_message_of_many_lines_is_one_message(run: Open) -> None:
    terminal = run("--first")
    terminal.wait_for("^user>$")

    for line in ("//", "My cat is called Tom.", "/memory is a word here", "//"):
        terminal.enter(line)
    terminal.wait_for("^sam> ")
    terminal.enter("/dump 20")

    terminal.wait_for("message   user: My cat is called Tom.\n/memory is a word here")


@pytest.mark.slow
def test_an_empty_first_line_asks_the_agent_to_speak_first(run: Open) -> None:
    silent = says("", call("core_memory_append", label="human", content="ada is here"))
    with ScriptedServer(silent, says("", call("send_message", message="There you are!"))) as server:
        terminal = run("--base-url", server.url, "--model", "m", "--me", "ada")
        terminal.wait_for("asks sam to speak first")
        terminal.wait_for("^ada>$")

        terminal.enter()

        terminal.wait_for("sam> There you are!")


@pytest.mark.slow
def test_control_c_interrupts_a_turn_and_what_was_said_is_answered_later(run: Open) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def answer(request: Request) -> Completion:
        if asked.is_set():
            return says(
                "", call("send_message", message=f"Now then: {'lighthouse' in str(request.messages)}")
            )
        asked.set()
        go_on.wait(60)
        return says("", call("send_message", message="Too late."))

    with ScriptedServer(otherwise=answer) as server:
        terminal = run("--base-url", server.url, "--model", "m", "--first")
        terminal.wait_for("^user>$")
        terminal.enter("We meet at the lighthouse.")
        assert asked.wait(60)

        terminal.interrupt()
        terminal.wait_for("interrupted; your message is kept")
        go_on.set()
        terminal.enter("/retry")

        terminal.wait_for("sam> Now then: True")


def test_what_is_typed_while_the_agent_thinks_waits_for_the_next_prompt(run: Open) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def answer(request: Request) -> Completion:
        asked.set()
        go_on.wait(60)
        return says("", call("send_message", message="There."))

    with ScriptedServer(otherwise=answer) as server:
        terminal = run("--base-url", server.url, "--model", "m", "--first")
        terminal.wait_for("^user>$")
        terminal.enter("Think.")
        terminal.wait_for("sam is thinking")
        assert asked.wait(60)

        terminal.type("And then?")
        go_on.set()

        terminal.wait_for("^user> And then\\?$")
    assert "thinkingAnd" not in terminal.past


def test_control_c_twice_at_the_prompt_ends(run: Open) -> None:
    terminal = run("--first")
    terminal.wait_for("^user>$")

    terminal.interrupt()
    terminal.wait_for("Ctrl-C again")
    terminal.interrupt()

    assert terminal.wait_for_end() == 0


def test_another_agent_of_the_home_is_talked_to_from_there_on(run: Open) -> None:
    for name in ("tim", "sam"):
        open_memory(name).log.append(Message.said_by("user", f"I am talking to {name}."))
    terminal = run("--first")
    terminal.wait_for("You talk to sam again. /agent changes to tim")

    terminal.enter("/agent tim")
    terminal.wait_for("you talk to tim, which remembers 1 message;")
    terminal.enter("Hello!")

    terminal.wait_for("^tim> ")


def test_what_is_typed_before_all_is_loaded_is_said(run: Open) -> None:
    terminal = run("--first")

    terminal.enter("My name is Ada.")

    terminal.wait_for("^sam> .*your name is Ada")


def test_what_cannot_be_opened_ends_the_prompt_with_the_reason(run: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    terminal = run("--home", str(tmp_path / "file"))

    assert terminal.wait_for_end() == 1
    assert "cannot be created" in terminal.past.replace("\n", "")


@pytest.mark.slow
def test_a_dead_endpoint_is_one_line_and_the_history_is_no_traceback(run: Open) -> None:
    terminal = run("--base-url", "http://127.0.0.1:9/v1", "--model", "m")

    assert terminal.wait_for_end() == 1
    assert "no server answers at http://127.0.0.1:9" in terminal.past
    assert "Traceback" not in terminal.past
    assert "Exception" not in terminal.past


@pytest.mark.slow
def test_words_are_forgotten_after_a_question_in_a_terminal(run: Open) -> None:
    open_memory("sam").log.append(Message.said_by("user", "My secret is zanzibar."))
    terminal = run()
    terminal.wait_for("^user>$")

    terminal.enter("/forget zanzibar")
    terminal.wait_for("Forget it\\? \\[y/N\\]")
    terminal.enter("y")

    terminal.wait_for("removed 1 message")
    assert "speak first" not in terminal.past  # the offline rules have nothing to say
