"""How much a user, a key or an agent may use: turns at once, and turns, tokens and cost within a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, and_, delete, insert, select

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import LARGEST, limits
from memgpt_autogen.rendering.plain_text import counted

Limited = Literal["user", "key", "agent"]
"""What has limits."""

DAY = timedelta(days=1)
"""A day is the last 24 hours, so that no midnight frees everything at once."""

# when to try again while other turns run, in seconds
BUSY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class UsageLimits:
    """The limits of one thing. None limits nothing."""

    turns_at_once: int | None = None
    turns_a_day: int | None = None
    tokens_a_day: int | None = None
    cost_a_day: float | None = None
    """In the currency of the setting `price`."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and not 0 <= value <= (2**63 - 1 if name == "tokens_a_day" else LARGEST):
                raise ConfigurationError(f"{name} is {value:,}; a limit is a number from 0 to {LARGEST:,}.")


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used in the last 24 hours."""

    running: int = 0
    """The turns that run now."""
    turns: int = 0
    tokens: int = 0
    cost: float = 0.0
    oldest: datetime | None = None
    """When the oldest of these turns began."""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that is reached."""

    text: str
    retry_after: float
    """In how many seconds it is worth trying again."""


def reached_limit(limits: UsageLimits, usage: Usage, time: datetime, *, what: str) -> Exceeded | None:
    """Return the first limit that this usage has reached; None if another turn may begin.

    `what` is named in the text, as in "the key 'phone'".
    """
    if limits.turns_at_once is not None and usage.running >= limits.turns_at_once:
        running = counted(limits.turns_at_once, "turn")
        return Exceeded(f"{what} may run {running} at once. Try again when one has ended.", BUSY_SECONDS)
    wait = (usage.oldest + DAY - time).total_seconds() if usage.oldest else DAY.total_seconds()
    wait = min(max(1.0, wait), DAY.total_seconds())
    used = (
        (limits.turns_a_day, usage.turns, "turns"),
        (limits.tokens_a_day, usage.tokens, "tokens"),
        (limits.cost_a_day, usage.cost, "of cost"),
    )
    for most, count, unit in used:
        if most is not None and count >= most:
            text = f"{what} may use {most:,} {unit} in 24 hours, and has used {count:,}. Try again later."
            return Exceeded(text, wait)
    return None


def usage_limits(database: Database, what: Limited, id_: str) -> UsageLimits:
    """Return the limits of a thing; without limits, all are None."""
    query = select(limits).where(limits.c.what == what, limits.c.id == id_)
    with database.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        return UsageLimits()
    return UsageLimits(row.turns_at_once, row.turns_a_day, row.tokens_a_day, row.cost_a_day)


@repeatable
def set_usage_limits(database: Database, what: Limited, id_: str, given: UsageLimits) -> None:
    """Replace the limits of a thing."""
    with database.writing(alone=True) as connection:
        delete_limits(connection, [(what, id_)])
        if given != UsageLimits():
            connection.execute(insert(limits).values(what=what, id=id_, **asdict(given)))


def delete_limits(connection: Connection, things: Iterable[tuple[Limited, str]]) -> None:
    """Delete the limits of things that are deleted themselves, inside an open transaction."""
    for what, id_ in things:
        connection.execute(delete(limits).where(and_(limits.c.what == what, limits.c.id == id_)))
