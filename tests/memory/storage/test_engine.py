"""The URLs of databases: which are taken, and that no error shows a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.storage.engine import database_url
from memgpt_autogen.settings import Settings


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_scheme_is_taken(scheme: str) -> None:
    url = database_url(f"{scheme}://ben:hunter2@db.example:5433/agents?sslmode=require")

    assert url.drivername == "postgresql+psycopg"
    assert (url.host, url.port, url.database, url.query["sslmode"]) == (
        "db.example",
        5433,
        "agents",
        "require",
    )


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "mysql://ben:hunter2@host/x",
        "postgresql+asyncpg://ben:hunter2@h/x",
        "postgresql://a:hunter2@h:x/y",
    ],
)
def test_another_url_is_refused_without_its_password(url: str, tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, database_url=url)

    with pytest.raises(ConfigurationError, match=r"looks like postgresql://user:password@host") as refusal:
        open_memory("sam", settings)

    assert (
        "hunter2"
        not in f"{refusal.value} {refusal.value.__cause__} {settings!r} {settings.model_dump_json()}"
    )


def test_a_server_that_is_not_there_is_an_error_that_hides_the_password(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, database_url="postgresql://ben:hunter2@127.0.0.1:9/x")

    with pytest.raises(StorageError, match=r"ben:\*\*\*@127.0.0.1:9") as refusal:
        open_memory("sam", settings)

    assert "hunter2" not in f"{refusal.value} {refusal.value.__cause__}"
