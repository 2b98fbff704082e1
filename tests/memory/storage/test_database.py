"""The database of a home: whether it tells that somebody wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.memory.storage.agents import find_or_create_agent, stored_agent_names
from memgpt_autogen.memory.storage.database import Database


@pytest.mark.sqlite
def test_a_database_tells_whether_anyone_wrote(tmp_path: Path) -> None:
    database, other = (Database(f"sqlite:///{tmp_path}/memory.db") for _ in range(2))
    before = database.state()

    stored_agent_names(database)
    assert before is not None
    assert database.state() == before
    find_or_create_agent(other, "sam")
    assert database.state() != before
    with database.writing():
        assert database.state() is None
