"""The index of the conversation in Qdrant: its words and, with an embedder, its meaning.

It is built from the log and can be rebuilt at any time: a search first adds what was said since the last
search. The id of a turn's point contains the turn's place in the conversation. The point of place 0 is a mark
that says up to which place the log is indexed.
"""

from __future__ import annotations

import hashlib
import logging
import weakref
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from memgpt_autogen.concurrency import Lock, Progress
from memgpt_autogen.errors import ArchiveAwayError
from memgpt_autogen.llm.protocols import Embedder, is_slow
from memgpt_autogen.memory.passages import PassageFilter
from memgpt_autogen.memory.qdrant.embedding_queue import EmbeddingQueue, checked_vectors
from memgpt_autogen.memory.qdrant.protocol import (
    PassageIndex,
    Point,
    Scope,
    Space,
    Stored,
    TooLargeError,
    Where,
)
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.outbox import Outbox
from memgpt_autogen.memory.storage.tables import entries, from_column
from memgpt_autogen.text.bm25 import FORM, PART_TERMS, term_weights, weights_of

logger = logging.getLogger(__name__)

BATCH = 512
"""How many turns are added at once."""

# BM25's constants for turns of a conversation, which are short
USUAL_LENGTH = 10
B = 0.4

EMBEDDED_CHARS = 4000
"""How many characters of a turn are embedded. The rest hardly changes its meaning."""

MARK_PLACE = 0
MARK_TIME = "1970-01-01T00:00:00.000000+00:00"


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
        self._deferred = is_slow(embedder) if deferred is None else deferred
        self._adding = Lock(f"the recall index of agent '{own_name}'")
        self._vectors = _Vectors(database, agent_id, index, embedder)
        # has a row while the index is outdated, and its server was away when it should have been deleted
        self._outdated = Outbox(database, self._vectors.archive_id)
        self._queue = EmbeddingQueue(self._vectors)
        weakref.finalize(self, self._queue.abandon).atexit = False

    def lag(self) -> int:
        """Return how many turns are in the log and not yet in the index."""
        return sum(map(len, self._missing()))

    def catch_up(self, *, progress: Progress | None = None) -> int:
        """Add what was said since the last time, in batches. Returns the number of turns."""
        with self._adding:
            if not self._outdated.is_empty():
                self._delete()
                self._outdated.remove()
            total = self.lag() if progress else 0
            added = 0
            for rows in self._missing():
                try:
                    self._index.insert(self._vectors.scope, [*self._points(rows), self._mark(rows[-1])])
                except TooLargeError as error:  # the others are stored, and the mark behind them
                    logger.warning(
                        "turns of '%s' that searches find by the database only: %s", self._own_name, error
                    )
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
        """Return the condition for every turn that was not taken back since it was added."""
        hidden = select(entries.c.place).where(entries.c.agent_id == self._agent_id, entries.c.hidden)
        places = [place for place in connection.scalars(hidden) if place]
        return Where(self._vectors.scope, without=tuple(map(self._vectors.id_of, (MARK_PLACE, *places))))

    def by_each_word(
        self, where: Where, terms: Sequence[int], limit: int, *, places: Sequence[int] | None = None
    ) -> list[dict[int, float]]:
        """Return for each term the places of the best `limit` turns by BM25, with their scores."""
        if places is not None:
            where = replace(where, ids=tuple(map(self._vectors.id_of, places)))
        found = self._index.by_each_word(where, terms, limit)
        return [{_place_of(id_): score for id_, score in hits.items()} for hits in found]

    def by_words(
        self, where: Where, terms: Sequence[int], limit: int, *, every: Sequence[Collection[int]] = ()
    ) -> dict[int, float]:
        """Return the places of the best `limit` turns by BM25, with their scores.

        With `every`, only turns that have at least one term of each of these groups.
        """
        where = replace(where, every=tuple(map(tuple, every)))
        hits = self._index.by_words(where, dict.fromkeys(sorted(terms), 1.0), limit)
        return {_place_of(hit.id): hit.score for hit in hits}

    def by_meaning(self, where: Where, vector: Sequence[float], limit: int) -> dict[int, float]:
        """Return the places of the nearest `limit` turns, with their cosines."""
        return {_place_of(hit.id): hit.score for hit in self._index.by_meaning(where, vector, limit)}

    def count(self, where: Where, terms: Sequence[int], *, exact: bool = True) -> int:
        """Return how many turns contain any of the terms."""
        return self._index.count(replace(where, terms=tuple(terms)), exact=exact)

    def _missing(self) -> Iterator[Sequence[Any]]:
        """Yield the turns that are in the log and not in the index, in batches.

        Deletes the index first if it was made with another embedder, from another log, or with other terms.
        """
        mark = self._indexed_through()
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

    def _indexed_through(self) -> list[Any] | None:
        """Return the place, `seq` and time of the newest turn in the index, or None if there is none."""
        scope = self._vectors.scope
        for mark in self._index.read(Where(scope), (self._vectors.id_of(MARK_PLACE),)):
            space = Space(mark.payload["model"], mark.payload["dimension"])
            if space == scope.space and mark.payload.get("form") == FORM:
                return list(mark.payload["through"])
        self._delete()
        return None

    def _delete(self) -> bool:
        """Delete all points. Returns whether there were any."""
        space = self._index.space(self._vectors.archive_id)
        if space is not None:
            self._index.delete(Where(Scope(self._vectors.archive_id, space)))
        return space is not None

    def _rows(self, first: int) -> Sequence[Any]:
        """Return one more than `BATCH` turns from this place on, for the one that is already in the index."""
        turns = (
            select(entries.c.place, entries.c.seq, entries.c.created_at, entries.c.name, entries.c.role)
            .add_columns(entries.c.spoken)
            .where(entries.c.agent_id == self._agent_id, entries.c.place >= first)
            .where(entries.c.spoken.is_not(None))
            .order_by(entries.c.place)
            .limit(BATCH + 1)
        )
        with self._database.reading() as connection:
            return connection.execute(turns).all()

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
        payload = {**self._payload(MARK_TIME), "through": list(row[:3]), "form": FORM}
        return Point(self._vectors.id_of(MARK_PLACE), payload, {})

    def _payload(self, time: str) -> dict[str, Any]:
        archive, space = self._vectors.scope.archive, self._vectors.scope.space
        return {"archive": archive, "created_at": time, "model": space.model, "dimension": space.dimension}


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
        digits = hashlib.sha256(agent_id.encode()).hexdigest()
        self._id_start = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-"

    def id_of(self, place: int) -> str:
        """Return the UUID of a turn. It is unique among all agents, as a server's collection has many."""
        return f"{self._id_start}{place:012x}"

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
        places = [_place_of(stored.id) for stored in waiting]
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


def _place_of(id_: str) -> int:
    return int(id_[-12:], 16)
