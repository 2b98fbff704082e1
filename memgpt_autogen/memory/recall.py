"""Recall memory: search over the complete log of what anyone, the agent included, has said.

Thoughts, tool results, heartbeats, alerts and earlier searches are in the log and never in a result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, or_, select

from memgpt_autogen.errors import ToolError
from memgpt_autogen.memory.database import Database
from memgpt_autogen.memory.fulltext import Match, match_words
from memgpt_autogen.memory.log import EXACT, entry_of
from memgpt_autogen.memory.tables import entries, from_column, to_column
from memgpt_autogen.memory.terms import UNSPACED
from memgpt_autogen.messages import storable
from memgpt_autogen.words import query_words, words

PAGE_SIZE = 5

MOST_ROWS = 2**62
"""No log is longer, and SQL has no larger numbers."""

LONGEST_TERM = 1000
"""Characters of a literal term; SQLite refuses patterns beyond 50,000 bytes."""

MOST_WORDS = 500
"""Words of a query that are looked for, the first ones: SQLite refuses deep expressions and takes quadratic time for long ones."""

Speaker = Literal["user", "assistant"]
"""`user`: everyone else; `assistant`: the agent itself."""

_PHRASE = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing that was said, as a search finds it."""

    seq: int
    name: str
    text: str
    time: datetime
    score: float = 0.0
    """BM25 of the words asked for, larger is better; 0 where no words were asked."""


@dataclass(frozen=True, slots=True)
class RecallPage:
    """One page of a search; `total` counts all that match, whatever page this is."""

    items: list[Utterance]
    total: int
    page: int
    page_size: int = PAGE_SIZE

    @property
    def last_page(self) -> int:
        return max(0, (self.total - 1) // self.page_size)


class RecallMemory:
    """The search side of one agent's log. `name` is the agent's own, for what it said itself."""

    def __init__(self, database: Database, agent_id: str, name: str) -> None:
        self._database = database
        self._agent_id = agent_id
        self._name = name

    def search(
        self,
        query: str | None = None,
        *,
        speaker: str | None = None,
        role: Speaker | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        page: int = 0,
        page_size: int = PAGE_SIZE,
    ) -> RecallPage:
        """What was said that holds any of the query's words, the best match first and the newer of equals first.

        Words match by stem and without stop words; "quoted words" must stand together; a query without words, or in a
        script without spaces, is looked for literally. Without a query, everything that fits the filters comes, oldest
        first. `start` and `end` are inclusive. `speaker` is compared without case.
        """
        if page < 0:
            raise ToolError(f"page is {page}; pages count from 0.")
        query = storable(query or "")
        said_by = func.coalesce(entries.c.name, self._name)
        conditions: list[ColumnElement[bool]] = [
            entries.c.agent_id == self._agent_id,
            entries.c.spoken.is_not(None),
            ~entries.c.hidden,
        ]
        if speaker is not None:
            conditions.append(said_by.in_(self._named(storable(speaker).strip().lower())))
        if role is not None:
            own = entries.c.role == "assistant"
            conditions.append(own if role == "assistant" else ~own)
        if start is not None:
            conditions.append(entries.c.created_at >= to_column(start))
        if end is not None:
            conditions.append(entries.c.created_at <= to_column(end))
        match = (
            _match(self._database, self._agent_id, query) if query.strip() else Match(entries, literal(0.0))
        )
        if match.condition is not None:
            conditions.append(match.condition)
        order: list[Any] = [entries.c.seq]
        if match.condition is not None:
            order = [match.score.desc(), entries.c.seq.desc()]
        found = (
            select(entries)
            .add_columns(said_by.label("speaker"), match.score.label("score"))
            .select_from(match.source)
            .where(and_(*conditions))
            .order_by(*order)
        )
        counted = (
            select(func.count())
            .select_from(match.source if match.counted is None else match.counted)
            .where(and_(*conditions))
        )
        with self._database.reading() as connection:
            total = connection.scalar(counted) or 0
            rows = connection.execute(found.limit(page_size).offset(min(page * page_size, MOST_ROWS))).all()
        items = [
            Utterance(row.seq, row.speaker, _exact(row), from_column(row.created_at), float(row.score))
            for row in rows
        ]
        return RecallPage(items, total, page, page_size)

    def _named(self, speaker: str) -> list[str]:
        """Who is called so in lower case. Compared here, since a database's idea of lower case depends on its locale."""
        distinct = select(entries.c.name).where(
            entries.c.agent_id == self._agent_id, entries.c.spoken.is_not(None)
        )
        with self._database.reading() as connection:
            names = connection.scalars(distinct.distinct()).all()
        known = {self._name if name is None else str(name) for name in names}
        return [name for name in known if name.lower() == speaker]


def _exact(row: Row[Any]) -> str:
    """What was said, to the byte."""
    if f'"{EXACT}"' not in row.payload:
        return str(row.spoken)
    return entry_of(row).message.spoken or ""


def _match(database: Database, agent_id: str, query: str) -> Match:
    query = query.replace("İ", "I")  # its lower case is two characters, which the index reads as one
    if UNSPACED.search(query) or not words(query):
        terms = list(dict.fromkeys(term[:LONGEST_TERM] for term in query.split()))[:MOST_WORDS]
        return _literal_match(terms, database.dialect)
    wanted = [phrase for phrase in _PHRASE.findall(query) if words(phrase)]
    wanted += query_words(_PHRASE.sub(" ", query))
    return match_words(database, agent_id, wanted[:MOST_WORDS])


def _literal_match(terms: list[str], dialect: str) -> Match:
    """What holds any of the terms as they stand, but for the case of letters: SQLite's LIKE passes over that of ASCII."""
    spoken = entries.c.spoken
    holding = spoken.contains if dialect == "sqlite" else spoken.icontains
    held = [holding(term, autoescape=True) for term in terms]
    score = sum((case((holds, 1.0), else_=0.0) for holds in held), literal(0.0))
    return Match(entries, score, or_(*held))
