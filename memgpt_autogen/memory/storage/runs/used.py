"""What runs have used: turns, steps, tokens and cost, by agent, user, key, model or day, or all together.

It is known of deleted agents, keys and users too, by their ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import Connection, Table, func, literal_column, select

from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.past_usage import COUNTED, all_usage
from memgpt_autogen.memory.storage.tables import agents, keys, to_column, users

UsageBy = Literal["agent", "user", "key", "model", "day", "total"]

# by what usage is summed up: the column, and the table that has the names
_BY: Mapping[UsageBy, tuple[str, Table | None]] = MappingProxyType(
    {
        "agent": ("agent_id", agents),
        "user": ("owner_id", users),
        "key": ("key_id", keys),
        "model": ("model", None),
        "day": ("day", None),
        "total": ("total", None),
    }
)

_DAY_CHARS = 10


@dataclass(frozen=True, slots=True)
class Used:
    """What one agent, user, key or model used, or all did on one day (in UTC)."""

    key: str
    """The id of the agent, the user or the key, the model, or the day; empty where there was none."""
    name: str
    """Empty where it was deleted."""
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
    used = all_usage()
    column, names = _BY[by]
    # without parameters, since PostgreSQL compares the expression with itself
    day: Any = literal_column(f"substr(used.time, 1, {_DAY_CHARS})")
    key: Any = {"day": day, "total": literal_column("''")}.get(by)
    if key is None:
        key = used.c[column]
    query = select(
        func.coalesce(key, "").label("key"),
        *(func.sum(used.c[name]).label(name) for name in COUNTED),
    ).select_from(used)
    if not everyone:
        query = query.where(owned(used, database))
    if start is not None:
        query = query.where(used.c.time >= to_column(start))
    if end is not None:
        query = query.where(used.c.time <= to_column(end))
    with database.reading() as connection:
        grouped = query if by == "total" else query.group_by(key)
        rows: list[Any] = [row._mapping for row in connection.execute(grouped)]  # noqa: SLF001 - SQLAlchemy's public name
        known = {} if names is None else _names(connection, names)
    return [
        Used(name=known.get(row["key"], row["key"] if names is None else ""), **_plain(row)) for row in rows
    ]


def _names(connection: Connection, table: Table) -> dict[str, str]:
    return {row.id: row.name for row in connection.execute(select(table.c.id, table.c.name))}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sums as numbers. Those of PostgreSQL are decimal."""
    cost = row["cost"]
    whole = {name: int(row[name] or 0) for name in COUNTED if name != "cost"}
    return {"key": row["key"], **whole, "cost": None if cost is None else float(cost)}
