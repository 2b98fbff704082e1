"""One process at a time: locks between the processes that use one database.

A lock ends with the process that holds it. So it needs no time after which it expires.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import portalocker
from portalocker.exceptions import LockException
from sqlalchemy import Connection, text

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import StorageError
from memgpt_autogen.private_files import make_inner_file

WAIT_SECONDS = 60.0
"""How long a process waits for another one that holds a name."""

HOLD_SECONDS = 600.0
"""How long PostgreSQL lets a process hold a name that does not go on, such as one that is suspended."""

MOST = 4
"""How many names a process holds on PostgreSQL at once: each takes a connection, and its work another one."""

# how often a wait for a file looks, in seconds
_LOOK_SECONDS = 0.02

_NOT_WAITING = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING

_SET_LIMITS = text(
    "SELECT set_config('lock_timeout', :wait, true),"
    " set_config('idle_in_transaction_session_timeout', :hold, true)"
)

_WAIT = text("SELECT pg_advisory_xact_lock(:key)")


@contextmanager
def held_file(path: Path, seconds: float, *, busy: str, failed: str) -> Iterator[None]:
    """Hold a file that no other thread or process holds. It is created in its folder.

    Raises `StorageError` with `busy` if another one keeps it for so many `seconds`, and with `failed` and the
    reason if it cannot be written.
    """
    try:
        make_inner_file(path)
        lock = portalocker.Lock(path, "r+", timeout=seconds, check_interval=_LOOK_SECONDS, flags=_NOT_WAITING)
        opened = lock.acquire(timeout=seconds)
    except LockException:
        raise StorageError(busy) from None
    except OSError as error:
        raise StorageError(f"{failed}: {error}.") from error
    try:
        yield
    finally:
        lock.release()
        opened.close()


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
                f"another process keeps {self._file} for more than {WAIT_SECONDS:g} seconds. Try again later."
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
