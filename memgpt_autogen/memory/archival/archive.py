"""Archival memory: passages that outlive every conversation, found again by words, by meaning, by tag and by time."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.llm.protocols import Embedder, is_slow
from memgpt_autogen.memory.archival import maintenance
from memgpt_autogen.memory.archival.ranking import Ranking
from memgpt_autogen.memory.archival.records import record
from memgpt_autogen.memory.archival.store import BATCH, ArchiveStore, passage_of, piece_of
from memgpt_autogen.memory.passages import (
    EVERYTHING,
    Draft,
    Found,
    Lag,
    Page,
    Passage,
    PassageFilter,
    Piece,
    Repaired,
    Report,
    TagMatch,
    document_id,
    name_of,
    part_id,
    searched,
    utc,
)
from memgpt_autogen.memory.qdrant.embedding_queue import EmbeddingQueue
from memgpt_autogen.memory.qdrant.protocol import PassageIndex, Stored
from memgpt_autogen.messages import now
from memgpt_autogen.text.bm25 import query_weights, why_found
from memgpt_autogen.text.chunking import split
from memgpt_autogen.text.safe import storable

PASSAGE_CHARS = 1200

FEW_PARTS = 200
"""Parts of a document that are read by their ids; where there may be more, all passages are looked through."""

Passages = list[Passage]
Pieces = list[Piece]
"""An archive's method has the name of the built-in."""


class Archive:
    """One archive of an index, for one agent or several.

    An archive lives in the embedding space that it was filled in, or in none. Inserting and searching in another one is an
    `EmbedderMismatchError`, whichever of the two has no embedder; reading, counting and deleting need none and always work, so
    that an archive can be listed, cleared and moved. `reembed` puts it into the space of the embedder that is configured.

    Where the archive is `deferred`, an insert that need not wait for its vector, as those of the agent's tool, returns when the
    passage is on disk and found by its words. Its vector follows, from a thread of this process or from the next process.
    Without a word about it an archive is deferred if its embedder is slow.
    """

    def __init__(
        self,
        archive_id: str,
        index: PassageIndex,
        embedder: Embedder | None = None,
        *,
        passage_chars: int = PASSAGE_CHARS,
        deferred: bool | None = None,
    ) -> None:
        if not archive_id:
            raise ConfigurationError("an archive needs an id that is not empty.")
        if passage_chars < 1:
            raise ConfigurationError(f"passage_chars={passage_chars}: a passage holds at least 1 character.")
        self.archive_id = archive_id
        self._index = index
        self._store = ArchiveStore(archive_id, index, embedder)
        self.passage_chars = passage_chars
        self.deferred = embedder is not None and (is_slow(embedder) if deferred is None else deferred)
        """Whether an insert may return before it is embedded."""
        self._pending = EmbeddingQueue(self._store)
        weakref.finalize(self, self._pending.abandon).atexit = False

    def __repr__(self) -> str:
        return f"Archive({self.archive_id!r}, {self._index!r})"

    def insert(
        self,
        text: str,
        *,
        tags: Sequence[str] = (),
        source: str | None = None,
        created_at: datetime | None = None,
        wait: bool = True,
    ) -> Passages:
        """The passages that hold the text now: one, or its parts in order.

        A text that is already here from the same source is not inserted twice: it keeps its time, gains the new tags, and holds
        again if it was superseded. The passages are on disk and can be found when this returns; by words only, for a while, where
        the archive is `deferred` and this does not `wait` for the vectors.
        """
        return self.insert_many([Draft(text, tags, source, created_at)], wait=wait)

    def insert_many(
        self, drafts: Iterable[Draft], *, wait: bool = True, progress: Progress | None = None
    ) -> Passages:
        """Insert in batches. After an error the batches before it are in; inserting all again completes them."""
        pieces = [piece for draft in drafts for piece in self._pieces(draft)]
        later = self.deferred and not wait
        passages: Passages = []
        for first in range(0, len(pieces), BATCH):
            passages += self._store.insert(pieces[first : first + BATCH], anew=True, later=later)
            if progress:
                progress(len(passages), len(pieces))
        if later and pieces:
            self._pending.begin()
        else:
            self._pending.look()
        return passages

    def put(self, pieces: Sequence[Piece], *, wait: bool = True) -> None:
        """Insert passages that are cut and placed already, as those of documents are; `wait` as in `insert`.

        They are written at once, so give some hundred at a time.
        """
        later = self.deferred and not wait
        self._store.insert(pieces, later=later)
        if later and pieces:
            self._pending.begin()

    def section(self, parent: str, parts: int) -> Pieces:
        """The passages of one section of a document, in order."""
        there = self._index.read(self._store.bound(), [part_id(parent, part) for part in range(1, parts + 1)])
        return sorted(map(piece_of, there), key=lambda piece: piece.passage.part)

    def refuse_other_space(self) -> None:
        """Raise `EmbedderMismatchError` where the configured embedder could not search it."""
        self._store.bound(same_space=True)

    def drop(self, ids: Sequence[str]) -> None:
        """Delete passages by their ids, whether or not all of them are here."""
        for first in range(0, len(ids), BATCH):
            self._index.delete(self._store.bound(ids=ids[first : first + BATCH]))

    def placed(self) -> Iterator[Passage]:
        """All passages of documents, oldest first, read as they are asked for."""
        for stored in self._store.walk(self._store.bound()):
            if "place" in stored.payload:
                yield passage_of(stored)

    def pending(self) -> int:
        """How many passages wait for their vectors, and are found by their words until then."""
        return self._pending.count()

    def lag(self) -> Lag:
        """How far the vectors are behind, since when, and why."""
        count = self._pending.count()
        if not count:
            return Lag(0)
        where = replace(self._store.bound(), pending=True)
        oldest = [passage_of(stored).created_at for stored in self._index.oldest(where, 1)]
        return Lag(count, min(oldest, default=None), self._pending.trouble)

    def settle(self, timeout: float | None = None) -> int:
        """Wait until all vectors are there, for so many seconds at most; how many passages still wait.

        It does not wait on for an embedder that keeps failing; `lag` says what that said.
        """
        return self._pending.settle(timeout)

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
        `NEAREST` passages by meaning are among them too, and both rankings are fused; `total` counts either exactly, and is
        counted when it is first asked for, which takes as long as the search itself in a large archive.
        """
        return self.find(query, PassageFilter(tags, tag_match_mode, sources, start, end), page, page_size)

    def find(
        self, query: str, filters: PassageFilter = EVERYTHING, page: int = 0, page_size: int = 10
    ) -> Page[Found]:
        """As `search`, with the filters as one value."""
        self._pending.look()
        words = query_weights(storable(query))
        if not words:
            raise ToolError("the query is empty. Write the words to look for.")
        Page((), 0, page, page_size)  # refuses a page that cannot be before anything is asked
        where = self._store.bound(filters, same_space=True)
        ranking = Ranking(self._index, where, words, self._store.meaning(query))
        hits = ranking.slice(page * page_size, (page + 1) * page_size)
        passages = self._store.read(where, tuple(hit.id for hit in hits))
        items = tuple(
            Found(passages[hit.id], hit.score, why_found(query, searched(passages[hit.id]), "meaning"))
            for hit in hits
            if hit.id in passages
        )
        return Page(items, ranking.total, page, page_size)

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
        where = self._store.bound(PassageFilter(tags, tag_match_mode, sources, start, end))
        empty: Page[Passage] = Page((), self._index.count(where), page, page_size)
        first, behind = page * page_size, (page + 1) * page_size
        if first >= empty.total:
            return empty
        passages = [passage_of(stored) for stored in self._store.oldest(where, behind)]
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
        return self._store.count(PassageFilter(tags, tag_match_mode, sources, start, end))

    def tags(self) -> dict[str, int]:
        """How many passages have each tag, the most frequent first."""
        return _by_frequency(self._index.tally(self._store.bound(), "tags"))

    def sources(self) -> dict[str, int]:
        """How many passages came from each source, the most frequent first."""
        return _by_frequency(self._index.tally(self._store.bound(), "source"))

    def get(self, id: str) -> Passage | None:  # noqa: A002  # it is the passage's `id`
        return self._store.read(self._store.bound(), (id,)).get(id) if _is_id(id) else None

    def document(self, parent: str) -> str | None:
        """The whole text that was inserted, from a passage's `parent`; `[...]` stands where parts were deleted since."""
        stored = self._parts(parent)
        if not stored:
            return None
        parts = next(iter(stored.values()))["parts"]
        missing = {"text": "[...]", "gap": "\n\n"}
        pieces = [stored.get(part, missing) for part in range(1, parts + 1)]
        return "".join(piece["text"] + piece["gap"] for piece in pieces).strip()

    def supersede(self, ids: Iterable[str], *, at: datetime | None = None) -> Passages:
        """Mark passages as no longer true since a time, now unless one is given; those that were there, oldest first.

        They stay as they are, and are found. Inserting such a text again takes the mark away.
        """
        names = tuple(filter(_is_id, dict.fromkeys(ids)))
        time = utc("at", at) or now()
        where = self._store.bound(ids=names, same_space=True)
        found = [piece_of(stored) for stored in self._store.oldest(where, len(names))] if names else []
        return self._store.insert(
            [replace(piece, passage=replace(piece.passage, superseded_by=time)) for piece in found]
        )

    def delete(self, id: str) -> bool:  # noqa: A002  # as in `get`
        """Whether there was such a passage."""
        return _is_id(id) and self._store.delete(self._store.bound(ids=(id,))) == 1

    def delete_source(self, source: str) -> int:
        """How many passages it had."""
        name = name_of(source)
        return self._store.delete(self._store.bound(PassageFilter(sources=(name,)))) if name else 0

    def delete_where(
        self,
        *,
        ids: Iterable[str] | None = None,
        tags: Sequence[str] = (),
        tag_match_mode: TagMatch = "any",
        sources: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        text: str | None = None,
        purge: bool = False,
    ) -> Passages:
        """Delete the passages that fit every condition given, and return them, oldest first.

        `purge` also writes the archive's files anew, so that none of the text is left in them.

        `text` is looked for in every passage as it stands, not ranked: upper and lower case, and one white space and another,
        count as the same. A text that the cut between two parts of a document runs through is in both.

        Raises `ToolError` where no condition is given.
        """
        names = tuple(dict.fromkeys(ids)) if ids is not None else None
        if names is None and text is None and not (tags or sources or start or end):
            raise ToolError("there is no condition for what to delete. Give one; clear() deletes all.")
        filters = PassageFilter(tags, tag_match_mode, sources, start, end)
        where = self._store.bound(filters, ids=None if names is None else filter(_is_id, names))
        found = list(map(passage_of, self._store.saying(where, text)))
        self.drop([passage.id for passage in found])
        if purge:
            self._index.rewrite(self.archive_id)
        return found

    def clear(self) -> int:
        """How many passages there were."""
        return self._store.delete(self._store.bound())

    def dump(self, *, until: datetime | None = None) -> Iterator[dict[str, Any]]:
        """Every passage whole, as JSON values for `restore`, oldest first, up to a time if one is given.

        They are read as they are asked for, some thousand at a time, and as many as are of the same microsecond.
        """
        end = utc("until", until)
        found = (
            record(self.archive_id, stored.payload)
            for stored in self._store.walk(self._store.bound(PassageFilter(end=end)))
        )
        return (_as_of(each, end) for each in found)

    def restore(self, records: Iterable[Mapping[str, Any]], *, progress: Progress | None = None) -> int:
        """Insert what `dump` of this or another archive gave, and tell how many records those were.

        What is here already stays as it is and gains the tags. So a restore that broke off is completed by another one.

        Raises `ConfigurationError` with the number of a record that is none; the batches before it are in.
        """
        return maintenance.restore(self._store, records, progress=progress)

    def copy_to(
        self, other: Archive, *, until: datetime | None = None, progress: Progress | None = None
    ) -> int:
        """Insert every passage, or those up to a time, into another archive as well; how many those were."""
        return other.restore(self.dump(until=until), progress=progress)

    @property
    def embedding_model(self) -> str | None:
        """By whose vectors this object inserts and searches; None where words alone count."""
        return self._store.own.model

    def reembed(self, *, progress: Progress | None = None) -> int:
        """Put all passages into the space of the configured embedder, or into none without one; how many were embedded.

        The archive stays as it is until the last one is done, and then is the new one at once. Killed or failed in between, it
        is the old one, and the next call goes on where this one ended. Ids, tags, sources and times stay.
        """
        return maintenance.reembed(self._store, progress=progress)

    def compact(self) -> None:
        """Write the files anew without what was deleted, and build the graphs that make a large archive fast.

        For an embedded archive and while nothing else runs: it can stop all threads of the process for long.
        """
        self._index.rewrite(self.archive_id, optimise=True)

    def purge(self) -> None:
        """Write the files anew, so that nothing that was deleted is left in them; a server does that in its own time."""
        self._index.rewrite(self.archive_id)

    def check(self) -> Report:
        """Read everything and compare what finds it; nothing is changed."""
        return maintenance.check(self._store)

    def repair(
        self, records: Iterable[Mapping[str, Any]] = (), *, progress: Progress | None = None
    ) -> Repaired:
        """Make a sound archive of what can be read, and refill it from records as `dump` gives them.

        The damaged folder is kept. Passages whose vectors cannot be read are embedded again, if the archive's own embedder is
        configured.
        """
        return maintenance.repair(self._store, records, progress=progress)

    def close(self, *, timeout: float = 5.0) -> None:
        """Give the archive's folder back to other processes; the next use opens it again.

        What is pending has so many seconds to be embedded, unless the embedder is failing; the rest waits for the next use.
        """
        self._pending.stop(timeout)
        self._index.close(self.archive_id)

    def _parts(self, parent: str) -> dict[int, Mapping[str, Any]]:
        """The payloads of a document's parts by their number; most documents are known by the ids of the first."""
        bound = self._store.bound()
        first = self._index.read(bound, [part_id(parent, part) for part in range(1, FEW_PARTS + 1)])
        if first and first[0].payload["parts"] <= FEW_PARTS:
            found: Sequence[Stored] = first
        else:
            where = replace(bound, parent=parent)
            found = self._index.oldest(where, self._index.count(where) or 1)
        return {each.payload["part"]: each.payload for each in found}

    def _pieces(self, draft: Draft) -> Sequence[Piece]:
        parent = document_id(self.archive_id, draft.source, draft.text)
        pieces = split(draft.text, self.passage_chars)
        created_at = draft.created_at or now()
        return [
            Piece(
                Passage(
                    part_id(parent, part),
                    text,
                    tuple(draft.tags),
                    draft.source,
                    created_at,
                    parent,
                    part,
                    len(pieces),
                ),
                gap,
            )
            for part, (text, gap) in enumerate(pieces, 1)
        ]


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _as_of(found: dict[str, Any], end: datetime | None) -> dict[str, Any]:
    """A record without a mark that it did not have yet."""
    mark = found.get("superseded_by")
    if end is None or mark is None or datetime.fromisoformat(mark) <= end:
        return found
    return {name: value for name, value in found.items() if name != "superseded_by"}


def _by_frequency(tally: dict[str, int]) -> dict[str, int]:
    return dict(sorted(tally.items(), key=lambda each: (-each[1], each[0])))
