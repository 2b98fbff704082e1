"""How many runs, jobs and undelivered passages a home has now, of all users and workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.run_rows import going_on
from memgpt_autogen.memory.storage.tables import from_column, jobs, outbox, runs
from memgpt_autogen.messages import now


@dataclass(frozen=True, slots=True)
class ServerCounts:
    """What waits and runs."""

    runs: Mapping[str, int]
    """By state; only those that go on."""
    oldest_queued_seconds: float
    """How long the run waits that has waited the longest."""
    jobs: Mapping[str, int]
    """By state; only those that go on."""
    archives_undelivered: int
    """How many archives have passages that wait for their Qdrant server."""


def server_counts(database: Database) -> ServerCounts:
    """Count what waits and runs."""
    unfinished = select(runs.c.state, func.count()).where(going_on("queued", "running", "suspended"))
    loading = select(jobs.c.state, func.count()).where(jobs.c.state.in_(("queued", "running")))
    oldest = select(func.min(runs.c.created_at)).where(going_on("queued"))
    waiting = select(func.count(func.distinct(outbox.c.archive_id)))
    with database.reading() as connection:
        by_state = _by_state(connection, unfinished.group_by(runs.c.state))
        jobs_by_state = _by_state(connection, loading.group_by(jobs.c.state))
        first = connection.scalar(oldest)
        undelivered = connection.scalar(waiting) or 0
    seconds = 0.0 if first is None else max(0.0, (now() - from_column(first)).total_seconds())
    return ServerCounts(by_state, seconds, jobs_by_state, undelivered)


def _by_state(connection: Connection, query: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(query)}
