"""The databases that tests of storage run on."""

from __future__ import annotations

import os

import pytest
from postgresql import URL


@pytest.fixture(params=["home", pytest.param("postgresql", marks=pytest.mark.postgres)])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test that uses it runs on a SQLite file and on PostgreSQL."""
    if request.param == "postgresql":
        if URL in os.environ:
            pytest.skip("the whole suite runs on PostgreSQL")
        monkeypatch.setenv("MEMGPT_AUTOGEN_DATABASE_URL", request.getfixturevalue("postgresql_url"))
    return str(request.param)
