"""One process at a time: locks between the processes that use one database.

A lock ends with the process that holds it. So it needs no time after which it expires.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from io import FileIO
from pathlib import Path

import portalocker
from portalocker.exceptions import AlreadyLocked, LockException
from sqlalchemy import Connection, text
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import StorageError
from memgpt_autogen.private_files import make_inner_file

logger = logging.getLogger(__name__)

WAIT_SECONDS = 60.0
"""How long a process waits for another one that holds a name."""

HOLD_SECONDS = 600.0
"""How long PostgreSQL lets a process hold a name that does not go on, such as one that is suspended."""

MOST = 4
"""How many names a process holds on PostgreSQL at once: each takes a connection, and its work another one."""

# how often a wait for a file looks, in seconds
_LOOK_SECONDS = 0.02

_SET_LIMITS = text(
    "SELECT set_config('lock_timeout', :wait, true),"
    " set_config('idle_in_transaction_session_timeout', :hold, true)"
)

_WAIT = text("SELECT pg_advisory_xact_lock(:key)")


@contextmanager
def held_file(path: Path, seconds: float, *, busy: str, failed: str) -> Iterator[None]:
    """Hold a file that no other thread or process holds. It is created in its folder.

    A file system without locks lets everybody in. Raises `StorageError` with `busy` if another one keeps the
    file for so many `seconds`, and with `failed` and the reason if it cannot be written.
    """
    try:
        make_inner_file(path)
        opened = FileIO(path, "r+")
    except OSError as error:
        raise StorageError(f"{failed}: {error}.") from error
    with opened:
        try:
            _lock(opened, seconds)
        except AlreadyLocked:
            raise StorageError(busy) from None
        except LockException as error:
            logger.warning("%s cannot be locked, so other processes do not wait: %s", path, error)
        try:
            yield
        finally:
            with suppress(LockException, OSError):
                portalocker.unlock(opened)  # a forked child has the same open file


def _lock(opened: FileIO, seconds: float) -> None:
    waiting = Retrying(
        retry=retry_if_exception_type(AlreadyLocked),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(_LOOK_SECONDS),
        reraise=True,
    )
    waiting(portalocker.lock, opened, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)


class NameLocks:
    """Locks with names, which one process at a time holds. The threads of a process take turns by themselves.

    With a `file`, it is the one lock of all names. Without it, names are locked on PostgreSQL, in a
    transaction of `connect`.
    """

    def __init__(self, file: Path | None, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._file = file
        self._connect = connect
        self._places = [Lock("a lock between processes") for _ in range(MOST)]

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Hold the lock `name`. Raises `StorageError` if another process keeps it for `WAIT_SECONDS`."""
        if self._file is not None:
            busy = (
                f"another process or thread keeps {self._file} for more than {WAIT_SECONDS:g} seconds. "
                "Try again later."
            )
            failed = f"the file {self._file} cannot be written"
            with held_file(self._file, WAIT_SECONDS, busy=busy, failed=failed):
                yield
            return
        # the server locks numbers of 64 bits
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        with self._places[key % MOST], self._connect() as connection:
            connection.execute(_SET_LIMITS, {"wait": f"{WAIT_SECONDS:.0f}s", "hold": f"{HOLD_SECONDS:.0f}s"})
            connection.execute(_WAIT, {"key": key})
            yield
