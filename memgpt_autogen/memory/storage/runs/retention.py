"""Retention: events of runs that are over are deleted after a time, and the runs themselves later.

What the runs have used stays (`past_usage`), and so does the log of their agents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, select, update

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.runs.past_usage import keep_usage
from memgpt_autogen.memory.storage.tables import jobs, run_events, runs, to_column
from memgpt_autogen.messages import now

BATCH = 100
"""How many runs or jobs one transaction cleans, so that nobody waits for it for long."""

# least: limits count the runs of a day, and a client may send a request again with its Idempotency-Key
_LEAST_DAYS = 1.0


@dataclass(frozen=True, slots=True)
class Kept:
    """How long the rows of a server are kept after their end, in days."""

    event_days: float = 30.0
    """Events of runs, and jobs. They have words."""
    run_days: float = 365.0
    """Runs, which have no words then, and their keys of idempotency."""

    def __post_init__(self) -> None:
        if self.run_days < _LEAST_DAYS:
            raise ConfigurationError(f"runs are kept for {self.run_days:g} days; keep them for at least 1.")
        if not 0 < self.event_days <= self.run_days:
            raise ConfigurationError(
                f"events are kept for {self.event_days:g} days; that must be more than 0, and at most the "
                f"{self.run_days:g} days for which runs are kept."
            )


def clean(database: Database, kept: Kept) -> bool:
    """Delete one batch of what is older than this, of all users. Return whether there may be more."""
    return any([_clean_events(database, kept), _clean_runs(database, kept), _clean_jobs(database, kept)])


@repeatable
def _clean_events(database: Database, kept: Kept) -> bool:
    """Delete the events and the words of old runs."""
    with database.writing() as connection:
        old = _old(connection, runs, kept.event_days, runs.c.has_events)
        connection.execute(delete(run_events).where(run_events.c.run_id.in_(old)))
        nothing = {"has_events": False, "input": "{}", "results": None, "error": None}
        connection.execute(update(runs).where(runs.c.id.in_(old)).values(nothing))
    return len(old) == BATCH


@repeatable
def _clean_runs(database: Database, kept: Kept) -> bool:
    with database.writing() as connection:
        old = _old(connection, runs, kept.run_days, ~runs.c.has_events)
        if old:
            keep_usage(connection, runs.c.id.in_(old))
        connection.execute(delete(runs).where(runs.c.id.in_(old)))
    return len(old) == BATCH


@repeatable
def _clean_jobs(database: Database, kept: Kept) -> bool:
    with database.writing() as connection:
        old = _old(connection, jobs, kept.event_days)
        connection.execute(delete(jobs).where(jobs.c.id.in_(old)))
    return len(old) == BATCH


def _old(connection: Connection, table: Table, days: float, *conditions: ColumnElement[bool]) -> list[str]:
    """Return the ids of the rows that ended so many days ago, at most `BATCH` of them."""
    before = to_column(now() - timedelta(days=days))
    query = select(table.c.id).where(and_(*conditions, table.c.ended_at < before))
    return list(connection.scalars(query.order_by(table.c.ended_at).limit(BATCH)))
