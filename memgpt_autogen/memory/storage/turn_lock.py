"""The turn lock: an agent has one turn at a time, in whatever thread and process, through however many objects it was opened.

Threads of a process queue here, one behind the other. Whose turn it is among them then takes the agent's lease, for which processes wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar
from weakref import WeakValueDictionary

from memgpt_autogen.errors import TurnInProgressError
from memgpt_autogen.memory.storage.database import Database, fenced_by
from memgpt_autogen.memory.storage.lease import LEASE_SECONDS, WAIT_SECONDS, Hold, Lease

T = TypeVar("T")

_inside: ContextVar[frozenset[object]] = ContextVar("_inside", default=frozenset())
"""The turns inside whose tools this code runs, also in the threads that tools run in."""

_exclusive: ContextVar[frozenset[object]] = ContextVar("_exclusive", default=frozenset())
"""The turns that this code has to itself, see `TurnLock.exclusive`."""


class TurnLock:
    """Others wait for the turn to end; whoever could only wait for itself is told so."""

    def __init__(self, lease: Lease | None = None) -> None:
        self._lock = threading.Lock()  # not an RLock: a generator may be read from several threads
        self._lease = lease
        self._turn: object | None = None
        self._hold: Hold | None = None
        self._read_in: int | None = None

    @contextmanager
    def turn(
        self,
        name: str,
        *,
        wait: float = WAIT_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
        first: Callable[[], object] | None = None,
    ) -> Iterator[None]:
        """Hold the lock; what `first` writes is written with the taking of it.

        Raises `TurnInProgressError` where waiting would never end, and `TurnElsewhereError` when another process's turn did
        not end within `wait` seconds.
        """
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
                if self._lease is None:
                    if first is not None:
                        first()
                    yield
                else:
                    with self._lease.held(name, wait=wait, seconds=lease_seconds, first=first) as self._hold:
                        yield
            finally:
                self._turn = self._read_in = self._hold = None

    def events(self, events: Generator[T, None, None]) -> Iterator[T]:
        """The turn's events. What makes them writes under the lease, in whatever thread; what reads them does not."""
        hold = self._hold
        try:
            while True:
                with fenced_by(hold):
                    try:
                        event = next(events)
                    except StopIteration:
                        return
                yield event
                self.read_on()
        finally:
            events.close()

    def ending(self) -> AbstractContextManager[None]:
        """A block with the last writes of the turn: other processes may have theirs from the moment on when these are committed."""
        return nullcontext() if self._hold is None else self._hold.ending()

    @contextmanager
    def exclusive(self, name: str, *, wait: float = WAIT_SECONDS) -> Iterator[None]:
        """Keep all turns of the agent away; inside another `exclusive` block of the same agent, a part of that.

        Raises as `turn` does.
        """
        if self._turn is not None and self._turn in _exclusive.get():
            yield
            return
        with self.turn(name, wait=wait):
            token = _exclusive.set(_exclusive.get() | {self._turn})
            try:
                with fenced_by(self._hold):
                    yield
            finally:
                _exclusive.reset(token)

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


def turn_lock(agent_id: str, database: Database) -> TurnLock:
    """The lock of this agent in this process."""
    with _looking:
        lock = _locks.get(agent_id)
        if lock is None:
            lock = _locks[agent_id] = TurnLock(Lease(database, agent_id))
        return lock
