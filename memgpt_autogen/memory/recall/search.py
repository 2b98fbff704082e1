"""Recall memory: search over the complete log of what anyone, the agent included, has said.

Thoughts, tool results, heartbeats, alerts and earlier searches are in the log and never in a result.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, literal, or_, select

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import EmbedderMismatchError, ModelError, StorageError, ToolError
from memgpt_autogen.memory.recall.index import Only, SaidIndex
from memgpt_autogen.memory.recall.query_dates import mentioned_times
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.fulltext import Match, match_words
from memgpt_autogen.memory.storage.log import EXACT, entry_of
from memgpt_autogen.memory.storage.tables import entries, from_column, to_column
from memgpt_autogen.rendering.search_results import Result, results_html, results_text
from memgpt_autogen.text.bm25 import UNSPACED, query_terms, why_found
from memgpt_autogen.text.bm25 import index as term_index
from memgpt_autogen.text.safe import storable
from memgpt_autogen.text.words import STOP_WORDS, WORD, folded, query_words, stem, stems, words

if TYPE_CHECKING:
    from memgpt_autogen.memory.recall.ranking import RankedTurn, Turn

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
    """Larger is better, comparable within one search only; 0 where no words were asked."""
    why: str = ""
    """Which signals found it: `words: tea; beside it: budget; speaker; meaning 0.61`. Empty where no words were asked."""


@dataclass(frozen=True, slots=True, repr=False)
class RecallPage:
    """One page of a search; `total` counts all that match, whatever page this is."""

    items: list[Utterance]
    total: int
    page: int
    page_size: int = PAGE_SIZE
    exact: bool = True
    """Whether `total` is; a search that finds more than ten thousand estimates until somebody pages so far."""
    trouble: str = ""
    """What kept the search from being as good as it can be; it goes on by words alone then. Empty where nothing did."""

    @property
    def last_page(self) -> int:
        return max(0, (self.total - 1) // self.page_size)

    def __str__(self) -> str:
        return results_text("recall", self._about(), self._results())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return results_html("recall", "recall", self._about(), self._results(), "speaker")

    def _about(self) -> tuple[str, ...]:
        total = f"{self.total:,}" if self.exact else f"about {self.total:,}"
        return f"{total} found", f"page {self.page} of 0 to {self.last_page}", self.trouble

    def _results(self) -> list[Result]:
        return [Result(each.time, each.name, each.text, each.score, each.why) for each in self.items]


class RecallMemory:
    """The search side of one agent's log. `name` is the agent's own, for what it said itself.

    Words are looked for by `said`, the index of what was said, which ranks turns by what stands around them too; quoted words,
    signs and scripts without spaces are looked for as they stand, by the database. That one also serves where the index
    cannot.
    """

    def __init__(
        self,
        database: Database,
        agent_id: str,
        name: str,
        *,
        said: SaidIndex | None = None,
        zone: tzinfo = timezone.utc,
    ) -> None:
        self._database = database
        self._agent_id = agent_id
        self._name = name
        self._said = said
        self._zone = zone
        self._speakers: dict[str, None] = {}
        self._known_through = 0

    def index(self, *, progress: Progress | None = None) -> int:
        """Add what was said since the last search to the index, which a search does by itself; how many turns those were."""
        return self._said.catch_up(progress=progress) if self._said else 0

    def lag(self) -> int:
        """How many turns the next search, or `index`, has to add to the index first."""
        return self._said.lag() if self._said else 0

    def close(self) -> None:
        """Give the index's folder back to other processes; the next search opens it again."""
        if self._said:
            self._said.close()

    def pending(self) -> int:
        """How many turns are in the index with their words, and wait for their vectors."""
        return self._said.vectors.pending() if self._said else 0

    def settle(self, timeout: float | None = None) -> int:
        """Wait until all vectors are there, for so many seconds at most; how many turns still wait."""
        return self._said.settle(timeout) if self._said else 0

    def clear_index(self) -> None:
        """Forget the index; the next search makes it anew from the log."""
        if self._said:
            self._said.clear()

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
        """What was said that answers the query, best first; without a query, all that fits the filters, oldest first.

        A turn fits by the query's words, which match by stem and without stop words, its own or those of the turns around it; by
        who speaks; and by meaning, where there is an embedder. "Quoted words" must stand together in the turn itself, and a
        query without words, or in a script without spaces, is looked for literally. `start` and `end` are inclusive. `speaker` is compared
        without case.
        """
        if page < 0:
            raise ToolError(f"page is {page}; pages count from 0.")
        query = storable(query or "")
        names = self._named(storable(speaker).strip().lower()) if speaker is not None else None
        trouble = ""
        only = Only(tuple(names) if names is not None else None, role, start, end)
        if self._said is not None and _is_for_words(query):
            try:
                return self._answering(self._said, query, only, page, page_size)
            except (StorageError, ModelError, EmbedderMismatchError) as error:
                trouble = str(error)
        said_by = func.coalesce(entries.c.name, self._name)
        conditions: list[ColumnElement[bool]] = [
            entries.c.agent_id == self._agent_id,
            entries.c.spoken.is_not(None),
            ~entries.c.hidden,
            *self._filters(only),
        ]
        match = (
            _match(self._database, self._agent_id, query) if query.strip() else Match(entries, literal(0.0))
        )
        if match.condition is not None:
            conditions.append(match.condition)
        found = (
            select(entries)
            .add_columns(said_by.label("speaker"), match.score.label("score"))
            .select_from(match.source)
            .where(and_(*conditions))
        )
        first = min(page * page_size, MOST_ROWS)
        with self._database.reading() as connection:
            if match.condition is None:
                total = self._count(connection, only)
                # from the nearer end, since what is passed over has to be read too
                backwards = first > total // 2
                size = max(min(page_size, total - first), 0)
                place = entries.c.seq.desc() if backwards else entries.c.seq
                skipped = total - first - size if backwards else first
                rows = list(connection.execute(found.order_by(place).limit(size).offset(max(skipped, 0))))
                rows = rows[::-1] if backwards else rows
            else:
                source = match.source if match.counted is None else match.counted
                counted = select(func.count()).select_from(source).where(and_(*conditions))
                total = connection.scalar(counted) or 0
                order = match.score.desc(), entries.c.seq.desc()
                rows = list(connection.execute(found.order_by(*order).limit(page_size).offset(first)))
        items = [
            Utterance(
                row.seq,
                row.speaker,
                _exact(row),
                from_column(row.created_at),
                float(row.score),
                why_found(query, row.spoken, "as it stands") if match.condition is not None else "",
            )
            for row in rows
        ]
        return RecallPage(items, total, page, page_size, trouble=trouble)

    def _answering(self, said: SaidIndex, query: str, only: Only, page: int, page_size: int) -> RecallPage:
        # late: it needs numpy, which takes a tenth of a second, and most turns search nothing
        from memgpt_autogen.memory.recall.ranking import Asked, TurnRanking

        if only.names is not None and not only.names:
            return RecallPage([], 0, page, page_size)
        said.catch_up()
        asked = Asked(self._asked(query), mentioned_times(query), self._zone)
        bare = _without(query, asked.names)
        terms = list(dict.fromkeys(map(term_index, query_terms(bare))))[:MOST_WORDS]
        meaning, trouble = None, ""
        try:
            meaning = said.vectors.of_query(bare)
        except ModelError as error:
            trouble = str(error)
        around = said.where()
        ranking = TurnRanking(
            said,
            partial(self._turns, only),
            terms,
            filtered=around if only == Only() else said.where(only),
            around=around,
            asked=asked,
            meaning=meaning,
        )
        first = min(page * page_size, MOST_ROWS)
        ranked = ranking.slice(first, first + page_size)
        forms = {term_index(stem(word)): word for word in reversed(words(folded(bare)))}
        shown = [forms.get(term, "") for term in terms]
        items = [
            Utterance(
                each.turn.seq,
                each.turn.name,
                each.turn.text,
                each.turn.time,
                round(each.score, 4),
                _told(each, shown),
            )
            for each in ranked
        ]
        return RecallPage(items, ranking.total, page, page_size, ranking.exact, trouble)

    def _turns(
        self, only: Only, places: Sequence[int], *, filtered: bool = False, most: int | None = None
    ) -> list[Turn]:
        """The turns of the first of these places that are there, in their order; what was taken back is left out."""
        from memgpt_autogen.memory.recall.ranking import Turn

        shown = [entries.c.agent_id == self._agent_id, entries.c.spoken.is_not(None), ~entries.c.hidden]
        found: dict[int, Turn] = {}
        with self._database.reading() as connection:
            if filtered:
                fitting = select(entries.c.place).where(
                    *shown, *self._filters(only), entries.c.place.in_(places)
                )
                fits = set(connection.scalars(fitting))
                places = [place for place in places if place in fits]
            places = places[:most]
            for row in connection.execute(select(entries).where(*shown, entries.c.place.in_(places))):
                name = self._name if row.name is None else row.name
                time = from_column(row.created_at)
                own = row.role == "assistant"
                found[row.place] = Turn(row.place, row.seq, name, own, _exact(row), time)
        return [found[place] for place in places if place in found]

    def _count(self, connection: Connection, only: Only) -> int:
        """How many turns fit; without a filter, two indexes know."""
        own = entries.c.agent_id == self._agent_id
        if only == Only():
            spoken = connection.scalar(select(func.count()).where(own, entries.c.place.is_not(None))) or 0
            hidden = connection.scalar(select(func.count(entries.c.place)).where(own, entries.c.hidden)) or 0
            return spoken - hidden
        shown = entries.c.spoken.is_not(None), ~entries.c.hidden
        return connection.scalar(select(func.count()).where(own, *shown, *self._filters(only))) or 0

    def _filters(self, only: Only) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if only.names is not None:
            conditions.append(func.coalesce(entries.c.name, self._name).in_(only.names))
        if only.role is not None:
            own = entries.c.role == "assistant"
            conditions.append(own if only.role == "assistant" else ~own)
        if only.start is not None:
            conditions.append(entries.c.created_at >= to_column(only.start))
        if only.end is not None:
            conditions.append(entries.c.created_at <= to_column(only.end))
        return conditions

    def _asked(self, query: str) -> frozenset[str]:
        """The participants that the query names, by any word of their name."""
        wanted = set(map(stem, words(query)))
        return frozenset(name for name in self._known() if wanted & _name_words(name))

    def _known(self) -> list[str]:
        """Everyone who ever said something; only what was said since is looked through."""
        spoken = entries.c.agent_id == self._agent_id, entries.c.spoken.is_not(None)
        with self._database.reading() as connection:
            last = connection.scalar(select(func.max(entries.c.seq)).where(*spoken[:1])) or 0
            if last != self._known_through:
                new = select(entries.c.name).where(*spoken, entries.c.seq > self._known_through).distinct()
                for name in connection.scalars(new):
                    self._speakers[self._name if name is None else str(name)] = None
                self._known_through = last
        return list(self._speakers)

    def _named(self, speaker: str) -> list[str]:
        """Who is called so in lower case. Compared here, since a database's idea of lower case depends on its locale."""
        return [name for name in self._known() if name.lower() == speaker]


def _is_for_words(query: str) -> bool:
    """Whether the query is words to look for, and not a quotation, signs, or a script without spaces."""
    return bool(stems(query)) and not _PHRASE.search(query) and not UNSPACED.search(query)


def _without(query: str, asked: frozenset[str]) -> str:
    """The query without the names of participants, unless nothing else is in it."""
    named = set().union(*map(_name_words, asked))
    bare = WORD.sub(lambda word: "" if {stem(part) for part in words(word[0])} <= named else word[0], query)
    return bare if stems(bare) else query


def _name_words(name: str) -> set[str]:
    return {stem(word) for word in words(name.replace("_", " ")) if word not in STOP_WORDS}


def _told(ranked: RankedTurn, shown: Sequence[str]) -> str:
    """The signals that found a turn."""
    signals = [
        f"{what}: {', '.join(told)}"
        for what, numbers in (("words", ranked.words), ("beside it", ranked.beside))
        if (told := [shown[number] for number in numbers if shown[number]])
    ]
    if ranked.named:
        signals.append("speaker")
    if ranked.timed:
        signals.append("time")
    if ranked.meaning > 0:
        signals.append(f"meaning {ranked.meaning:.2f}")
    return "; ".join(signals)


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
