"""The vectors of what was said: made from the log's texts, at once or after a while, and found again by place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property, lru_cache

from sqlalchemy import select

from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.points import checked_vectors
from memgpt_autogen.memory.qdrant.protocol import PassageIndex, Scope, Space, Stored, Where
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import entries

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
