"""What users, keys and agents have used: counted from their runs of the last 24 hours."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from memgpt_autogen.errors import LimitReachedError
from memgpt_autogen.memory.storage.accounts.limits import (
    DAY,
    Limited,
    Usage,
    UsageLimits,
    reached_limit,
)
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.tables import from_column, limits, runs, to_column
from memgpt_autogen.messages import now

_LIMITS = PreparedQuery(
    select(limits).where(
        or_(*(and_(limits.c.what == what, limits.c.id == bindparam(what)) for what in get_args(Limited)))
    )
)

_COLUMNS = {"user": runs.c.owner_id, "key": runs.c.key_id, "agent": runs.c.agent_id}


def usage_of(connection: Connection, what: Limited, id_: str, time: datetime) -> Usage:
    """Return what a thing has used in the 24 hours before a time. Turns in the queue count as running."""
    unfinished = runs.c.state.in_(("queued", "running"))
    query = select(
        func.count().filter(unfinished),
        func.count(),
        func.coalesce(func.sum(runs.c.prompt_tokens + runs.c.completion_tokens), 0),
        func.coalesce(func.sum(runs.c.cost), 0.0),
        func.min(runs.c.created_at),
    ).where(_COLUMNS[what] == id_, or_(runs.c.created_at >= to_column(time - DAY), unfinished))
    running, turns, tokens, cost, oldest = connection.execute(query).one()
    return Usage(running, turns, int(tokens), float(cost), from_column(oldest) if oldest else None)


def refuse_limited(
    connection: Connection, *, user: tuple[str, str], key: tuple[str, str] | None, agent: tuple[str, str]
) -> None:
    """Raise `LimitReachedError` if one of these, by id and name in the error, may not begin a turn now."""
    things: dict[Limited, tuple[str, str]] = {"user": user, "agent": agent}
    if key is not None:
        things["key"] = key
    time = now()
    ids = {what: things.get(what, ("",))[0] for what in get_args(Limited)}
    for row in _LIMITS.rows(connection, **ids):
        id_, name = things[row.what]
        given = UsageLimits(row.turns_at_once, row.turns_a_day, row.tokens_a_day, row.cost_a_day)
        reached = reached_limit(given, usage_of(connection, row.what, id_, time), time, what=name)
        if reached is not None:
            raise LimitReachedError(reached.text, reached.retry_after)
