"""The lease of an agent's turns: on all machines, only the process that has it writes a turn of the agent.

The lease is a row with a token. A turn takes it, renews it while the turn lasts, and gives it back. Each
write of the turn checks the token inside its own transaction (fencing). So a process that was suspended, and
whose lease was taken over, cannot write any more.
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
from random import uniform
from typing import Any

from sqlalchemy import Connection, bindparam, delete, extract, func, select, update
from sqlalchemy.dialects.postgresql import insert

from memgpt_autogen.concurrency import renew_in_child
from memgpt_autogen.errors import StorageError, TurnElsewhereError
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database, current_fence, fenced_by
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.processes import Process, this_process
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import agents, from_column, leases, to_column
from memgpt_autogen.messages import now

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
"""How long a lease lasts without renewal. A holder on another machine that died delays others for so long."""

WAIT_SECONDS = 60.0
"""How long a turn waits for a turn of another process."""

# the thread that renews leases ends if there was no turn for this time
LINGER_SECONDS = 1.0

# how long a turn that waits sleeps, in seconds, from and to
POLLING = (0.02, 0.25)


class Lease:
    """The lease of one agent. The turn lock keeps other threads of this process away from it."""

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
        delayed: Callable[[], object] | None = None,
    ) -> Iterator[HeldLease]:
        """Hold the lease. What `first` writes is committed together with taking the lease.

        `delayed` is called before each wait for another process, and raises where there shall be none.
        Raises `TurnElsewhereError`, which names the holder, if the lease is not free within `wait` seconds.
        """
        lease = HeldLease(self._database, self._agent_id, name, seconds)

        deadline = time.monotonic() + wait
        token = current_fence.set(None)
        try:
            while not lease.take(first):
                if time.monotonic() >= deadline:
                    raise TurnElsewhereError(
                        f"agent '{name}' is in a turn of {lease.holder}; waited {wait:g} s. Try again later, "
                        f"wait longer, or end that process: its turn is then given up at once if it ran on "
                        f"this machine, and within {seconds:g} s if it ran on another one."
                    )
                if delayed is not None:
                    delayed()
                time.sleep(uniform(*POLLING))  # noqa: S311 - no secret
        finally:
            current_fence.reset(token)
        _renewals.add(lease)
        try:
            yield lease
        finally:
            _renewals.discard(lease)
            lease.give_back()


@dataclass(frozen=True, slots=True)
class TurnHolder:
    """Who is in a turn of an agent, according to the database."""

    agent: str
    holder: str
    since: datetime
    ended: bool
    """Whether the process has surely ended, or its lease has expired; the next turn takes over."""


def turn_holders(database: Database, *, everyone: bool = False) -> list[TurnHolder]:
    """Return the holders of the leases of the owner's agents, or of all, by the names of the agents."""
    query = select(agents.c.name, leases).join(agents).order_by(agents.c.name)
    if not everyone:
        query = query.where(owned(agents, database))
    with database.reading() as connection:
        rows, clock = connection.execute(query).all(), _clock(connection)
    holders = []
    for row in rows:
        process = Process.from_json(row.holder)
        ended = row.until <= clock or process.has_ended()
        holders.append(TurnHolder(row.name, str(process), from_column(row.since), ended))
    return holders


class HeldLease:
    """The lease of a turn. The turn's writes are checked against it."""

    def __init__(self, database: Database, agent_id: str, name: str, seconds: float) -> None:
        self.database = database
        self.over = False
        """Whether the turn has ended. What an abandoned tool writes after that is not part of the turn."""
        self.holder = "another process"
        """The process that last refused the lease."""
        self.name = name
        self.seconds = seconds
        self._agent_id = agent_id
        self._own = {"agent": agent_id, "own": str(uuid.uuid4())}
        self._process = os.getpid()
        self._refused = False
        self._done = threading.Event()

    @repeatable
    def take(self, first: Callable[[], object] | None = None) -> bool:
        """Take the lease if it is free, has expired, or its holder has ended. Return whether it was taken."""
        if self._refused:  # waiting must not keep others from writing
            with self.database.reading() as connection:
                if self._is_taken(connection, self._row(connection)):
                    return False
        with self.database.writing() as connection:
            values = {
                "agent_id": self._agent_id,
                "token": self._own["own"],
                "holder": this_process().to_json(),
                "since": to_column(now()),
                "until": _clock(connection) + self.seconds,
            }
            # if another process does the same now, one of the two inserts nothing
            taken, row = bool(connection.execute(_TAKE, values).rowcount), None
            if not taken:
                row = self._row(connection)
                self._refused = row is None or self._is_taken(connection, row)
                if row is None or self._refused:
                    return False
                unchanged = (leases.c.token == row.token, leases.c.until == row.until)
                take_over = update(leases).where(leases.c.agent_id == self._agent_id, *unchanged)
                taken = bool(connection.execute(take_over.values(values)).rowcount)
            if taken and first is not None:
                first()
        if taken and row is not None:
            logger.warning("agent '%s': took over the turn of %s", self.name, Process.from_json(row.holder))
        return taken

    def check(self, connection: Connection) -> None:
        """Raise `TurnElsewhereError` if the lease was taken over.

        If not, nobody can take it over until the transaction ends.
        """
        if self._process != os.getpid():
            raise TurnElsewhereError(
                f"this process was forked in the middle of a turn of agent '{self.name}', which goes on in "
                "its parent. Nothing was written here: start a turn of its own."
            )
        row = next(iter(_ROW_LOCKED.rows(connection, agent=self._agent_id)), None)
        if row is None or row.token != self._own["own"]:
            taker = Process.from_json(row.holder) if row is not None else "another process"
            raise TurnElsewhereError(
                f"agent '{self.name}' lost its turn to {taker}, because this process was suspended for more "
                f"than {self.seconds:g} s. What it wrote before is safe, and it writes nothing more of this "
                "turn. Start the turn again."
            )

    def renew(self) -> None:
        """Renew the lease again and again, until it is given back or lost."""
        while not self._done.is_set() and self._renewed():
            self._done.wait(self.seconds / 3)

    def end(self, last: Callable[[], object]) -> None:
        """Make the turn's `last` writes, and give the lease back in the same transaction."""
        self._write_last(last)
        self._end()

    def give_back(self) -> None:
        """Give the lease back, unless `end` has done so."""
        if self.over:
            return
        self._end()
        if self._process != os.getpid():
            return
        try:
            self._delete()
        except StorageError as error:  # the lease will expire
            logger.warning("the lease of agent '%s' was not given back: %s", self.name, error)

    @repeatable
    def _write_last(self, last: Callable[[], object]) -> None:
        with fenced_by(None), self.database.writing() as connection:
            if self._process != os.getpid() or not connection.execute(_GIVE_BACK, self._own).rowcount:
                self.check(connection)
            last()

    @repeatable
    def _delete(self) -> None:
        with fenced_by(None), self.database.writing() as connection:
            connection.execute(_GIVE_BACK, self._own)

    @repeatable
    def _extend(self) -> bool:
        with self.database.writing() as connection:
            until = _clock(connection) + self.seconds
            return bool(connection.execute(_RENEW, {**self._own, "new_until": until}).rowcount)

    def _end(self) -> None:
        self.over = True
        self._done.set()

    def _is_taken(self, connection: Connection, row: Any) -> bool:
        """Return whether a process that may still run has the lease."""
        if row is None or row.until <= _clock(connection):
            return False
        process = Process.from_json(row.holder)
        # this process is in no turn of the agent, because it asks for one
        if (process.is_local and process.pid == os.getpid()) or process.has_ended():
            return False
        self.holder = f"{process}, since {row.since[:19]} UTC"
        return True

    def _renewed(self) -> bool:
        """Renew the lease once. Returns False if it was lost."""
        try:
            return self._extend()
        except StorageError as error:
            logger.warning("the lease of agent '%s' was not renewed: %s", self.name, error)
            return True

    def _row(self, connection: Connection) -> Any:
        return next(iter(_ROW.rows(connection, agent=self._agent_id)), None)


_OF_AGENT = leases.c.agent_id == bindparam("agent")
_OWN = (_OF_AGENT, leases.c.token == bindparam("own"))
_ROW = PreparedQuery(select(leases).where(_OF_AGENT))
_ROW_LOCKED = PreparedQuery(select(leases).where(_OF_AGENT).with_for_update(read=True))
_TAKE = insert(leases).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
_RENEW = update(leases).where(*_OWN).values(until=bindparam("new_until"))
_GIVE_BACK = delete(leases).where(*_OWN)


class _Renewals:
    """Renews the leases of long turns: one thread waits for all turns, and each long turn gets a thread."""

    def __init__(self) -> None:
        self.renew_in_child()

    def renew_in_child(self) -> None:
        """Begin anew: a child has neither the threads nor the turns."""
        self._changed = threading.Condition()
        self._due: dict[HeldLease, float] = {}
        self._wakes = 0.0
        self._thread: threading.Thread | None = None

    def add(self, lease: HeldLease) -> None:
        with self._changed:
            due = self._due[lease] = time.monotonic() + lease.seconds / 3
            if self._thread is None:
                self._thread = threading.Thread(
                    target=Context().run, args=(self._run,), name="leases", daemon=True
                )
                self._thread.start()
            elif due < self._wakes:
                self._changed.notify()

    def discard(self, lease: HeldLease) -> None:
        with self._changed:
            self._due.pop(lease, None)

    def _run(self) -> None:
        with self._changed:
            while True:
                moment = time.monotonic()
                for lease in [lease for lease, due in self._due.items() if due <= moment]:
                    del self._due[lease]
                    threading.Thread(target=lease.renew, name=f"lease-{lease.name}", daemon=True).start()
                self._wakes = min((moment + LINGER_SECONDS, *self._due.values()))
                self._changed.wait(self._wakes - moment)
                if not self._due and time.monotonic() >= self._wakes:
                    self._thread = None
                    return


_renewals = _Renewals()
renew_in_child(_renewals)


def _clock(connection: Connection) -> float:
    """Return the seconds since 1970 by the clock that all holders share: the server's or this machine's."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.scalar(select(extract("epoch", func.clock_timestamp()))) or 0.0)
