"""A run as a row: what was asked, by whom, and how far it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Optional

from sqlalchemy import Connection, extract, func, select

from memgpt_autogen.memory.storage.tables import from_column, runs
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
    key_id: Optional[str] = None
    """The key that asked."""


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
    )


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of a run: its kind, its fields as JSON values, and the entry of the log that it is about."""

    kind: str
    data: Mapping[str, Any]
    seq: Optional[int] = None
    time: datetime = field(default_factory=now)
    number: int = 0
    """Its place in the run, from 1; 0 until it has one."""


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
