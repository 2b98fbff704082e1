"""The threads of turns: a bounded number, which are kept for a while when they have nothing to do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context
from queue import Empty, SimpleQueue

from memgpt_autogen.concurrency import Lock

_Inbox = SimpleQueue[Callable[[], object]]

# how long a thread waits for another turn before it ends, in seconds
_LINGER_SECONDS = 5.0


class TurnThreads:
    """At most `most` threads: each is taken, used, and given back. None keeps the program from ending."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._taken = 0
        self._idle: list[_Inbox] = []
        """The threads that wait. The last one has its caches, and those of its connection, still warm."""
        self._waiting = Lock("the threads of turns")

    @property
    def taken(self) -> int:
        return self._taken

    @property
    def are_free(self) -> bool:
        """Whether one can be taken."""
        return self._taken < self._most

    def take(self) -> bool:
        """Take one of the threads; False if all are taken."""
        with self._changed:
            free = self._taken < self._most
            self._taken += free
            return free

    def give(self) -> None:
        """Give back one that was taken."""
        with self._changed:
            self._taken -= 1
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until none is taken, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken, seconds)

    def run(self, work: Callable[[], object]) -> None:
        """Do work, which raises nothing, in a thread that was taken. The work gives it back."""
        with self._waiting:
            inbox = self._idle.pop() if self._idle else None
        if inbox is None:
            inbox = _Inbox()
            threading.Thread(target=self._work, args=(inbox,), name="memgpt-turn", daemon=True).start()
        inbox.put(work)

    def _work(self, inbox: _Inbox) -> None:
        while (work := self._next(inbox)) is not None:
            try:
                Context().run(work)
            finally:
                work = None  # a waiting thread keeps nothing of the last turn
                with self._waiting:
                    self._idle.append(inbox)

    def _next(self, inbox: _Inbox) -> Callable[[], object] | None:
        """Return the next work of a thread; None where it has waited long enough."""
        while (work := _given(inbox)) is None:
            with self._waiting:
                if inbox in self._idle:  # else work for this thread is on its way
                    self._idle.remove(inbox)
                    return None
        return work


def _given(inbox: _Inbox) -> Callable[[], object] | None:
    try:
        return inbox.get(timeout=_LINGER_SECONDS)
    except Empty:
        return None
