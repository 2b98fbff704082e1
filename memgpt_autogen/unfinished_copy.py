"""The note of a copy of archives on a server: if the copy was killed, the next one knows what to remove."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import portalocker
from portalocker.exceptions import AlreadyLocked, LockException

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.private_files import make_inner_file, make_private_folder

FILE = "copying.lock"


class CopyNote:
    """Which collections a home is making for itself. It is empty once they are in the home's settings."""

    def __init__(self, opened: FileIO) -> None:
        self._opened = opened

    def read(self, mark: HomeMark) -> str | None:
        """Return the prefix of a copy that this home began and did not complete; None if there is none."""
        self._opened.seek(0)
        return _prefix(self._opened.read() or b"", mark)

    def write(self, prefix: str, mark: HomeMark) -> None:
        self._put(json.dumps({"prefix": prefix, "home": mark.as_json()}).encode())

    def clear(self) -> None:
        self._put(b"")

    def _put(self, text: bytes) -> None:
        self._opened.seek(0)
        self._opened.truncate()
        self._opened.write(text)
        os.fsync(self._opened.fileno())


@contextmanager
def copy_note(home: Path) -> Iterator[CopyNote]:
    """Hold the note of a home. Raises `ConfigurationError` while another process has it."""
    make_private_folder(home)
    path = home / FILE
    make_inner_file(path)
    with FileIO(path, "r+") as opened:
        try:
            portalocker.lock(opened, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except (AlreadyLocked, LockException):
            raise ConfigurationError(
                f"another process is copying the archives of {home}. Wait until it has ended."
            ) from None
        yield CopyNote(opened)


def unfinished_copy(home: Path, mark: Callable[[], HomeMark]) -> str | None:
    """Return the prefix of a copy that this home began, and that was not completed or is still running."""
    try:
        text = (home / FILE).read_bytes()
    except OSError:
        return None
    return _prefix(text, mark()) if text else None


def _prefix(text: bytes, mark: HomeMark) -> str | None:
    """Return the prefix in a note; None for no note, and for that of the home which this one is a copy of."""
    try:
        found = json.loads(text)
        prefix, home = str(found["prefix"]), HomeMark.from_json(found["home"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return prefix if prefix and mark.is_same(home) else None
