"""The folders that this process has open, each of which belongs to one process at a time.

They are closed when idle, when too many are open, and when another process asks for them; the next use opens them again.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Generic, Optional, TypeVar

import portalocker
from portalocker.exceptions import AlreadyLocked, LockException
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random

from memgpt_autogen.messages import now

T = TypeVar("T")

LOOK_SECONDS = 0.05
"""How often it is looked for other processes' notes while a folder is open."""

TENURE_SECONDS = 0.4
"""How long a folder is kept although another process wants it, since handing it over costs as much as dozens of inserts."""

COURTESY_SECONDS = 0.15
"""How long the process that gave a folder away stands back for the one that asked; more than that takes to look again."""

PATIENCE = 6
"""How many times `wait_seconds` are waited in all while the folder goes from hand to hand."""


@dataclass(slots=True)
class Open(Generic[T]):
    """A folder that this process has. `inside` is what was opened there; None where there is no folder."""

    lock: FolderLock
    inside: T | None
    idle_seconds: float
    taken: float
    used: float


class OpenFolders(Generic[T]):
    """Opens folders by `load` and closes what that gave by `close`, the least recently used first, `most` at a time.

    `mend` is called before a folder is opened, while it is this process's own, to remove what a killed process left.
    """

    def __init__(
        self,
        load: Callable[[Path], T],
        close: Callable[[T], object],
        mend: Callable[[Path], object],
        most: int,
    ) -> None:
        self.lock = threading.RLock()
        self._load = load
        self._close_inside = close
        self._mend = mend
        self._most = most
        self._open: OrderedDict[Path, Open[T]] = OrderedDict()
        self._stand_back: dict[Path, float] = {}
        self._watch: threading.Thread | None = None
        if hasattr(os, "register_at_fork"):
            # what is open cannot be used on both sides of a fork, and its threads are on one side only
            os.register_at_fork(
                before=self._before_fork, after_in_parent=self.lock.release, after_in_child=self._after_fork
            )

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def use(
        self, folder: Path, *, idle_seconds: float, wait_seconds: float, make: bool = False, load: bool = True
    ) -> Iterator[Open[T]]:
        """A folder for this thread alone; without `load` it need not be opened.

        Where there is none it is not locked, unless `make` asks for the right to make it.

        One lock for all folders loses nothing, since Qdrant Edge holds the interpreter's lock in every call anyway; it is not
        held while waiting for another process. After an error the folder is closed, so that the next use opens it anew.

        Raises `FolderHeldError` when another process kept it for `wait_seconds`.
        """
        try:
            opened = self._enter(folder, idle_seconds, make=make, load=load)
        except FolderHeldError:
            retrying = Retrying(
                retry=retry_if_exception_type(FolderHeldError),
                stop=_Patience(wait_seconds).is_over,
                wait=wait_random(0.005, 0.03),
                reraise=True,
            )
            opened = retrying(self._enter, folder, idle_seconds, make=make, load=load)
        try:
            yield opened
        except BaseException:
            self._close(folder)
            raise
        else:
            opened.used = time.monotonic()
            if opened.inside is None:
                self._close(folder)
            elif folder in self._open:
                self._hand_over(folder)
        finally:
            self.lock.release()

    def close(self, root: Path | None = None) -> None:
        """Close everything at or under a folder, or everything."""
        with self.lock:
            for folder in [each for each in self._open if root is None or each.is_relative_to(root)]:
                self._close(folder)

    def shut(self, opened: Open[T]) -> None:
        """Close what is inside a folder, which stays this process's own."""
        inside, opened.inside = opened.inside, None
        if inside is not None:
            self._close_inside(inside)

    def _enter(self, folder: Path, idle_seconds: float, *, make: bool, load: bool) -> Open[T]:
        self.lock.acquire()
        try:
            return self._get(folder, idle_seconds, make=make, load=load)
        except BaseException:
            self.lock.release()
            raise

    def _get(self, folder: Path, idle_seconds: float, *, make: bool, load: bool) -> Open[T]:
        if folder in self._open:
            self._open.move_to_end(folder)
            return self._open[folder]
        moment = time.monotonic()
        lock = FolderLock(folder)
        opened: Open[T] = Open(lock, None, idle_seconds, moment, moment)
        if not (make or folder.exists() or FolderLock.of(folder, "lock").exists()):
            return opened
        if moment < self._stand_back.get(folder, 0.0) and lock.wanted():
            raise FolderHeldError(folder, "the next process")
        self._stand_back.pop(folder, None)
        lock.take()
        try:
            self._mend(folder)
            while len(self._open) >= self._most:
                self._close(next(iter(self._open)))
            if load and folder.exists():
                opened.inside = self._load(folder)
        except BaseException:
            lock.give_back()
            raise
        self._open[folder] = opened
        self._look_out()
        return opened

    def _close(self, folder: Path) -> None:
        opened = self._open.pop(folder, None)
        if opened is None:
            return
        try:
            self.shut(opened)
        finally:
            opened.lock.give_back()

    def _hand_over(self, folder: Path) -> None:
        opened = self._open[folder]
        if time.monotonic() - opened.taken >= TENURE_SECONDS and opened.lock.wanted():
            self._close(folder)
            self._stand_back[folder] = time.monotonic() + COURTESY_SECONDS

    def _look_out(self) -> None:
        if self._watch is None or not self._watch.is_alive():
            self._watch = threading.Thread(target=self._look, name="memgpt-archives", daemon=True)
            self._watch.start()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            with self.lock:
                moment = time.monotonic()
                for folder, opened in list(self._open.items()):
                    with suppress(
                        Exception
                    ):  # nobody would hear of it here; the next use opens the folder anew
                        if moment - opened.used >= opened.idle_seconds:
                            self._close(folder)
                        else:
                            self._hand_over(folder)
                if not self._open:
                    self._watch = None
                    return

    def _before_fork(self) -> None:
        self.lock.acquire()
        self.close()

    def _after_fork(self) -> None:
        self._watch = None
        self._stand_back.clear()
        self.lock.release()


class _Patience:
    """Ends the waiting when nobody else got the folder for `seconds`, or at last."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._holder = ""
        self._since = self._began = time.monotonic()

    def is_over(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        held_by = error.holder if isinstance(error, FolderHeldError) else ""
        moment = time.monotonic()
        if held_by != self._holder:
            self._holder, self._since = held_by, moment
        return moment - self._since >= self._seconds or moment - self._began >= PATIENCE * self._seconds


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
