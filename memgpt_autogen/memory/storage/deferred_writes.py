"""Deferred writes: what one message tells several agents of a home is one commit.

A write that waits here is not on disk. Who defers it calls `settle` before anyone acts on what it stores.
Until then, every transaction of this process commits it first, so nothing reads a database without it. What
nobody settles, such as after an interrupt, is committed by a thread after `MOST_SECONDS`.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from memgpt_autogen.concurrency import Lock, renew_in_child
from memgpt_autogen.errors import StorageError

WriteAll = Callable[[Any, Sequence[Any]], object]
"""Writes several things, in their order, inside an open transaction."""


MOST_SECONDS = 0.2
"""How long a write waits at most, whatever happens to those who have deferred it."""


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
        self.waiting: list[DeferredWrite] = []
        """What is to be settled; usually nothing."""
        self._changing = Lock("a change of what waits for a commit")
        self._settling = Lock("a commit for several agents")
        renew_in_child(self)

    def add(
        self, write_all: WriteAll, what: Any, after: Sequence[DeferredWrite] = ()
    ) -> DeferredWrite | None:
        """Let this wait for the next commit; None where one of `after` failed, which must be stored first."""
        write = DeferredWrite(write_all, what)
        with self._changing:
            if any(each.state == "failed" for each in after):
                return None
            self.waiting.append(write)
            _unsettled.add(self)
        _latecomers.look_later()
        return write

    def settle(self) -> None:
        """Commit what waits, in its order: all of it, or it `failed`. Raises no `StorageError`."""
        if not self.waiting:
            return
        with self._settling:
            writes = self.waiting[:]
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
                    for write in writes if committed else self.waiting:
                        write.state = "written" if committed else "failed"
                    del self.waiting[: len(writes) if committed else None]
                    if not self.waiting:
                        _unsettled.discard(self)

    def renew_in_child(self) -> None:
        """Begin anew: the parent writes what waits."""
        for write in self.waiting:
            write.state = "written"
        self.waiting = []
        _unsettled.discard(self)


_unsettled: set[DeferredWrites] = set()
"""Where something waits. Nobody may drop such a database before it is committed."""


def write_together(connection: Any, writes: Sequence[DeferredWrite]) -> None:
    """Make these writes inside an open transaction, with one call for each kind."""
    kinds: dict[WriteAll, list[Any]] = {}
    for write in writes:
        kinds.setdefault(write.write_all, []).append(write.what)
    for write_all, things in kinds.items():
        write_all(connection, things)


class _Latecomers:
    """Commits what nobody has settled in time: at most one thread at a time, and none where nothing waits."""

    def __init__(self) -> None:
        self._looks = False
        renew_in_child(self)

    def look_later(self) -> None:
        if self._looks:
            return
        self._looks = True
        try:
            threading.Thread(target=self._run, name="deferred-writes", daemon=True).start()
        except RuntimeError:  # no thread can be started, such as at the end of the interpreter
            self._looks = False
            settle_all()

    def renew_in_child(self) -> None:
        """Begin anew: the thread is not in a child."""
        self._looks = False

    def _run(self) -> None:
        time.sleep(MOST_SECONDS)
        self._looks = False  # first, so that what is added from now on has a thread of its own
        settle_all()


_latecomers = _Latecomers()


@atexit.register
def settle_all() -> None:
    """Commit what waits for all databases."""
    for each in list(_unsettled):
        each.settle()
