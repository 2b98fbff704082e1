"""Archival memory: passages that outlast every conversation, and searches by words, meaning, tag and time."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from memgpt_autogen.concurrency import Progress, start_thread
from memgpt_autogen.errors import (
    ArchiveAwayError,
    ConfigurationError,
    MemGPTError,
    ModelError,
    ToolError,
)
from memgpt_autogen.llm.protocols import Embedder, is_slow
from memgpt_autogen.memory.archival import maintenance
from memgpt_autogen.memory.archival.entries import entry_of, passage_of, piece_of
from memgpt_autogen.memory.archival.outgoing import TROUBLE, Outgoing
from memgpt_autogen.memory.archival.ranking import Ranking
from memgpt_autogen.memory.archival.records import record
from memgpt_autogen.memory.archival.store import BATCH, ArchiveStore
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
    distinct,
    document_id,
    name_of,
    part_id,
    searched,
    utc,
)
from memgpt_autogen.memory.qdrant.embedding_queue import EmbeddingQueue
from memgpt_autogen.memory.qdrant.protocol import PassageIndex, Scope, Space, Stored, Where
from memgpt_autogen.memory.signals import Signals
from memgpt_autogen.memory.storage.holdings import Holdings
from memgpt_autogen.memory.storage.outbox import Outbox
from memgpt_autogen.messages import now
from memgpt_autogen.text.bm25 import query_weights
from memgpt_autogen.text.chunking import split_lines, split_text
from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.text.shared_words import why_found

logger = logging.getLogger(__name__)

PASSAGE_CHARS = 1200

FEW_PARTS = 200
"""Parts of a document that are read by their ids. If there may be more, all passages are searched."""

# `list` is a method of an archive
Passages = list[Passage]
Pieces = list[Piece]


class Archive:
    """One archive of an index, for one agent or several.

    An archive is in the embedding space that it was filled in, or in none. Inserting and searching with
    another embedder raises `EmbedderMismatchError`, also if only one of the two has an embedder. Reading,
    counting and deleting need no embedder, so an archive can always be listed, cleared and moved. `reembed`
    puts it into the space of the configured embedder.

    If the archive is `deferred`, an insert that need not wait for its vector, such as that of the agent's
    tool, returns when the passage is on disk and can be found by its words. Its vector follows, from a thread
    of this process or from the next process. By default, an archive is deferred if its embedder is slow.
    """

    def __init__(
        self,
        archive_id: str,
        index: PassageIndex,
        embedder: Embedder | None = None,
        *,
        passage_chars: int = PASSAGE_CHARS,
        deferred: bool | None = None,
        holdings: Holdings | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        if not archive_id:
            raise ConfigurationError("an archive needs an id that is not empty.")
        if passage_chars < 1:
            raise ConfigurationError(f"passage_chars={passage_chars}: a passage has at least 1 character.")
        self.archive_id = archive_id
        self._index = index
        self._store = ArchiveStore(archive_id, index, embedder, holdings)
        self.passage_chars = passage_chars
        self.deferred = embedder is not None and (is_slow(embedder) if deferred is None else deferred)
        """Whether an insert may return before its passages have vectors."""
        self._pending = EmbeddingQueue(self._store)
        weakref.finalize(self, self._pending.abandon).atexit = False
        self._delivers = _weakly(self._deliver_quietly)
        if outbox is not None:
            insert = partial(self._store.insert, anew=True, later=True)
            self._store.outgoing = Outgoing(outbox, insert, self._pending.begin if embedder else None)

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
        """Store a text, and return its passages: one, or its parts in order.

        A text that is stored already, from the same source, is not inserted again. It keeps its time, gets
        the new tags, and loses its mark if it was superseded. When this returns, the passages are on disk and
        can be found. They are found by their words only for a while if the archive is `deferred` and `wait`
        is false, and while they wait for a server that is away, see `undelivered`.
        """
        return self.insert_many([Draft(text, tags, source, created_at)], wait=wait)

    def insert_counted(
        self, text: str, *, tags: Sequence[str] = (), wait: bool = True
    ) -> tuple[Passages, Callable[[], int]]:
        """Insert a text as `insert` does. Also returns what returns the number of all passages.

        A server counts the others while it stores these.
        """
        draft = Draft(text, tags)
        ids = tuple(dict.fromkeys(piece.passage.id for piece in self._pieces(draft)))
        others = self._index.ahead(partial(self._store.count, without=ids))
        return self.insert_many([draft], wait=wait), lambda: others() + len(ids)

    def insert_many(
        self, drafts: Iterable[Draft], *, wait: bool = True, progress: Progress | None = None
    ) -> Passages:
        """Insert in batches.

        After an error, the batches before it are stored; insert all again to complete them.
        """
        drafts = list(drafts)
        pieces = [piece for draft in drafts for piece in self._pieces(draft)]
        just_made = all(draft.created_at is None for draft in drafts)
        later = self.deferred and not wait
        passages: Passages = []
        for first in range(0, len(pieces), BATCH):
            try:
                batch = pieces[first : first + BATCH]
                passages += self._store.insert(batch, anew=True, later=later, just_made=just_made)
            except ArchiveAwayError:
                if self._outgoing is None:
                    raise
                self._outgoing.keep(pieces[first:])
                self._deliver_when_back()
                return passages + [piece.passage for piece in pieces[first:]]
            if progress:
                progress(len(passages), len(pieces))
        if later and pieces:
            self._pending.begin()
        else:
            self._pending.look()
        return passages

    def undelivered(self) -> int:
        """Return how many passages wait in the home's database for a server that is away.

        They are found by their words, and delivered when the server answers again, or by the next process.
        """
        return 0 if self._outgoing is None else self._outgoing.count()

    def deliver(self) -> int:
        """Store what waited for a server, as each use of the archive does. Returns how many passages."""
        return 0 if self._outgoing is None else self._outgoing.deliver()

    def deliver_soon(self) -> None:
        """Deliver in the background what an earlier process has left, if it has."""
        if self.undelivered():
            start_thread(self._delivers, name="memgpt-deliver")

    def put(self, pieces: Sequence[Piece], *, wait: bool = True) -> None:
        """Insert passages of documents, which are split already. `wait` as in `insert`.

        They are written at once, so give some hundred at a time.
        """
        later = self.deferred and not wait
        self._store.insert(pieces, later=later)
        if later and pieces:
            self._pending.begin()

    def split(
        self,
        parent: str,
        text: str,
        tags: tuple[str, ...],
        source: str | None,
        created_at: datetime,
        *,
        exact: bool = False,
    ) -> Pieces:
        """Return a text as pieces of this archive. `parent` is the id of its document or section.

        With `exact`, the pieces are whole lines.
        """
        texts = (split_lines if exact else split_text)(text, self.passage_chars)
        return [
            Piece(
                Passage(part_id(parent, part), text, tags, source, created_at, parent, part, len(texts)), gap
            )
            for part, (text, gap) in enumerate(texts, 1)
        ]

    def section(self, parent: str, parts: int) -> Pieces:
        """Return the passages of one section of a document, in order."""
        ids = [part_id(parent, part) for part in range(1, parts + 1)]
        found = self._index.read(self._store.bound(), ids)
        return sorted(map(piece_of, found), key=lambda piece: piece.passage.part)

    def refuse_other_space(self) -> None:
        """Raise `EmbedderMismatchError` if the configured embedder cannot search it."""
        self._store.bound(same_space=True)

    def drop(self, ids: Sequence[str]) -> None:
        """Delete the passages of these ids. Raises `StorageError` if some are there after it."""
        self._store.drop(ids)
        self._forget_undelivered(ids)

    def placed(self) -> Iterator[Passage]:
        """Yield all passages of documents, oldest first. They are read in portions."""
        for stored in self._store.walk(self._store.bound()):
            if "place" in stored.payload:
                yield passage_of(stored)

    def pending(self) -> int:
        """How many passages have no vector yet. Until then, they are found by their words only."""
        return self._pending.count()

    def lag(self) -> Lag:
        """Return how many vectors are missing, since when, and why."""
        count = self._pending.count()
        if not count:
            return Lag(0)
        where = replace(self._store.bound(), pending=True)
        oldest = [passage_of(stored).created_at for stored in self._index.oldest(where, 1)]
        return Lag(count, min(oldest, default=None), self._pending.trouble)

    def settle(self, timeout: float | None = None) -> int:
        """Wait until all passages have vectors, at most `timeout` seconds. Returns how many have none then.

        It stops waiting if the embedder keeps failing. `lag` returns its error.
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
        """Return the passages that match the filters and the query, best first.

        `start` and `end` are inclusive. Without an embedder, these are the passages that share at least
        one word with the query, by BM25. With an embedder, the `NEAREST` passages by meaning are added,
        and both rankings are fused. If the embedder fails, the search goes by words only, and `trouble` says
        why. `total` is exact. It is counted when it is first read, which takes as
        long as the search itself in a large archive.
        """
        return self.find(query, PassageFilter(tags, tag_match_mode, sources, start, end), page, page_size)

    def find(
        self,
        query: str,
        filters: PassageFilter = EVERYTHING,
        page: int = 0,
        page_size: int = 10,
        *,
        trouble: str = "",
        counted: bool = False,
    ) -> Page[Found]:
        """Search as `search` does, with the filters as one value.

        With `trouble`, the embedder has just failed with this error, and is not asked again. With `counted`,
        a server counts the results while it searches, because the total will be read.
        """
        words = query_weights(clean_text(query))
        if not words:
            raise ToolError("the query is empty. Write the words to look for.")
        Page((), 0, page, page_size)  # refuse an impossible page before the index is asked
        try:
            return self._find(query, words, filters, page, page_size, trouble, counted=counted)
        except ArchiveAwayError:
            waiting = [] if self._outgoing is None else self._outgoing.find(words, filters)
            if not waiting:
                raise
        items = tuple(
            Found(
                passage,
                score,
                why_found(query, searched(passage), ""),
                signals=replace(Signals.of_words(query, searched(passage)), lexical=score),
            )
            for passage, score in waiting[page * page_size : (page + 1) * page_size]
        )
        return Page(items, len(waiting), page, page_size, TROUBLE)

    def _find(
        self,
        query: str,
        words: dict[int, float],
        filters: PassageFilter,
        page: int,
        page_size: int,
        trouble: str,
        *,
        counted: bool,
    ) -> Page[Found]:
        self._pending.look()
        self._store.renew_words()
        filters = filters.checked()
        is_filled = self._index.seen(self.archive_id) is not None
        where = self._store.bound(same_space=is_filled, seen=True)
        meaning = None
        if is_filled and not trouble:
            try:
                meaning = self._store.meaning(query)
            except ModelError as error:
                trouble = str(error)
        where, ranking = self._ranked(where, filters, words, meaning, counted=counted)
        if ranking.is_empty and is_filled:  # others may have moved, emptied or lost what was here
            again = self._store.bound(same_space=True)
            if again.scope != where.scope:
                where, ranking = self._ranked(again, filters, words, meaning, counted=counted)
        hits = ranking.slice(page * page_size, (page + 1) * page_size)
        passages = self._store.read(where, [hit.id for hit in hits])
        items = tuple(
            Found(
                passages[hit.id],
                hit.score,
                why_found(query, searched(passages[hit.id]), "meaning"),
                signals=replace(
                    Signals.of_words(query, searched(passages[hit.id])),
                    meaning=ranking.meaning.get(hit.id),
                    lexical=ranking.words.get(hit.id),
                ),
            )
            for hit in hits
            if hit.id in passages
        )
        return Page(items, ranking.total, page, page_size, trouble)

    def _ranked(
        self,
        everything: Where,
        filters: PassageFilter,
        words: dict[int, float],
        meaning: Sequence[float] | None,
        *,
        counted: bool,
    ) -> tuple[Where, Ranking]:
        """Return the ranking, and the bounds of what it finds."""
        stored = self._store.names(everything, filters)
        where = replace(everything, filters=filters)
        ranking = Ranking(self._index, where, words, meaning, counted=counted)
        if (held := stored()) != filters:  # the archive has some names in another form
            where = replace(everything, filters=held)
            ranking = Ranking(self._index, where, words, meaning, counted=counted)
        return where, ranking

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
        """Return the passages that match the filters, oldest first, and the parts of a document in order."""
        where = self._store.bound(PassageFilter(tags, tag_match_mode, sources, start, end))
        first, behind = page * page_size, (page + 1) * page_size
        total = self._index.ahead(partial(self._index.count, where))
        oldest = self._index.ahead(partial(self._store.oldest, where, behind))
        empty: Page[Passage] = Page((), total(), page, page_size)
        if first >= empty.total:
            return empty
        passages = [passage_of(stored) for stored in oldest()]
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
        """Return how many passages match the filters."""
        return self._store.count(PassageFilter(tags, tag_match_mode, sources, start, end))

    def tags(self) -> dict[str, int]:
        """Return how many passages have each tag, the most frequent first."""
        return _by_frequency(self._index.tally(self._store.bound(), "tags"))

    def sources(self) -> dict[str, int]:
        """Return how many passages came from each source, the most frequent first."""
        return _by_frequency(self._index.tally(self._store.bound(), "source"))

    def trouble(self) -> str | None:
        """Return in words what a Qdrant server has lost since the archive was last used.

        Or that the archive is that of the home which this one is a copy of. None if all is well, and for
        embedded archives.
        """
        return self._store.missing() or self._store.other_home()

    def other_home(self) -> str | None:
        """Return in words that the archive is that of the home which this one is a copy of; None if not."""
        return self._store.other_home()

    def noticed(self) -> str | None:
        """Return what `trouble` would, as the last look showed it."""
        return self._store.lost or self._store.other_home()

    def contents(self) -> tuple[int, dict[str, int], dict[str, int]]:
        """Return what `count`, `tags` and `sources` return, with one look at the archive."""
        where = self._store.bound()
        count = self._index.count(where)
        self._store.compare(count)
        if not count:
            return 0, {}, {}
        tags, sources = self._index.tally(where, "tags"), self._index.tally(where, "source")
        return count, _by_frequency(tags), _by_frequency(sources)

    def get(self, id: str) -> Passage | None:  # noqa: A002  # it is the passage's `id`
        """Return a passage by its id."""
        where = self._store.bound(ids=[id])
        return self._store.read(where, where.ids or ()).get(id)

    def document(self, parent: str) -> str | None:
        """Return the whole text that was inserted, by the `parent` of a passage.

        `[...]` replaces parts that were deleted.
        """
        stored = self._parts(parent)
        if not stored:
            return None
        parts = next(iter(stored.values()))["parts"]
        missing = {"text": "[...]", "gap": "\n\n"}
        pieces = [stored.get(part, missing) for part in range(1, parts + 1)]
        return "".join(piece["text"] + piece["gap"] for piece in pieces).strip()

    def supersede(self, ids: Iterable[str], *, at: datetime | None = None) -> Passages:
        """Mark passages as no longer true since a time, by default now.

        Returns those that are in the archive, oldest first.

        They stay as they are, and searches find them. The mark is removed when such a text is inserted again.
        """
        time = utc("at", at) or now()
        ids = dict.fromkeys(ids)
        if not ids:
            return []
        where = self._store.bound(ids=ids, same_space=True)
        found = map(piece_of, self._store.oldest(where, len(where.ids))) if where.ids else ()
        return self._store.insert(
            [replace(piece, passage=replace(piece.passage, superseded_by=time)) for piece in found]
        )

    def relabel(
        self,
        id: str,  # noqa: A002  # as in `get`
        *,
        tags: Sequence[str] | None = None,
        superseded: bool | None = None,
    ) -> Passage | None:
        """Give a passage these tags in place of its own, and set or remove its mark; None keeps them.

        Returns the passage, or None where there is none.
        """
        where = self._store.bound(ids=[id], same_space=True)
        found = [piece_of(stored) for stored in self._index.read(where, where.ids or ())]
        if not found:
            return None
        passage = found[0].passage
        if tags is not None:
            passage = replace(passage, tags=distinct(tags))
        if superseded is not None:
            passage = replace(passage, superseded_by=(passage.superseded_by or now()) if superseded else None)
        if passage != found[0].passage:
            self._store.overwrite([replace(found[0], passage=passage)])
        return passage

    def after(self, place: tuple[datetime, str, int] | None, filters: PassageFilter, most: int) -> Passages:
        """Return at most `most` passages that match, oldest first, of those after a place.

        The place of a passage is its time, its parent and its part.
        """
        filters = filters.checked()
        if place is not None and (filters.start is None or filters.start < place[0]):
            filters = replace(filters, start=place[0])
        where = self._store.bound(filters)
        count = most
        while True:
            stored = self._store.oldest(where, count) if self._index.count(where) else []
            passages = [passage_of(each) for each in stored]
            later = [each for each in passages if place is None or place_in_time(each) > place]
            if len(later) >= most or len(stored) < count:
                return later[:most]
            count *= 2

    def delete(self, id: str) -> bool:  # noqa: A002  # as in `get`
        """Delete a passage. Returns whether it was there."""
        self._settle_undelivered()
        return self._store.delete(self._store.bound(ids=[id])) + self._forget_undelivered([id]) > 0

    def delete_source(self, source: str) -> int:
        """Delete the passages of a source. Returns how many it had."""
        name = name_of(source)
        if not name:
            return 0
        self._settle_undelivered()
        where = self._store.bound(PassageFilter(sources=[name]))
        waiting = [passage.id for passage in self._undelivered(PassageFilter(sources=[name]))]
        return self._store.delete(where) + self._forget_undelivered(waiting)

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
        """Delete the passages that meet every given condition, and return them, oldest first.

        `purge` also writes the archive's files again, so that they contain nothing of the deleted text.

        A passage meets `text` if it contains it. Upper and lower case, and different white space, are equal.
        If the text crosses the cut between two parts of a document, both parts contain it.

        Raises `ToolError` if no condition is given.
        """
        if ids is None and text is None and not (tags or sources or start or end):
            raise ToolError("there is no condition for what to delete. Give one; clear() deletes all.")
        self._settle_undelivered()
        filters = PassageFilter(tags, tag_match_mode, sources, start, end)
        ids = None if ids is None else [*ids]
        where = self._store.bound(filters, ids=ids)
        found = [passage_of(stored) for stored in self._store.containing(where, text)]
        found += self._undelivered(filters, ids, text)
        self.drop([passage.id for passage in found])
        if purge:
            self.purge()
        return found

    def clear(self) -> int:
        """Delete all passages. Returns how many there were.

        Without any, delete the files that a killed run has left.
        """
        self._settle_undelivered()
        count = self._store.delete(self._store.bound()) + self._forget_undelivered()
        if not count:
            self.purge()
        return count

    def dump(self, *, until: datetime | None = None) -> Iterator[dict[str, Any]]:
        """Yield every passage as JSON values for `restore`, oldest first, up to a time if one is given.

        They are read in portions of some thousand, and of all that have the same microsecond.
        """
        end = utc("until", until)
        waiting = self._undelivered_payloads(end)  # read first, as it may be delivered meanwhile
        found = self._store.walk(self._store.bound(PassageFilter(end=end)))
        payloads = chain(_noted(found, waiting), _rest(waiting))
        return (_as_of(record(self.archive_id, payload), end) for payload in payloads)

    def pieces(self) -> Iterator[Piece]:
        """Yield every passage for `put` of another archive, oldest first. They are read in portions."""
        return map(piece_of, self._store.walk(self._store.bound()))

    def restore(self, records: Iterable[Mapping[str, Any]], *, progress: Progress | None = None) -> int:
        """Insert what `dump` of this or another archive returned. Returns the number of records.

        A passage that is here already stays as it is and gets the tags, so an interrupted restore can be
        repeated.

        Raises `ConfigurationError` with the number of a record that is not one; the batches before it are
        stored.
        """
        return maintenance.restore(self._store, records, progress=progress)

    def copy_to(
        self, other: Archive, *, until: datetime | None = None, progress: Progress | None = None
    ) -> int:
        """Insert every passage, or those up to a time, into another archive too.

        Returns how many these are.
        """
        return other.restore(self.dump(until=until), progress=progress)

    @property
    def embedding_model(self) -> str | None:
        """The model that inserts and searches use; None if they use words only."""
        return self._store.own.model

    def reembed(self, *, progress: Progress | None = None) -> int:
        """Put all passages into the space of the configured embedder, or into none without one.

        Returns how many were embedded.

        The archive stays as it is until the last passage is embedded. Then it is replaced in one step. If
        this is killed or fails before that, the archive is unchanged, and the next call resumes. Ids, tags,
        sources and times stay.
        """
        return maintenance.reembed(self._store, progress=progress)

    def compact(self) -> None:
        """Write the files again without deleted passages, and build graphs, which make a large archive fast.

        For an embedded archive, while nothing else runs: it can stop all threads of the process for a long
        time.
        """
        self._index.rewrite(self.archive_id, optimise=True)

    def purge(self) -> None:
        """Write the files again, so that they contain nothing that was deleted.

        A server does this at a time of its own.
        """
        self._index.rewrite(self.archive_id)

    def check(self) -> Report:
        """Read everything, and compare it with what searches find. Nothing is changed."""
        return maintenance.check(self._store)

    def repair(
        self, records: Iterable[Mapping[str, Any]] = (), *, progress: Progress | None = None
    ) -> Repaired:
        """Make a sound archive of everything that can be read, and refill it from records of `dump`.

        The damaged folder is kept. Passages whose vectors cannot be read are embedded again if the archive's
        own embedder is configured.
        """
        return maintenance.repair(self._store, records, progress=progress)

    def kept(self) -> Sequence[Path]:
        """Return the damaged folders that repairs have kept. They are yours to delete."""
        return self._index.kept(self.archive_id)

    def discard_kept(self) -> None:
        """Delete the damaged folders that repairs have kept."""
        self._index.discard_kept(self.archive_id)

    def ownerless(self, archives: Iterable[str]) -> Sequence[Path]:
        """Return the folders beside this archive that belong to none of the archives with these ids."""
        return self._index.ownerless(archives)

    def close(self, *, timeout: float = 5.0) -> None:
        """Release the archive's folder for other processes. The next use opens it again.

        Passages without vectors are embedded for at most `timeout` seconds, unless the embedder is failing.
        The rest waits for the next use.
        """
        self._pending.stop(timeout)
        self._index.close(self.archive_id)

    @property
    def _outgoing(self) -> Outgoing | None:
        return self._store.outgoing

    def _undelivered_payloads(self, end: datetime | None) -> dict[str, Mapping[str, Any]]:
        """Return what waits, up to a time, by its ids. Another embedding model may keep it for long."""
        scope = Scope(self.archive_id, Space())
        waiting = [] if self._outgoing is None else self._outgoing.pieces()
        return {
            piece.passage.id: entry_of(scope, piece).payload
            for piece in waiting
            if end is None or piece.passage.created_at <= end
        }

    def _undelivered(
        self, filters: PassageFilter, ids: Sequence[str] | None = None, text: str | None = None
    ) -> Passages:
        """Return what waits and meets every condition."""
        return [] if self._outgoing is None else self._outgoing.matching(filters, ids, text)

    def _settle_undelivered(self) -> None:
        if self._outgoing is not None:
            self._outgoing.settle()

    def _forget_undelivered(self, ids: Sequence[str] | None = None) -> int:
        """Delete what waits, as it would come back. Returns how many passages that were."""
        return 0 if self._outgoing is None else self._outgoing.remove(ids)

    def _deliver_when_back(self) -> None:
        if not self._index.when_back(self._delivers):
            start_thread(self._delivers, name="memgpt-deliver")

    def _deliver_quietly(self) -> None:
        try:
            self.deliver()
        except ArchiveAwayError:
            self._deliver_when_back()
        except MemGPTError as error:  # the next use tries again
            logger.warning("what waits for archive '%s' cannot be delivered: %s", self.archive_id, error)

    def _parts(self, parent: str) -> dict[int, Mapping[str, Any]]:
        """Return the payloads of a document's parts by their number."""
        bound = self._store.bound()
        found: Sequence[Stored] = self._index.read(
            bound, [part_id(parent, part) for part in range(1, FEW_PARTS + 1)]
        )
        if not found or found[0].payload["parts"] > FEW_PARTS:
            where = replace(bound, parent=parent)
            found = self._index.oldest(where, self._index.count(where) or 1)
        return {each.payload["part"]: each.payload for each in found}

    def _pieces(self, draft: Draft) -> Pieces:
        parent = document_id(self.archive_id, draft.source, draft.text)
        return self.split(parent, draft.text, tuple(draft.tags), draft.source, draft.created_at or now())


def place_in_time(passage: Passage) -> tuple[datetime, str, int]:
    """Return the place of a passage in the order of time, for `after`."""
    return passage.created_at, passage.parent, passage.part


def _weakly(method: Callable[[], object]) -> Callable[[], object]:
    """Return a function that calls the method as long as its object is used elsewhere."""
    known = weakref.WeakMethod(method)

    def call() -> object:
        found = known()
        return None if found is None else found()

    return call


def _noted(found: Iterable[Stored], waiting: dict[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the payloads of passages, and take them out of `waiting`."""
    for stored in found:
        waiting.pop(stored.id, None)
        yield stored.payload


def _rest(waiting: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield from waiting.values()  # as it is when it is asked for the first one


def _as_of(found: dict[str, Any], end: datetime | None) -> dict[str, Any]:
    """Return a record without a mark that it did not have at that time."""
    mark = found.get("superseded_by")
    if end is None or mark is None or datetime.fromisoformat(mark) <= end:
        return found
    return {name: value for name, value in found.items() if name != "superseded_by"}


def _by_frequency(tally: dict[str, int]) -> dict[str, int]:
    return dict(sorted(tally.items(), key=lambda each: (-each[1], each[0])))
