"""Databases of both kinds, for runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.memory.storage.agents import find_or_create_agent
from memgpt_autogen.memory.storage.database import Database


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.sqlite),
        pytest.param("postgresql", marks=pytest.mark.postgres),
    ]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return f"sqlite:///{tmp_path / 'memory.db'}"


@pytest.fixture
def database(url: str) -> Database:
    return Database(url)


@pytest.fixture
def agent(database: Database) -> str:
    """The id of an agent."""
    return find_or_create_agent(database, "sam")
