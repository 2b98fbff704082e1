"""The index of the conversation in Qdrant: its words and, with an embedder, its meaning.

It is built from the log and can be rebuilt at any time: a search first adds what was said since the last
search. The id of a turn's point is, or ends with, the turn's place in the conversation. The point of place 0
is a mark that says up to which place the log is indexed.
"""

from __future__ import annotations

import hashlib
import logging
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select

from memgpt_autogen.concurrency import Lock, Progress
from memgpt_autogen.errors import ArchiveAwayError
from memgpt_autogen.llm.protocols import Embedder, is_slow
from memgpt_autogen.memory.passages import PassageFilter
from memgpt_autogen.memory.qdrant.embedding_queue import EmbeddingQueue, checked_vectors
from memgpt_autogen.memory.qdrant.protocol import (
    Hit,
    PassageIndex,
    Point,
    Question,
    Scope,
    Space,
    Stored,
    TooLargeError,
    Where,
    number_in,
)
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.outbox import Outbox
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.tables import entries, from_column
from memgpt_autogen.text.bm25 import FORM, PART_TERMS, term_weights, weights_of

logger = logging.getLogger(__name__)

T = TypeVar("T")

BATCH = 512
"""How many turns are added at once."""

# BM25's constants for turns of a conversation, which are short
USUAL_LENGTH = 10
B = 0.4

EMBEDDED_CHARS = 4000
"""How many characters of a turn are embedded. The rest hardly changes its meaning."""

MARK_PLACE = 0
MARK_TIME = "1970-01-01T00:00:00.000000+00:00"
MARK_FIELDS = ("model", "dimension", "form", "through")

Through = list[Any]
"""The place, `seq` and time of a turn. An index has every turn up to that of its mark."""


@dataclass(frozen=True, slots=True)
class TurnFilter:
    """Which turns a search is about. Both ends are inclusive."""

    names: tuple[str, ...] | None = None
    role: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    def in_index(self) -> PassageFilter:
        """Return the filter as the index stores roles and names."""
        return PassageFilter(
            tags=(_role_tag(self.role),) if self.role else (),
            sources=tuple(map(_name_tag, self.names or ())),
            start=self.start,
            end=self.end,
        )


def turn_weights(text: str) -> dict[int, float]:
    """Return the weights of a turn's terms."""
    return term_weights(text, b=B, usual_length=USUAL_LENGTH, part=PART_TERMS)


def weights_in(text: str, terms: Sequence[str]) -> list[float]:
    """Return the weights of these terms, which the turn has."""
    return weights_of(terms, text, b=B, usual_length=USUAL_LENGTH, part=PART_TERMS)


class RecallIndex:
    """The index of one agent's log. `own_name` is the agent's name, the speaker of its own turns.

    With `deferred`, a new turn is found by its words at once, and by its meaning as soon as a thread has
    embedded it. The default depends on the embedder: only a slow one is deferred.
    """

    def __init__(
        self,
        database: Database,
        agent_id: str,
        own_name: str,
        index: PassageIndex,
        embedder: Embedder | None = None,
        *,
        deferred: bool | None = None,
    ) -> None:
        self._database = database
        self._agent_id = agent_id
        self._own_name = own_name
        self._index = index
        self.distant = index.distant
        """Whether each question is a trip to a server."""
        self._deferred = is_slow(embedder) if deferred is None else deferred
        self._adding = Lock(f"the recall index of agent '{own_name}'")
        self.through: Through | None = None
        """The mark of a distant index, as this process saw it last; None if it is to be read."""
        self.size = 0
        """How many turns the index has, or more, as this process saw it last."""
        self._vectors = _Vectors(database, agent_id, index, embedder)
        # has a row while the index is outdated, and its server was away when it should have been deleted
        self._outdated = Outbox(database, self._vectors.archive_id)
        self._queue = EmbeddingQueue(self._vectors)
        weakref.finalize(self, self._queue.abandon).atexit = False

    def lag(self) -> int:
        """Return how many turns are in the log and not yet in the index."""
        return sum(map(len, self._missing(self._indexed_through())))

    def newest(self, connection: Connection) -> Through | None:
        """Return the last turn of the log, as a mark says it; None while nothing was said."""
        return next((list(row) for row in _NEWEST.rows(connection, agent=self._agent_id)), None)

    def catch_up(
        self, *, progress: Progress | None = None, seen: bool = False, newest: Through | None = None
    ) -> int:
        """Add what was said since the last time, in batches. Returns the number of turns.

        With `seen`, the index is taken to be as this process saw it last. Then compare the mark that `ask`
        returns. Who knows the `newest` turn of the log saves a question to the database.
        """
        with self._adding:
            if not self._outdated.is_empty():
                self._delete()
                self._outdated.remove()
            added = self._extend() if seen else None
            if added is None:
                total = self.lag() if progress else 0
                added = 0
                mark = self._indexed_through()
                for rows in self._missing(mark) if mark is None or mark != newest else ():
                    self._insert(rows)
                    added += len(rows)
                    if progress:
                        progress(added, total)
        if self._vectors.embeds:
            if added and self._deferred:
                self._queue.begin()
            else:
                self._queue.look()
        return added

    def contains(self, seq: int) -> bool:
        """Return whether the index has the turn with this `seq`, or a later one."""
        with self._adding:
            mark = self._indexed_through()
        return mark is not None and bool(mark[1] >= seq)

    def clear(self) -> None:
        """Delete the index. The next search rebuilds it."""
        with self._adding:
            self._delete()
            # also without points: a run that was killed may have left their texts in the files
            self._index.rewrite(self._vectors.archive_id)
            self._outdated.remove()

    def outdate(self, since: int) -> None:
        """Delete the index if it has the turn with this `seq`, or a later one, whose words have changed.

        While its server is away, this is noted in the database, and the next search does it.
        """
        try:
            if self.contains(since):
                self.clear()
        except ArchiveAwayError:
            self._outdated.put([("", {})])

    def close(self) -> None:
        """Release the index's folder to other processes. The next use opens it again."""
        self._queue.stop(0)
        self._index.close(self._vectors.archive_id)

    def pending(self) -> int:
        """Return how many turns are indexed by their words and wait for their vectors."""
        return self._vectors.pending()

    def settle(self, timeout: float | None = None) -> int:
        """Wait up to `timeout` seconds for all vectors. Returns how many turns still wait."""
        return self._queue.settle(timeout)

    def embed_query(self, query: str) -> Sequence[float] | None:
        """Return the query's vector; None without an embedder. Raises `ModelError` if the embedder fails."""
        return self._vectors.embed_query(query)

    def turns(self, connection: Connection) -> Where:
        """Return the condition for every turn that was not taken back since it was added.

        It is for questions by words or by meaning, which never find the mark: it has neither.
        """
        places = [row.place for row in _HIDDEN.rows(connection, agent=self._agent_id) if row.place]
        return Where(self._vectors.scope, without=tuple(map(self._vectors.id_of, places)))

    def ahead(self, call: Callable[[], T]) -> Callable[[], T]:
        """Begin a call beside what follows, as `PassageIndex.ahead` does."""
        return self._index.ahead(call)

    def near(self, where: Where, places: Sequence[int]) -> Where:
        """Return the condition for those of the turns that have these places."""
        if self._index.separate:
            return replace(where, numbers=tuple(places))
        return replace(where, ids=tuple(map(self._vectors.id_of, places)))

    def by_words(
        self, where: Where, terms: Mapping[int, float], limit: int, *, every: Sequence[Collection[int]] = ()
    ) -> Question:
        """Ask for the best `limit` turns by BM25, in which each term has its weight.

        With `every`, only for turns that have at least one term of each of these groups.
        """
        if every:
            where = replace(where, every=tuple(map(tuple, every)))
        return Question(where, limit, words=dict(sorted(terms.items())))

    def by_meaning(self, where: Where, vector: Sequence[float], limit: int) -> Question:
        """Ask for the nearest `limit` turns."""
        return Question(where, limit, meaning=vector)

    def ask(self, questions: Sequence[Question]) -> tuple[list[dict[int, float]], Through | None]:
        """Return the places that answer each question, with their scores or cosines, and the mark.

        The mark is read with them, in one trip; None if there is none, or the index is not distant.
        """
        if not self.distant:
            return self._index.scores(questions), None
        mark = Where(self._vectors.scope, ids=(self._vectors.id_of(MARK_PLACE),))
        *answers, marks = self._index.ask([*questions, Question(mark, 1, fields=MARK_FIELDS)])
        through = self._through_of(marks[0].payload or {}) if marks else None
        return [_by_place(hits) for hits in answers], through

    def count(self, where: Where, terms: Sequence[int], *, exact: bool = True) -> int:
        """Return how many turns contain any of the terms."""
        return self._index.count(replace(where, terms=tuple(terms)), exact=exact)

    def _missing(self, mark: Through | None) -> Iterator[Sequence[Any]]:
        """Yield the turns that are in the log and not in the index, in batches.

        Deletes the index first if it was made from another log.
        """
        while True:
            rows = self._rows(mark[0] if mark else 1)
            if mark:
                if not rows or list(rows[0][:3]) != mark:
                    self._delete()
                    mark = None
                    continue
                rows = rows[1:]
            else:
                rows = rows[:BATCH]
            if rows:
                yield rows
                mark = list(rows[-1][:3])
            if len(rows) < BATCH:
                return

    def _insert(self, rows: Sequence[Any]) -> None:
        try:
            self._index.insert(self._vectors.scope, [*self._points(rows), self._mark(rows[-1])])
        except TooLargeError as error:  # the others are stored, and the mark behind them
            logger.warning("turns of '%s' that searches find by the database only: %s", self._own_name, error)
        self._see(list(rows[-1][:3]))

    def _extend(self) -> int | None:
        """Add what was said since the turn of the mark that was seen last, in one trip.

        Returns the number of turns; None if that cannot be done.
        """
        after, scope = self.through, self._vectors.scope
        rows = [] if after is None else self._rows(after[0])
        if after is None or len(rows) > BATCH or list(rows[0][:3] if rows else ()) != after:
            return None
        if new := rows[1:]:
            mark = self._mark(new[-1])
            if not self._index.extend(scope, self._points(new), mark, _state(after)):
                return None
            self._see(list(new[-1][:3]))
        return len(new)

    def _see(self, through: Through | None) -> None:
        self.through = through if self.distant else None
        self.size = 0 if through is None else int(through[0])

    def _indexed_through(self) -> Through | None:
        """Return the mark, or None if there is none.

        Deletes the index if it was made with another embedder or with other terms.
        """
        for mark in self._index.read(Where(self._vectors.scope), (self._vectors.id_of(MARK_PLACE),)):
            if (through := self._through_of(mark.payload)) is not None:
                self._see(through)
                return through
        self._delete()
        return None

    def _through_of(self, mark: Mapping[str, Any]) -> Through | None:
        """Return up to which turn the log is indexed; None for a mark of another embedder or other terms."""
        known = Space(mark.get("model"), mark.get("dimension", 0)) == self._vectors.scope.space
        return list(mark["through"]) if known and mark.get("form") == FORM else None

    def _delete(self) -> bool:
        """Delete all points. Returns whether there were any."""
        self._see(None)
        space = self._index.space(self._vectors.archive_id)
        if space is not None:
            self._index.delete(Where(Scope(self._vectors.archive_id, space)))
        return space is not None

    def _rows(self, first: int) -> Sequence[Any]:
        """Return one more than `BATCH` turns from this place on, for the one that is already in the index."""
        with self._database.reading() as connection:
            return _TURNS.rows(connection, agent=self._agent_id, first=first)

    def _points(self, rows: Sequence[Any]) -> list[Point]:
        meanings: Sequence[Sequence[float] | None] = [None] * len(rows)
        if self._vectors.embeds and not self._deferred:
            meanings = self._vectors.embed([row.spoken for row in rows])
        return [self._point(row, meaning) for row, meaning in zip(rows, meanings, strict=True)]

    def _point(self, row: Any, meaning: Sequence[float] | None) -> Point:
        words = turn_weights(row.spoken)
        payload = {
            **self._payload(from_column(row.created_at).isoformat(timespec="microseconds")),
            "tags": [_role_tag(row.role)],
            "source": _name_tag(self._own_name if row.name is None else row.name),
            "terms": list(words),
        }
        return Point(self._vectors.id_of(row.place), payload, words, meaning)

    def _mark(self, row: Any) -> Point:
        through = list(row[:3])
        payload = {**self._payload(MARK_TIME), "through": through, "form": FORM, "parent": _state(through)}
        return Point(self._vectors.id_of(MARK_PLACE), payload, {})

    def _payload(self, time: str) -> dict[str, Any]:
        archive, space = self._vectors.scope.archive, self._vectors.scope.space
        return {"archive": archive, "created_at": time, "model": space.model, "dimension": space.dimension}


_OWN = entries.c.agent_id == bindparam("agent")

_TURNS = PreparedQuery(
    select(entries.c.place, entries.c.seq, entries.c.created_at, entries.c.name, entries.c.role)
    .add_columns(entries.c.spoken)
    .where(_OWN, entries.c.place >= bindparam("first"), entries.c.spoken.is_not(None))
    .order_by(entries.c.place)
    .limit(BATCH + 1)
)

_NEWEST = PreparedQuery(
    select(entries.c.place, entries.c.seq, entries.c.created_at)
    .where(_OWN, entries.c.place.is_not(None))
    .order_by(entries.c.place.desc())
    .limit(1)
)

_HIDDEN = PreparedQuery(select(entries.c.place).where(_OWN, entries.c.hidden))


class _Vectors:
    """The embedder's side of the index, and the queue of turns that wait for their vectors.

    It does not refer to the `RecallIndex`, so that the queue's thread does not keep that alive.
    """

    def __init__(
        self, database: Database, agent_id: str, index: PassageIndex, embedder: Embedder | None
    ) -> None:
        self.archive_id = index_of(agent_id)
        self._database = database
        self._agent_id = agent_id
        self._index = index
        self._embedder = embedder
        index.expect(embedder)
        digits = hashlib.sha256(agent_id.encode()).hexdigest()
        self._id_start = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-"

    def id_of(self, place: int) -> str:
        """Return the id of a turn: its place, or a UUID where other agents' turns are beside it.

        A number takes a third of the time of a UUID to come from the engine and to be asked for.
        """
        return str(place) if self._index.separate else f"{self._id_start}{place:012x}"

    @cached_property
    def scope(self) -> Scope:
        """Known at the first use, because an embedder may have to load a model to know its dimension."""
        embedder = self._embedder
        space = Space(embedder.model, embedder.dimension) if embedder else Space()
        held = self._index.space(self.archive_id)
        # the model's folder may have another name now
        return Scope(self.archive_id, held if held is not None and held.is_same(space) else space)

    @property
    def embeds(self) -> bool:
        return self._embedder is not None

    def embed_query(self, query: str) -> Sequence[float] | None:
        if self._embedder is None:
            return None
        return checked_vectors(self.scope.space, [self._embedder.embed_query(query)], 1)[0]

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        assert self._embedder is not None  # noqa: S101 - for mypy
        cut = [text[:EMBEDDED_CHARS] for text in texts]
        return checked_vectors(self.scope.space, self._embedder.embed(cut), len(cut))

    def pending(self) -> int:
        if self._embedder is None or self._index.space(self.archive_id) is None:
            return 0
        return self._index.count(self._waiting)

    def waiting(self, most: int) -> list[Stored]:
        return self._index.oldest(self._waiting, most) if self._index.space(self.archive_id) else []

    def meanings(self, waiting: Sequence[Stored]) -> Sequence[Sequence[float]]:
        places = [number_in(stored.id) for stored in waiting]
        turns = select(entries.c.place, entries.c.spoken).where(
            entries.c.agent_id == self._agent_id, entries.c.place.in_(places)
        )
        with self._database.reading() as connection:
            texts = {row.place: row.spoken or "" for row in connection.execute(turns)}
        return self.embed([texts.get(place, "") for place in places])

    def place(self, waiting: Sequence[Stored], meanings: Sequence[Sequence[float]]) -> None:
        self._index.place(self.scope, list(zip(waiting, meanings, strict=True)))

    @property
    def _waiting(self) -> Where:
        return Where(self.scope, without=(self.id_of(MARK_PLACE),), pending=True)


def index_of(agent_id: str) -> str:
    """Return the id of the archive that is the index of an agent's conversation."""
    return f"{agent_id}/said"


def _role_tag(role: str) -> str:
    return "role assistant" if role == "assistant" else "role user"


def _name_tag(name: str) -> str:
    return f"name {name}"


def _by_place(hits: Iterable[Hit]) -> dict[int, float]:
    return {number_in(hit.id): hit.score for hit in hits}


def _state(through: Through) -> str:
    """Return a mark as text, by which a server compares it."""
    return "through " + " ".join(map(str, through))
