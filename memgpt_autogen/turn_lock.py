"""The turn lock: an agent has one turn at a time, in whatever thread, through however many objects it was opened."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakValueDictionary

from memgpt_autogen.errors import TurnInProgressError

_inside: ContextVar[frozenset[object]] = ContextVar("_inside", default=frozenset())
"""The turns inside whose tools this code runs, also in the threads that tools run in."""


class TurnLock:
    """Others wait for the turn to end; whoever could only wait for itself is told so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # not an RLock: a generator may be read from several threads
        self._turn: object | None = None
        self._read_in: int | None = None

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Hold the lock. Raises `TurnInProgressError` where waiting would never end."""
        turn = self._turn
        if turn is not None and (self._read_in == threading.get_ident() or turn in _inside.get()):
            raise TurnInProgressError(
                f"agent '{name}' is in the middle of a turn and cannot start another from inside it. "
                "Finish reading the first turn's events, or let the tool talk to another agent."
            )
        with self._lock:
            self._turn = object()
            self.read_on()
            try:
                yield
            finally:
                self._turn = self._read_in = None

    def read_on(self) -> None:
        """The turn's events are read in this thread from here on."""
        self._read_in = threading.get_ident()

    @contextmanager
    def tool_running(self) -> Iterator[None]:
        """Mark what runs now, and the threads it starts with its context, as inside the turn."""
        token = _inside.set(_inside.get() | {self._turn})
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
