"""Searches of an agent's memory that people saved, each with what it is expected to find.

A row has the words of the query, and only the id of what is expected.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from sqlalchemy import Connection, Row, delete, insert, select

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import from_column, saved_searches, to_column
from memgpt_autogen.messages import now
from memgpt_autogen.text.safe import clean_text


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search, and what it is expected to find."""

    id: str
    request: str
    """What is looked for, as JSON."""
    tier: str
    hit: str
    """The id of what is expected, in its tier."""
    within: int
    """Among how many of the first results it is expected."""
    rank: Optional[int]
    """Its place when the search was saved, from 1; None if it was not found then."""
    created_at: datetime


class SavedSearches:
    """The searches that are saved for one agent, in the order in which they were."""

    def __init__(self, database: Database, agent_id: str) -> None:
        self._database = database
        self._mine = saved_searches.c.agent_id == agent_id
        self._agent_id = agent_id

    @repeatable
    def add(self, request: str, tier: str, hit: str, *, within: int, rank: int | None) -> SavedSearch:
        made = SavedSearch(str(uuid.uuid4()), clean_text(request), tier, clean_text(hit), within, rank, now())
        values = {name: getattr(made, name) for name in made.__slots__}
        times = {"created_at": to_column(made.created_at)}
        with self._database.writing() as connection:
            connection.execute(insert(saved_searches).values({**values, **times, "agent_id": self._agent_id}))
        return made

    def after(self, place: tuple[str, str] | None, limit: int) -> list[SavedSearch]:
        """Return at most so many, from the first one after this time and id on."""
        columns = saved_searches.c
        query = select(saved_searches).where(self._mine).order_by(columns.created_at, columns.id)
        if place is not None:
            time, id_ = place
            same = (columns.created_at == time) & (columns.id > id_)
            query = query.where((columns.created_at > time) | same)
        with self._database.reading() as connection:
            return list(map(_saved, connection.execute(query.limit(limit))))

    def find(self, id_: str) -> SavedSearch:
        """Return one. Raises `NotFoundError` where the agent has none of that id."""
        query = select(saved_searches).where(self._mine, saved_searches.c.id == id_)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no saved search {quoted(id_)} of this agent.")
        return _saved(row)

    @repeatable
    def remove(self, id_: str) -> None:
        """Delete one. Raises `NotFoundError` where the agent has none of that id."""
        with self._database.writing() as connection:
            found = connection.execute(delete(saved_searches).where(self._mine, saved_searches.c.id == id_))
            if not found.rowcount:
                raise NotFoundError(f"there is no saved search {quoted(id_)} of this agent.")


def cut_searches(
    connection: Connection, agent_id: str, has: Callable[[str, datetime], bool], *, dry_run: bool
) -> int:
    """Delete the saved searches of an agent of which `has` is true for a text, and return how many."""
    rows = connection.execute(select(saved_searches).where(saved_searches.c.agent_id == agent_id)).all()
    gone = [row.id for row in rows if any(has(text, from_column(row.created_at)) for text in _texts(row))]
    if gone and not dry_run:
        connection.execute(delete(saved_searches).where(saved_searches.c.id.in_(gone)))
    return len(gone)


def delete_searches(connection: Connection, agent_id: str) -> None:
    """Delete all saved searches of an agent."""
    connection.execute(delete(saved_searches).where(saved_searches.c.agent_id == agent_id))


def _texts(row: Row[Any]) -> list[str]:
    """Return the texts that a person wrote: queries, names of speakers and documents, tags, labels."""
    found: dict[str, Any] = json.loads(row.request)
    lists = [found.get(name) or () for name in ("queries", "tags", "sources")]
    return [*(text for each in lists for text in each), found.get("speaker") or "", row.hit]


def _saved(row: Row[Any]) -> SavedSearch:
    values = {name: getattr(row, name) for name in SavedSearch.__slots__}
    return SavedSearch(**{**values, "created_at": from_column(row.created_at)})
