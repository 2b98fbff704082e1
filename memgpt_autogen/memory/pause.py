"""The pause of timed heartbeats: until when the agent has asked to be left alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import agents, from_column, to_column


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
