"""How much a user, a key or an agent may use: turns at once, and turns, tokens and cost within a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
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
    """The turns that run now or wait."""
    turns: int = 0
    tokens: int = 0
    cost: float = 0.0


Counted = Literal["turns", "tokens", "cost"]
"""What is counted within a day."""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that is reached."""

    text: str
    of_day: Counted | None = None
    """What is used up within the day; None where too many turns run at once."""
    most: float = 0


def reached_limit(limits: UsageLimits, usage: Usage, *, what: str) -> Exceeded | None:
    """Return the first limit that this usage has reached; None if another turn may begin.

    `what` is named in the text, as in "the key 'phone'".
    """
    if limits.turns_at_once is not None and usage.running >= limits.turns_at_once:
        running = counted(limits.turns_at_once, "turn")
        return Exceeded(f"{what} may run {running} at once. Try again when one has ended.")
    used: tuple[tuple[Counted, float | None, float, str], ...] = (
        ("turns", limits.turns_a_day, usage.turns, "turn"),
        ("tokens", limits.tokens_a_day, usage.tokens, "token"),
        ("cost", limits.cost_a_day, usage.cost, ""),
    )
    for of_day, most, count, unit in used:
        if most is not None and count >= most:
            allowed = counted(int(most), unit) if unit else f"{most:,} of cost"
            way_out = "Ask for another limit" if most == 0 else "Try again later"
            text = f"{what} may use {allowed} in 24 hours, and has used {count:,}. {way_out}."
            return Exceeded(text, of_day, most)
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
