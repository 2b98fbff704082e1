"""What runs have used: turns, steps, tokens and cost, by agent, by user or by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select

from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import agents, runs, to_column, users

UsageBy = Literal["agent", "user", "day"]

_DAY_CHARS = 10


@dataclass(frozen=True, slots=True)
class Used:
    """What one agent or user used, or all did on one day (in UTC)."""

    key: str
    """The id of the agent or the user, or the day."""
    name: str
    runs: int
    failed: int
    steps: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """None where no endpoint reported a cost."""


def used_by(
    database: Database,
    by: UsageBy,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    everyone: bool = False,
) -> list[Used]:
    """Return what runs that were asked for in this time have used; `everyone` is for all owners."""
    key: Any
    name: Any
    source: Any = runs
    if by == "day":
        key = name = func.substr(runs.c.created_at, 1, _DAY_CHARS)
    else:
        table, key = (agents, runs.c.agent_id) if by == "agent" else (users, runs.c.owner_id)
        name = table.c.name
        source = runs.join(table, table.c.id == key)
    query = select(
        key.label("key"),
        name.label("name"),
        func.count().label("runs"),
        func.count().filter(runs.c.state == "failed").label("failed"),
        func.sum(runs.c.steps).label("steps"),
        func.sum(runs.c.prompt_tokens).label("prompt_tokens"),
        func.sum(runs.c.completion_tokens).label("completion_tokens"),
        func.sum(runs.c.cost).label("cost"),
    ).select_from(source)
    if not everyone:
        query = query.where(owned(runs, database))
    if start is not None:
        query = query.where(runs.c.created_at >= to_column(start))
    if end is not None:
        query = query.where(runs.c.created_at <= to_column(end))
    with database.reading() as connection:
        return [Used(**row._mapping) for row in connection.execute(query.group_by(key, name))]  # noqa: SLF001 - SQLAlchemy's public name
