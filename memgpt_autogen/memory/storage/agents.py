"""Residents: which agents a home has, and how much each has heard and said, without opening any of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select, update

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import agents, entries, from_column, to_column


@dataclass(frozen=True, slots=True)
class Resident:
    """An agent of a home, as its database knows it."""

    name: str
    made: datetime
    messages: int
    """What anyone said, and was not taken back."""
    last: datetime | None
    """When something happened to it the last time; None for one that nothing happened to."""


def residents(database: Database) -> list[Resident]:
    """All of them, the one that something happened to last standing first."""
    said = func.count(entries.c.id).filter(entries.c.spoken.is_not(None), ~entries.c.hidden)
    # the block that an agent is made with is no life yet
    lived = func.max(entries.c.created_at).filter(entries.c.kind != "edit")
    question = (
        select(agents.c.name, agents.c.created_at, said, lived)
        .outerjoin(entries, and_(entries.c.agent_id == agents.c.id))
        .group_by(agents.c.id, agents.c.name, agents.c.created_at)
    )
    with database.reading() as connection:
        rows = connection.execute(question).all()
    there = [
        Resident(name, from_column(made), count, from_column(last) if last else None)
        for name, made, count, last in rows
    ]
    return sorted(there, key=lambda each: (each.last or each.made, each.name), reverse=True)


class Pause:
    """Until when an agent's timed heartbeats are paused; kept in the database, so that a restart does not wake it."""

    def __init__(self, database: Database, agent_id: str) -> None:
        self._database = database
        self._agent_id = agent_id

    @property
    def until(self) -> datetime | None:
        with self._database.reading() as connection:
            value = connection.scalar(select(agents.c.paused_until).where(agents.c.id == self._agent_id))
        return from_column(value) if value else None

    def set(self, until: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(
                update(agents).where(agents.c.id == self._agent_id).values(paused_until=to_column(until))
            )
