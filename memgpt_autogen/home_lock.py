"""One server for a home with embedded archives: the second one learns which process has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import portalocker
from portalocker.exceptions import AlreadyLocked, LockException

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.storage.processes import this_process
from memgpt_autogen.private_files import make_inner_file, make_private_folder

FILE = "server.lock"


@contextmanager
def only_server_of(home: Path) -> Iterator[None]:
    """Hold a home as its only server.

    Raises `ConfigurationError`, which names the process, while another server holds it, and `StorageError` if
    nothing can be written there. A killed process holds nothing.
    """
    path = home / FILE
    with _opened(path) as opened:
        try:
            portalocker.lock(opened, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except (AlreadyLocked, LockException):
            raise ConfigurationError(
                f"{home} has a server already: {_holder(path)}. Its archives are embedded, so one server has "
                "them. Stop that one, give another --home, or let both use a Qdrant server "
                "(MEMGPT_AUTOGEN_QDRANT_URL)."
            ) from None
        opened.truncate()
        opened.write(str(this_process()).encode())
        os.fsync(opened.fileno())
        yield


def server_of(home: Path) -> str | None:
    """Return the process that serves a home with embedded archives; None if there is none."""
    path = home / FILE
    if not path.exists():
        return None
    with _opened(path) as opened:
        try:
            portalocker.lock(opened, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except (AlreadyLocked, LockException):
            return _holder(path)
    return None


def _opened(path: Path) -> FileIO:
    try:
        make_private_folder(path.parent)
        make_inner_file(path)
        return FileIO(path, "r+")
    except OSError as error:
        raise StorageError(
            f"the file {path} cannot be written: {error.strerror}. The home and its files must belong to the "
            "user that this runs as."
        ) from error


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") or "another process"
    except (OSError, UnicodeDecodeError):
        return "another process"
