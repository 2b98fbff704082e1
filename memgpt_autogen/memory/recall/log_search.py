"""Search in the database: what was said, by phrases and signs, in order, and by place.

It answers what the index cannot: quoted phrases, signs and scripts without spaces. It also reads the turns
that the index finds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Text, bindparam, case, func, literal, or_, select, true

from memgpt_autogen.memory.recall.index import TurnFilter
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.fulltext import Match, match_words
from memgpt_autogen.memory.storage.listed import is_listed, listed
from memgpt_autogen.memory.storage.log import entries_of
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.refused_rows import EXACT, SEALED
from memgpt_autogen.memory.storage.tables import entries, from_column, to_column
from memgpt_autogen.text.equal import UNSPACED
from memgpt_autogen.text.letters import bare_form, search_form
from memgpt_autogen.text.words import STOP_WORDS, query_words, stem, words

MOST_ROWS = 2**62
"""More rows than any log has; SQL has no much larger numbers."""

LONGEST_TERM = 1000
"""The most characters of a literal term. SQLite refuses patterns of more than 50,000 bytes."""

MOST_WORDS = 500
"""How many words of a query are used. SQLite refuses deep expressions, and long ones take quadratic time."""

TRIED = 500
"""How many places are tried against a filter at once. The first of them are often enough."""

ANY_TIME = datetime.min.replace(tzinfo=timezone.utc)

PHRASE = re.compile(r'"([^"]+)"')


class LoggedTurn(NamedTuple):
    """One turn of the log: what was said, by whom and when. A search reads hundreds of them."""

    place: int
    seq: int
    name: str
    own: bool
    """Whether the agent said it."""
    text: str
    created_at: str
    """As the table has it."""

    @property
    def time(self) -> datetime:
        return from_column(self.created_at)


class LogSearch:
    """Searches one agent's log. `name` is the agent's own name, for what it said itself."""

    def __init__(self, database: Database, agent_id: str, name: str) -> None:
        self._database = database
        self._agent_id = agent_id
        self._name = name
        # the stems of each speaker's name, for everyone who spoke up to this `seq`
        self._speakers: dict[str, set[str]] = {}
        self._speakers_through = 0

    def page(self, only: TurnFilter, number: int, page_size: int) -> tuple[list[LoggedTurn], int]:
        """Return a page of everything that passes the filter, oldest first, and how much passes it."""
        conditions = self._conditions(only)
        first = min(number * page_size, MOST_ROWS)
        with self._database.reading() as connection:
            total = self.count(connection, only)
            # from the nearer end, because skipped rows have to be read too
            backwards = first > total // 2
            size = max(min(page_size, total - first), 0)
            order = entries.c.seq.desc() if backwards else entries.c.seq
            skipped = max(total - first - size, 0) if backwards else first
            found = select(entries).where(*conditions).order_by(order).limit(size).offset(skipped)
            rows = connection.execute(found, self._values(only)).all()
        return [self._turn(row) for row in (rows[::-1] if backwards else rows)], total

    def find(
        self, query: str, only: TurnFilter, page: int, page_size: int
    ) -> tuple[list[tuple[LoggedTurn, float]], int]:
        """Return a page of the turns that contain the query's phrases, words or signs, best first.

        They come with their scores, and with how many there are.
        """
        match = _match(self._database, self._agent_id, query)
        conditions = self._conditions(only)
        passing = select(entries.c.id, entries.c.seq, match.score.label("score")).select_from(match.source)
        found = passing.where(*conditions, match.condition).cte("found")
        # whole rows are read of this page alone, because messages may be long
        shown = (
            select(found)
            .order_by(found.c.score.desc(), found.c.seq.desc())
            .limit(page_size)
            .offset(min(page * page_size, MOST_ROWS))
            .subquery("shown")
        )
        counted = select(func.count().label("total")).select_from(found).subquery("counted")
        answer = (
            select(entries, shown.c.score, counted.c.total)
            .select_from(counted.outerjoin(shown, true()).outerjoin(entries, entries.c.id == shown.c.id))
            .order_by(shown.c.score.desc(), shown.c.seq.desc())
        )
        with self._database.reading() as connection:
            rows = connection.execute(answer, self._values(only)).all()
        total: int = rows[0].total
        # the only row of a page without results has no id
        return [(self._turn(row), float(row.score)) for row in rows if row.id is not None], total

    def turns(self, only: TurnFilter, places: Sequence[int], most: int) -> list[LoggedTurn]:
        """Return the turns of the first `most` of these places that pass the filter.

        They are in the order of `places`.
        """
        passed: list[LoggedTurn] = []
        tried, size = 0, most
        with self._database.reading() as connection:
            while tried < len(places) and len(passed) < most:
                some = places[tried : tried + size]
                found = self._passing(connection, only, some)
                passed += [found[place] for place in some if place in found]
                tried, size = tried + size, TRIED
        return passed[:most]

    def count(self, connection: Connection, only: TurnFilter) -> int:
        """Return how many turns pass the filter. Without a filter, two indexes of the database know it."""
        if only == TurnFilter():
            own = entries.c.agent_id == self._agent_id
            spoken = connection.scalar(select(func.count()).where(own, entries.c.place.is_not(None))) or 0
            hidden = connection.scalar(select(func.count(entries.c.place)).where(own, entries.c.hidden)) or 0
            return spoken - hidden
        return connection.scalar(select(func.count()).where(*self._conditions(only)), self._values(only)) or 0

    def extent(self) -> tuple[datetime, datetime] | None:
        """Return the earliest and the latest time at which something was said; None if nothing was."""
        times = select(func.min(entries.c.created_at), func.max(entries.c.created_at))
        with self._database.reading() as connection:
            everything = times.where(*self._conditions(TurnFilter()))
            first, last = connection.execute(everything, self._values(TurnFilter())).one()
        return None if first is None else (from_column(first), from_column(last))

    def speakers(self, connection: Connection, last: int | None = None) -> Mapping[str, set[str]]:
        """Return the name of everyone who ever said something, with the stems of its words.

        `last` is the `seq` of the last turn, for a caller who knows it.
        """
        own = entries.c.agent_id == self._agent_id
        if last is None:
            last = next((row.seq for row in _LAST.rows(connection, agent=self._agent_id)), 0)
        if last != self._speakers_through:
            new = select(entries.c.name).where(own, entries.c.spoken.is_not(None))
            for found in connection.scalars(new.where(entries.c.seq > self._speakers_through).distinct()):
                name = self._name if found is None else str(found)
                self._speakers[name] = _name_parts(name)
            self._speakers_through = last
        return dict(self._speakers)  # a copy, because another thread may add names

    def _passing(
        self, connection: Connection, only: TurnFilter, places: Sequence[int]
    ) -> dict[int, LoggedTurn]:
        """Return those of the turns of these places that pass the filter."""
        dialect, own = self._database.dialect, self._name
        values = {**self._values(only), "places": listed(places, dialect)}
        rows = _turns_listed(_shape(only), dialect).tuples(connection, **values)
        found = {
            place: LoggedTurn(place, seq, own if name is None else name, role == "assistant", text, time)
            for place, seq, name, role, text, time, _ in rows
        }
        if inexact := [row[0] for row in rows if row[-1]]:
            whole = select(entries).where(entries.c.agent_id == self._agent_id, entries.c.place.in_(inexact))
            found.update((row.place, self._turn(row)) for row in connection.execute(whole))
        return found

    def _conditions(self, only: TurnFilter) -> list[ColumnElement[bool]]:
        return _conditions(only, self._database.dialect)

    def _values(self, only: TurnFilter) -> dict[str, Any]:
        """Return the values of what `_conditions` compares with."""
        values: dict[str, Any] = {"agent": self._agent_id}
        if only.names is not None:
            values |= {"own": self._name, "names": listed(only.names, self._database.dialect)}
        if only.start is not None:
            values["start"] = to_column(only.start)
        if only.end is not None:
            values["end"] = to_column(only.end)
        return values

    def _turn(self, row: Any) -> LoggedTurn:
        name = self._name if row.name is None else row.name
        return LoggedTurn(row.place, row.seq, name, row.role == "assistant", _exact_text(row), row.created_at)


_LAST = PreparedQuery(
    select(entries.c.seq)
    .where(entries.c.agent_id == bindparam("agent"), entries.c.place.is_not(None))
    .order_by(entries.c.place.desc())
    .limit(1)
)


def _conditions(only: TurnFilter, dialect: str) -> list[ColumnElement[bool]]:
    """Return the conditions for what the agent heard or said, did not take back, and passes the filter."""
    conditions = [entries.c.agent_id == bindparam("agent"), entries.c.spoken.is_not(None), ~entries.c.hidden]
    if only.names is not None:
        speaker = func.coalesce(entries.c.name, bindparam("own", type_=Text))
        conditions.append(is_listed(speaker, "names", dialect))
    if only.role is not None:
        own = entries.c.role == "assistant"
        conditions.append(own if only.role == "assistant" else ~own)
    if only.start is not None:
        conditions.append(entries.c.created_at >= bindparam("start"))
    if only.end is not None:
        conditions.append(entries.c.created_at <= bindparam("end"))
    return conditions


def _shape(only: TurnFilter) -> TurnFilter:
    """Return a filter that has the same conditions, with other values."""
    start, end = (None if time is None else ANY_TIME for time in (only.start, only.end))
    return TurnFilter(None if only.names is None else (), only.role, start, end)


@cache
def _turns_listed(shape: TurnFilter, dialect: str) -> PreparedQuery:
    """Return the query for the turns of some places that pass a filter.

    `inexact` are those whose columns lack characters that the database cannot store.
    """
    inexact = or_(*(entries.c.payload.contains(f'"{key}"') for key in (EXACT, SEALED)))
    said = select(entries.c.place, entries.c.seq, entries.c.name, entries.c.role, entries.c.spoken)
    read = said.add_columns(entries.c.created_at, inexact.label("inexact"))
    listed_places = is_listed(entries.c.place, "places", dialect)
    return PreparedQuery(read.where(*_conditions(shape, dialect), listed_places))


def _name_parts(name: str) -> set[str]:
    """Return the stems of a name's words; if all are stop words, as in Will, how texts have it as a name."""
    parts = words(bare_form(name).replace("_", " "))
    known = {stem(word) for word in parts if word not in STOP_WORDS}
    return known or {form for word in parts for form in (word.title(), word.upper())}


def _exact_text(row: Row[Any]) -> str:
    """Return what was said, with the characters that the database cannot store."""
    if f'"{EXACT}"' not in row.payload and f'"{SEALED}"' not in row.payload:
        return str(row.spoken)
    return entries_of([row])[0].message.spoken or ""


def _match(database: Database, agent_id: str, query: str) -> Match:
    if UNSPACED.search(query) or not words(query):
        terms = list(dict.fromkeys(term[:LONGEST_TERM] for term in search_form(query).split()))[:MOST_WORDS]
        terms = terms or query.split()[:MOST_WORDS]
        return _literal_match(terms, database.dialect)
    wanted = [phrase for phrase in PHRASE.findall(query) if words(phrase)]
    wanted += query_words(PHRASE.sub(" ", query))
    return match_words(database, agent_id, wanted[:MOST_WORDS])


def _literal_match(terms: list[str], dialect: str) -> Match:
    """Match what contains any of the terms literally. SQLite's LIKE ignores the case of ASCII letters."""
    spoken = func.coalesce(entries.c.searched, entries.c.spoken)
    contains = spoken.contains if dialect == "sqlite" else spoken.icontains
    found = [contains(term, autoescape=True) for term in terms]
    score = sum((case((holds, 1.0), else_=0.0) for holds in found), literal(0.0))
    return Match(entries, score, or_(*found))
