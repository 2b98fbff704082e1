"""`move`: the whole home to a database and back, on the command line."""

from __future__ import annotations

import pytest
from command_line import run, talk

pytestmark = [pytest.mark.sqlite, pytest.mark.postgres]


def test_a_home_moves_and_the_command_says_which_settings_to_change(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk("My name is Ada.", "", options=("--me", "ada"))

    assert "Give --database-url, --qdrant-url or both" in run("move", code=1)
    assert "Move it?" in run("move", "--database-url", postgresql_url, typed="n\n", code=1)
    moved = run("move", "--database-url", postgresql_url, "--yes")
    monkeypatch.setenv("MEMGPT_AUTOGEN_DATABASE_URL", postgresql_url)
    listed = run("list", "agents")
    back = run("move", "--database-url", "home", "--yes", "--remove")
    monkeypatch.delenv("MEMGPT_AUTOGEN_DATABASE_URL")

    assert "database: 1 agent and" in moved
    assert "now set database_url (MEMGPT_AUTOGEN_DATABASE_URL) to postgresql://***@" in moved
    assert "sam" in listed
    assert "now remove the setting database_url" in back
    assert run("list", "agents") == listed


def test_an_address_that_is_none_moves_nothing(postgresql_url: str) -> None:
    talk("My name is Ada.", "", options=("--me", "ada"))

    assert "is not a URL of PostgreSQL" in run("move", "--database-url", "localhost", "--yes", code=1)
    assert "qdrant_url" in run("move", "--qdrant-url", "localhost:6333", "--yes", code=1)
    assert "sam" in run("list", "agents")
