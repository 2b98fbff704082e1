"""Archival memory: passages that outlive every conversation, found again by words, by meaning, by tag and by time."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Generic, Literal, TypeVar

from memgpt_autogen.errors import ConfigurationError, EmbedderMismatchError, ModelError, ToolError
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.index import RRF_K, Entry, Hit, PassageIndex, Scope, Space, Stored, Where
from memgpt_autogen.memory.splitting import split
from memgpt_autogen.memory.terms import passage_weights, query_weights, shared_words
from memgpt_autogen.messages import now, storable

PASSAGE_CHARS = 1200

HEAD = 200
"""How many of the best lexical hits are ranked with one request; only pages behind them need more."""

NEAREST = 100
"""How many passages a search adds for their meaning alone."""

BATCH = 256
"""How many passages are embedded and written at once."""

TagMatch = Literal["any", "all"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text in an archive: a whole document, or one part of it."""

    id: str
    text: str
    tags: tuple[str, ...]
    source: str | None
    created_at: datetime
    """When it was first inserted, or what its first insert said; in UTC."""
    parent: str
    """The document; `Archive.document` puts its parts together."""
    part: int = 1
    """Counts from 1."""
    parts: int = 1


Passages = list[Passage]
"""An archive's method has the name of the built-in."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to insert, of any length."""

    text: str
    tags: Sequence[str] = ()
    source: str | None = None
    created_at: datetime | None = None

    def __post_init__(self) -> None:
        text = storable(self.text).strip()
        if not text:
            raise ToolError("there is no text to insert. Write what to remember.")
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "tags", _distinct(self.tags))
        object.__setattr__(self, "source", _name(self.source))
        object.__setattr__(self, "created_at", _utc("created_at", self.created_at))


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with the reason it was found."""

    passage: Passage
    score: float
    """Larger is better, comparable within one search only: BM25, or the fused reciprocal ranks of a hybrid search."""
    why: str
    """`words: tea, budget` that it shares with the query, or `meaning`."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page; `page` counts from 0, and a page behind the last is empty."""

    items: tuple[T, ...]
    total: int
    """Exactly how many there are on all pages."""
    page: int
    page_size: int

    def __post_init__(self) -> None:
        if self.page < 0 or self.page_size < 1:
            raise ToolError(
                f"there is no page {self.page} of {self.page_size} results: pages count from 0 and hold at least 1."
            )

    @property
    def pages(self) -> int:
        return math.ceil(self.total / self.page_size)


class Archive:
    """One archive of an index, for one agent or several.

    An archive lives in the embedding space that it was filled in, or in none. Inserting and searching in another one is an
    `EmbedderMismatchError`, whichever of the two has no embedder; reading, counting and deleting need none and always work, so
    that an archive can be listed, cleared and inserted again. Once it is empty it takes any embedder.
    """

    def __init__(
        self,
        archive_id: str,
        index: PassageIndex,
        embedder: Embedder | None = None,
        *,
        passage_chars: int = PASSAGE_CHARS,
    ) -> None:
        if not archive_id:
            raise ConfigurationError("an archive needs an id that is not empty.")
        if passage_chars < 1:
            raise ConfigurationError(f"passage_chars={passage_chars}: a passage holds at least 1 character.")
        self.archive_id = archive_id
        self._index = index
        self._embedder = embedder
        self._passage_chars = passage_chars

    def __repr__(self) -> str:
        return f"Archive({self.archive_id!r}, {self._index!r})"

    def insert(
        self,
        text: str,
        *,
        tags: Sequence[str] = (),
        source: str | None = None,
        created_at: datetime | None = None,
    ) -> Passages:
        """The passages that hold the text now: one, or its parts in order.

        A text that is already here from the same source is not inserted twice: it keeps its time and gains the new tags. The
        passages are on disk and can be found when this returns.
        """
        return self.insert_many([Draft(text, tags, source, created_at)])

    def insert_many(self, drafts: Iterable[Draft]) -> Passages:
        """Insert in batches. After an error the batches before it are in; inserting all again completes them."""
        passages = [piece for draft in drafts for piece in self._pieces(draft)]
        return [
            passage
            for first in range(0, len(passages), BATCH)
            for passage in self._insert(passages[first : first + BATCH])
        ]

    def search(
        self,
        query: str,
        *,
        tags: Sequence[str] = (),
        tag_match_mode: TagMatch = "any",
        sources: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        page: int = 0,
        page_size: int = 10,
    ) -> Page[Found]:
        """The passages under the filters that fit the query, best first; `start` and `end` are inclusive.

        Without an embedder these are the passages that share at least one word with the query, by BM25. With one, the
        `NEAREST` passages by meaning are among them too, and both rankings are fused; `total` counts either exactly.
        """
        words = query_weights(storable(query))
        if not words:
            raise ToolError("the query is empty. Write the words to look for.")
        empty: Page[Found] = Page((), 0, page, page_size)
        where = self._where(tags, tag_match_mode, sources, start, end, same_space=True)
        ranking = _Ranking(self._index, where, words, self._meaning(query))
        hits = ranking.slice(page * page_size, (page + 1) * page_size)
        passages = self._read(where, tuple(hit.id for hit in hits))
        return replace(
            empty,
            items=tuple(
                Found(passages[hit.id], hit.score, _why(query, passages[hit.id].text))
                for hit in hits
                if hit.id in passages
            ),
            total=ranking.total,
        )

    def list(
        self,
        *,
        tags: Sequence[str] = (),
        tag_match_mode: TagMatch = "any",
        sources: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        page: int = 0,
        page_size: int = 10,
    ) -> Page[Passage]:
        """The passages under the filters, oldest first, a document's parts in order."""
        where = self._where(tags, tag_match_mode, sources, start, end)
        empty: Page[Passage] = Page((), self._index.count(where), page, page_size)
        first, behind = page * page_size, (page + 1) * page_size
        if first >= empty.total:
            return empty
        passages = [_passage(stored) for stored in self._oldest(where, behind)]
        return replace(empty, items=tuple(passages[first:behind]))

    def count(
        self,
        *,
        tags: Sequence[str] = (),
        tag_match_mode: TagMatch = "any",
        sources: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> int:
        return self._index.count(self._where(tags, tag_match_mode, sources, start, end))

    def tags(self) -> dict[str, int]:
        """How many passages have each tag, the most frequent first."""
        return _by_frequency(self._index.tally(self._bound(), "tags"))

    def sources(self) -> dict[str, int]:
        """How many passages came from each source, the most frequent first."""
        return _by_frequency(self._index.tally(self._bound(), "source"))

    def get(self, id: str) -> Passage | None:  # noqa: A002  # it is the passage's `id`
        return self._read(self._bound(), (id,)).get(id) if _is_id(id) else None

    def document(self, parent: str) -> str | None:
        """The whole text that was inserted, from a passage's `parent`; `[...]` stands where parts were deleted since."""
        where = replace(self._bound(), parent=parent)
        count = self._index.count(where)
        if not count:
            return None
        stored = {each.payload["part"]: each.payload for each in self._index.oldest(where, count)}
        parts = next(iter(stored.values()))["parts"]
        missing = {"text": "[...]", "gap": "\n\n"}
        pieces = [stored.get(part, missing) for part in range(1, parts + 1)]
        return "".join(piece["text"] + piece["gap"] for piece in pieces).strip()

    def delete(self, id: str) -> bool:  # noqa: A002  # as in `get`
        """Whether there was such a passage."""
        return _is_id(id) and self._delete(replace(self._bound(), ids=(id,))) == 1

    def delete_source(self, source: str) -> int:
        """How many passages it had."""
        name = _name(source)
        return self._delete(replace(self._bound(), sources=(name,))) if name else 0

    def clear(self) -> int:
        """How many passages there were."""
        return self._delete(self._bound())

    def close(self) -> None:
        """Give the archive's folder back to other processes; the next use opens it again."""
        self._index.close(self.archive_id)

    @property
    def _own(self) -> Space:
        return Space(self._embedder.model, self._embedder.dimension) if self._embedder else Space()

    def _bound(self, *, same_space: bool = False) -> Where:
        """All of this archive. Every read and every write goes through here, and so never beyond the archive."""
        held = self._index.space(self.archive_id)
        if same_space and held is not None and held != self._own:
            raise EmbedderMismatchError(
                f"archive '{self.archive_id}' was filled with {held}, and {self._own} is configured now. Configure the "
                f"former again, or re-embed the archive: list it, clear it, and insert its passages anew."
            )
        return Where(Scope(self.archive_id, held or self._own))

    def _where(
        self,
        tags: Sequence[str],
        tag_match_mode: TagMatch,
        sources: Sequence[str],
        start: datetime | None,
        end: datetime | None,
        *,
        same_space: bool = False,
    ) -> Where:
        start, end = _utc("start", start), _utc("end", end)
        if start and end and start > end:
            raise ToolError(f"start {start.isoformat()} is after end {end.isoformat()}. Swap them.")
        return replace(
            self._bound(same_space=same_space),
            tags=_distinct(tags),
            all_tags=tag_match_mode == "all",
            sources=_distinct(sources),
            start=start,
            end=end,
        )

    def _pieces(self, draft: Draft) -> Sequence[_Piece]:
        parent = _uuid(self.archive_id, draft.source, draft.text)
        pieces = split(draft.text, self._passage_chars)
        return [
            _Piece(
                Passage(
                    _uuid(parent, part),
                    text,
                    tuple(draft.tags),
                    draft.source,
                    draft.created_at or now(),
                    parent,
                    part,
                    len(pieces),
                ),
                gap,
            )
            for part, (text, gap) in enumerate(pieces, 1)
        ]

    def _insert(self, pieces: Sequence[_Piece]) -> Passages:
        bound = self._bound(same_space=True)
        old = self._read(bound, tuple({piece.passage.id for piece in pieces}))
        merged: dict[str, _Piece] = {}
        for piece in pieces:
            passage = piece.passage
            before = merged[passage.id].passage if passage.id in merged else old.get(passage.id)
            if before:
                tags = _distinct((*before.tags, *passage.tags))
                passage = replace(passage, tags=tags, created_at=before.created_at)
            merged[passage.id] = _Piece(passage, piece.gap)
        new = [piece for piece in merged.values() if piece.passage != old.get(piece.passage.id)]
        if new:
            self._index.insert(bound.scope, self._entries(bound.scope, new))
        # a document that was cut into more parts before has some to lose
        beyond = tuple(
            _uuid(passage.parent, part)
            for id_, passage in old.items()
            if passage.part == 1
            for part in range(merged[id_].passage.parts + 1, passage.parts + 1)
        )
        if beyond:
            self._index.delete(replace(bound, ids=beyond))
        return [merged[piece.passage.id].passage for piece in pieces]

    def _entries(self, scope: Scope, pieces: Sequence[_Piece]) -> Sequence[Entry]:
        meanings: Sequence[Sequence[float] | None] = [None] * len(pieces)
        if self._embedder:
            texts = [piece.passage.text for piece in pieces]
            meanings = _checked(self._own, self._embedder.embed(texts), len(texts))
        return [_entry(scope, piece, meaning) for piece, meaning in zip(pieces, meanings, strict=True)]

    def _meaning(self, query: str) -> Sequence[float] | None:
        if self._embedder is None:
            return None
        return _checked(self._own, [self._embedder.embed_query(storable(query))], 1)[0]

    def _read(self, where: Where, ids: tuple[str, ...]) -> dict[str, Passage]:
        if not ids:
            return {}
        stored = self._index.oldest(replace(where, ids=ids), len(ids))
        return {each.id: _passage(each) for each in stored}

    def _oldest(self, where: Where, count: int) -> Sequence[Stored]:
        """At least the `count` oldest in their one true order: time, then document, then part.

        The index leaves the order among equals open, so all that are as old as the last one wanted are fetched too.
        """
        limit = count + 50
        while True:
            stored = self._index.oldest(where, limit)
            if len(stored) < limit or _age(stored[-1])[0] > _age(stored[count - 1])[0]:
                return sorted(stored, key=_age)
            limit *= 4

    def _delete(self, where: Where) -> int:
        count = self._index.count(where)
        if count:
            self._index.delete(where)
        return count


@dataclass(frozen=True, slots=True)
class _Piece:
    passage: Passage
    gap: str


class _Ranking:
    """The one order of all that a search finds, of which every page is a slice.

    Its head is ranked by the index: the `HEAD` best lexical hits, fused with the `NEAREST` by meaning where there is one. The
    lexical hits behind them follow in lexical order. Equal scores are ordered by id, since the index orders them anyhow.
    """

    def __init__(
        self, index: PassageIndex, where: Where, words: dict[int, float], meaning: Sequence[float] | None
    ) -> None:
        self._index = index
        self._where = where
        self._words = words
        sharing = replace(where, terms=tuple(words))
        self._sharing = index.count(sharing)
        self._fused = meaning is not None
        if meaning is None:
            head = index.by_words(where, words, HEAD)
        else:
            head = index.fused(where, words, meaning, HEAD, NEAREST)
        self._head = sorted(head, key=_order)
        self.total = len(head)
        if self._sharing > HEAD:
            lexical = replace(sharing, ids=tuple(hit.id for hit in head))
            self.total += self._sharing - index.count(lexical)

    def slice(self, first: int, behind: int) -> list[Hit]:
        if behind <= len(self._head) or first >= self.total or len(self._head) == self.total:
            return self._head[first:behind]
        seen = {hit.id for hit in self._head}
        lexical = sorted(self._index.by_words(self._where, self._words, self._sharing), key=_order)
        tail = [
            Hit(hit.id, min(self._head[-1].score, 1 / (RRF_K + rank))) if self._fused else hit
            for rank, hit in enumerate(lexical)
            if hit.id not in seen
        ]
        return [*self._head, *tail][first:behind]


NAMESPACE = uuid.UUID("6a0d5c5e-53f4-4c1c-9f0e-0e7d6b8d2f31")


def _uuid(*parts: str | int | None) -> str:
    return str(uuid.uuid5(NAMESPACE, json.dumps(parts)))


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _entry(scope: Scope, piece: _Piece, meaning: Sequence[float] | None) -> Entry:
    passage = piece.passage
    words = passage_weights(passage.text)
    payload: dict[str, Any] = {
        "archive": scope.archive,
        "text": passage.text,
        "gap": piece.gap,
        "tags": list(passage.tags),
        "source": passage.source,
        "created_at": passage.created_at.isoformat(timespec="microseconds"),
        "parent": passage.parent,
        "part": passage.part,
        "parts": passage.parts,
        "terms": list(words),
        "model": scope.space.model,
        "dimension": scope.space.dimension,
    }
    return Entry(passage.id, payload, words, meaning)


def _passage(stored: Stored) -> Passage:
    payload = stored.payload
    return Passage(
        stored.id,
        payload["text"],
        tuple(payload["tags"]),
        payload["source"],
        datetime.fromisoformat(payload["created_at"]),
        payload["parent"],
        payload["part"],
        payload["parts"],
    )


def _checked(space: Space, vectors: Sequence[Sequence[float]], count: int) -> Sequence[Sequence[float]]:
    """The vectors, if they are what was asked for. Qdrant Edge would take a NaN and never find the passage again."""
    if len(vectors) != count:
        raise ModelError(
            f"embedding model {space} gave {len(vectors)} vectors for {count} texts. Check its endpoint."
        )
    for number, vector in enumerate(vectors, 1):
        if len(vector) != space.dimension:
            raise ModelError(
                f"embedding model {space} gave a vector of {len(vector)} numbers for text {number} of {count}. "
                f"Configure the dimension that it has."
            )
        if not all(map(math.isfinite, vector)):
            raise ModelError(
                f"embedding model {space} gave a vector with NaN or infinity for text {number} of {count}. Nothing of "
                f"this batch was stored; check its endpoint and try again."
            )
    return vectors


def _why(query: str, text: str) -> str:
    shared = shared_words(query, text)
    return f"words: {', '.join(shared)}" if shared else "meaning"


def _order(hit: Hit) -> tuple[float, str]:
    return -hit.score, hit.id


def _age(stored: Stored) -> tuple[str, str, int]:
    payload = stored.payload
    return payload["created_at"], payload["parent"], payload["part"]


def _by_frequency(tally: dict[str, int]) -> dict[str, int]:
    return dict(sorted(tally.items(), key=lambda each: (-each[1], each[0])))


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """In order, without repeats and blanks; one text counts as one name."""
    given = (names,) if isinstance(names, str) else names
    return tuple(dict.fromkeys(name for each in given if (name := _name(each))))


def _name(text: str | None) -> str | None:
    """A tag or source as it is kept; None for a blank one."""
    return storable(text).strip() or None if text is not None else None


def _utc(name: str, time: datetime | None) -> datetime | None:
    if time is None:
        return None
    if time.tzinfo is None:
        raise ConfigurationError(
            f"{name}={time.isoformat()} has no time zone. Give it one, such as tzinfo=timezone.utc."
        )
    return time.astimezone(timezone.utc)
