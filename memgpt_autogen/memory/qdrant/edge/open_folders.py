"""The folders that this process has open. Each belongs to one process at a time.

A folder is closed when it is idle, when too many are open, and when another process asks for it. The next use
opens it again.
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
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from random import uniform
from typing import Generic, Protocol, TypeVar

import portalocker
from portalocker.exceptions import AlreadyLocked, LockException

from memgpt_autogen.concurrency import Lock, close_for_fork, keep_forever
from memgpt_autogen.errors import StorageError
from memgpt_autogen.messages import now
from memgpt_autogen.private_files import make_inner_folder


class Closable(Protocol):
    def close(self) -> object: ...


T = TypeVar("T", bound=Closable)

LOOK_SECONDS = 0.05
"""How often an open folder is checked for requests of other processes."""

TENURE_SECONDS = 0.4
"""A process keeps a folder this long although another process wants it.

Handing it over costs as much as dozens of inserts.
"""

COURTESY_SECONDS = 0.15
"""The process that released a folder waits this long, so that the other one gets it.

That one asks more often than this.
"""

PATIENCE = 6
"""How many times `wait_seconds` a process waits in all while other processes pass the folder on."""


@dataclass(slots=True)
class OpenFolder(Generic[T]):
    """A folder that this process has. `content` is what `load` returned; None where there is no folder."""

    lock: FolderLock
    idle_seconds: float
    content: T | None = None
    taken: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=time.monotonic)

    def close_content(self) -> None:
        """Close what is in the folder. The folder still belongs to this process."""
        content, self.content = self.content, None
        if content is not None:
            content.close()


class OpenFolders(Generic[T]):
    """Opens folders by `load`, `most` at a time, and closes the least recently used first.

    `clean_up` is called before a folder is opened, while it belongs to this process, to remove what a killed
    process left.
    """

    def __init__(self, load: Callable[[Path], T], clean_up: Callable[[Path], object], most: int) -> None:
        self.lock = Lock("an archive's folder", reentrant=True)
        self._load = load
        self._clean_up = clean_up
        self._most = most
        self.opened: OrderedDict[Path, OpenFolder[T]] = OrderedDict()
        """The open folders. To read it needs no lock; each may be closed at any time."""
        self._yielded_until: dict[Path, float] = {}
        self._watcher: threading.Thread | None = None
        self._forking = False
        # an open folder cannot be used on both sides of a fork, and its threads are on one side only
        close_for_fork(self)

    def __len__(self) -> int:
        return len(self.opened)

    @contextmanager
    def use(
        self, folder: Path, *, idle_seconds: float, wait_seconds: float, make: bool = False, load: bool = True
    ) -> Iterator[OpenFolder[T]]:
        """Use a folder in this thread alone. Without `load` it is not opened.

        A folder that does not exist is not locked, unless `make` asks for the right to create it. After an
        error the folder is closed, so that the next use opens it again.

        There is one lock for all folders, because Qdrant Edge holds the interpreter lock in every call
        anyway. It is not held while this waits for another process.

        Raises `FolderHeldError` if another process kept the folder for `wait_seconds`.
        """
        since = began = time.monotonic()
        holder = ""
        while True:
            self.lock.acquire()
            try:
                opened = self._get(folder, idle_seconds, make=make, load=load)
                break
            except FolderHeldError as error:
                self.lock.release()
                moment = time.monotonic()
                if error.holder != holder:
                    holder, since = error.holder, moment
                if moment - since >= wait_seconds or moment - began >= PATIENCE * wait_seconds:
                    raise
            except BaseException:
                self.lock.release()
                raise
            time.sleep(uniform(0.005, 0.03))  # noqa: S311 - no secret
        try:
            yield opened
        except BaseException:
            self._close(folder)
            raise
        else:
            opened.used = time.monotonic()
            if opened.content is None:
                self._close(folder)
            elif folder in self.opened:
                self._hand_over(folder)
        finally:
            self.lock.release()

    def close(self, root: Path | None = None) -> None:
        """Close the folder `root` and all folders in it, or every folder."""
        with self.lock:
            for folder in [each for each in self.opened if root is None or each.is_relative_to(root)]:
                self._close(folder)

    def before_fork(self, until: float) -> None:
        """Close every folder, and open none until `after_fork`."""
        with suppress(StorageError):
            self.lock.acquire(max(0.0, until - time.monotonic()))
            self._forking = True
            self.close()

    def after_fork(self, *, child: bool) -> None:
        if child:
            self._watcher = None
            self._yielded_until.clear()
            for folder in self.opened.values():  # another thread of the parent is using them
                keep_forever(folder)
            self.opened.clear()
        if self._forking:
            self._forking = False
            self.lock.release()

    def _get(self, folder: Path, idle_seconds: float, *, make: bool, load: bool) -> OpenFolder[T]:
        if folder in self.opened:
            self.opened.move_to_end(folder)
            return self.opened[folder]
        lock = FolderLock(folder)
        opened: OpenFolder[T] = OpenFolder(lock, idle_seconds)
        if not (make or folder.exists() or lock.file("lock").exists()):
            return opened
        if opened.taken < self._yielded_until.get(folder, 0.0) and lock.is_wanted():
            raise FolderHeldError(folder, "the next process")
        self._yielded_until.pop(folder, None)
        lock.take()
        try:
            self._clean_up(folder)
            while len(self.opened) >= self._most:
                self._close(next(iter(self.opened)))
            if load and folder.exists():
                opened.content = self._load(folder)
        except BaseException:
            lock.give_back()
            raise
        self.opened[folder] = opened
        if self._watcher is None or not self._watcher.is_alive():
            self._watcher = threading.Thread(target=self._watch, name="memgpt-archives", daemon=True)
            self._watcher.start()
        return opened

    def _close(self, folder: Path) -> None:
        opened = self.opened.pop(folder, None)
        if opened is None:
            return
        try:
            opened.close_content()
        finally:
            opened.lock.give_back()

    def _hand_over(self, folder: Path) -> None:
        opened = self.opened[folder]
        if time.monotonic() - opened.taken >= TENURE_SECONDS and opened.lock.is_wanted():
            self._close(folder)
            self._yielded_until[folder] = time.monotonic() + COURTESY_SECONDS

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            with self.lock:
                moment = time.monotonic()
                for folder, opened in list(self.opened.items()):
                    # nobody would see an error here, and the next use opens the folder again
                    with suppress(Exception):
                        if moment - opened.used >= opened.idle_seconds:
                            self._close(folder)
                        else:
                            self._hand_over(folder)
                if not self.opened:
                    self._watcher = None
                    return


class FolderHeldError(Exception):
    """Another process has the folder. `holder` says which one and since when, as far as this is known."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(f"{folder} is held by {holder}")
        self.holder = holder


class FolderLock:
    """The right to use a folder, which need not exist. One thread takes it, and any thread gives it back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wanted = str(self.file("wanted"))
        self._locked: FileIO | None = None

    def file(self, what: str) -> Path:
        """Return a file next to the folder.

        The file is its `lock`, its `holder`, or the request `wanted` of another process.
        """
        return self._folder.with_name(f"{self._folder.name}.{what}")

    def take(self) -> None:
        """Take the lock.

        Raises `FolderHeldError`, and leaves a request for the holder, if another process has it.
        """
        path = self.file("lock")
        make_inner_folder(path.parent)
        while True:
            file = FileIO(path, "a")
            try:
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
            except AlreadyLocked:
                file.close()
                self.file("wanted").touch()
                raise FolderHeldError(self._folder, self._holder()) from None
            except LockException:
                pass  # the file system has no locks; the write-ahead log in the folder has its own
            except BaseException:
                file.close()
                raise
            if _is_same_file(file, path):
                break
            file.close()  # it was deleted together with the folder just before it was locked
        self._locked = file
        holder = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "since": now().isoformat(timespec="milliseconds"),
        }
        with suppress(OSError):  # only the errors of other processes need it
            self.file("holder").write_text(json.dumps(holder), "utf-8")
        with suppress(OSError):  # others that wait write it again
            self.file("wanted").unlink(missing_ok=True)

    def give_back(self) -> None:
        """Release the lock, and delete its files if the folder does not exist."""
        file, self._locked = self._locked, None
        if file is None:
            return
        with suppress(OSError):
            self.file("holder").unlink(missing_ok=True)
            if not self._folder.exists():
                self.file("wanted").unlink(missing_ok=True)
                self.file("lock").unlink(missing_ok=True)
        with suppress(LockException, OSError):
            portalocker.unlock(file)  # a forked child has the same open file
        file.close()

    def is_wanted(self) -> bool:
        """Return whether another process has asked for the folder since this one took it."""
        return os.path.exists(self._wanted)  # noqa: PTH110 - every use of an open folder asks

    def _holder(self) -> str:
        try:
            holder = json.loads(self.file("holder").read_text("utf-8"))
            return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"


def _is_same_file(file: FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
