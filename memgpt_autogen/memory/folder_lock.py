"""A folder that belongs to one process at a time, and is handed over when another one asks.

Three files stand beside the folder: `.lock` is locked by the operating system, so that it is free as soon as its process is
gone, however that ended; `.holder` says who has it, for others' errors; `.wanted` is the note of those who wait. Notes and
holders that nobody stands behind any more do no harm.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Optional

import portalocker
from portalocker.exceptions import AlreadyLocked, LockException

from memgpt_autogen.messages import now


class FolderHeldError(Exception):
    """Another process has the folder; `holder` is who and since when, as far as is known."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(f"{folder} is held by {holder}")
        self.holder = holder


class FolderLock:
    """The right to a folder, whether it is there or not. It is taken by one thread and given back by any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: Optional[FileIO] = None

    @staticmethod
    def of(folder: Path, what: str) -> Path:
        return folder.with_name(f"{folder.name}.{what}")

    def take(self) -> None:
        """Raises `FolderHeldError`, with a note left for the holder, where another process has it."""
        path = self.of(self._folder, "lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            file = FileIO(path, "a")
            try:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
            except AlreadyLocked:
                file.close()
                self.of(self._folder, "wanted").touch()
                raise FolderHeldError(self._folder, holder(self._folder)) from None
            except LockException:
                pass  # a file system without locks; what is in the folder has one of its own
            except BaseException:
                file.close()
                raise
            if _is_still(file, path):
                break
            file.close()  # it was removed together with the folder, just before it was locked
        self._file = file
        with suppress(OSError):  # it is for others' errors only
            self.of(self._folder, "holder").write_text(json.dumps(_self()), "utf-8")
        with suppress(OSError):  # who else waits writes it again
            self.of(self._folder, "wanted").unlink(missing_ok=True)

    def give_back(self) -> None:
        """The files beside a folder go where there is none."""
        file, self._file = self._file, None
        if file is None:
            return
        with suppress(OSError):
            self.of(self._folder, "holder").unlink(missing_ok=True)
            if not self._folder.exists():
                self.of(self._folder, "wanted").unlink(missing_ok=True)
                self.of(self._folder, "lock").unlink(missing_ok=True)
        with suppress(LockException, OSError):
            portalocker.unlock(file)  # for a forked child too, which has the same open file
        file.close()

    def wanted(self) -> bool:
        """Whether somebody has left a note since it was taken."""
        return self.of(self._folder, "wanted").exists()


def holder(folder: Path) -> str:
    """Who has a folder, in words for an error."""
    try:
        told = json.loads(FolderLock.of(folder, "holder").read_text("utf-8"))
        return f"process {told['pid']} on {told['host']} since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _self() -> dict[str, object]:
    since: datetime = now()
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": since.isoformat(timespec="milliseconds"),
    }


def _is_still(file: FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
