"""Archival memory: passages that outlast every conversation, and searches by words, meaning, tag and time."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import (
    ConfigurationError,
    ToolError,
)
from memgpt_autogen.llm.protocols import Embedder, is_slow
from memgpt_autogen.memory.archival import chains, deletion, insertion, listing, maintenance, marks, search
from memgpt_autogen.memory.archival.alone import Turns
from memgpt_autogen.memory.archival.delivery import Delivery
from memgpt_autogen.memory.archival.dependents import dependents
from memgpt_autogen.memory.archival.dump import dump
from memgpt_autogen.memory.archival.entries import passage_of, piece_of
from memgpt_autogen.memory.archival.outgoing import Outgoing
from memgpt_autogen.memory.archival.store import ArchiveStore
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
    ids_of,
    part_id,
)
from memgpt_autogen.memory.qdrant.embedding_queue import EmbeddingQueue
from memgpt_autogen.memory.qdrant.protocol import PassageIndex
from memgpt_autogen.memory.storage.holdings import Holdings
from memgpt_autogen.memory.storage.outbox import Outbox
from memgpt_autogen.messages import now

PASSAGE_CHARS = 1200

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
        turns: Turns = nullcontext,
    ) -> None:
        if not archive_id:
            raise ConfigurationError("an archive needs an id that is not empty.")
        if passage_chars < 1:
            raise ConfigurationError(f"passage_chars={passage_chars}: a passage has at least 1 character.")
        self.archive_id = archive_id
        self._index = index
        self._store = ArchiveStore(archive_id, index, embedder, holdings, turns)
        self.passage_chars = passage_chars
        self.deferred = embedder is not None and (is_slow(embedder) if deferred is None else deferred)
        """Whether an insert may return before its passages have vectors."""
        self._pending = EmbeddingQueue(self._store)
        weakref.finalize(self, self._pending.abandon).atexit = False
        if outbox is not None:
            insert = partial(self._store.insert, anew=True, later=True)
            self._store.outgoing = Outgoing(outbox, insert, self._pending.begin if embedder else None)
        self._delivery = Delivery(self._store)

    def __repr__(self) -> str:
        return f"Archive({self.archive_id!r}, {self._index!r})"

    def insert(
        self,
        text: str,
        *,
        tags: Sequence[str] = (),
        source: str | None = None,
        created_at: datetime | None = None,
        replaces: str | Passage | Sequence[str | Passage] = (),
        wait: bool = True,
    ) -> Passages:
        """Store a text, and return its passages: one, or its parts in order.

        `replaces` has passages of this archive, or their ids, that the text makes outdated. They stay, marked
        with when and by what they are replaced: see `versions`. Raises `ToolError`, with nothing
        stored, if one of them is not there.

        A text that is stored already, from the same source, is not inserted again. It keeps its time and gets
        the new tags. If it was superseded meanwhile, it is inserted as another passage.

        When this returns, the passages are on disk and can be found. They are found by their words only for a
        while if the archive is `deferred` and `wait` is false, and while they wait for a server that is away,
        see `undelivered`.
        """
        return self.insert_many([Draft(text, tags, source, created_at, ids_of(replaces))], wait=wait)

    def insert_counted(
        self, text: str, *, tags: Sequence[str] = (), replaces: Sequence[str] = (), wait: bool = True
    ) -> tuple[Passages, Callable[[], int]]:
        """Insert a text as `insert` does. Also returns what returns the number of all passages.

        A server counts the others while it stores these.
        """
        draft = Draft(text, tags, replaces=replaces)
        ids = tuple(dict.fromkeys(piece.passage.id for piece in self._pieces(draft)))
        others = self._index.ahead(partial(self._store.count, without=ids))
        stored = self.insert_many([draft], wait=wait)
        # another edition has another id than the ones that were counted out
        return stored, self.count if stored[0].edition > 1 else lambda: others() + len(ids)

    def insert_many(
        self, drafts: Iterable[Draft], *, wait: bool = True, progress: Progress | None = None
    ) -> Passages:
        """Insert in batches.

        After an error, the batches before it are stored; insert all again to complete them.
        """
        drafts = list(drafts)
        if any(draft.replaces for draft in drafts):
            return [passage for draft in drafts for passage in self._insert_replacing(draft, wait=wait)]
        pieces = [piece for draft in drafts for piece in self._pieces(draft)]
        just_made = all(draft.created_at is None for draft in drafts)
        later = self.deferred and not wait
        return insertion.insert(
            self._store,
            self._delivery,
            self._pending,
            pieces,
            later=later,
            just_made=just_made,
            progress=progress,
        )

    def undelivered(self) -> int:
        """Return how many passages wait in the home's database for a server that is away.

        They are found by their words, and delivered when the server answers again, or by the next process.
        """
        return self._delivery.count()

    def deliver(self) -> int:
        """Store what waited for a server, as each use of the archive does. Returns how many passages."""
        return self._delivery.deliver()

    def deliver_soon(self) -> None:
        """Deliver in the background what an earlier process has left, if it has."""
        self._delivery.begin()

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
        size = self.passage_chars
        return insertion.split(parent, text, tags, source, created_at, size, exact=exact)

    def section(self, parent: str, parts: int) -> Pieces:
        """Return the passages of one section of a document, in order."""
        return listing.section(self._store, parent, parts)

    def refuse_other_space(self) -> None:
        """Raise `EmbedderMismatchError` if the configured embedder cannot search it."""
        self._store.bound(same_space=True)

    def drop(self, ids: Sequence[str]) -> None:
        """Delete the passages of these ids. Raises `StorageError` if some are there after it."""
        deletion.drop(self._store, self._delivery, ids)

    def placed(self) -> Iterator[Passage]:
        """Yield all passages of documents, oldest first. They are read in portions."""
        return listing.placed(self._store)

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
        as_of: datetime | None = None,
        page: int = 0,
        page_size: int = 10,
    ) -> Page[Found]:
        """Return the passages that match the filters and the query, best first.

        `start` and `end` are inclusive. With `as_of`, the archive is searched as it was at that time: what
        was inserted by then, and not replaced by then. `as_of=now()` is what nothing has replaced yet.
        Without it, replaced passages are found too, with their mark and what replaces them (`Found.newest`).

        Without an embedder, these are the passages that share at least one word with the query, by BM25. With
        an embedder, the `NEAREST` passages by meaning are added, and both rankings are fused. If the embedder
        fails, the search goes by words only, and `trouble` says why. `total` is exact. It is counted when it
        is first read, which takes as long as the search itself in a large archive.
        """
        filters = PassageFilter(tags, tag_match_mode, sources, start, end, as_of)
        return self.find(query, filters, page, page_size)

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
        return search.find(
            self._store, self._pending, query, filters, page, page_size, trouble=trouble, counted=counted
        )

    def list(
        self,
        *,
        tags: Sequence[str] = (),
        tag_match_mode: TagMatch = "any",
        sources: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: datetime | None = None,
        page: int = 0,
        page_size: int = 10,
    ) -> Page[Passage]:
        """Return the passages that match the filters, oldest first, and the parts of a document in order.

        `as_of` as in `search`.
        """
        filters = PassageFilter(tags, tag_match_mode, sources, start, end, as_of)
        return listing.listed(self._store, filters, page, page_size)

    def count(
        self,
        *,
        tags: Sequence[str] = (),
        tag_match_mode: TagMatch = "any",
        sources: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: datetime | None = None,
    ) -> int:
        """Return how many passages match the filters. `as_of` as in `search`."""
        return self._store.count(PassageFilter(tags, tag_match_mode, sources, start, end, as_of))

    def tags(self) -> dict[str, int]:
        """Return how many passages have each tag, the most frequent first."""
        return listing.tally(self._store, "tags")

    def sources(self) -> dict[str, int]:
        """Return how many passages came from each source, the most frequent first."""
        return listing.tally(self._store, "source")

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
        return listing.contents(self._store)

    def get(self, id: str) -> Passage | None:  # noqa: A002  # it is the passage's `id`
        """Return a passage by its id."""
        return listing.get(self._store, id)

    def document(self, parent: str) -> str | None:
        """Return the whole text that was inserted, by the `parent` of a passage.

        `[...]` replaces parts that were deleted.
        """
        return listing.document(self._store, parent)

    def versions(self, id: str) -> Passages:  # noqa: A002  # as in `get`
        """Return a passage with all that it replaces and all that replaces it, oldest first.

        Empty if the passage is not there.
        """
        return chains.versions(self._store, id)

    def alone(self) -> AbstractContextManager[None]:
        """Keep the others, also those of other processes, from changing passages that are here.

        For a change that depends on what is here. It may use the archive inside. Raises `StorageError` if
        another one does not end in time.
        """
        return self._store.alone()

    def exchange(self, old: Passage, new: Passage) -> None:
        """Put a passage, such as the same one in other words, in the place of another one in its chain."""
        chains.exchange(self._store, old, new)

    def dependents(self, id: str) -> Passages:  # noqa: A002  # as in `get`
        """Return at most five passages that may be outdated since this one was replaced.

        They hold now, and contain its id, or names and numbers of it that its replacement does not have,
        beside the names that both have. It is a hint from words: read them before you change them.
        """
        old = self.get(id)
        if old is None or not old.replaced_by:
            return []
        newer = [passage for each in old.replaced_by if (passage := self.get(each)) is not None]
        text = "\n".join(self.document(each.parent) or "" for each in newer)
        without = {part_id(each.parent, part) for each in newer for part in range(1, each.parts + 1)}
        return dependents(self._store, self._pending, old, text, without)

    def supersede(self, ids: Iterable[str], *, at: datetime | None = None) -> Passages:
        """Mark passages as no longer true since a time, by default now.

        Returns those that are in the archive, oldest first.

        They stay as they are, and searches find them. `insert` with `replaces` also says what replaces them.
        """
        return marks.supersede(self._store, ids, at)

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
        return marks.relabel(self._store, id, tags=tags, superseded=superseded)

    def after(self, place: tuple[datetime, str, int] | None, filters: PassageFilter, most: int) -> Passages:
        """Return at most `most` passages that match, oldest first, of those after a place.

        The place of a passage is its time, its parent and its part.
        """
        return listing.after(self._store, place, filters, most)

    def before(self, place: tuple[datetime, str, int] | None, filters: PassageFilter, most: int) -> Passages:
        """Return at most `most` passages that match, newest first, of those before a place."""
        return listing.before(self._store, place, filters, most)

    def delete(self, id: str) -> bool:  # noqa: A002  # as in `get`
        """Delete a passage. Returns whether it was there."""
        return deletion.delete(self._store, self._delivery, id)

    def delete_source(self, source: str) -> int:
        """Delete the passages of a source. Returns how many it had."""
        return deletion.delete_source(self._store, self._delivery, source)

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
        filters = PassageFilter(tags, tag_match_mode, sources, start, end)
        wanted = None if ids is None else [*ids]
        found = deletion.delete_where(self._store, self._delivery, filters, wanted, text)
        if purge:
            self.purge()
        return found

    def clear(self) -> int:
        """Delete all passages. Returns how many there were.

        Without any, delete the files that a killed run has left.
        """
        count = deletion.clear(self._store, self._delivery)
        if not count:
            self.purge()
        return count

    def dump(self, *, until: datetime | None = None) -> Iterator[dict[str, Any]]:
        """Yield every passage as JSON values for `restore`, oldest first, up to a time if one is given.

        They are read in portions of some thousand, and of all that have the same microsecond.
        """
        return dump(self._store, self._delivery, until)

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

    @property
    def held_model(self) -> str | None:
        """The model of the vectors that the archive has; None if it has none."""
        return self._store.held.model

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

    def _insert_replacing(self, draft: Draft, *, wait: bool) -> Passages:
        if not draft.replaces:
            return self.insert_many([draft], wait=wait)
        return insertion.insert_replacing(
            self._store,
            self._delivery,
            self._pending,
            self._pieces(draft),
            draft.replaces,
            later=self.deferred and not wait,
        )

    def _pieces(self, draft: Draft) -> Pieces:
        parent = document_id(self.archive_id, draft.source, draft.text)
        return self.split(parent, draft.text, tuple(draft.tags), draft.source, draft.created_at or now())
