"""Secrets in files, as container engines give them: the variable `MEMGPT_AUTOGEN_API_KEY_FILE` names one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from memgpt_autogen.errors import ConfigurationError, StorageError


def read_secret(path: Path, what: str) -> str:
    """Return the text of a file, without the blanks and line ends around it. `what` is what it should have.

    Raises `StorageError` if the file cannot be read, and `ConfigurationError` if it is empty.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"the file {path} with {what} cannot be read: {error}") from error
    if not text:
        raise ConfigurationError(f"the file {path} is empty. Write {what} into it, or delete it.")
    return text


class SecretFiles(PydanticBaseSettingsSource):
    """The secrets among the settings that are in files, which variables ending with `_FILE` name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._of(field_name) if _is_secret(field) else None, field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}

    def _of(self, name: str) -> str | None:
        variable = f"{self.config.get('env_prefix', '')}{name.upper()}"
        named = f"{variable}_FILE"
        path = os.environ.get(named, "").strip()
        if not path:
            return None
        if os.environ.get(variable):
            raise ConfigurationError(f"{variable} and {named} are both set. Unset one of them.")
        return read_secret(Path(path), f"the value of {variable} (from {named})")


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))
