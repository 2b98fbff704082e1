"""Runs as those who ask for them see them: create, find, cancel, and give results."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Optional

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update

from memgpt_autogen.errors import (
    ConfigurationError,
    NotFoundError,
    RequestChangedError,
    RunStateError,
    TurnInProgressError,
)
from memgpt_autogen.events import TurnEnded
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import hold_log
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.refusals import RowRefusedError, repeatable
from memgpt_autogen.memory.storage.runs.run_events import (
    events_in,
    how_far,
    last_of_kind,
    rows_of,
    write_events,
)
from memgpt_autogen.memory.storage.runs.run_rows import (
    EXPIRED,
    EventRow,
    NewRun,
    Run,
    State,
    locked,
    run_of,
)
from memgpt_autogen.memory.storage.runs.usage import refuse_limited
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.tables import agents, runs, to_column
from memgpt_autogen.messages import now


class Runs:
    """The runs of one owner. The runs of others do not exist here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, new: NewRun, worker: Worker | None = None) -> tuple[Run, bool]:
        """Create a run, and return it and whether it is new: the same key with the same request is one run.

        With a `worker`, an idle agent's run is the worker's at once. Raises `NotFoundError` where there is no
        such agent, `TurnInProgressError` for `if_busy="reject"` and a busy agent, `RequestChangedError` where
        the key was used for another request, and `LimitReachedError` where a limit is reached.
        """
        try:
            return self._create(new, worker)
        except RowRefusedError:  # the same key came twice at once, or another worker has taken the agent
            return self._create(new, None)

    @repeatable
    def _create(self, new: NewRun, worker: Worker | None) -> tuple[Run, bool]:
        key = None if new.idempotency_key is None else _hash(new.idempotency_key)
        request = {"agent": new.agent_id, "input": new.input, "if_busy": new.if_busy}
        digest = _hash(json.dumps(request, sort_keys=True))
        with self._database.writing() as connection:
            named = _AGENT.rows(connection, agent=new.agent_id, owner=self._database.owner)
            if not named:
                raise NotFoundError(f"there is no agent with the id {new.agent_id}.")
            name = named[0].name
            hold_log(connection, new.agent_id)  # whether the agent is busy does not change in between
            if key is not None:
                same = select(runs).where(owned(runs, self._database), runs.c.idempotency == key)
                known = connection.execute(same).one_or_none()
                if known is not None:
                    return _same(run_of(known), known.digest == digest), False
            refuse_limited(
                connection,
                user=(self._database.owner, "the user"),
                key=None if new.key_id is None else (new.key_id, "the key"),
                agent=(new.agent_id, f"the agent '{name}'"),
            )
            busy = _BUSY.rows(connection, agent=new.agent_id)
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
            values = {
                "id": str(uuid.uuid4()),
                "owner_id": self._database.owner,
                "agent_id": new.agent_id,
                "key_id": new.key_id,
                "state": "running" if claim else "queued",
                "input": json.dumps(new.input),
                "urgent": new.if_busy == "interrupt",
                "on_disconnect": new.on_disconnect,
                "cancelled": False,
                "idempotency": key,
                "digest": digest,
                "created_at": to_column(now()),
                "attempts": 1 if claim else 0,
                "prompt_tokens": 0,
                "completion_tokens": 0,
                "steps": 0,
                **claim,
            }
            connection.execute(insert(runs).values(values))
            return run_of(_RUN.rows(connection, run=values["id"], owner=self._database.owner)[0]), True

    def get(self, run_id: str) -> Run:
        """Return a run. Raises `NotFoundError` where the owner has none with this id."""
        with self._database.reading() as connection:
            return self._found(connection, run_id)

    def look(self, run_id: str, after: int) -> tuple[bool, list[EventRow]]:
        """Return whether a run is over, and its events after a number, from one state of the database."""
        with self._database.reading() as connection:
            return self._found(connection, run_id).is_over, events_in(connection, run_id, after)

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
        before: Optional[int] = None,
        among: Optional[Collection[str]] = None,
        limit: int = 50,
    ) -> list[Run]:
        """Return runs, the newest first; `before` is the number of the last one that was seen.

        `among` are the ids of the agents that the caller may see; None is all.
        """
        query = select(runs).where(owned(runs, self._database))
        for column, value in ((runs.c.agent_id, agent_id), (runs.c.state, state)):
            if value is not None:
                query = query.where(column == value)
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
            .where(runs.c.agent_id == run.agent_id, runs.c.state.in_(("queued", "running")), earlier)
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
            values: dict[str, Any] = {"cancelled": True}
            if run.state == "queued" and run.heard_seq is None:
                end = rows_of([TurnEnded("cancelled", 0)])
                write_events(connection, run_id, how_far(connection, run_id).number + 1, end)
                values.update(state="cancelled", stop_reason="cancelled", ended_at=to_column(now()))
            elif run.state == "suspended":
                values.update(state="queued", expires=None)
            elif run.is_over:
                return run
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))
            return run_of(locked(connection, run_id))

    @repeatable
    def give_results(self, run_id: str, results: Mapping[str, Mapping[str, Any]]) -> Run:
        """Give results of calls that a suspended run waits for, by the id of the call.

        The run goes on when it has all of them. Raises `RunStateError` where it does not wait, and
        `ConfigurationError` for a call that it does not wait for.
        """
        with self._database.writing() as connection:
            run = self._locked(connection, run_id)
            if run.state != "suspended":
                late = ": its results did not come in time" if run.stop_reason == EXPIRED else ""
                raise RunStateError(
                    f"run {run_id} waits for no results; it is {run.state}{late}. Start another run."
                )
            waiting = waiting_calls(connection, run_id)
            for call in results:
                if call not in waiting:
                    raise ConfigurationError(
                        f"run {run_id} does not wait for the call '{call}', but for: {', '.join(waiting)}."
                    )
            known = {**run.results, **{call: dict(result) for call, result in results.items()}}
            values: dict[str, Any] = {"results": json.dumps(known)}
            if set(known) >= set(waiting):
                values.update(state="queued", expires=None)
            connection.execute(update(runs).where(runs.c.id == run_id).values(values))
            return run_of(locked(connection, run_id))

    def _locked(self, connection: Connection, run_id: str) -> Run:
        row = locked(connection, run_id)
        if row is None or row.owner_id != self._database.owner:
            raise _missing(run_id)
        return run_of(row)


_AGENT = PreparedQuery(
    # the condition of `owned`, for a query that is compiled once
    select(agents.c.name).where(agents.c.id == bindparam("agent"), agents.c.owner_id == bindparam("owner"))
)

_RUN = PreparedQuery(select(runs).where(runs.c.id == bindparam("run"), runs.c.owner_id == bindparam("owner")))

_BUSY = PreparedQuery(
    select(runs)
    .where(runs.c.agent_id == bindparam("agent"))
    .where(or_(runs.c.state == "queued", runs.c.state == "running"))
    .order_by(runs.c.number)
)


def waiting_calls(connection: Connection, run_id: str) -> list[str]:
    """Return the ids of the calls that a suspended run waits for."""
    event = last_of_kind(connection, run_id, "suspended")
    return [] if event is None else [str(call["id"]) for call in event.data.get("calls", ())]


def _same(run: Run, is_same: bool) -> Run:  # noqa: FBT001 - a private function of one call
    if not is_same:
        raise RequestChangedError(
            f"this Idempotency-Key belongs to run {run.id}, which was asked something else. Use a new key "
            "for another request."
        )
    return run


def _missing(run_id: str) -> NotFoundError:
    return NotFoundError(f"there is no run {run_id}.")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
