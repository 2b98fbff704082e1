"""Secrets that are in files: the database's address, and keys, as container engines give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.settings import Settings

ADDRESS = "postgresql://memgpt:hunter2@db/memgpt"


@pytest.fixture(autouse=True)
def _no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the address of the database that the tests run on."""
    monkeypatch.delenv("MEMGPT_AUTOGEN_DATABASE_URL", raising=False)


def test_each_secret_can_be_in_a_file_that_a_variable_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {"database_url": ADDRESS, "qdrant_api_key": "q", "api_key": "a"}.items():
        (tmp_path / name).write_text(f"{text}\n")
        monkeypatch.setenv(f"MEMGPT_AUTOGEN_{name.upper()}_FILE", str(tmp_path / name))

    found = Settings.load()

    secrets = (found.database_url, found.qdrant_api_key, found.api_key)
    assert [each.get_secret_value() for each in secrets if each is not None] == [ADDRESS, "q", "a"]
    assert "hunter2" not in repr(found)


def test_it_comes_after_an_argument_and_before_the_homes_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text('api_key = "of the home"\n')
    (tmp_path / "key").write_text("of the file")
    monkeypatch.setenv("MEMGPT_AUTOGEN_API_KEY_FILE", str(tmp_path / "key"))

    found, given = Settings.load(home=tmp_path), Settings.load(home=tmp_path, api_key="given")

    assert found.api_key is not None
    assert given.api_key is not None
    assert found.api_key.get_secret_value() == "of the file"
    assert given.api_key.get_secret_value() == "given"


def test_what_is_no_secret_is_in_no_file_and_an_empty_variable_names_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").write_text("gpt-4.1")
    monkeypatch.setenv("MEMGPT_AUTOGEN_MODEL_FILE", str(tmp_path / "model"))
    monkeypatch.setenv("MEMGPT_AUTOGEN_API_KEY_FILE", "")

    found = Settings.load()

    assert (found.model, found.api_key) == (None, None)


def test_an_error_names_the_variable_and_the_file_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "address"
    monkeypatch.setenv("MEMGPT_AUTOGEN_DATABASE_URL_FILE", str(named))

    with pytest.raises(StorageError, match=r"address.*MEMGPT_AUTOGEN_DATABASE_URL_FILE.*cannot be read"):
        Settings.load()
    named.write_text(" \n")
    with pytest.raises(ConfigurationError, match=r"address is empty.*MEMGPT_AUTOGEN_DATABASE_URL"):
        Settings.load()
    named.write_text(ADDRESS)
    monkeypatch.setenv("MEMGPT_AUTOGEN_DATABASE_URL", ADDRESS)
    with pytest.raises(ConfigurationError, match="both set") as refused:
        Settings.load()
    assert "hunter2" not in str(refused.value)
