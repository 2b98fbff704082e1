"""The lease of an agent's turns: whoever has it is the only process, on any machine, that writes a turn of this agent.

It is a row with a token. A turn takes the row, renews it while it lasts and gives it back. Each write of the turn checks the token
inside its own transaction (fencing), so that a process that stood still, and whose lease was taken over, cannot go on writing.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, extract, func, select, update
from sqlalchemy.dialects.postgresql import insert
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_random

from memgpt_autogen.errors import StorageError, TurnElsewhereError
from memgpt_autogen.memory.storage.database import Database, Question, fenced_by
from memgpt_autogen.memory.storage.processes import _dead, _ended, _me, _told
from memgpt_autogen.memory.storage.tables import agents, from_column, leases, to_column
from memgpt_autogen.messages import now

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
"""How long a lease lasts without renewal, which comes three times as often: what a holder on another machine that died delays."""

WAIT_SECONDS = 60.0
"""How long a turn waits for the turn of another process."""

LINGER_SECONDS = 1.0
"""How often the thread that watches for turns that last looks up; when there is none then, it ends."""

POLLING = wait_random(0.02, 0.25)


class Lease:
    """The lease of one agent. Threads of one process must not ask for it at once: the turn lock stands before it."""

    def __init__(self, database: Database, agent_id: str) -> None:
        self._database = database
        self._agent_id = agent_id

    @contextmanager
    def held(
        self,
        name: str,
        *,
        wait: float = WAIT_SECONDS,
        seconds: float = LEASE_SECONDS,
        first: Callable[[], object] | None = None,
    ) -> Iterator[Hold]:
        """Hold the lease. Raises `TurnElsewhereError`, which names the holder, when it is not free within `wait` seconds.

        What `first` writes and the taking are one transaction.
        """
        hold = Hold(self._database, self._agent_id, name, seconds)

        def refuse(_: RetryCallState) -> None:
            raise TurnElsewhereError(
                f"agent '{name}' is in a turn of {hold.holder}; waited {wait:g} s. "
                f"Try again later, wait longer, or end that process: its turn is given up at once where it ran on this "
                f"machine, and within {seconds:g} s elsewhere."
            )

        with fenced_by(None):
            if not hold.take(first):
                polling = Retrying(
                    retry=retry_if_result(lambda taken: not taken),
                    wait=POLLING,
                    stop=stop_after_delay(wait),
                    retry_error_callback=refuse,
                )
                polling(hold.take, first)
        _watch.add(hold)
        try:
            yield hold
        finally:
            _watch.discard(hold)
            with fenced_by(None):
                hold.give_back()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is in a turn of an agent, as its row tells."""

    agent: str
    holder: str
    since: datetime
    ended: bool
    """Whether that process has surely ended, or its lease has run out: the next turn takes over."""


def holders(database: Database) -> list[Holder]:
    """All leases of a home, by the agents' names."""
    question = select(agents.c.name, leases).join(agents).order_by(agents.c.name)
    with database.reading() as connection:
        rows, clock = connection.execute(question).all(), _clock(connection)
    return [
        Holder(row.name, _told(row.holder), from_column(row.since), row.until <= clock or _ended(row.holder))
        for row in rows
    ]


class Hold:
    """A lease that is held: what the turn's writes are checked against."""

    def __init__(self, database: Database, agent_id: str, name: str, seconds: float) -> None:
        self.database = database
        self.over = False
        """The turn has ended: what a tool that was left behind writes now is no part of it."""
        self.holder = "another process"
        """Who has it, as far as this one saw."""
        self.name = name
        self.seconds = seconds
        self._agent_id = agent_id
        self._refused = False
        self._token = str(uuid.uuid4())
        self._done = threading.Event()

    def take(self, first: Callable[[], object] | None = None) -> bool:
        """Take the lease if it is free, has run out, or belongs to the dead; with it is written what `first` writes."""
        if self._refused:  # whoever asks again and again keeps nobody from writing
            with self.database.reading() as connection:
                if self._is_anothers(connection, self._row(connection)):
                    return False
        with self.database.writing() as connection:
            values = {
                "agent_id": self._agent_id,
                "token": self._token,
                "holder": _me(os.getpid()),
                "since": to_column(now()),
                "until": _clock(connection) + self.seconds,
            }
            # another process may do the same now: one of the two inserts nothing
            taken, row = bool(connection.execute(_TAKEN, values).rowcount), None
            if not taken:
                row = self._row(connection)
                self._refused = row is None or self._is_anothers(connection, row)
                if row is None or self._refused:
                    return False
                unchanged = (leases.c.token == row.token, leases.c.until == row.until)
                renewed = update(leases).where(self._mine, *unchanged).values(values)
                taken = bool(connection.execute(renewed).rowcount)
            if taken and first is not None:
                first()
        if taken and row is not None:
            logger.warning("agent '%s': took over the turn of %s", self.name, _told(row.holder))
        return taken

    def check(self, connection: Connection) -> None:
        """Raises `TurnElsewhereError` where the lease was taken over; until the transaction ends it cannot be."""
        row = next(iter(_ROW_HELD.ask(connection, agent=self._agent_id)), None)
        if row is None or row.token != self._token:
            taker = _told(row.holder) if row is not None else "another process"
            raise TurnElsewhereError(
                f"agent '{self.name}' lost its turn to {taker}, because this process stood still for more than "
                f"{self.seconds:g} s. What it wrote before is safe, and nothing more of this turn is written. Start it again."
            )

    def renew(self) -> None:
        """Renew the lease, now and again, until it is given back or lost."""
        while not self._done.is_set() and self._renewed():
            self._done.wait(self.seconds / 3)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """A block whose writes and the giving back of the lease are one transaction: they are the turn's last."""
        with fenced_by(None), self.database.writing() as connection:
            if not connection.execute(_GIVEN_BACK, self._key_and_token).rowcount:
                self.check(connection)
            yield
        self._end()

    def give_back(self) -> None:
        """Nothing where the turn's end gave it back."""
        if self.over:
            return
        self._end()
        try:
            with self.database.writing() as connection:
                connection.execute(_GIVEN_BACK, self._key_and_token)
        except StorageError as error:  # it runs out by itself
            logger.warning("the lease of agent '%s' was not given back: %s", self.name, error)

    def _end(self) -> None:
        self.over = True
        self._done.set()

    def _is_anothers(self, connection: Connection, row: Any) -> bool:
        """Whether somebody who lives has it."""
        if row is None or row.until <= _clock(connection) or _dead(row.holder):
            return False
        self.holder = f"{_told(row.holder)}, since {row.since[:19]} UTC"
        return True

    def _renewed(self) -> bool:
        """Whether it is still ours, as far as the database could be asked."""
        try:
            with self.database.writing() as connection:
                until = _clock(connection) + self.seconds
                return bool(
                    connection.execute(
                        update(leases).where(self._mine, self._ours).values(until=until)
                    ).rowcount
                )
        except StorageError as error:
            logger.warning("the lease of agent '%s' was not renewed: %s", self.name, error)
            return True

    def _row(self, connection: Connection) -> Any:
        return next(iter(_ROW.ask(connection, agent=self._agent_id)), None)

    @property
    def _key_and_token(self) -> dict[str, str]:
        return {"agent": self._agent_id, "token": self._token}

    @property
    def _mine(self) -> ColumnElement[bool]:
        return leases.c.agent_id == self._agent_id

    @property
    def _ours(self) -> ColumnElement[bool]:
        return leases.c.token == self._token


_MINE = select(leases).where(leases.c.agent_id == bindparam("agent"))
_ROW = Question(_MINE)
_ROW_HELD = Question(_MINE.with_for_update(read=True))
_TAKEN = insert(leases).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
_GIVEN_BACK = delete(leases).where(
    leases.c.agent_id == bindparam("agent"), leases.c.token == bindparam("token")
)


class _Watch:
    """Has the leases renewed whose turns last, which few do: one sleeping thread for all of them, and one for each that lasts."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[Hold, float] = {}
        self._wakes = 0.0
        self._thread: threading.Thread | None = None

    def add(self, hold: Hold) -> None:
        with self._changed:
            due = self._due[hold] = time.monotonic() + hold.seconds / 3
            if self._thread is None:
                self._thread = threading.Thread(
                    target=Context().run, args=(self._run,), name="leases", daemon=True
                )
                self._thread.start()
            elif due < self._wakes:
                self._changed.notify()

    def discard(self, hold: Hold) -> None:
        with self._changed:
            self._due.pop(hold, None)

    def _run(self) -> None:
        with self._changed:
            while True:
                moment = time.monotonic()
                for hold in [hold for hold, due in self._due.items() if due <= moment]:
                    del self._due[hold]
                    threading.Thread(target=hold.renew, name=f"lease-{hold.name}", daemon=True).start()
                self._wakes = min((moment + LINGER_SECONDS, *self._due.values()))
                self._changed.wait(self._wakes - moment)
                if not self._due and time.monotonic() >= self._wakes:
                    self._thread = None
                    return


_watch = _Watch()
if hasattr(os, "register_at_fork"):  # a fork has neither the threads nor the turns
    os.register_at_fork(after_in_child=_watch.__init__)  # type: ignore[misc]


def _clock(connection: Connection) -> float:
    """Seconds since 1970 by the one clock that all holders share: the server's, or this machine's for a file."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.scalar(select(extract("epoch", func.clock_timestamp()))) or 0.0)
