"""`list`: what a home contains."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import remember, run, run_json
from typer.testing import CliRunner

from memgpt_autogen.cli import app
from memgpt_autogen.cli.commands.checks import run_checks
from memgpt_autogen.home import moved_away
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.upkeep.move import accept_writes, refuse_writes
from memgpt_autogen.settings import Settings


def test_agents_are_listed_without_being_opened_or_made(home: Path) -> None:
    assert run_json("list", "agents") == []
    assert not home.exists()
    remember("sam", "My name is Ada.")

    (listed,) = run_json("list", "agents")
    assert (listed["name"], listed["messages"]) == ("sam", 1)
    assert "sam" in run("list", "agents")


@pytest.mark.sqlite
def test_a_home_that_was_moved_away_says_so_when_its_agents_are_listed(home: Path) -> None:
    remember("sam", "My name is Ada.")
    settings = Settings.load()
    database = open_home_database(settings)
    told = "this memory was moved to postgresql://db/agent's. Set database_url to it."
    with database.writing(alone=True) as connection:
        refuse_writes(connection, told)

    for command in ("agents", "sources"):
        shown = CliRunner().invoke(app, ["list", command])

        assert told in " ".join(shown.stderr.split())
    (check,) = [each for each in run_checks(settings, ask=False) if each.about == "database"]
    assert (check.state, f"{check.found}. {check.mend}") == ("wrong", told)
    accept_writes(database)
    assert moved_away(settings) is None
    assert CliRunner().invoke(app, ["list", "agents"]).stderr == ""
