"""What users, keys and agents have used: counted from their runs of the last 24 hours, deleted ones too."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from memgpt_autogen.errors import LimitReachedError
from memgpt_autogen.memory.storage.accounts.limits import (
    BUSY_SECONDS,
    DAY,
    Exceeded,
    Limited,
    Usage,
    UsageLimits,
    reached_limit,
)
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.runs.past_usage import all_usage
from memgpt_autogen.memory.storage.runs.run_rows import going_on_of
from memgpt_autogen.memory.storage.tables import from_column, limits, runs, to_column
from memgpt_autogen.messages import now

LIMITED = or_(*(and_(limits.c.what == what, limits.c.id == bindparam(what)) for what in get_args(Limited)))
"""The condition for the limits of a user, a key and an agent, by their ids."""

# two workers that ask for the same key at the same moment count one after the other
_LIMITS = PreparedQuery(select(limits).where(LIMITED).order_by(limits.c.what).with_for_update())

_COLUMNS = {"user": "owner_id", "key": "key_id", "agent": "agent_id"}


def usage_today(database: Database, what: Limited, id_: str) -> Usage:
    """Return what a thing has used in the last 24 hours."""
    with database.reading() as connection:
        return usage_of(connection, what, id_, now())


def usage_of(connection: Connection, what: Limited, id_: str, time: datetime) -> Usage:
    """Return what a thing has used in the 24 hours before a time. Turns in the queue count as running."""
    column = _COLUMNS[what]
    unfinished = going_on_of(runs.c[column], id_, "queued", "running")
    running = select(func.count()).select_from(runs).where(unfinished)
    used, tokens = _used_and_tokens()
    query = select(
        func.coalesce(func.sum(used.c.runs), 0),
        func.coalesce(func.sum(tokens), 0),
        func.coalesce(func.sum(used.c.cost), 0.0),
    ).where(*_within(used, what, id_, time))
    turns, total, cost = connection.execute(query).one()
    return Usage(connection.scalar(running) or 0, int(turns), int(total), float(cost))


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
        reached = reached_limit(given, usage_of(connection, row.what, id_, time), what=name)
        if reached is not None:
            raise LimitReachedError(reached.text, _wait(connection, row.what, id_, time, reached))


def check_limits(database: Database, *, key: tuple[str, str] | None, agent: tuple[str, str]) -> None:
    """Do what `refuse_limited` does, for the owner and in a transaction of its own."""
    with database.writing() as connection:
        refuse_limited(connection, user=(database.owner, "the user"), key=key, agent=agent)


def _wait(connection: Connection, what: Limited, id_: str, time: datetime, reached: Exceeded) -> float:
    """Return after how many seconds so much is older than a day that another turn may begin."""
    if reached.of_day is None:
        return BUSY_SECONDS
    used, tokens = _used_and_tokens()
    count: Any = {"turns": used.c.runs, "tokens": tokens, "cost": used.c.cost}[reached.of_day]
    within = _within(used, what, id_, time)
    # what is used from each moment on: once all before it is gone, so much is left
    left = select(used.c.time, func.sum(count).over(order_by=used.c.time.desc()).label("left"))
    rows = left.where(*within).subquery()
    last = connection.scalar(select(func.max(rows.c.time)).where(rows.c.left >= reached.most))
    if last is None or reached.most == 0:
        return DAY.total_seconds()
    wait = (from_column(last) + DAY - time).total_seconds()
    return min(max(1.0, wait), DAY.total_seconds())


def _used_and_tokens() -> tuple[Any, Any]:
    used = all_usage()
    return used, used.c.prompt_tokens + used.c.completion_tokens


def _within(used: Any, what: Limited, id_: str, time: datetime) -> tuple[Any, ...]:
    return used.c[_COLUMNS[what]] == id_, used.c.time > to_column(time - DAY)
