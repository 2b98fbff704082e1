"""What is typed in a conversation and is nearly a command."""

from __future__ import annotations

import pytest
from command_line import run, talk

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.cli.chat.near_misses import IN_THE_SHELL, OTHERS, missing_command
from memgpt_autogen.cli.chat.slash import COMMANDS


@pytest.mark.parametrize(
    ("typed", "points_to"),
    [
        ("/load", "/attach"),
        ("/quit", "/exit"),
        ("/dumpraw", "/dump"),
        ("/savechat", "memgpt-autogen export"),
        ("/wipe", "memgpt-autogen delete agent"),
        ("/systemswap", "memgpt-autogen memory edit persona"),
        ("/search", "/recall"),
        ("/tokens", "/context"),
        ("/compact", "/summarize"),
        ("/reset", "/forget WORDS"),
        ("/Memory", "/memory?"),
        ("/memroy", "/memory?"),
        ("/agents", "/agent?"),
        ("/halp", "/help?"),
        ("/doctor", "memgpt-autogen doctor"),
        ("/xyzzy", "/help"),
        ("/", "/help"),
    ],
)
def test_a_near_miss_points_to_the_command_that_exists(typed: str, points_to: str) -> None:
    assert points_to in missing_command(typed, COMMANDS)


def test_every_pointer_names_a_command_that_exists_and_none_hides_one() -> None:
    assert not OTHERS.keys() & COMMANDS.keys()
    for line in OTHERS.values():
        words = line.replace(";", " ").split()
        assert {word for word in words if word.startswith("/")} <= COMMANDS.keys(), line
        for place in [place for place, word in enumerate(words) if word == "memgpt-autogen"]:
            assert run(*_command(words[place + 1 : place + 3]), "-h"), line
    for name in IN_THE_SHELL:
        assert f"/{name}" not in COMMANDS
        assert run(name, "-h")


def test_a_near_miss_is_not_said_to_the_agent() -> None:
    shown = talk("/load notes.md", "/quit")

    assert "/attach reads a file" in shown
    assert open_memory("sam").log.count() == 0


def test_a_word_that_ends_other_programs_is_said_and_points_to_the_command() -> None:
    shown = talk("exit", "My name is Ada.")

    assert "the command is /exit" in shown
    assert open_memory("sam").log.count() == 4


def _command(words: list[str]) -> list[str]:
    """The words that name a command: the second does so only in a group."""
    return words if words[0] in ("add", "delete", "list", "memory") else words[:1]
