"""Runs commands of the command line in this process."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.cli import app
from memgpt_autogen.messages import Message


def run(*words: str, typed: str = "", code: int = 0) -> str:
    """What a command prints, on both streams. It must end with this exit code."""
    result = CliRunner().invoke(app, words, input=typed)
    assert result.exit_code == code, result.output
    return result.output


def run_json(*words: str, code: int = 0) -> Any:
    """What a command prints as JSON."""
    return json.loads(run(*words, "--json", code=code))


def talk(*lines: str, options: tuple[str, ...] = ()) -> str:
    """What a conversation prints that reads these lines from a pipe."""
    return run("run", *options, typed="\n".join(lines) + "\n")


def remember(name: str, *lines: str, **options: Any) -> None:
    """Let an agent hear these lines from ada."""
    open_memory(name, **options).log.append(*(Message.said_by("ada", line) for line in lines))
