"""The settings file of a home, as commands write it: what a person wrote there stays as it is, and no key is ever written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.settings import PREFIX

FILE = "settings.toml"

WRITTEN = ("model", "base_url", "window_tokens", "embedding_model", "embedding_base_url", "timezone")
"""What commands may write. Keys are not among it: they belong into the environment."""


def write_settings(home: Path, values: Mapping[str, str | int | None]) -> Path:
    """Set these values in the home's file, and take out those that are None; comments and all else stay.

    Raises `ConfigurationError` for what holds a password, and for a file that is no TOML; `StorageError` where it cannot be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    file = home / FILE
    for name, value in values.items():
        if name not in WRITTEN:
            raise ConfigurationError(f"'{name}' is not written into {FILE}: only {', '.join(WRITTEN)} are.")
        if isinstance(value, str) and _has_password(value):
            raise ConfigurationError(
                f"{name} holds a user and a password, which are not written into {FILE}. Give the address without them, "
                f"and the key as {PREFIX}API_KEY in the environment."
            )
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError):
        raise ConfigurationError(
            f"{file} is no TOML, so nothing is written into it. Mend it first."
        ) from None
    for name, value in values.items():
        if value is not None:
            document[name] = value
        elif name in document:
            del document[name]
    try:
        home.mkdir(parents=True, exist_ok=True)
        # whole or not at all: it may hold what a person wrote
        aside = file.with_suffix(".toml.new")
        aside.write_text(tomlkit.dumps(document), encoding="utf-8")
        aside.replace(file)
    except OSError as error:
        raise StorageError(f"the file {file} cannot be written: {error}") from error
    return file


def goes_first(values: Mapping[str, str | int | None]) -> list[str]:
    """The environment's variables that have other values, and go before the file."""
    return [
        variable
        for name, value in values.items()
        if (told := os.environ.get(variable := f"{PREFIX}{name.upper()}")) and told != str(value)
    ]


def _has_password(value: str) -> bool:
    try:
        return "@" in urlsplit(value).netloc
    except ValueError:
        return False
