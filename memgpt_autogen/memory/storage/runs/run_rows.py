"""A run as a row: what was asked, by whom, and how far it is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Literal, Optional

from sqlalchemy import ColumnElement, Connection, and_, extract, func, or_, select, text

from memgpt_autogen.memory.storage.runs.run_input import Act
from memgpt_autogen.memory.storage.tables import UNFINISHED, from_column, runs
from memgpt_autogen.messages import now

State = Literal["queued", "running", "suspended", "ended", "failed", "cancelled"]
"""`queued`: it waits for a worker. `running`: a worker has it. `suspended`: it waits for others' results."""

FINAL: tuple[State, ...] = ("ended", "failed", "cancelled")
"""The states of runs that are over."""

IfBusy = Literal["enqueue", "reject", "interrupt"]

OnDisconnect = Literal["continue", "cancel"]

EXPIRED = "expired"
"""The stop reason of a run whose results did not come in time."""


@dataclass(frozen=True, slots=True)
class NewRun:
    """A turn that is asked for. `input` says what the agent hears, in JSON values."""

    agent_id: str
    input: Mapping[str, Any]
    if_busy: IfBusy = "enqueue"
    """Where the agent is busy: wait in its queue, raise an error, or cancel what runs and be the next."""
    on_disconnect: OnDisconnect = "continue"
    idempotency_key: Optional[str] = None
    """The same key with the same request gives the same run."""
    request: Optional[Mapping[str, Any]] = None
    """What was asked, in JSON values, where the same request can give another `input`. Its hash is stored."""
    key_id: Optional[str] = None
    """The key that asked."""
    trace: Optional[str] = None
    """The span of the request, as in the header `traceparent`."""
    agent_name: Optional[str] = None
    """The name of the agent, if it is known."""
    called: Optional[str] = None
    """What the request calls the agent, if nobody has looked again whether that is still its name."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the database has it."""

    number: int
    """Its place in the order of all runs."""
    id: str
    owner_id: str
    agent_id: str
    key_id: Optional[str]
    state: State
    stop_reason: Optional[str]
    input: Mapping[str, Any]
    on_disconnect: OnDisconnect
    cancelled: bool
    """Whether somebody asked to cancel it."""
    created: datetime
    started: Optional[datetime]
    ended: Optional[datetime]
    attempts: int
    """How many workers have taken it since it was queued."""
    heard_seq: Optional[int]
    """The entry of the log with the last of its inputs; None until the agent has heard them."""
    results: Mapping[str, Any]
    """The results of calls that others executed, by the id of the call, until the agent has heard them."""
    expires: Optional[float]
    """When the results must have come, in seconds since 1970."""
    error: Optional[str]
    prompt_tokens: int
    completion_tokens: int
    steps: int
    cost: Optional[float]
    model: Optional[str] = None
    """The last model that it used."""
    trace: Optional[str] = None
    has_events: bool = True
    """Whether its events are stored; those of old runs are deleted."""
    answered: Mapping[str, str] = field(default_factory=dict)
    """The digests of all results and approvals that were given, by the id of the call."""

    @property
    def expires_at(self) -> Optional[datetime]:
        """Until when a suspended run waits."""
        return None if self.expires is None else datetime.fromtimestamp(self.expires, timezone.utc)

    @property
    def act(self) -> Act:
        """Why the agent acts."""
        act: Act = self.input.get("act", "say")
        return act

    @property
    def is_over(self) -> bool:
        return self.state in FINAL


def run_of(row: Any) -> Run:
    return Run(
        number=row.number,
        id=row.id,
        owner_id=row.owner_id,
        agent_id=row.agent_id,
        key_id=row.key_id,
        state=row.state,
        stop_reason=row.stop_reason,
        input=json.loads(row.input),
        on_disconnect=row.on_disconnect,
        cancelled=bool(row.cancelled),
        created=from_column(row.created_at),
        started=None if row.started_at is None else from_column(row.started_at),
        ended=None if row.ended_at is None else from_column(row.ended_at),
        attempts=row.attempts,
        heard_seq=row.heard_seq,
        results=json.loads(row.results) if row.results else {},
        expires=row.expires,
        error=row.error,
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
        steps=row.steps,
        cost=row.cost,
        model=row.model,
        trace=row.trace,
        has_events=bool(row.has_events),
        answered=json.loads(row.answered) if row.answered else {},
    )


# how the columns that have other names or types than the fields of a run become these
_READ: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "input": ("input", json.loads),
    "results": ("results", lambda value: json.loads(value) if value else {}),
    "answered": ("answered", lambda value: json.loads(value) if value else {}),
    "created_at": ("created", from_column),
    "started_at": ("started", lambda value: None if value is None else from_column(value)),
    "ended_at": ("ended", lambda value: None if value is None else from_column(value)),
}

_FIELDS = frozenset(Run.__dataclass_fields__)


def with_columns(run: Run, columns: Mapping[str, Any]) -> Run:
    """Return a run as it is when these of its columns have been written."""
    changed = {}
    for name, value in columns.items():
        field_name, read = _READ.get(name, (name, _same))
        if field_name in _FIELDS:
            changed[field_name] = read(value)
    return replace(run, **changed)


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of a run: its kind, its fields as JSON values, and the entry of the log that it is about."""

    kind: str
    data: Mapping[str, Any]
    seq: Optional[int] = None
    time: datetime = field(default_factory=now)
    number: int = 0
    """Its place in the run, from 1; 0 until it has one."""

    def numbered(self, number: int) -> EventRow:
        """Return the same event in this place."""
        return EventRow(self.kind, self.data, self.seq, self.time, number)


def going_on(*states: State) -> ColumnElement[bool]:
    """The condition for runs in these states, in which a run goes on.

    SQLite uses the index of such runs only where a query has the condition of the index as it stands. Else it
    would read all the runs that were ever made.
    """
    return and_(text(UNFINISHED), or_(*(runs.c.state == state for state in states)))


def going_on_of(column: ColumnElement[str], value: Any, *states: State) -> ColumnElement[bool]:
    """The condition `going_on` for the runs of an agent, an owner or a key."""
    # not the column itself, since its index has all the runs that were ever made
    return and_(going_on(*states), func.coalesce(column, "") == value)


def clock(connection: Connection) -> float:
    """Return the seconds since 1970 by the clock that all workers share: the server's or this machine's."""
    if connection.dialect.name == "sqlite":
        return now().timestamp()
    return float(connection.scalar(select(extract("epoch", func.clock_timestamp()))) or 0.0)


def locked(connection: Connection, run_id: str) -> Any:
    """Return the row of a run, which nobody else changes until the transaction ends."""
    query = select(runs).where(runs.c.id == run_id)
    if connection.dialect.name != "sqlite":
        query = query.with_for_update()
    return connection.execute(query).one_or_none()
