"""A file that is there as a whole or not at all, whatever ends the process that writes it."""

from __future__ import annotations

import glob
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import portalocker
from portalocker.exceptions import LockException

from memgpt_autogen.private_files import FILE_MODE


@dataclass(frozen=True, slots=True)
class UnfinishedFile:
    """A file under another name, until it is complete. Only its owner can read it."""

    opened: IO[bytes]
    path: Path

    @property
    def beside(self) -> Path:
        """A place for a further file that is deleted with this one."""
        return self.path.with_name(f"{self.path.name}{BESIDE}")


@contextmanager
def whole_file(path: Path) -> Iterator[UnfinishedFile]:
    """Write a file under another name, and rename it when the block ends. After an error, nothing is left.

    What killed processes have left of the same file is deleted first; a process that still runs has a lock.
    """
    _remove_unfinished(path)
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with open(unfinished, "xb", opener=_private) as file:
            with suppress(LockException):  # a file system without locks
                portalocker.lock(file, NOT_WAITING)
            yield UnfinishedFile(file, unfinished)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_folder(path.parent)
    finally:
        _delete(unfinished)


def _remove_unfinished(path: Path) -> None:
    for left in path.parent.glob(f".{glob.escape(path.name)}.????????.part"):
        with suppress(OSError, LockException), left.open("r+b") as file:
            portalocker.lock(file, NOT_WAITING)
            _delete(left)


def _delete(unfinished: Path) -> None:
    # a database has files of its own beside it
    for left in unfinished.parent.glob(f"{glob.escape(unfinished.name)}{BESIDE}*"):
        with suppress(OSError):
            left.unlink(missing_ok=True)
    with suppress(OSError):
        unfinished.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    """Open a new file that only its owner can read: it has everything that an agent knows."""
    return os.open(path, flags, FILE_MODE)


def _sync_folder(folder: Path) -> None:
    """Let the new name last. Windows has no such call."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


BESIDE = ".beside"

NOT_WAITING = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
