"""A run that a worker has: what the worker writes about it.

Each write checks, in its own transaction, that the run is still the worker's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from memgpt_autogen.concurrency import WorkCancelledError
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.events import RunEvent, TurnFailed
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.processes import this_process
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.runs.run_events import how_far, rows_in, write_events
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, Run, State, clock
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.tables import runs, to_column
from memgpt_autogen.messages import now


class RunLostError(MemGPTError):
    """The run is not this worker's any more. Nothing was written."""


class ClaimedRun:
    """A run that a worker has: its events are written here, and nobody else writes any.

    The numbers of its events, and what they are about, are known from its last write on. The database may
    ask to repeat a transaction, so they count only when `written` was called after it.
    """

    def __init__(self, worker: Worker, run: Run) -> None:
        self.run = run
        self._worker = worker
        self._database = worker.database
        with self._database.reading() as connection:
            self.so_far = how_far(connection, run.id)
        """How far its events are written."""
        self._next = self.so_far
        self.heard_seq = run.heard_seq or 0
        """The entry of the log with the last input: the events of the turn are about later ones."""

    def store(
        self,
        connection: Connection,
        events: Sequence[RunEvent],
        *,
        refuse_cancelled: bool = False,
        **values: Any,
    ) -> None:
        """Write events and columns of the run, inside an open transaction.

        Raises `RunLostError` where the run is not the worker's any more, and `WorkCancelledError` where it
        was cancelled and that is refused.
        """
        rows = rows_in(connection, self.run.agent_id, events, self.so_far, self.heard_seq)
        self.store_rows(connection, rows, refuse_cancelled=refuse_cancelled, **values)

    def store_rows(
        self,
        connection: Connection,
        rows: Sequence[EventRow],
        *,
        refuse_cancelled: bool = False,
        **values: Any,
    ) -> None:
        """Do what `store` does for events that are rows already."""
        held = (
            runs.c.number == self.run.number,
            runs.c.state == "running",
            runs.c.worker == self._worker.name,
        )
        until = {"until": clock(connection) + self._worker.seconds}
        allowed = (*held, ~runs.c.cancelled) if refuse_cancelled else held
        if not connection.execute(update(runs).where(*allowed).values({**until, **values})).rowcount:
            if refuse_cancelled and connection.scalar(select(runs.c.number).where(*held)) is not None:
                raise WorkCancelledError
            raise RunLostError(f"run {self.run.id} was taken over by another worker, or deleted.")
        write_events(connection, self.run.id, self.so_far.number + 1, rows)
        self._next = self.so_far.with_rows(rows)

    def refresh(self) -> None:
        """Read how far the events are written, after an error between a write and its end."""
        with self._database.reading() as connection:
            self.so_far = self._next = how_far(connection, self.run.id)

    def written(self) -> None:
        """Note that the transaction of the last `store` was committed."""
        self.so_far = self._next

    @repeatable
    def write(self, events: Sequence[RunEvent], **values: Any) -> None:
        """Write events and columns of the run in a transaction of their own."""
        with self._database.writing() as connection:
            self.store(connection, events, **values)
        self.written()

    def ending(self, state: State, usage: Usage, steps: int, **values: Any) -> dict[str, Any]:
        """Return the columns of the run when its turn has ended in this state."""
        run = self.run
        costs = [cost for cost in (run.cost, usage.cost) if cost is not None]
        return {
            "state": state,
            "worker": None,
            "until": None,
            "attempts": 0,
            "prompt_tokens": run.prompt_tokens + usage.prompt_tokens,
            "completion_tokens": run.completion_tokens + usage.completion_tokens,
            "steps": run.steps + steps,
            "cost": sum(costs) if costs else None,
            "ended_at": None if state in ("suspended", "queued") else to_column(now()),
            **values,
        }

    def fail(self, error: TurnFailed) -> None:
        """End the run with an error."""
        self.write([error], **self.ending("failed", Usage(), 0, stop_reason="error", error=error.text))

    @repeatable
    def leave(self) -> None:
        """Leave the run to any worker, which takes it up from what the log has."""
        nobody = {"worker": f"released {this_process().to_json()}", "until": 0.0}
        own = (runs.c.number == self.run.number, runs.c.worker == self._worker.name)
        with self._database.writing() as connection:
            connection.execute(update(runs).where(*own).values(**nobody, attempts=runs.c.attempts - 1))

    def requeue(self) -> None:
        """Put the run back into the queue; nothing of it has happened."""
        self.write([], state="queued", worker=None, until=None, attempts=0)
