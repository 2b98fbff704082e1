"""Where the admin password comes from."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.server.password import find_password


def test_it_is_made_once_in_a_file_that_only_the_owner_can_read(tmp_path: Path) -> None:
    home = tmp_path / "home"

    first, second = find_password(home, environ={}), find_password(home, environ={})

    text = (home / "server_password").read_text().strip()
    assert first.matches(text)
    assert second.matches(text)
    assert len(text) >= 32
    assert stat.S_IMODE((home / "server_password").stat().st_mode) == 0o600
    assert first.source == f"the file {home / 'server_password'}"
    assert not first.chosen
    assert text not in repr(first)


def test_the_name_of_the_promise_and_our_own_are_read(tmp_path: Path) -> None:
    promised = find_password(tmp_path, environ={"MEMGPT_SERVER_PASS": "one"})
    ours = find_password(tmp_path, environ={"MEMGPT_SERVER_PASS": "one", "MEMGPT_AUTOGEN_SERVER_PASS": "two"})

    assert (promised.source, promised.chosen, promised.matches("one")) == ("MEMGPT_SERVER_PASS", True, True)
    assert (ours.source, ours.matches("two"), ours.matches("one")) == (
        "MEMGPT_AUTOGEN_SERVER_PASS",
        True,
        False,
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_named_comes_first(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("three\n")

    found = find_password(tmp_path, tmp_path / "secret", environ={"MEMGPT_SERVER_PASS": "one"})

    assert found.matches("three")
    assert found.chosen


def test_a_file_without_a_password_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")

    with pytest.raises(ConfigurationError, match="is empty"):
        find_password(tmp_path, tmp_path / "empty")
    with pytest.raises(StorageError, match="cannot be read"):
        find_password(tmp_path, tmp_path / "none")
