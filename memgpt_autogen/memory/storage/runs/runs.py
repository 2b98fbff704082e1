"""Runs as those who ask for them see them: create, find, cancel, and give results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType, SimpleNamespace
from typing import Any, Optional

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select, update

from memgpt_autogen.errors import (
    MemGPTError,
    NotAllowedError,
    NotFoundError,
    RequestChangedError,
    TurnInProgressError,
)
from memgpt_autogen.events import TurnEnded
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import hold_log
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery, insertion
from memgpt_autogen.memory.storage.refusals import RowRefusedError, repeatable
from memgpt_autogen.memory.storage.runs.answers import (
    WaitingCall,
    check_answer,
    digest_of,
    waiting_calls,
)
from memgpt_autogen.memory.storage.runs.run_events import add_event, events_in
from memgpt_autogen.memory.storage.runs.run_rows import (
    EventRow,
    NewRun,
    Run,
    State,
    going_on_of,
    locked,
    run_of,
    with_columns,
)
from memgpt_autogen.memory.storage.runs.usage import LIMITED, refuse_limited
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.tables import agents, limits, runs, to_column, users
from memgpt_autogen.messages import now


class CannotBeginError(MemGPTError):
    """A run cannot begin in the transaction that creates it. Nothing was written."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run that is nowhere yet, and has no number."""

    new: NewRun
    run: Run
    row: Mapping[str, Any]


class Runs:
    """The runs of one owner. The runs of others do not exist here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, new: NewRun, worker: Worker | None = None) -> tuple[Run, bool]:
        """Create a run, and return it and whether it is new: the same key with the same request is one run.

        With a `worker`, an idle agent's run is the worker's at once. Raises `NotFoundError` where there is no
        such agent, `NotAllowedError` where its user is suspended, `TurnInProgressError` for
        `if_busy="reject"` and a busy agent, `RequestChangedError` where the key was used for another request,
        and `LimitReachedError` where a limit is reached.
        """
        try:
            return self._create(new, worker)
        except RowRefusedError:  # the same key came twice at once, or another worker has taken the agent
            return self._create(new, None)

    @repeatable
    def _create(self, new: NewRun, worker: Worker | None) -> tuple[Run, bool]:
        with self._database.writing() as connection:
            stored = _RUN.rows(connection, run=new.id, owner=self._database.owner)
            if stored:  # it was created, and the connection was lost before that was known
                return run_of(stored[0]), True
            name, known, busy = self._admit(connection, new)
            if known is not None:
                return known, False
            if busy and new.if_busy == "reject":
                running = next((row.id for row in busy if row.state == "running"), busy[0].id)
                raise TurnInProgressError(
                    f"agent '{name}' is busy with run {running}. Wait for its end or cancel it, or let this "
                    "run wait in the queue (enqueue) or take its place (interrupt)."
                )
            if new.if_busy == "interrupt":
                for row in busy:
                    if row.state == "running":
                        connection.execute(
                            update(runs).where(runs.c.number == row.number).values(cancelled=True)
                        )
            claim = {} if busy or worker is None else worker.claim(connection)
            return self._insert(connection, new, claim), True

    def planned(self, new: NewRun, worker: Worker) -> PlannedRun:
        """Return a new run of a worker as `begin` will create it."""
        row = self._row(new, {"state": "running", "worker": worker.name})
        return PlannedRun(new, run_of(SimpleNamespace(**row)), row)

    def begin(self, connection: Connection, planned: PlannedRun, worker: Worker, **values: Any) -> Run:
        """Create a run of a worker inside an open transaction, with these values of its columns.

        Raises what `create` raises, and `CannotBeginError` where the agent has other runs, or another name
        than the one by which it was asked.
        """
        new = planned.new
        hold_log(connection, new.agent_id)  # whether the agent is busy does not change in between
        found = _STANDING.rows(connection, owner=self._database.owner, **self._limited(new))
        if not found or (new.called is not None and new.called not in (new.agent_id, found[0].name)):
            raise CannotBeginError
        if found[0].suspended_at is not None or found[0].limited or new.idempotency_key is not None:
            _, known, busy = self._admit(connection, new)
            if known is not None or busy:
                raise CannotBeginError
        elif found[0].busy:
            raise CannotBeginError
        values = {**worker.claim(connection), **values}
        return with_columns(
            planned.run, {**values, "number": _inserted(connection, {**planned.row, **values})}
        )

    def _admit(self, connection: Connection, new: NewRun) -> tuple[str, Run | None, Sequence[Any]]:
        """Return the name of the agent, the run that this key has already, and the agent's unfinished runs.

        Raises what `create` raises, but for a busy agent.
        """
        named = _AGENT.rows(connection, agent=new.agent_id, owner=self._database.owner)
        if not named:
            raise NotFoundError(f"there is no agent with the id {new.agent_id}.")
        name = named[0].name
        if named[0].suspended_at is not None:
            raise NotAllowedError("the user is suspended, so no turn begins. An admin can resume the user.")
        hold_log(connection, new.agent_id)  # whether the agent is busy does not change in between
        if new.idempotency_key is not None:
            key, digest = _hash(new.idempotency_key), _digest(new)
            known = next(iter(_OF_KEY.rows(connection, owner=self._database.owner, key=key)), None)
            if known is not None:
                return name, _same(run_of(known), known.digest == digest), ()
        refuse_limited(
            connection,
            user=(self._database.owner, "the user"),
            key=None if new.key_id is None else (new.key_id, "the key"),
            agent=(new.agent_id, f"the agent '{name}'"),
        )
        return name, None, _BUSY.rows(connection, agent=new.agent_id)

    def _limited(self, new: NewRun) -> dict[str, str]:
        """Return what may limit a run, as the parameters of `LIMITED`."""
        return {"user": self._database.owner, "key": new.key_id or "", "agent": new.agent_id}

    def _insert(self, connection: Connection, new: NewRun, values: Mapping[str, Any]) -> Run:
        row = self._row(new, values)
        return run_of(SimpleNamespace(**{**row, "number": _inserted(connection, row)}))

    def _row(self, new: NewRun, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return all columns of a new run, which waits in the queue unless `values` say otherwise."""
        unset = dict.fromkeys(runs.c.keys())
        row = {
            "id": new.id,
            "owner_id": self._database.owner,
            "agent_id": new.agent_id,
            "key_id": new.key_id,
            "state": "queued",
            "input": json.dumps(new.input),
            "urgent": new.if_busy == "interrupt",
            "on_disconnect": new.on_disconnect,
            "cancelled": False,
            "idempotency": None if new.idempotency_key is None else _hash(new.idempotency_key),
            "digest": _digest(new),
            "created_at": to_column(new.created),
            "prompt_tokens": 0,
            "completion_tokens": 0,
            "steps": 0,
            "trace": new.trace,
            "has_events": True,
        }
        return {**unset, **row, "attempts": int("worker" in values), **values}

    def with_key(self, idempotency_key: str) -> Run | None:
        """Return the owner's run of this key; None if there is none."""
        with self._database.reading() as connection:
            rows = _OF_KEY.rows(connection, owner=self._database.owner, key=_hash(idempotency_key))
        return run_of(rows[0]) if rows else None

    def get(self, run_id: str) -> Run:
        """Return a run. Raises `NotFoundError` where the owner has none with this id."""
        with self._database.reading() as connection:
            return self._found(connection, run_id)

    def look(self, run_id: str, after: int) -> tuple[Run, list[EventRow]]:
        """Return a run, and its events after a number, from one state of the database."""
        with self._database.reading() as connection:
            return self._found(connection, run_id), events_in(connection, run_id, after)

    def _found(self, connection: Connection, run_id: str) -> Run:
        rows = _RUN.rows(connection, run=run_id, owner=self._database.owner)
        if not rows:
            raise _missing(run_id)
        return run_of(rows[0])

    def find(
        self,
        *,
        agent_id: Optional[str] = None,
        state: Optional[State] = None,
        stop_reason: Optional[str] = None,
        start: Optional[datetime] = None,
        end: Optional[datetime] = None,
        before: Optional[int] = None,
        among: Optional[Collection[str]] = None,
        limit: int = 50,
    ) -> list[Run]:
        """Return runs, the newest first; `before` is the number of the last one that was seen.

        They were asked for not before `start` and not after `end`. `among` are the ids of the agents that the
        caller may see; None is all.
        """
        query = select(runs).where(owned(runs, self._database))
        wanted = ((runs.c.agent_id, agent_id), (runs.c.state, state), (runs.c.stop_reason, stop_reason))
        for column, value in wanted:
            if value is not None:
                query = query.where(column == value)
        if start is not None:
            query = query.where(runs.c.created_at >= to_column(start))
        if end is not None:
            query = query.where(runs.c.created_at <= to_column(end))
        if before is not None:
            query = query.where(runs.c.number < before)
        if among is not None:
            query = query.where(runs.c.agent_id.in_(sorted(among)))
        with self._database.reading() as connection:
            return [
                run_of(row) for row in connection.execute(query.order_by(runs.c.number.desc()).limit(limit))
            ]

    def place(self, run: Run) -> int:
        """Return how many runs of the agent come before this one; 0 if it runs or is over."""
        if run.state != "queued":
            return 0
        mine = select(runs.c.urgent).where(runs.c.number == run.number).scalar_subquery()
        earlier = or_(
            runs.c.state == "running",
            and_(runs.c.urgent, ~mine),
            and_(runs.c.urgent == mine, runs.c.number < run.number),
        )
        query = (
            select(func.count())
            .select_from(runs)
            .where(going_on_of(runs.c.agent_id, run.agent_id, "queued", "running"), earlier)
            .where(runs.c.number != run.number)
        )
        with self._database.reading() as connection:
            return connection.scalar(query) or 0

    @repeatable
    def cancel(self, run_id: str) -> Run:
        """Ask to cancel a run, and return it as it is then. A run that is over stays as it is.

        A run that waits in the queue is cancelled at once. The worker of a running one is told, and stores no
        answer that comes after that. For a suspended one, the log gets results that say so.
        """
        with self._database.writing() as connection:
            run = self._locked(connection, run_id)
            if run.is_over:
                return run
            _cancel(connection, run)
            return run_of(locked(connection, run_id))

    def cancel_all(self, reason: str) -> int:
        """Do what `cancel` does for all runs that are not over, and return how many; `reason` is their error.

        They are cancelled in several transactions, so that nobody waits for long.
        """
        count = 0
        while cancelled := self._cancel_some(reason):
            count += cancelled
        return count

    @repeatable
    def _cancel_some(self, reason: str) -> int:
        query = select(runs.c.id).where(owned(runs, self._database), ~runs.c.cancelled)
        query = query.where(runs.c.state.in_(("queued", "running", "suspended")))
        with self._database.writing() as connection:
            found = connection.scalars(query.order_by(runs.c.number).limit(_BATCH)).all()
            for run_id in found:
                _cancel(connection, self._locked(connection, str(run_id)), error=reason)
        return len(found)

    @repeatable
    def give_results(
        self,
        run_id: str,
        results: Mapping[str, Mapping[str, Any]],
        approvals: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> Run:
        """Give results of calls that a suspended run waits for, or allow or deny them, by the id of the call.

        The run goes on when it has all of them. What it was given already may come again: nothing changes.
        Raises `RunStateError` where it does not wait for this, or was given something else, and
        `WrongAnswerError` for a result where an approval is asked for, and the other way round.
        """
        with self._database.writing() as connection:
            run = self._locked(connection, run_id)
            waiting = waiting_calls(connection, run_id) if run.state == "suspended" else {}
            known, digests = dict(run.results), dict(run.answered)
            for asks, given in (("result", results), ("approval", approvals)):
                for call, answer in given.items():
                    check_answer(run, waiting, call, asks, answer)
                    if call in waiting:
                        known[call], digests[call] = dict(answer), digest_of(answer)
            if digests == run.answered and known == run.results:
                return run
            values: dict[str, Any] = {"results": json.dumps(known), "answered": json.dumps(digests)}
            if set(known) >= set(waiting):
                values.update(state="queued", expires=None)
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))
            return run_of(locked(connection, run_id))

    def waiting(self, run: Run) -> list[WaitingCall]:
        """Return the calls that a suspended run waits for, without those that were answered already."""
        if run.state != "suspended":
            return []
        with self._database.reading() as connection:
            waiting = waiting_calls(connection, run.id)
        return [call for call in waiting.values() if call.id not in run.results]

    def _locked(self, connection: Connection, run_id: str) -> Run:
        row = locked(connection, run_id)
        if row is None or row.owner_id != self._database.owner:
            raise _missing(run_id)
        return run_of(row)


# how many runs one transaction cancels
_BATCH = 100

_INSERT = insertion(runs)


def _inserted(connection: Connection, row: Mapping[str, Any]) -> int:
    """Insert a row, and return the number that the database gives it."""
    return _INSERT.insert(connection, {name: value for name, value in row.items() if name != "number"})


_AGENT = PreparedQuery(
    # the condition of `owned`, for a query that is compiled once
    select(agents.c.name, users.c.suspended_at)
    .join(users, users.c.id == agents.c.owner_id)
    .where(agents.c.id == bindparam("agent"), agents.c.owner_id == bindparam("owner"))
)

_UNFINISHED_OF_AGENT = going_on_of(runs.c.agent_id, bindparam("agent"), "queued", "running")

# what `begin` asks in most cases, in one question
_STANDING = PreparedQuery(
    select(
        agents.c.name,
        users.c.suspended_at,
        exists(select(runs.c.number).where(_UNFINISHED_OF_AGENT)).label("busy"),
        exists(select(limits.c.id).where(LIMITED)).label("limited"),
    )
    .join(users, users.c.id == agents.c.owner_id)
    .where(agents.c.id == bindparam("agent"), agents.c.owner_id == bindparam("owner"))
)

_RUN = PreparedQuery(select(runs).where(runs.c.id == bindparam("run"), runs.c.owner_id == bindparam("owner")))

_OF_KEY = PreparedQuery(
    select(runs).where(runs.c.idempotency == bindparam("key"), runs.c.owner_id == bindparam("owner"))
)

_BUSY = PreparedQuery(select(runs).where(_UNFINISHED_OF_AGENT).order_by(runs.c.number))


def _cancel(connection: Connection, run: Run, **values: Any) -> None:
    """Cancel a run that is not over, inside an open transaction that holds it."""
    values["cancelled"] = True
    if run.state == "queued" and run.heard_seq is None:
        add_event(connection, run.id, TurnEnded("cancelled", 0))
        values.update(state="cancelled", stop_reason="cancelled", ended_at=to_column(now()))
    elif run.state == "suspended":
        values.update(state="queued", expires=None)
    connection.execute(update(runs).where(runs.c.id == run.id).values(values))


def _same(run: Run, is_same: bool) -> Run:  # noqa: FBT001 - a private function of one call
    if not is_same:
        raise RequestChangedError(
            f"this Idempotency-Key belongs to run {run.id}, which was asked something else. Use a new key "
            "for another request."
        )
    return run


def _missing(run_id: str) -> NotFoundError:
    return NotFoundError(f"there is no run {run_id}.")


def _digest(new: NewRun) -> str:
    request = {"agent": new.agent_id, "input": new.request or new.input, "if_busy": new.if_busy}
    return _hash(json.dumps(request, sort_keys=True))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
