"""Forks of a process that has a database open.

The connections of a forked child share with its parent what they have locked, and for SQLite even a new
connection of the child does, because the library counts the locks of each file once per process. So a file
would be reset under a child that writes to it, and what it has committed would be lost. Therefore a fork
waits until no transaction is open, and closes all connections first. Both sides open new ones when they need
them.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

from memgpt_autogen.concurrency import LOCK_SECONDS, close_for_fork, keep_forever
from memgpt_autogen.errors import StorageError


class ForkGate:
    """Lets the process fork only while no transaction of a database is open.

    `close` closes what is open besides the engine's connections. Where a transaction does not end in time, or
    the thread that forks is inside one, the child of a process with a SQLite file cannot use that file.
    """

    refused: bool
    """Whether this process is such a child."""
    forking: int
    """The thread that forks now, or 0."""
    inside: Counter[int]
    """How many transactions each thread is in. Whoever changes it holds `state`."""

    def __init__(self, engine: Engine, close: Callable[[], object]) -> None:
        self._engine = engine
        self._close = close
        self._is_file = engine.dialect.name == "sqlite"
        self._connections: dict[int, Any] = {}
        self._reset()
        event.listen(engine, "connect", lambda raw, _: self.opened(raw))
        event.listen(engine, "close", lambda raw, _: self.closed(raw))
        close_for_fork(self)

    def opened(self, connection: Any) -> None:
        """Take note of a connection of the driver."""
        self._connections[id(connection)] = connection

    def closed(self, connection: Any) -> None:
        self._connections.pop(id(connection), None)

    def wait(self) -> None:
        """Wait, with `state`, until no fork goes on. Raises `StorageError` in a child that cannot use it."""
        if not self.state.wait_for(lambda: not self.forking, LOCK_SECONDS):
            raise StorageError(f"waited {LOCK_SECONDS:g} s for a fork of this process. Try again.")
        if self.refused:
            raise StorageError(
                f"this process was forked while a transaction of {self._engine.url.database} was open, "
                "and SQLite's files cannot be used on both sides of such a fork. Start the process by "
                "multiprocessing's 'spawn' or 'forkserver', or fork before the first turn."
            )

    def before_fork(self, until: float) -> None:
        thread = threading.get_ident()
        with self.state:
            alone = self.state.wait_for(
                lambda: not self.forking and not self.inside.keys() - {thread},
                max(0.0, until - time.monotonic()),
            )
            self.forking = thread
        self._clean = alone and thread not in self.inside
        if self._clean:
            self._close()
            self._engine.dispose()

    def after_fork(self, *, child: bool) -> None:
        if not child:
            with self.state:
                self.forking = 0
                self.state.notify_all()
            return
        refused = self.refused or (self._is_file and not self._clean)
        if not self._clean:
            # closing them would end the parent's transactions
            for raw in self._connections.values():
                keep_forever(raw)
            self._engine.dispose(close=False)
        self._connections.clear()
        self._reset()
        self.refused = refused

    def _reset(self) -> None:
        self.state = threading.Condition()
        self.inside = Counter()
        self.forking = 0
        self._clean = True
        self.refused = False
