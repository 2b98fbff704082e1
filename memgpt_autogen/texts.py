"""Named texts: personas and humans that a home keeps as files, to begin new agents with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from memgpt_autogen.errors import ConfigurationError, StorageError, quoted
from memgpt_autogen.memory.context.block import DEFAULT_LIMIT

TextKind = Literal["persona", "human"]

_NAME = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True, slots=True)
class NamedTexts:
    """The personas, or the humans, of one home: `<home>/personas/NAME.txt`. Iterates over the names."""

    home: Path
    kind: TextKind

    @property
    def folder(self) -> Path:
        return self.home / f"{self.kind}s"

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.stem for path in self.folder.glob("*.txt") if _NAME.fullmatch(path.stem)))

    def __getitem__(self, name: str) -> str:
        """The text. Raises `ConfigurationError` where there is none of that name."""
        path = self.path(name)
        if not path.exists():
            raise ConfigurationError(
                f"there is no {self.kind} '{name}' in {self.home}; there are: {', '.join(self) or 'none'}. "
                f"memgpt-autogen add {self.kind} {name} makes one."
            )
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StorageError(f"the file {path} cannot be read as text: {error}") from error

    def meant(self, text: str | None) -> str | None:
        """The text of that name; what has a blank in it is no name and is taken as it stands."""
        if text is None or not _NAME.fullmatch(text):
            return text
        return self[text]

    def add(self, name: str, text: str, *, replace: bool = False) -> Path:
        """Write it. Raises `ConfigurationError` for a name that is taken or no name, and a text that no block has room for."""
        path, text = self.path(name), text.strip()
        if path.exists() and not replace:
            raise ConfigurationError(
                f"there is a {self.kind} '{name}' already ({path}). Give --replace, or another name."
            )
        if not text:
            raise ConfigurationError(f"the {self.kind} '{name}' has no text. Give --text or --file.")
        if len(text) > DEFAULT_LIMIT:
            raise ConfigurationError(
                f"the {self.kind} '{name}' has {len(text):,} characters and its block holds {DEFAULT_LIMIT:,}. Shorten it; "
                "what is longer belongs into archival memory."
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise StorageError(f"the file {path} cannot be written: {error}") from error
        return path

    def delete(self, name: str) -> None:
        """Raises `ConfigurationError` where there is none of that name."""
        self[name]
        self.path(name).unlink()

    def path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"the name of a {self.kind} has 1 to 64 letters, digits, '_' and '-'; {quoted(name)} does not fit."
            )
        return self.folder / f"{name}.txt"
