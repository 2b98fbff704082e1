"""The turn lock: an agent has one turn at a time, in whatever thread, process or object.

Threads of one process wait for this lock. The thread that has it takes the agent's lease, for which processes
wait. Where two turns would wait for each other, because the tools of each ask the other's agent, the one that
would close the circle gets an error.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar
from weakref import WeakValueDictionary

from memgpt_autogen.concurrency import Lock, renew_in_child
from memgpt_autogen.errors import TurnElsewhereError, TurnInProgressError
from memgpt_autogen.memory.storage.database import Database, current_fence, fenced_by
from memgpt_autogen.memory.storage.lease import LEASE_SECONDS, WAIT_SECONDS, HeldLease, Lease

T = TypeVar("T")

TURN_SECONDS = 1800.0
"""How long a turn waits for one and the same turn of another thread."""

LOOK_SECONDS = 0.5
"""How often a turn that waits looks whether the wait would never end."""

# the turns whose tools run this code, also in the threads that tools run in
_inside: ContextVar[frozenset[object]] = ContextVar("_inside", default=frozenset())

within_turn: ContextVar[bool] = ContextVar("within_turn", default=False)
"""Whether this code runs in a turn, which must not wait for what is away."""


@contextmanager
def without_waiting() -> Iterator[None]:
    """Let code outside of a turn not wait either for what is known to be away."""
    token = within_turn.set(True)
    try:
        yield
    finally:
        within_turn.reset(token)


# the turns of `TurnLock.exclusive` blocks that this code is in
_exclusive: ContextVar[frozenset[object]] = ContextVar("_exclusive", default=frozenset())


class TurnLock:
    """The lock of one agent. Others wait for the turn to end; code inside the turn gets an error."""

    def __init__(self, lease: Lease | None = None) -> None:
        self._lock = threading.Lock()  # not an RLock: a generator may be read from several threads
        self._lease = lease
        self._turn: object | None = None
        self._held: HeldLease | None = None
        self._read_in: int | None = None
        renew_in_child(self)

    @contextmanager
    def turn(
        self,
        name: str,
        *,
        wait: float = WAIT_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
        first: Callable[[], object] | None = None,
        delayed: Callable[[], object] | None = None,
        patience: float | None = None,
    ) -> Iterator[None]:
        """Hold the lock. What `first` writes is committed together with taking the lease.

        `delayed` is called before a wait for another turn, and raises where there shall be none.
        With `patience`, a turn of another thread is waited for only so many seconds. Raises
        `TurnInProgressError` if the wait would never end, and `TurnElsewhereError` if a turn of another
        process does not end within `wait` seconds, or one of this process within `TURN_SECONDS`.
        """
        turn = self._turn
        if turn is not None and (self._read_in == threading.get_ident() or turn in _inside.get()):
            raise TurnInProgressError(
                f"agent '{name}' is in the middle of a turn and cannot start another from inside it. "
                "Finish reading the first turn's events, or let the tool talk to another agent."
            )
        lock = self._take(name, patience, delayed)
        try:
            self._turn = object()
            self.read_on()
            try:
                if self._lease is None:
                    if first is not None:
                        first()
                    yield
                else:
                    held = self._lease.held(
                        name, wait=wait, seconds=lease_seconds, first=first, delayed=delayed
                    )
                    with held as self._held:
                        yield
            finally:
                self._turn = self._read_in = self._held = None
        finally:
            lock.release()

    def _take(
        self, name: str, patience: float | None, delayed: Callable[[], object] | None
    ) -> threading.Lock:
        """Wait until no other turn of this process has the lock, and return it."""
        lock = self._lock
        if lock.acquire(blocking=False):
            return lock
        if delayed is not None:
            delayed()
        inside = _inside.get()
        holder, since = self._turn, time.monotonic()
        until = None if patience is None else since + patience
        with _waits.waiting(self, inside):
            while True:
                if _waits.would_never_end(self, inside):
                    raise TurnInProgressError(
                        f"agent '{name}' is in a turn that waits for this one, so this one cannot wait for "
                        "it. Go on without it, or ask again later."
                    )
                if lock.acquire(timeout=LOOK_SECONDS if patience is None else min(LOOK_SECONDS, patience)):
                    return lock
                if until is not None and time.monotonic() >= until:
                    raise TurnElsewhereError(
                        f"agent '{name}' is in a turn, which did not end within {patience:g} s. Try again "
                        "later."
                    )
                if self._turn is not holder:
                    holder, since = self._turn, time.monotonic()
                elif time.monotonic() - since >= TURN_SECONDS:
                    raise TurnElsewhereError(
                        f"agent '{name}' has been in one turn for more than {TURN_SECONDS:g} s, in another "
                        "thread of this program. Try again later, or give its turns limits: "
                        "limits=Limits(seconds=...)."
                    )

    def renew_in_child(self) -> None:
        """End the turn in a forked child, unless the code that forked is inside it."""
        if self._turn not in _inside.get() and self._read_in != threading.get_ident():
            self._lock = threading.Lock()
            self._turn = self._held = self._read_in = None

    def events(self, events: Generator[T, None, None]) -> Iterator[T]:
        """Yield the turn's events. Only the code that makes them writes under the lease, in any thread."""
        held = self._held
        try:
            while True:
                token, inside = current_fence.set(held), within_turn.set(True)
                try:
                    event = next(events)
                except StopIteration:
                    return
                finally:
                    within_turn.reset(inside)
                    current_fence.reset(token)
                yield event
                self.read_on()
        finally:
            events.close()

    def end(self, last: Callable[[], object]) -> None:
        """Make the turn's `last` writes. After these, other processes may start a turn."""
        if self._held is None:
            last()
        else:
            self._held.end(last)

    @contextmanager
    def exclusive(
        self, name: str, *, wait: float = WAIT_SECONDS, patience: float | None = None
    ) -> Iterator[None]:
        """Keep all turns of the agent away. Raises what `turn` raises.

        Inside another `exclusive` block of the same agent it is a part of that.
        """
        if self._turn is not None and self._turn in _exclusive.get():
            yield
            return
        with self.turn(name, wait=wait, patience=patience):
            token = _exclusive.set(_exclusive.get() | {self._turn})
            try:
                with fenced_by(self._held):
                    yield
            finally:
                _exclusive.reset(token)

    @property
    def holder(self) -> object | None:
        """The turn that has the lock."""
        return self._turn

    def read_on(self) -> None:
        """Note that this thread now reads the turn's events."""
        self._read_in = threading.get_ident()

    @contextmanager
    def tool_running(self) -> Iterator[None]:
        """Mark the code in the block, and the threads it starts with its context, as inside the turn."""
        token = _inside.set(_inside.get() | {self._turn})
        try:
            yield
        finally:
            _inside.reset(token)


def is_inside_turn() -> bool:
    """Return whether this code is run by a tool of a turn."""
    return bool(_inside.get())


class _Waits:
    """Which turns wait for which locks."""

    def __init__(self) -> None:
        self.renew_in_child()

    def renew_in_child(self) -> None:
        """Begin anew: the threads that waited are not in a child."""
        self._waits: set[tuple[TurnLock, frozenset[object], object]] = set()

    @contextmanager
    def waiting(self, lock: TurnLock, turns: frozenset[object]) -> Iterator[None]:
        wait = (lock, turns, object())
        self._waits.add(wait)
        try:
            yield
        finally:
            self._waits.discard(wait)

    def would_never_end(self, lock: TurnLock, turns: frozenset[object]) -> bool:
        """Return whether a turn that has the lock waits, itself or through others, for one of these turns."""
        holders, seen = [lock.holder], set[object]()
        while holders:
            holder = holders.pop()
            if holder in turns:
                return True
            if holder is None or holder in seen:
                continue
            seen.add(holder)
            holders += [other.holder for other, waiting, _ in list(self._waits) if holder in waiting]
        return False


_waits = _Waits()
renew_in_child(_waits)

# by agent and database: a home that was moved has the same agents in two databases
_locks: WeakValueDictionary[tuple[str, str], TurnLock] = WeakValueDictionary()
_looking = Lock("the list of turn locks")


def turn_lock(agent_id: str, database: Database) -> TurnLock:
    """Return the lock of this agent in this process."""
    key = agent_id, database.shown_url
    with _looking:
        lock = _locks.get(key)
        if lock is None:
            lock = _locks[key] = TurnLock(Lease(database, agent_id))
        return lock
