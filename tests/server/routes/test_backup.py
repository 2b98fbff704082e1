"""A backup over HTTP: the whole home in one file, for the admin only."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from server_world import API, add_user

from memgpt_autogen.home import agent_names
from memgpt_autogen.home_restore import restore_home
from memgpt_autogen.service import backup
from memgpt_autogen.settings import Settings


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, which is empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_file_has_the_agents_of_all_users_and_nothing_is_left_on_the_server(
    admin: TestClient, temporary: Path, tmp_path: Path
) -> None:
    ada = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # it is our app
    ada.post(f"{API}/agents", json={"name": "sam"})
    admin.post(f"{API}/agents", json={"name": "ann"})

    answer = admin.post(f"{API}/backup")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert "home.backup" in answer.headers["content-disposition"]
    assert list(temporary.iterdir()) == []
    acts = admin.get(f"{API}/audit").json()["items"]
    assert (acts[0]["action"], acts[0]["what"]) == ("backup", "backup")
    file = tmp_path / "home.backup"
    file.write_bytes(answer.content)
    there = Settings.load(home=tmp_path / "there").model_copy(update={"database_url": None})
    restore_home(there, file)
    assert agent_names(there) == ["ann"]
    assert agent_names(there.model_copy(update={"owner": "ada"})) == ["sam"]


def test_it_is_for_the_admin_and_made_one_at_a_time(admin: TestClient, temporary: Path) -> None:
    ada = add_user(admin, "ada", scopes=["read", "talk", "write"]).client(admin.app)  # type: ignore[arg-type]

    assert ada.post(f"{API}/backup").status_code == 403
    with backup._MAKING:
        busy = admin.post(f"{API}/backup")
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "30")
    assert list(temporary.iterdir()) == []
    assert admin.post(f"{API}/backup").status_code == 200
