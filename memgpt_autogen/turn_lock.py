"""The turn lock: an agent has one turn at a time, in whatever thread, through however many objects it was opened."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakValueDictionary

from memgpt_autogen.errors import TurnInProgressError

_inside: ContextVar[frozenset[int]] = ContextVar("_inside", default=frozenset())
"""The locks inside whose tools this code runs, also in the threads that tools run in."""


class TurnLock:
    """Others wait for the turn to end; whoever could only wait for itself is told so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # not an RLock: a generator may be read from several threads
        self._running_in: int | None = None

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Hold the lock. Raises `TurnInProgressError` where waiting would never end."""
        mine = self._lock.locked() and self._running_in == threading.get_ident()
        if mine or id(self) in _inside.get():
            raise TurnInProgressError(
                f"agent '{name}' is in the middle of a turn and cannot start another from inside it. "
                "Finish reading the first turn's events, or let the tool talk to another agent."
            )
        with self._lock:
            self._running_in = threading.get_ident()
            try:
                yield
            finally:
                self._running_in = None

    @contextmanager
    def tool_running(self) -> Iterator[None]:
        """Mark what runs now, and the threads it starts with its context, as inside the turn."""
        token = _inside.set(_inside.get() | {id(self)})
        try:
            yield
        finally:
            _inside.reset(token)


_locks: WeakValueDictionary[str, TurnLock] = WeakValueDictionary()
_looking = threading.Lock()


def turn_lock(agent_id: str) -> TurnLock:
    """The lock of this agent in this process."""
    with _looking:
        lock = _locks.get(agent_id)
        if lock is None:
            lock = _locks[agent_id] = TurnLock()
        return lock
