"""The index of what was said: its words and, with an embedder, its meaning, in Qdrant beside the archives.

It is made from the log and can be made again at any time: a search first adds what was said since. A turn's point has its place in
the conversation for an id; the point of place 0 says up to which place the log is in.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache, partial
from typing import Any

from sqlalchemy import bindparam, select

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.llm.protocols import Embedder, is_slow
from memgpt_autogen.memory.passages import PassageFilter
from memgpt_autogen.memory.qdrant.embedding_queue import EmbeddingQueue, checked_vectors
from memgpt_autogen.memory.qdrant.protocol import PassageIndex, Point, Scope, Space, Stored, Where
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.tables import entries, from_column
from memgpt_autogen.text.bm25 import index as term_index
from memgpt_autogen.text.bm25 import passage_terms, weights

BATCH = 512
"""Turns that are added at once."""

USUAL_LENGTH = 10
B = 0.4
"""BM25's constants for turns of a conversation, which are short."""

LONG_AGO = "1970-01-01T00:00:00.000000+00:00"


@dataclass(frozen=True, slots=True)
class Only:
    """Whom and when a search is about; both ends are inclusive."""

    names: tuple[str, ...] | None = None
    role: str | None = None
    start: datetime | None = None
    end: datetime | None = None


class SaidIndex:
    """The index of one agent's log. `own_name` is the agent's, for what it said itself.

    Where it is `deferred`, which without a word about it follows from the embedder, what is added is found by its words at once
    and by its meaning as soon as a thread has embedded it.
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
        self._id = partial(id_of, agent_id)
        self._adding = threading.Lock()
        self.vectors = SaidVectors(database, agent_id, index, embedder)
        self._pending = EmbeddingQueue(self.vectors)
        weakref.finalize(self, self._pending.abandon).atexit = False

    @property
    def _scope(self) -> Scope:
        return self.vectors.scope

    def lag(self) -> int:
        """How many turns are in the log and not yet here."""
        return sum(len(rows) for rows in self._lacking(self._through()))

    def catch_up(self, *, progress: Progress | None = None) -> int:
        """Add what was said since; how many turns that were. Whoever is killed meanwhile has added the batches before."""
        with self._adding:
            through = self._through()
            total = sum(len(rows) for rows in self._lacking(through)) if progress else 0
            added = 0
            for rows in self._lacking(through):
                self._index.insert(self._scope, [*self._entries(rows), self._mark(rows[-1])])
                added += len(rows)
                if progress:
                    progress(added, total)
        if added and self._deferred:
            self._pending.begin()
        else:
            self._pending.look()
        return added

    def clear(self) -> None:
        """Forget all of it; the next search makes it anew."""
        with self._adding:
            space = self._index.space(self.vectors.archive_id)
            if space is not None:
                self._index.delete(Where(Scope(self._scope.archive, space)))
                self._index.rewrite(self._scope.archive)

    def close(self) -> None:
        """Give its folder back to other processes; the next use opens it again."""
        self._pending.stop(0)
        self._index.close(self.vectors.archive_id)

    def where(self, only: Only | None = None) -> Where:
        """The turns that a search is about, without what was taken back since they were added."""
        only = only or Only()
        with self._database.reading() as connection:
            hidden = [row.place for row in _HIDDEN.rows(connection, agent=self._agent_id) if row.place]
        filters = PassageFilter(
            tags=(_role_tag(only.role),) if only.role else (),
            sources=tuple(map(_name_tag, only.names or ())),
            start=only.start,
            end=only.end,
        )
        return Where(self._scope, filters, without=tuple(map(self._id, (NOWHERE, *hidden))))

    def by_each_word(
        self, where: Where, words: Sequence[int], limit: int, *, places: Sequence[int] | None = None
    ) -> list[dict[int, float]]:
        """For each word, the places of the best `limit` turns by BM25 and their scores."""
        if places is not None:
            where = replace(where, ids=tuple(map(self._id, places)))
        found = self._index.by_each_word(where, words, limit)
        return [{place_of(id_): score for id_, score in hits.items()} for hits in found]

    def by_words(self, where: Where, words: Sequence[int], limit: int) -> dict[int, float]:
        hits = self._index.by_words(where, dict.fromkeys(sorted(words), 1.0), limit)
        return {place_of(hit.id): hit.score for hit in hits}

    def by_meaning(self, where: Where, vector: Sequence[float], limit: int) -> dict[int, float]:
        """The places of the nearest `limit` turns and their cosines."""
        return {place_of(hit.id): hit.score for hit in self._index.by_meaning(where, vector, limit)}

    def count(self, where: Where, words: Sequence[int], *, exact: bool = True) -> int:
        """How many turns hold any of the words."""
        return self._index.count(replace(where, terms=tuple(words)), exact=exact)

    def settle(self, timeout: float | None = None) -> int:
        """Wait until all vectors are there, for so many seconds at most; how many turns still wait."""
        return self._pending.settle(timeout)

    def _through(self) -> int:
        """The place up to which the log is here. What is of another embedder, or of a log that is no more, is thrown away."""
        space = self._index.space(self.vectors.archive_id)
        if space is None:
            return 0
        if space == self._scope.space:
            mark = self._index.read(Where(self._scope), (self._id(NOWHERE),))
            through = mark[0].payload["through"] if mark else None
            if through is not None and through == self._newest(through[0]):
                return int(through[0])
        self._index.delete(Where(Scope(self._scope.archive, space)))
        return 0

    def _newest(self, place: int) -> list[Any] | None:
        """What tells whether the log is the one that was added: its entry at a place."""
        with self._database.reading() as connection:
            found = _NEWEST.rows(connection, agent=self._agent_id, at=place)
        return list(found[0]) if found else None

    def _lacking(self, through: int) -> Iterator[Sequence[Any]]:
        while True:
            rows = self._rows(through)
            if rows:
                yield rows
                through = rows[-1].place
            if len(rows) < BATCH:
                return

    def _rows(self, after: int) -> Sequence[Any]:
        with self._database.reading() as connection:
            return _SAID_SINCE.rows(connection, agent=self._agent_id, after=after)

    def _entries(self, rows: Sequence[Any]) -> list[Point]:
        meanings: Sequence[Sequence[float] | None] = [None] * len(rows)
        if self.vectors.embeds and not self._deferred:
            meanings = self.vectors.embedded([row.spoken for row in rows])
        return [self._entry(row, meaning) for row, meaning in zip(rows, meanings, strict=True)]

    def _entry(self, row: Any, meaning: Sequence[float] | None) -> Point:
        words = weights(map(term_index, passage_terms(row.spoken)), b=B, usual_length=USUAL_LENGTH)
        time = from_column(row.created_at).isoformat(timespec="microseconds")
        payload = self._payload(time)
        payload["tags"] = [_role_tag("assistant" if row.role == "assistant" else "user")]
        payload["source"] = _name_tag(row.name if row.name is not None else self._own_name)
        payload["terms"] = list(words)
        return Point(self._id(row.place), payload, words, meaning)

    def _mark(self, row: Any) -> Point:
        through = [row.place, row.seq, row.created_at]
        return Point(self._id(NOWHERE), {**self._payload(LONG_AGO), "through": through}, {})

    def _payload(self, time: str) -> dict[str, Any]:
        return {
            "archive": self._scope.archive,
            "created_at": time,
            "model": self._scope.space.model,
            "dimension": self._scope.space.dimension,
        }


_OWN = entries.c.agent_id == bindparam("agent")
_NAMED = (entries.c.place, entries.c.seq, entries.c.created_at)
_HIDDEN = PreparedQuery(select(entries.c.place).where(_OWN, entries.c.hidden))
_NEWEST = PreparedQuery(select(*_NAMED).where(_OWN, entries.c.place == bindparam("at")))
_SAID_SINCE = PreparedQuery(
    select(*_NAMED, entries.c.name, entries.c.role, entries.c.spoken)
    .where(_OWN, entries.c.place > bindparam("after"), entries.c.spoken.is_not(None))
    .order_by(entries.c.place)
    .limit(BATCH)
)


def _role_tag(role: str) -> str:
    return f"role {role}"


def _name_tag(name: str) -> str:
    return f"name {name}"


EMBEDDED = 4000
"""Characters of a turn that are embedded: more says nothing more about it."""


NOWHERE = 0
"""The place of the point that says up to where the log is in the index."""


class SaidVectors:
    """The embedder's side of the index of one agent's log; see `said.SaidIndex`."""

    def __init__(
        self, database: Database, agent_id: str, index: PassageIndex, embedder: Embedder | None = None
    ) -> None:
        self.archive_id = f"{agent_id}/said"
        self._database = database
        self._agent_id = agent_id
        self._index = index
        self._embedder = embedder

    @cached_property
    def scope(self) -> Scope:
        """Only when it is used, since an embedder may have to load a model, or ask an endpoint, to tell its dimension."""
        embedder = self._embedder
        space = Space(embedder.model, embedder.dimension) if embedder else Space()
        return Scope(self.archive_id, space)

    @property
    def embeds(self) -> bool:
        return self._embedder is not None

    def of_query(self, query: str) -> Sequence[float] | None:
        """None without an embedder. Raises `ModelError` where that fails."""
        if self._embedder is None:
            return None
        return checked_vectors(self.scope.space, [self._embedder.embed_query(query)], 1)[0]

    def embedded(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        assert self._embedder is not None  # noqa: S101 - for mypy
        cut = [text[:EMBEDDED] for text in texts]
        return checked_vectors(self.scope.space, self._embedder.embed(cut), len(cut))

    def pending(self) -> int:
        if self._embedder is None or self._index.space(self.archive_id) is None:
            return 0
        return self._index.count(self._waiting)

    def waiting(self, most: int) -> list[Stored]:
        return self._index.oldest(self._waiting, most) if self._index.space(self.archive_id) else []

    def meanings(self, waiting: Sequence[Stored]) -> Sequence[Sequence[float]]:
        places = [place_of(stored.id) for stored in waiting]
        with self._database.reading() as connection:
            rows = connection.execute(
                select(entries.c.place, entries.c.spoken).where(
                    entries.c.agent_id == self._agent_id, entries.c.place.in_(places)
                )
            ).all()
        texts = {row.place: row.spoken or "" for row in rows}
        return self.embedded([texts.get(place, "") for place in places])

    def place(self, waiting: Sequence[Stored], meanings: Sequence[Sequence[float]]) -> None:
        self._index.place(self.scope, list(zip(waiting, meanings, strict=True)))

    @property
    def _waiting(self) -> Where:
        return Where(self.scope, without=(id_of(self._agent_id, NOWHERE),), pending=True)


def id_of(agent_id: str, place: int) -> str:
    """A UUID that no other agent's turns have, since on a server many agents share a collection."""
    return f"{_own_digits(agent_id)}{place:012x}"


def place_of(id_: str) -> int:
    return int(id_[-12:], 16)


@lru_cache(maxsize=1024)
def _own_digits(agent_id: str) -> str:
    digits = hashlib.sha256(agent_id.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-"
