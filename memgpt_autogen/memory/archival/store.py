"""The passages of one archive: read, list and write them, always within the bounds of the archive."""

from __future__ import annotations

import logging
import re
import uuid
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import Literal, TypeVar

from memgpt_autogen.errors import ArchiveMissingError, EmbedderMismatchError, StorageError, ToolError
from memgpt_autogen.llm.embedders.local import is_same_model
from memgpt_autogen.llm.protocols import Embedder, known_dimension
from memgpt_autogen.memory.archival.alone import Turns, alone_in
from memgpt_autogen.memory.archival.entries import (
    age_of,
    entry_of,
    passage_of,
    space_of,
    stored_words,
)
from memgpt_autogen.memory.archival.merging import merge
from memgpt_autogen.memory.archival.outgoing import Outgoing
from memgpt_autogen.memory.passages import (
    EVERYTHING,
    Passage,
    PassageFilter,
    Piece,
    distinct,
    document_id,
    part_id,
    searched_text,
)
from memgpt_autogen.memory.qdrant.embedding_queue import checked_vectors
from memgpt_autogen.memory.qdrant.protocol import (
    PassageIndex,
    Point,
    Scope,
    Space,
    Stored,
    TooLargeError,
    Where,
)
from memgpt_autogen.memory.storage.holdings import Holding, Holdings
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.bm25 import FORM_TERM
from memgpt_autogen.text.equal import equal_names, fold
from memgpt_autogen.text.safe import clean_text

logger = logging.getLogger(__name__)

T = TypeVar("T")

_Field = Literal["source", "tags"]

BATCH = 256
"""How many passages are embedded and written at once."""

FEW = 8
"""So many passages may be inserted in one trip, without a look at what is there.

If some are there already, nobody may change them between the look and the change.
"""

PORTION = 2000
"""How many passages are read at once if all are read."""


class ArchiveStore:
    """The passages of one archive, and the embedder that makes their vectors."""

    def __init__(
        self,
        archive_id: str,
        index: PassageIndex,
        embedder: Embedder | None = None,
        holdings: Holdings | None = None,
        turns: Turns = nullcontext,
    ) -> None:
        self.archive_id = archive_id
        self._turns = turns
        self.outgoing: Outgoing | None = None
        """What waits for the server of the archive; None if nothing can."""
        self.index = index
        index.expect(embedder)
        self._holdings = holdings
        self.lost: str | None = None
        """What was missing on the server at the last look, in words."""
        self._embedder = embedder
        self._renewed = False
        # sources and tags that passages had when they were asked for
        self._stored: set[tuple[str, str]] = set()

    @property
    def own(self) -> Space:
        """The space of the embedder, under the name that the archive has for its model's folder."""
        if self._embedder is None:
            return Space()
        space = Space(self._embedder.model, self._embedder.dimension)
        held = None
        with suppress(StorageError):  # a damaged archive is repaired under the embedder's own name
            held = self.index.seen(self.archive_id)
        return held if held is not None and held.is_same(space) else space

    @property
    def held(self) -> Space:
        """The space that the archive has; that of the embedder if it is empty or cannot be read.

        The embedder is asked only in the last case.
        """
        try:
            return self.bound().scope.space
        except StorageError:
            return self.own

    @property
    def mismatch(self) -> str:
        """Why the archive cannot be searched with the configured embedder; empty if it can.

        The embedder is not asked for anything.
        """
        held = self.index.space(self.archive_id)
        return "" if held is None or self._is_own(held) else self._mismatch(held)

    @property
    def embeds(self) -> bool:
        """Whether there is an embedder."""
        return self._embedder is not None

    def bound(
        self,
        filters: PassageFilter = EVERYTHING,
        *,
        ids: Iterable[str] | None = None,
        same_space: bool = False,
        seen: bool = False,
    ) -> Where:
        """Return the bounds of this archive, or of a part of it. Every read and every write has such bounds.

        Texts among `ids` that are no ids are left out. With `same_space`, raises `EmbedderMismatchError` if
        the archive was filled with another embedder. With `seen`, the archive is taken to be as this process
        saw it last; ask again without it if nothing is found.
        """
        filters = filters.checked()
        held = self._held(seen=seen)
        if same_space and held is not None and not self._is_own(held):
            raise EmbedderMismatchError(self._mismatch(held))
        if held is None and not same_space and self._embedder is not None:
            # there is nothing to read, so the embedder need not be asked for its dimension
            held = Space(self._embedder.model, known_dimension(self._embedder) or 0)
        everything = Where(Scope(self.archive_id, held or self.own))
        filters = self.names(everything, filters)()
        return replace(everything, filters=filters, ids=None if ids is None else tuple(filter(is_id, ids)))

    def names(self, everything: Where, filters: PassageFilter) -> Callable[[], PassageFilter]:
        """Return what returns the filters with the names of sources and tags as the archive has them.

        A name that no passage has stands for those that are equal to it, such as one with other capitals. A
        distant archive is asked beside what follows.
        """
        asked: list[tuple[_Field, str]] = [("source", name) for name in filters.sources]
        asked += [("tags", name) for name in filters.tags]
        unknown = [each for each in asked if each not in self._stored]
        if not unknown or self.index.seen(self.archive_id) is None:
            return lambda: filters
        having = [self.index.ahead(partial(self._having, everything, *each)) for each in unknown]

        def equal(field: _Field, name: str) -> Sequence[str]:
            exact = (field, name) in self._stored
            return (name,) if exact else equal_names(name, self.index.tally(everything, field)) or (name,)

        def stored() -> PassageFilter:
            self._stored |= {each for each, count in zip(unknown, having, strict=True) if count()}
            sources = distinct([each for name in filters.sources for each in equal("source", name)])
            if filters.tag_match_mode == "any":
                tags = distinct([each for name in filters.tags for each in equal("tags", name)])
            else:
                tags = tuple(equal("tags", name)[0] for name in filters.tags)
            return replace(filters, sources=sources, tags=tags)

        return stored

    def _having(self, everything: Where, field: _Field, name: str) -> int:
        """Return how many passages have this source or tag."""
        exact = PassageFilter(sources=(name,)) if field == "source" else PassageFilter(tags=(name,))
        return self.index.count(replace(everything, filters=exact))

    def insert(
        self,
        pieces: Sequence[Piece],
        *,
        anew: bool = False,
        later: bool = False,
        just_made: bool = False,
    ) -> list[Passage]:
        """Insert the passages, or add the new tags to those that are here already.

        Returns them as they are then. With `anew`, a text that was superseded is true again: see
        `next_edition`. With `later`, the vectors follow: until then, new and changed passages are pending.
        `just_made`: the pieces have the time of this call, so that no other passage is equal to one of them.
        """
        if just_made and len(pieces) <= FEW and self._add_new(pieces, later=later):
            return [piece.passage for piece in pieces]
        bound = self.bound(same_space=True)
        pieces, old, merged, entries = self._ready(bound, pieces, anew=anew, later=later)
        # of many at once, such as a document, this is not asked
        few = bool(entries) and len(merged) <= FEW
        with self.alone() if few else nullcontext():
            if few and self.read(bound, tuple(merged)) != old:  # embedding them took long
                pieces, old, merged, entries = self._ready(bound, pieces, anew=anew, later=later)
            if entries:
                self._add(bound.scope, entries, old)
        # a document that was split into more parts before has some to lose
        beyond = tuple(
            part_id(passage.parent, part)
            for id_, passage in old.items()
            if passage.part == 1
            for part in range(merged[id_].passage.parts + 1, passage.parts + 1)
        )
        if beyond:
            self._expect(-len(beyond))
            self.index.delete(replace(bound, ids=beyond))
        return [merged[piece.passage.id].passage for piece in pieces]

    def _ready(
        self, bound: Where, pieces: Sequence[Piece], *, anew: bool, later: bool
    ) -> tuple[Sequence[Piece], dict[str, Passage], dict[str, Piece], Sequence[Point]]:
        """Return the pieces, what is here under their ids, both merged, and the entries that change it."""
        old = self.read(bound, tuple({piece.passage.id for piece in pieces}))
        if anew and any(each.superseded_by for each in old.values()):
            pieces = self.next_edition(pieces)
            old = self.read(bound, tuple({piece.passage.id for piece in pieces}))
        merged = merge(pieces, old, anew=anew)
        new = [piece for piece in merged.values() if piece.passage != old.get(piece.passage.id)]
        return pieces, old, merged, self.entries(bound.scope, new, embed=not later)

    def alone(self) -> AbstractContextManager[None]:
        """Be the only one who changes passages of the archive as they were read: see `alone_in`."""
        return alone_in(self.archive_id, self._turns)

    def next_edition(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Return the pieces, and those of a text that is here and superseded as another edition of it.

        So its past stays as it was. A text of which only some parts are superseded stays the same one.
        """
        new = [piece.passage for piece in pieces if piece.passage.superseded_by is None]
        old = self.read(self.bound(), tuple({passage.id for passage in new}))
        past = {each.parent for each in old.values() if each.superseded_by} - {
            each.parent for each in old.values() if not each.superseded_by
        }
        if not past:
            return pieces
        again = {
            parent: document_id(self.archive_id, source, _text_of(pieces, parent), edition + 1)
            for parent, source, edition in {(p.parent, p.source, p.edition) for p in new if p.parent in past}
        }
        return self.next_edition([_in_document(piece, again) for piece in pieces])

    def overwrite(self, pieces: Sequence[Piece]) -> None:
        """Write passages that are here already, with exactly these tags and marks."""
        scope = self.bound(same_space=True).scope
        self._add(scope, self.entries(scope, pieces), [piece.passage.id for piece in pieces])

    def relink(self, passages: Iterable[Passage]) -> None:
        """Write what passages replace, and what replaces them. No embedder is needed for it."""
        links = {
            each.id: {"replaces": list(each.replaces), "replaced_by": list(each.replaced_by)}
            for each in passages
        }
        if links:
            self.index.relink(self.bound().scope, links)

    def _add_new(self, pieces: Sequence[Piece], *, later: bool) -> bool:
        """Insert pieces in one trip. Returns False if some of them were there, and stayed as they were."""
        bound = self.bound(same_space=True, seen=True)
        passages = {piece.passage.id: piece.passage for piece in pieces}
        if len(passages) < len(pieces) or not self.index.can_add(bound.scope):
            return False
        entries = self.entries(bound.scope, pieces, embed=not later)
        # else another thread could add the same text, with other tags, between the look and the change
        with alone_in(f"{self.archive_id} {sorted(passages)}"):
            found = self.index.add(bound.scope, entries)
        if found is None:
            return False
        old = [each.id for each in found if passage_of(each) != passages[each.id]]
        self._expect(len(passages) - len(old))
        return not old

    def _add(self, scope: Scope, entries: Sequence[Point], old: Collection[str]) -> None:
        """Write entries, and count those that were not there."""
        fresh = {entry.id for entry in entries} - set(old)
        if fresh and self._holdings and self._holdings.server and not self._holdings.known(self.archive_id):
            self._holdings.put(self.archive_id, self.index.count(Where(scope)))  # from an older version
        try:
            self.index.insert(scope, entries)
        except TooLargeError as error:
            self._expect(len(fresh - set(error.ids)))
            raise
        self._expect(len(fresh))

    def _expect(self, more: int) -> None:
        if self._holdings is not None:
            self._holdings.add(self.archive_id, more)

    def _held(self, *, seen: bool = False) -> Space | None:
        """Return the space of the passages; None for an empty archive. What waited for a server is there.

        With `seen`, as this process saw it last.

        Raises `ArchiveMissingError` if it was not empty when it was last used.
        """
        if self.outgoing is not None:
            self.outgoing.deliver_first()
        held = self.index.seen(self.archive_id) if seen else self.index.space(self.archive_id)
        if held is None and (had := self._had()):
            self.lost = _gone(self.archive_id, had, self._holdings.server if self._holdings else None)
            raise ArchiveMissingError(self.lost)
        return held

    def _had(self) -> Holding | None:
        """Return what an archive that is empty now should have; None if that is nothing, or unknown."""
        if self._holdings is None:
            return None
        return self._holdings.of(self.archive_id) or self._holdings.left(self.archive_id)

    def missing(self) -> str | None:
        """Return what is missing on the server, in words; None if nothing is."""
        had = self._had()
        if had is None:
            return None
        try:
            count = self.count()
        except ArchiveMissingError as error:
            return str(error)
        return None if had.embedded or count >= had.passages else _fewer(count, had)

    def other_home(self) -> str | None:
        """Return in words that the archive is that of the home which this one is a copy of; None if not."""
        return self.index.other_home(self.archive_id)

    def accept(self) -> None:
        """Take what the server has now as all that the archive should have."""
        holdings = self._holdings
        if holdings is not None and (holdings.server or holdings.of(self.archive_id)):
            held = self.index.space(self.archive_id)
            count = 0 if held is None else self.index.count(Where(Scope(self.archive_id, held)))
            holdings.put(self.archive_id, count)
        self.lost = None

    def compare(self, count: int) -> None:
        """Compare the number of all passages with what it was, set `lost`, and take a larger one."""
        if self._holdings is None or self._holdings.server is None:
            return
        had = self._holdings.of(self.archive_id)
        self.lost = _fewer(count, had) if had is not None and count < had.passages else None
        if self.lost:
            logger.warning("archive '%s': %s", self.archive_id, self.lost)
        elif count > (had.passages if had else 0):
            with suppress(StorageError):  # the next one counts them
                self._holdings.put(self.archive_id, count)

    def entries(self, scope: Scope, pieces: Sequence[Piece], *, embed: bool = True) -> Sequence[Point]:
        """Return the pieces ready for the index, with their vectors if they are to be embedded now."""
        entries = [entry_of(scope, piece) for piece in pieces]
        if not (embed and self._embedder):
            return entries
        meanings = self._meanings(scope.space, [searched_text(entry.payload) for entry in entries])
        return [replace(entry, meaning=meaning) for entry, meaning in zip(entries, meanings, strict=True)]

    def renew_words(self) -> int:
        """Give passages of an older version the words by which this one searches. Returns how many they were.

        Vectors of meaning stay. An archive is asked once in a process.
        """
        held = None if self._renewed else self.index.seen(self.archive_id)
        if held is None:
            return 0
        everything = Where(Scope(self.archive_id, held))
        old = self.index.count(replace(everything, lacking=(FORM_TERM,)))
        if old:
            passages = self.walk(everything)
            while batch := list(islice(passages, BATCH)):
                points = [Point(each.id, each.payload, stored_words(each.payload)) for each in batch]
                self.index.reword(everything.scope, points)
        self._renewed = True
        return old

    def meaning(self, query: str) -> Sequence[float] | None:
        """Return the query's vector; None without an embedder."""
        if self._embedder is None:
            return None
        known = known_dimension(self._embedder)
        vector = self._embedder.embed_query(clean_text(query))
        if known is None:
            self.bound(same_space=True, seen=True)  # only now is the whole space known
        return checked_vectors(self.own, [vector], 1)[0]

    def pending(self) -> int:
        """Return how many passages have no vector yet; 0 for an archive without an embedding model."""
        held = self.index.space(self.archive_id)
        if held is None or held.model is None:
            return 0
        return self.index.count(Where(Scope(self.archive_id, held), pending=True))

    def waiting(self, most: int) -> list[Stored]:
        """Return the oldest pending passages.

        Raises `EmbedderMismatchError` if they need another embedder.
        """
        bound = self.bound(same_space=True)
        return self.index.oldest(replace(bound, pending=True), most) if bound.scope.space.model else []

    def meanings(self, waiting: Sequence[Stored]) -> Sequence[Sequence[float]]:
        """Return the vectors of these passages."""
        return self._meanings(space_of(waiting[0]), [searched_text(each.payload) for each in waiting])

    def place(self, waiting: Sequence[Stored], meanings: Sequence[Sequence[float]]) -> None:
        """Store the vectors of the passages that are still pending."""
        scope = self.bound(same_space=True).scope
        self.index.place(scope, list(zip(waiting, meanings, strict=True)))

    def read(self, where: Where, ids: Sequence[str]) -> dict[str, Passage]:
        """Return the passages of these ids that are in the archive."""
        return {each.id: passage_of(each) for each in self.index.read(where, ids)} if ids else {}

    def oldest(self, where: Where, count: int) -> Sequence[Stored]:
        """Return at least the `count` oldest, ordered by time, then document, then part.

        The index does not order passages of the same time, so all that are as old as the last one are read
        too.
        """
        return _with_equals(partial(self.index.oldest, where), count)

    def newest(self, where: Where, count: int) -> Sequence[Stored]:
        """Return at least the `count` newest, in the opposite order of `oldest`."""
        return _with_equals(partial(self.index.newest, where), count)[::-1]

    def walk(self, where: Where) -> Iterator[Stored]:
        """Yield all of them in the order of `oldest`, and read them in portions."""
        limit = PORTION
        while True:
            # the space is asked again, since the archive may be re-embedded meanwhile
            stored = self.index.oldest(replace(where, scope=self.bound().scope), limit)
            if len(stored) < limit:
                yield from sorted(stored, key=age_of)
                return
            last = stored[-1].payload["created_at"]  # there may be more of this time
            whole = [each for each in stored if each.payload["created_at"] < last]
            limit = PORTION if whole else limit * 4
            yield from sorted(whole, key=age_of)
            where = replace(where, filters=replace(where.filters, start=datetime.fromisoformat(last)))

    def containing(self, where: Where, text: str | None) -> Iterator[Stored]:
        """Yield those of them that contain the text; all without one."""
        if text is None:
            yield from self.walk(where)
            return
        words = _plain(text).split()
        if not words:
            raise ToolError("the text to look for is blank. Write what the passages say.")
        pattern = re.compile(r"\s+".join(map(re.escape, words)))
        for _, run in groupby(self.walk(where), key=lambda stored: stored.payload["parent"]):
            yield from _containing(pattern, list(run))

    def count(self, filters: PassageFilter = EVERYTHING, *, without: tuple[str, ...] = ()) -> int:
        """Return how many passages match the filters, without those of these ids.

        An empty archive is not opened.
        """
        if filters is not EVERYTHING:
            filters = filters.checked()
        return self.look(lambda where: self.index.count(replace(where, without=without)), filters) or 0

    def look(self, read: Callable[[Where], T], filters: PassageFilter = EVERYTHING) -> T | None:
        """Return what is read of the passages that match the filters; None for an empty archive.

        It is read where this process saw the archive last, and once more if nothing is there and others have
        moved it. An empty archive is not opened.
        """
        found, before = None, None
        for seen in (True, False):
            held = self._held(seen=seen)
            if held is None:
                return None
            if held == before:
                break
            everything, before = Where(Scope(self.archive_id, held)), held
            stored = self.names(everything, filters)
            found = read(replace(everything, filters=filters))
            if (names := stored()) != filters:  # the archive has some names in another form
                found = read(replace(everything, filters=names))
            if found:
                break
        return found

    def delete(self, where: Where) -> int:
        """Delete the passages. Returns how many are gone: counted before and after."""
        before = self.index.count(where)
        if not before:
            return 0
        self._expect(-before)
        self.index.delete(where)
        left = self.index.count(where)
        if left >= before:
            raise _not_deleted(left, self.archive_id)
        return before - left

    def drop(self, ids: Sequence[str]) -> None:
        """Delete the passages of these ids. Raises `StorageError` if some are there after it."""
        for first in range(0, len(ids), BATCH):
            where = self.bound(ids=ids[first : first + BATCH])
            self._expect(-len(where.ids or ()))
            self.index.delete(where)
            if left := self.index.count(where):
                raise _not_deleted(left, self.archive_id)

    def _is_own(self, held: Space) -> bool:
        # a dimension that only a request would tell is compared when there is a vector
        if self._embedder is None or known_dimension(self._embedder) is not None:
            return held == self.own
        return is_same_model(held.model, self._embedder.model)

    def _meanings(self, space: Space, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        assert self._embedder is not None  # noqa: S101  # callers have checked it
        known = known_dimension(self._embedder)
        vectors = self._embedder.embed(texts)
        if known is None and space != self.own:
            raise EmbedderMismatchError(self._mismatch(space))  # only now is the whole space known
        return checked_vectors(self.own, vectors, len(texts))

    def _mismatch(self, held: Space) -> str:
        known = known_dimension(self._embedder) if self._embedder else 0
        own = f"'{self._embedder.model}'" if self._embedder and known is None else str(self.own)
        return (
            f"archive '{self.archive_id}' was filled with {held}, and {own} is configured now. "
            "Configure the former again, or re-embed the archive with what is configured: archive.reembed(), "
            "or in a terminal: memgpt-autogen reembed."
        )


def _text_of(pieces: Sequence[Piece], parent: str) -> str:
    parts = {piece.passage.part: piece for piece in pieces if piece.passage.parent == parent}
    return "".join(parts[part].passage.text + parts[part].gap for part in sorted(parts)).strip()


def _in_document(piece: Piece, again: Mapping[str, str]) -> Piece:
    """Return a piece of the next edition of its document, if it has one."""
    passage = piece.passage
    if passage.superseded_by is not None or passage.parent not in again:
        return piece
    parent = again[passage.parent]
    id_ = part_id(parent, passage.part)
    return replace(piece, passage=replace(passage, id=id_, parent=parent, edition=passage.edition + 1))


def _gone(archive_id: str, had: Holding, server: str | None) -> str:
    """Say that an archive has no passages, and had some."""
    if had.embedded:
        return (
            f"archive '{archive_id}' has {counted(had.passages, 'passage')} in the folder {had.server}, and "
            f"{server} has none of them. Nothing was changed. To move them there, remove the setting "
            "qdrant_url, and run memgpt-autogen move --qdrant-url with that address. To go on without them: "
            "repair()."
        )
    place = server or "this home's own archive, as it has no server now,"
    return (
        f"archive '{archive_id}' had {counted(had.passages, 'passage')} at {had.server}, and {place} has "
        "none of them. Nothing was changed. Look at qdrant_url, qdrant_api_key and qdrant_prefix, or restore "
        "a backup of the server. If they are lost for good, repair() goes on without them."
    )


def _fewer(count: int, had: Holding) -> str:
    """Say that an archive has fewer passages than it had."""
    gone = had.passages - count
    return (
        f"of {counted(had.passages, 'passage')} that the archive had at {had.server} when it was last used, "
        f"{gone:,} {'is' if gone == 1 else 'are'} missing now. Restore a backup of the server. If they are "
        "lost for good, repair() goes on without them"
    )


def _not_deleted(left: int, archive_id: str) -> StorageError:
    passages = "1 passage is" if left == 1 else f"{left:,} passages are"
    return StorageError(
        f"{passages} still in archive '{archive_id}' after Qdrant was asked to delete them. Look at the "
        "server, then try again."
    )


def is_id(text: str) -> bool:
    """Return whether a text has the form of a passage's id."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _with_equals(read: Callable[[int], list[Stored]], count: int) -> list[Stored]:
    """Return at least the first `count` in order. Of each time that it has, it has all."""
    limit = count + 50
    while True:
        stored = read(limit)
        if len(stored) < limit:
            return sorted(stored, key=age_of)
        last = age_of(stored[-1])[0]  # there may be more of this time
        if last != age_of(stored[count - 1])[0]:
            return sorted((each for each in stored if age_of(each)[0] != last), key=age_of)
        limit *= 4


def _plain(text: str) -> str:
    return fold(clean_text(text))


def _containing(pattern: re.Pattern[str], parts: Sequence[Stored]) -> Iterator[Stored]:
    """Yield the parts of one document that contain a match of the pattern, or a piece of one."""
    joined, spans = "", []
    before: int | None = None
    for stored in parts:
        if before is not None and stored.payload["part"] != before + 1:
            joined += "\0"  # no match crosses a missing part
        before = stored.payload["part"]
        start = len(joined)
        joined += _plain(stored.payload["text"])
        spans.append((start, len(joined), stored))
        joined += _plain(stored.payload["gap"])
    ends = [end for _, end, _ in spans]
    found: dict[str, Stored] = {}
    for stored in parts:  # a document's passage repeats the end of the one before
        if (lead := stored.payload.get("place", {}).get("lead")) and pattern.search(_plain(lead)):
            found[stored.id] = stored
    for match in pattern.finditer(joined):
        for start, _, stored in spans[bisect_right(ends, match.start()) :]:
            if start >= match.end():
                break
            found[stored.id] = stored
    yield from found.values()
