"""The windows that an agent has learned from endpoints that serve less than was thought."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, delete, insert, select

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import served_windows, to_column
from memgpt_autogen.messages import now


class LearnedWindows:
    """What one agent has learned, by endpoint and model. It is stored, so that a restart need not learn it.

    What was learned holds for the window that was believed then. If another one is believed now, since the
    person gave one or the server reports one, the endpoint is tried anew.
    """

    def __init__(self, database: Database, agent_id: str) -> None:
        self._database = database
        self._agent_id = agent_id

    def get(self, endpoint: str, model: str, believed_tokens: int) -> int | None:
        """Return the learned window in tokens; None where nothing was learned about this one."""
        query = select(served_windows.c.window_tokens).where(
            self._place(endpoint, model), served_windows.c.believed_tokens == believed_tokens
        )
        with self._database.reading() as connection:
            window: int | None = connection.scalar(query)
        return window

    def keep(self, endpoint: str, model: str, believed_tokens: int, window_tokens: int) -> None:
        """Store what was learned, in place of what was learned before."""
        row = {
            "agent_id": self._agent_id,
            "endpoint": endpoint,
            "model": model,
            "believed_tokens": believed_tokens,
            "window_tokens": window_tokens,
            "learned_at": to_column(now()),
        }
        with self._database.writing() as connection:
            connection.execute(delete(served_windows).where(self._place(endpoint, model)))
            connection.execute(insert(served_windows).values(row))

    def _place(self, endpoint: str, model: str) -> ColumnElement[bool]:
        columns = served_windows.c
        return and_(columns.agent_id == self._agent_id, columns.endpoint == endpoint, columns.model == model)
