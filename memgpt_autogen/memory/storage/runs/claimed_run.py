"""A run that a worker has: what the worker writes about it.

Each write checks, in its own transaction, that the run is still the worker's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from memgpt_autogen.concurrency import WorkCancelledError
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.events import RunEvent, TurnFailed
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.prepared_query import PreparedWrite
from memgpt_autogen.memory.storage.processes import this_process
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.runs.run_events import Written, how_far, replies_in, rows_in, write_events
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, NewRun, Run, State, clock, with_columns
from memgpt_autogen.memory.storage.runs.runs import PlannedRun, Runs
from memgpt_autogen.memory.storage.runs.worker import Worker, next_waiting
from memgpt_autogen.memory.storage.tables import runs, to_column
from memgpt_autogen.messages import now


class RunLostError(MemGPTError):
    """The run is not this worker's any more. Nothing was written."""


class ClaimedRun:
    """A run that a worker has: its events are written here, and nobody else writes any.

    The numbers of its events, and what they are about, are known from its last write on. The database may
    ask to repeat a transaction, so they count only when `written` was called after it.
    """

    def __init__(self, worker: Worker, run: Run, *, plan: tuple[Runs, PlannedRun] | None = None) -> None:
        self.run = run
        self._before = run
        """The run as it was before this attempt, with what earlier ones have used."""
        self._spent = self._written_spent = Usage()
        """What this attempt has used so far, and how much of it is written."""
        self._worker = worker
        self._database = worker.database
        self._plan = plan
        """Where the run is created by the first write, if it is not stored yet."""
        self.so_far = Written() if plan else self._read_so_far()
        """How far its events are written."""
        self._open: tuple[Run, list[EventRow]] = run, []
        """The run and its new events, as the transaction that is open writes them."""
        self.heard_seq = run.heard_seq or 0
        """The entry of the log with the last input: the events of the turn are about later ones."""
        self.replies: list[str] = []
        """What the agent has said in this attempt."""
        self.others_wait = True
        """Whether another run could have begun in the moment when this one was given up."""

    @classmethod
    def planned(cls, worker: Worker, runs: Runs, new: NewRun) -> ClaimedRun:
        """Return a run that its first write creates, which raises what `Runs.begin` raises."""
        planned = runs.planned(new, worker)
        return cls(worker, planned.run, plan=(runs, planned))

    @property
    def is_stored(self) -> bool:
        """Whether the run exists."""
        return self._plan is None

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
        run = self.run
        if self._plan is not None:
            owners_runs, planned = self._plan
            run = owners_runs.begin(connection, planned, self._worker, **values)
        else:
            self._update(connection, refuse_cancelled=refuse_cancelled, **values)
            run = with_columns(run, values)
        numbered = [row.numbered(number) for number, row in enumerate(rows, self.so_far.number + 1)]
        write_events(connection, run.id, numbered)
        self._open = run, numbered
        if values.get("worker", "") is None:  # asked here, where the transaction is open already
            self.others_wait = next_waiting(connection) is not None

    def _update(self, connection: Connection, *, refuse_cancelled: bool, **values: Any) -> None:
        own = {"own_number": self.run.number, "own_worker": self._worker.name}
        values["until"] = values.get("until", clock(connection) + self._worker.seconds)
        statement = _update_of(frozenset(values), refuse_cancelled=refuse_cancelled)
        if not statement.run(connection, {**values, **own}):
            if refuse_cancelled and connection.scalar(_HELD, own) is not None:
                raise WorkCancelledError
            raise RunLostError(f"run {self.run.id} was taken over by another worker, or deleted.")

    def spend(self, usage: Usage) -> None:
        """Note what a call of the model has used. The next write of `spent` stores it."""
        self._spent += usage

    def spent(self) -> dict[str, Any]:
        """Return the columns with what was used so far, where they are not written yet.

        So an attempt that is killed is counted up to its last write.
        """
        if self._spent == self._written_spent:
            return {}
        self._written_spent = self._spent
        return self._used(self._spent)

    def _used(self, usage: Usage) -> dict[str, Any]:
        before = self._before
        costs = [cost for cost in (before.cost, usage.cost) if cost is not None]
        return {
            "prompt_tokens": before.prompt_tokens + usage.prompt_tokens,
            "completion_tokens": before.completion_tokens + usage.completion_tokens,
            "cost": sum(costs) if costs else None,
        }

    def refresh(self) -> None:
        """Read how far the events are written, after an error between a write and its end."""
        self.so_far, self._open = self._read_so_far(), (self.run, [])

    def written(self) -> tuple[Run, list[EventRow]]:
        """Note that the transaction of the last `store` was committed. Returns the run and the new events."""
        self.run, rows = told = self._open
        self._plan = None
        self.so_far, self._open = self.so_far.with_rows(rows), (self.run, [])
        self.replies += replies_in(rows)
        return told

    @repeatable
    def write(self, events: Sequence[RunEvent], **values: Any) -> tuple[Run, list[EventRow]]:
        """Write events and columns of the run in a transaction of their own. Returns what `written` does."""
        with self._database.writing() as connection:
            self.store(connection, events, **values)
        return self.written()

    def _read_so_far(self) -> Written:
        with self._database.reading() as connection:
            return how_far(connection, self.run.id)

    def ending(self, state: State, usage: Usage, steps: int, **values: Any) -> dict[str, Any]:
        """Return the columns of the run when its turn has ended in this state.

        A turn that failed tells no usage: then what its calls have used counts.
        """
        return {
            "state": state,
            "worker": None,
            "until": None,
            "attempts": 0,
            **self._used(self._spent if usage == Usage() else usage),
            "steps": self.run.steps + steps,
            "ended_at": None if state in ("suspended", "queued") else to_column(now()),
            **values,
        }

    def fail(self, error: TurnFailed) -> tuple[Run, list[EventRow]]:
        """End the run with an error. Returns what `written` does."""
        return self.write([error], **self.ending("failed", Usage(), 0, stop_reason="error", error=error.text))

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


_OWN = (
    runs.c.number == bindparam("own_number"),
    runs.c.state == "running",
    runs.c.worker == bindparam("own_worker"),
)

_HELD = select(runs.c.number).where(*_OWN)


@cache
def _update_of(columns: frozenset[str], *, refuse_cancelled: bool) -> PreparedWrite:
    """Return the statement that writes these columns of a run that the worker has."""
    allowed = (*_OWN, ~runs.c.cancelled) if refuse_cancelled else _OWN
    return PreparedWrite(update(runs).where(*allowed).values({name: bindparam(name) for name in columns}))
