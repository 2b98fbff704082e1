"""Named texts for the first blocks of new agents: files of the home itself, and rows of its other users."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Union

from memgpt_autogen.errors import ConfigurationError, NotFoundError, StorageError, TakenError, quoted
from memgpt_autogen.home_stores import create_home, open_home_database
from memgpt_autogen.memory.context.block import DEFAULT_LIMIT
from memgpt_autogen.memory.storage.accounts.templates import (
    delete_template,
    find_template,
    put_template,
    stored_templates,
)
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.private_files import make_inner_file, make_inner_folder, make_private_folder
from memgpt_autogen.settings import Settings

TextKind = Literal["persona", "human"]

_NAME = re.compile(r"[\w-]{1,64}")


def named_texts(settings: Settings, kind: TextKind) -> AnyTexts:
    """Return the named personas, or humans, of the owner of these settings."""
    if settings.owner is None:
        return NamedTexts(settings.home, kind)
    create_home(settings.home)
    database = open_home_database(settings)
    return NamedTexts(settings.home, kind) if database.owner == HOME else OwnedTexts(database, kind)


class _Texts:
    """What both have in common. Iterates over the names."""

    kind: TextKind

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError

    def __getitem__(self, name: str) -> str:
        raise NotImplementedError

    def resolve(self, text: str | None) -> str | None:
        """Return the text of that name.

        A `text` that cannot be a name, since it has a blank, is returned unchanged.
        """
        if text is None or not _NAME.fullmatch(text):
            return text
        return self[text]

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"the name of a {self.kind} has 1 to 64 letters, digits, '_' and '-'; {quoted(name)} is not "
                "valid."
            )

    def _checked(self, name: str, text: str) -> str:
        text = text.strip()
        if not text:
            raise ConfigurationError(f"the {self.kind} '{name}' has no text. Give --text or --file.")
        if len(text) > DEFAULT_LIMIT:
            raise ConfigurationError(
                f"the {self.kind} '{name}' has {len(text):,} characters; its block has room for "
                f"{DEFAULT_LIMIT:,}. Shorten it; longer texts belong in archival memory."
            )
        return text


@dataclass(frozen=True, slots=True)
class NamedTexts(_Texts):
    """The named personas, or humans, of the home itself: `<home>/personas/NAME.txt`."""

    home: Path
    kind: TextKind

    @property
    def folder(self) -> Path:
        return self.home / f"{self.kind}s"

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.stem for path in self.folder.glob("*.txt") if _NAME.fullmatch(path.stem)))

    def __getitem__(self, name: str) -> str:
        """Return the text of that name. Raises `NotFoundError` where there is none."""
        path = self.path(name)
        if not path.exists():
            raise NotFoundError(
                f"there is no {self.kind} '{name}' in {self.home}; there are: {', '.join(self) or 'none'}. "
                f"memgpt-autogen add {self.kind} {name} --text TEXT creates one."
            )
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StorageError(f"the file {path} cannot be read as text: {error}") from error

    def add(self, name: str, text: str, *, replace: bool = False) -> Path:
        """Write a text, and return its file.

        Raises `TakenError` for a name that is taken, and `ConfigurationError` for one that is not valid, and
        for a text that does not fit into a block.
        """
        path = self.path(name)
        if path.exists() and not replace:
            raise TakenError(
                f"there is a {self.kind} '{name}' already ({path}). Give --replace, or another name."
            )
        text = self._checked(name, text)
        try:
            make_private_folder(self.home)
            make_inner_folder(path.parent)
            make_inner_file(path)
            path.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise StorageError(f"the file {path} cannot be written: {error}") from error
        return path

    def delete(self, name: str) -> None:
        """Delete the file. Raises `NotFoundError` where there is no text of that name."""
        self[name]
        self.path(name).unlink()

    def path(self, name: str) -> Path:
        self._check_name(name)
        return self.folder / f"{name}.txt"


@dataclass(frozen=True, slots=True)
class OwnedTexts(_Texts):
    """The named personas, or humans, of a user of the home."""

    database: Database
    kind: TextKind

    def __iter__(self) -> Iterator[str]:
        return iter([each.name for each in stored_templates(self.database, self.kind)])

    def __getitem__(self, name: str) -> str:
        """Return the text of that name. Raises `NotFoundError` where there is none."""
        self._check_name(name)
        return find_template(self.database, self.kind, name).text

    def add(self, name: str, text: str, *, replace: bool = False) -> None:
        """Store a text. Raises what `NamedTexts.add` does."""
        self._check_name(name)
        put_template(self.database, self.kind, name, self._checked(name, text), replace=replace)

    def delete(self, name: str) -> None:
        """Delete the text. Raises `NotFoundError` where there is none of that name."""
        delete_template(self.database, self.kind, name)


AnyTexts = Union[NamedTexts, OwnedTexts]
