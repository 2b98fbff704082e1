"""Threads, locks, time limits, forks and progress: one implementation for everything that waits."""

from __future__ import annotations

import ctypes
import os
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache, partial
from typing import Any, Optional, Protocol, TypeVar

from memgpt_autogen.errors import StorageError

T = TypeVar("T")

Progress = Callable[[int, Optional[int]], object]
"""Called with the number of finished items and the total, or None where the total is not known."""


_Given = queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]]
"""Where a thread of `ReusedThreads` gets its work from."""


class TimeLimitError(Exception):
    """The work of `run_with_timeout` did not end in time.

    It is not a `TimeoutError`, because the work can raise that itself.
    """


class WorkCancelledError(BaseException):
    """Work was cancelled that somebody waited for.

    It is no `Exception`, so that nothing on the way reports it as an error of a model or a tool.
    """


class Cancellation:
    """Says, to all threads, whether some work was cancelled."""

    def __init__(self) -> None:
        self._cancelled: Future[None] = Future()
        self._cancelled.set_running_or_notify_cancel()
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Cancel the work. Later calls do nothing."""
        with self._lock:
            if not self._cancelled.done():
                self._cancelled.set_result(None)

    @property
    def is_set(self) -> bool:
        return self._cancelled.done()

    def check(self) -> None:
        """Raise `WorkCancelledError` if the work was cancelled."""
        if self.is_set:
            raise WorkCancelledError

    def then(self, callback: Callable[[], object]) -> None:
        """Call this when the work is cancelled, or now if it was."""
        self._cancelled.add_done_callback(lambda _: callback())

    def wait_for(self, future: Future[T], seconds: float) -> bool:
        """Wait until the future is done, and return whether it is. Raises `WorkCancelledError`."""
        either: list[Future[Any]] = [future, self._cancelled]
        wait(either, seconds, FIRST_COMPLETED)
        if not future.done():
            self.check()
        return future.done()


def run_with_timeout(
    work: Callable[[], T],
    seconds: float,
    *,
    name: str,
    cancellation: Optional[Cancellation] = None,
    threads: Optional[ReusedThreads] = None,
) -> T:
    """Return what `work` returns, or raise what it raises.

    The work runs in a thread that gets this name, or in one of `threads`. Raises `TimeLimitError` when it
    takes longer, and `WorkCancelledError` when it is cancelled. The thread is then left behind: nothing can
    stop it, but it does not keep the program alive.
    """
    if cancellation is not None:
        cancellation.check()
    future = start_thread(work, name=name) if threads is None else threads.start(work)
    done = (
        bool(wait([future], seconds).done) if cancellation is None else cancellation.wait_for(future, seconds)
    )
    if not done:
        raise TimeLimitError(f"{name} did not end within {seconds:g} seconds")
    return future.result()


def start_thread(work: Callable[[], T], *, name: str) -> Future[T]:
    """Start `work` in a daemon thread. The future returns or raises what the work does, even `SystemExit`.

    When the program ends, it does not wait for this thread, as it would for those of a `ThreadPoolExecutor`.
    """
    future = _begun()
    threading.Thread(target=_settle, args=(future, work), name=name, daemon=True).start()
    return future


def _begun() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()  # it has begun, so nobody can cancel it
    return future


def _settle(future: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
        future.set_exception(error)
    else:
        future.set_result(result)


class ReusedThreads:
    """Daemon threads that wait for more work, because a new thread costs a turn half a millisecond.

    There are as many as work at once. One that has nothing to do for `seconds` ends. A work that must not
    see what an earlier one has left in the thread's context brings a context of its own.
    """

    def __init__(self, *, name: str, seconds: float = 10.0) -> None:
        self._name = name
        self._seconds = seconds
        self.renew_in_child()
        renew_in_child(self)

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Do `work` in a thread that has nothing to do, or in a new one. As `start_thread`."""
        future = _begun()
        try:
            given = self._free.pop()
        except IndexError:
            given = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(given,), name=self._name, daemon=True).start()
        given.put((future, work))
        return future

    def renew_in_child(self) -> None:
        """Begin anew: the threads are not in a child."""
        self._free: deque[_Given] = deque()

    def _serve(self, given: _Given) -> None:
        free = self._free
        while True:
            try:
                future, work = given.get(timeout=self._seconds)
            except queue.Empty:
                try:
                    free.remove(given)
                except ValueError:  # it was chosen at this moment: its work is coming
                    continue
                return
            _settle(future, work)
            del future, work  # nothing is kept alive while it waits
            free.append(given)


BEGUN_SECONDS = 600.0
"""How long `begin` lets its result be waited for. What it begins has limits of its own, which are shorter."""


def begin(work: Callable[[], T], *, name: str) -> Callable[[], T]:
    """Begin `work` in a thread, with the context of this one.

    Returns a function that waits for it, and returns or raises what it does. Where no thread can be started,
    such as at the end of the interpreter, the function does the work itself.
    """
    try:
        future = start_thread(partial(copy_context().run, work), name=name)
    except RuntimeError:
        return cache(work)
    return partial(future.result, BEGUN_SECONDS)


LOCK_SECONDS = 600.0
"""How long a thread waits for a lock that another one holds."""

FORK_SECONDS = 10.0
"""How long a fork waits for what other threads have begun and a fork cannot share."""


class Lock:
    """A lock of one thread at a time. No wait for it is without limit, and a forked child has it free.

    `what` is what the lock is for, as in "waited 600 s for WHAT". With `reentrant`, a thread that has the
    lock can take it again.
    """

    def __init__(self, what: str, *, reentrant: bool = False, seconds: float = LOCK_SECONDS) -> None:
        self._what = what
        self._seconds = seconds
        self._make = threading.RLock if reentrant else threading.Lock
        self._lock = self._make()
        self._owner = self._depth = 0
        renew_in_child(self)

    def acquire(self, seconds: float | None = None) -> None:
        """Wait for the lock. Raises `StorageError` where another thread keeps it."""
        seconds = self._seconds if seconds is None else seconds
        if not self._lock.acquire(timeout=seconds):
            raise StorageError(
                f"waited {seconds:g} s for {self._what}, which another thread of this program keeps. "
                "Try again."
            )
        self._owner = threading.get_ident()
        self._depth += 1

    def release(self) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = 0
        self._lock.release()

    @property
    def is_mine(self) -> bool:
        """Whether this thread has it."""
        return self._owner == threading.get_ident()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *error: object) -> None:
        self.release()

    def renew_in_child(self) -> None:
        """Be free, unless the thread that forked has the lock: the other threads are not in the child."""
        if not self.is_mine:
            self._lock = self._make()
            self._owner = self._depth = 0


class Threads:
    """A pool of threads, which a forked child has too."""

    def __init__(self, most: int, *, name: str) -> None:
        self._most = most
        self._name = name
        self.renew_in_child()
        renew_in_child(self)

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Run `work` when one of the threads is free."""
        return self._pool.submit(work)

    def renew_in_child(self) -> None:
        """Begin anew: the threads of the pool are not in a child."""
        self._pool = ThreadPoolExecutor(self._most, thread_name_prefix=self._name)


class RenewedInChild(Protocol):
    """What a forked child cannot use as it is."""

    def renew_in_child(self) -> object:
        """Make it usable in the child, where only the thread that forked exists."""


class ClosedForFork(Protocol):
    """What must be closed while a process forks."""

    def before_fork(self, until: float) -> object:
        """Close it, and open nothing until `after_fork`. `until` is a time of `time.monotonic`."""

    def after_fork(self, *, child: bool) -> object:
        """Let it be opened again, in the parent and in the `child`."""


_renewed: weakref.WeakSet[RenewedInChild] = weakref.WeakSet()
_closed: weakref.WeakSet[ClosedForFork] = weakref.WeakSet()


def renew_in_child(thing: RenewedInChild) -> None:
    """Call `thing.renew_in_child()` in every child that is forked while `thing` exists."""
    _renewed.add(thing)


def close_for_fork(thing: ClosedForFork) -> None:
    """Call `thing.before_fork` and `thing.after_fork` around every fork while `thing` exists."""
    _closed.add(thing)


def keep_forever(thing: object) -> None:
    """Never close this, not even at the end of the process, because it is also the parent's."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def _before_fork() -> None:
    until = time.monotonic() + FORK_SECONDS
    for thing in list(_closed):
        thing.before_fork(until)


def _after_fork() -> None:
    for thing in list(_closed):
        thing.after_fork(child=False)


def _in_child() -> None:
    for renewed in list(_renewed):
        renewed.renew_in_child()
    for thing in list(_closed):
        thing.after_fork(child=True)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
