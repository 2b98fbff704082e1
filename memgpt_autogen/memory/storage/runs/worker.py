"""A worker takes runs, one of each agent at a time, and keeps them while it renews its claims.

A run whose worker has died is taken up by any other one. Every write of a worker checks, in its own
transaction, that the run is still the worker's.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.processes import Process, this_process
from memgpt_autogen.memory.storage.refusals import RowRefusedError, repeatable
from memgpt_autogen.memory.storage.runs.run_rows import EXPIRED, Run, clock, going_on, run_of
from memgpt_autogen.memory.storage.tables import runs, to_column
from memgpt_autogen.messages import now

CLAIM_SECONDS = 30.0
"""How long a run belongs to a worker that does not renew it. A worker that died elsewhere delays it so long.
"""

MOST_ATTEMPTS = 3
"""How many workers may die in one run."""


class Worker:
    """One process that runs turns. `seconds` is how long its claims last."""

    def __init__(self, database: Database, *, seconds: float = CLAIM_SECONDS) -> None:
        self.database = database
        self.seconds = seconds
        self.name = f"{uuid.uuid4()} {this_process().to_json()}"

    def claim(self, connection: Connection) -> dict[str, Any]:
        """Return the columns of a run that this worker takes now."""
        return {
            "state": "running",
            "worker": self.name,
            "until": clock(connection) + self.seconds,
            "started_at": to_column(now()),
        }

    def take(self) -> Run | None:
        """Take the oldest run whose agent is free, or one whose worker has died; None if there is none."""
        with self.database.reading() as connection:
            if next_waiting(connection) is None and not self._dead(connection):
                return None
        try:
            return self._take()
        except RowRefusedError:  # another worker has taken a run of this agent at the same moment
            return None

    @repeatable
    def renew(self) -> None:
        """Renew the claims on all runs of this worker."""
        with self.database.writing() as connection:
            until = clock(connection) + self.seconds
            connection.execute(update(runs).where(*self._mine).values(until=until))

    def to_cancel(self) -> list[str]:
        """Return the ids of this worker's runs that somebody asked to cancel."""
        with self.database.reading() as connection:
            return list(connection.scalars(select(runs.c.id).where(*self._mine, runs.c.cancelled)))

    @repeatable
    def release(self) -> None:
        """Leave all runs of this worker to others, which take them up at once."""
        with self.database.writing() as connection:
            nobody = f"released {this_process().to_json()}"
            left = {"worker": nobody, "until": 0.0, "attempts": runs.c.attempts - 1}
            connection.execute(update(runs).where(*self._mine).values(left))

    @repeatable
    def expire(self) -> int:
        """Let the suspended runs go on whose results did not come in time, and return how many there are."""
        with self.database.writing() as connection:
            late = (going_on("suspended"), runs.c.expires <= clock(connection))
            return connection.execute(
                update(runs).where(*late).values(state="queued", stop_reason=EXPIRED, expires=None)
            ).rowcount

    @property
    def _mine(self) -> Sequence[Any]:
        return going_on("running"), runs.c.worker == self.name

    @repeatable
    def _take(self) -> Run | None:
        with self.database.writing() as connection:
            number = next_waiting(connection)
            if number is not None:
                values = {**self.claim(connection), "attempts": runs.c.attempts + 1}
                values["started_at"] = func.coalesce(runs.c.started_at, values["started_at"])
                queued = update(runs).where(runs.c.number == number, runs.c.state == "queued")
                if connection.execute(queued.values(values)).rowcount:
                    return run_of(connection.execute(select(runs).where(runs.c.number == number)).one())
            for row in self._dead(connection):
                unchanged = (runs.c.worker == row.worker, runs.c.until == row.until)
                taken = update(runs).where(runs.c.number == row.number, runs.c.state == "running", *unchanged)
                values = {
                    "worker": self.name,
                    "until": clock(connection) + self.seconds,
                    "attempts": row.attempts + 1,
                }
                if connection.execute(taken.values(values)).rowcount:
                    return run_of(connection.execute(select(runs).where(runs.c.number == row.number)).one())
        return None

    def _dead(self, connection: Connection) -> list[Any]:
        """Return the runs whose workers have died, or have not renewed them."""
        rows = _OTHERS.rows(connection, own=self.name)
        if not rows:
            return []
        moment = clock(connection)
        return [row for row in rows if row.until <= moment or _process(row.worker).has_ended()]


def next_waiting(connection: Connection) -> int | None:
    """Return the number of the run that is next: the oldest one whose agent is free."""
    if not _QUEUED.rows(connection):  # as after most turns, and the other question takes longer
        return None
    return next((row.number for row in _WAITING.rows(connection)), None)


def _waiting_query() -> PreparedQuery:
    other = runs.alias()
    busy = select(other.c.number).where(other.c.agent_id == runs.c.agent_id, other.c.state == "running")
    return PreparedQuery(
        select(runs.c.number)
        .where(going_on("queued"), ~busy.exists())
        .order_by(runs.c.urgent.desc(), runs.c.number)
        .limit(1)
    )


_QUEUED = PreparedQuery(select(runs.c.number).where(going_on("queued")).limit(1))

_WAITING = _waiting_query()

_OTHERS = PreparedQuery(
    select(runs.c.number, runs.c.worker, runs.c.until, runs.c.attempts)
    .where(going_on("running"), runs.c.worker != bindparam("own"))
    .order_by(runs.c.number)
)


def _process(worker: str) -> Process:
    return Process.from_json(worker.partition(" ")[2])
