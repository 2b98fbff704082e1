"""Deferred writes: what one message tells several agents of a home is one commit.

A write that waits here is not on disk. Who defers it calls `settle` before anyone acts on what it stores.
Until then, every transaction of this process commits it first, so nothing reads a database without it.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from memgpt_autogen.concurrency import Lock, renew_in_child
from memgpt_autogen.errors import StorageError

WriteAll = Callable[[Any, Sequence[Any]], object]
"""Writes several things, in their order, inside an open transaction."""


@dataclass(eq=False)
class DeferredWrite:
    """One thing that waits for a commit."""

    write_all: WriteAll
    what: Any
    state: Literal["waiting", "written", "failed"] = "waiting"
    """A write that `failed` may be on disk all the same."""


class DeferredWrites:
    """The writes that wait for the next commit to one database. From any thread."""

    def __init__(self, commit: Callable[[Sequence[DeferredWrite]], object]) -> None:
        self._commit = commit
        self._waiting: list[DeferredWrite] = []
        self._changing = threading.Lock()
        self._settling = Lock("a commit for several agents")
        renew_in_child(self)
        _all.add(self)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(
        self, write_all: WriteAll, what: Any, after: Sequence[DeferredWrite] = ()
    ) -> DeferredWrite | None:
        """Let this wait for the next commit; None where one of `after` failed, which must be stored first."""
        write = DeferredWrite(write_all, what)
        with self._changing:
            if any(each.state == "failed" for each in after):
                return None
            self._waiting.append(write)
        return write

    def settle(self) -> None:
        """Commit what waits, in its order: all of it, or it `failed`. Raises no `StorageError`."""
        if not self._waiting:
            return
        with self._settling:
            writes = self._waiting[:]
            if not writes:
                return
            committed = False
            try:
                self._commit(writes)
                committed = True
            except StorageError:
                pass  # who has deferred the write stores it again, and says why where that fails
            finally:
                with self._changing:
                    # what was added meanwhile may follow what failed
                    for write in writes if committed else self._waiting:
                        write.state = "written" if committed else "failed"
                    del self._waiting[: len(writes) if committed else None]

    def renew_in_child(self) -> None:
        """Begin anew: the parent writes what waits."""
        for write in self._waiting:
            write.state = "written"
        self._waiting = []
        self._changing = threading.Lock()


def write_together(connection: Any, writes: Sequence[DeferredWrite]) -> None:
    """Make these writes inside an open transaction, with one call for each kind."""
    kinds: dict[WriteAll, list[Any]] = {}
    for write in writes:
        kinds.setdefault(write.write_all, []).append(write.what)
    for write_all, things in kinds.items():
        write_all(connection, things)


_all: weakref.WeakSet[DeferredWrites] = weakref.WeakSet()


@atexit.register
def _settle_all() -> None:
    """Commit what an exception has left behind."""
    for each in list(_all):
        each.settle()
