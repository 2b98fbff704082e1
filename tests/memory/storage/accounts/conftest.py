"""A database of each kind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from postgresql import URL

from memgpt_autogen.memory.storage.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database: each test that uses it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite" and URL in os.environ:
        pytest.skip("the whole suite runs on PostgreSQL")
    file = f"sqlite:///{tmp_path / 'memory.db'}"
    return Database(file if request.param == "sqlite" else request.getfixturevalue("postgresql_url"))
