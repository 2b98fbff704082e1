"""Archival memory: passages that outlive every conversation, found again by words, by meaning, by tag and by time."""

from __future__ import annotations

import math
import re
import unicodedata
import uuid
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import replace
from datetime import datetime
from itertools import groupby, islice
from typing import Any, Literal, Optional

from memgpt_autogen.errors import (
    ConfigurationError,
    EmbedderMismatchError,
    ModelError,
    StorageError,
    ToolError,
)
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.index import Entry, PassageIndex, Scope, Space, Stored, Where
from memgpt_autogen.memory.passages import (
    Draft,
    Found,
    Page,
    Passage,
    Piece,
    Repaired,
    Report,
    distinct,
    document_id,
    name_of,
    part_id,
    utc,
)
from memgpt_autogen.memory.ranking import Ranking
from memgpt_autogen.memory.records import pieces, record
from memgpt_autogen.memory.splitting import split
from memgpt_autogen.memory.terms import passage_weights, query_weights, shared_words
from memgpt_autogen.messages import now, storable

PASSAGE_CHARS = 1200

BATCH = 256
"""How many passages are embedded and written at once."""

WALK = 2000
"""How many passages are read at once where all are."""

TagMatch = Literal["any", "all"]

Progress = Callable[[int, Optional[int]], object]
"""Called with how many are done, and of how many in all, where that is known."""

Passages = list[Passage]
"""An archive's method has the name of the built-in."""


class Archive:
    """One archive of an index, for one agent or several.

    An archive lives in the embedding space that it was filled in, or in none. Inserting and searching in another one is an
    `EmbedderMismatchError`, whichever of the two has no embedder; reading, counting and deleting need none and always work, so
    that an archive can be listed, cleared and moved. `reembed` puts it into the space of the embedder that is configured.
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
        ranking = Ranking(self._index, where, words, self._meaning(query))
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
        name = name_of(source)
        return self._delete(replace(self._bound(), sources=(name,))) if name else 0

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
        where = self._where(tags, tag_match_mode, sources, start, end)
        if names is not None:
            where = replace(where, ids=tuple(filter(_is_id, names)))
        found = list(map(_passage, self._saying(where, text)))
        for first in range(0, len(found), BATCH):
            batch = tuple(passage.id for passage in found[first : first + BATCH])
            self._index.delete(replace(self._bound(), ids=batch))
        if purge:
            self._index.rewrite(self.archive_id)
        return found

    def clear(self) -> int:
        """How many passages there were."""
        return self._delete(self._bound())

    def dump(self, *, until: datetime | None = None) -> Iterator[dict[str, Any]]:
        """Every passage whole, as JSON values for `restore`, oldest first, up to a time if one is given.

        They are read as they are asked for, some thousand at a time, and as many as are of the same microsecond.
        """
        where = replace(self._bound(), end=utc("until", until))
        return (record(self.archive_id, stored.payload) for stored in self._walk(where))

    def restore(self, records: Iterable[Mapping[str, Any]], *, progress: Progress | None = None) -> int:
        """Insert what `dump` of this or another archive gave, and tell how many records those were.

        What is here already stays as it is and gains the tags. So a restore that broke off is completed by another one.

        Raises `ConfigurationError` with the number of a record that is none; the batches before it are in.
        """
        total = len(records) if isinstance(records, Sized) else None
        done = 0
        for batch in _batches(pieces(self.archive_id, records)):
            self._insert(batch)
            done += len(batch)
            if progress:
                progress(done, total)
        return done

    def copy_to(
        self, other: Archive, *, until: datetime | None = None, progress: Progress | None = None
    ) -> int:
        """Insert every passage, or those up to a time, into another archive as well; how many those were."""
        return other.restore(self.dump(until=until), progress=progress)

    @property
    def embedding_model(self) -> str | None:
        """By whose vectors this object inserts and searches; None where words alone count."""
        return self._own.model

    def reembed(self, *, progress: Progress | None = None) -> int:
        """Put all passages into the space of the configured embedder, or into none without one; how many were embedded.

        The archive stays as it is until the last one is done, and then is the new one at once. Killed or failed in between, it
        is the old one, and the next call goes on where this one ended. Ids, tags, sources and times stay.
        """
        rebuild = self._index.rebuild(self.archive_id, self._own)
        total, done = self.count(), 0
        while True:
            for lacking in rebuild.lacking(BATCH):
                scope = Scope(self.archive_id, self._own)
                rebuild.add(self._entries(scope, list(map(_piece, lacking))))
                done += len(lacking)
                if progress:
                    progress(done, max(done, total))
            if rebuild.swap():
                return done

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
        damage = self._index.survey(self.archive_id, self._own)
        trouble = [damage.trouble] if damage.trouble else []
        if damage.trouble is None and not damage.unreadable:
            try:
                trouble += self._contradictions()
            except StorageError as error:
                trouble.append(str(error))
        return Report(damage.readable, damage.expected, damage.unreadable, tuple(trouble))

    def repair(
        self, records: Iterable[Mapping[str, Any]] = (), *, progress: Progress | None = None
    ) -> Repaired:
        """Make a sound archive of what can be read, and refill it from records as `dump` gives them.

        The damaged folder is kept. Passages whose vectors cannot be read are embedded again, if the archive's own embedder is
        configured.
        """
        salvaged = self._index.salvage(self.archive_id, self._own)
        space = self._index.space(self.archive_id) or self._own
        again = [stored for stored in salvaged.orphans if _space_of(stored) == self._own == space]
        for batch in _batches(map(_piece, again)):
            self._index.insert(
                Scope(self.archive_id, space), self._entries(Scope(self.archive_id, space), batch)
            )
        kept = self.count()
        self.restore(records, progress=progress)
        damage = salvaged.damage
        lost = max(damage.expected or 0, damage.readable + len(damage.unreadable)) - kept
        return Repaired(kept, max(0, lost), self.count() - kept, salvaged.kept)

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
                f"former again, or re-embed the archive with what is configured: archive.reembed()."
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
        start, end = utc("start", start), utc("end", end)
        if start and end and start > end:
            raise ToolError(f"start {start.isoformat()} is after end {end.isoformat()}. Swap them.")
        return replace(
            self._bound(same_space=same_space),
            tags=distinct(tags),
            all_tags=tag_match_mode == "all",
            sources=distinct(sources),
            start=start,
            end=end,
        )

    def _pieces(self, draft: Draft) -> Sequence[Piece]:
        parent = document_id(self.archive_id, draft.source, draft.text)
        pieces = split(draft.text, self._passage_chars)
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

    def _insert(self, pieces: Sequence[Piece]) -> Passages:
        bound = self._bound(same_space=True)
        old = self._read(bound, tuple({piece.passage.id for piece in pieces}))
        merged: dict[str, Piece] = {}
        for piece in pieces:
            passage = piece.passage
            before = merged[passage.id].passage if passage.id in merged else old.get(passage.id)
            if before:
                tags = distinct((*before.tags, *passage.tags))
                passage = replace(passage, tags=tags, created_at=before.created_at)
            merged[passage.id] = Piece(passage, piece.gap)
        new = [piece for piece in merged.values() if piece.passage != old.get(piece.passage.id)]
        if new:
            self._index.insert(bound.scope, self._entries(bound.scope, new))
        # a document that was cut into more parts before has some to lose
        beyond = tuple(
            part_id(passage.parent, part)
            for id_, passage in old.items()
            if passage.part == 1
            for part in range(merged[id_].passage.parts + 1, passage.parts + 1)
        )
        if beyond:
            self._index.delete(replace(bound, ids=beyond))
        return [merged[piece.passage.id].passage for piece in pieces]

    def _entries(self, scope: Scope, pieces: Sequence[Piece]) -> Sequence[Entry]:
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

    def _walk(self, where: Where) -> Iterator[Stored]:
        """All of them in the order of `list`, without ever holding more than some."""
        limit = WALK
        while True:
            # bound anew, since the archive may be re-embedded meanwhile
            stored = self._index.oldest(replace(where, scope=self._bound().scope), limit)
            if len(stored) < limit:
                yield from sorted(stored, key=_age)
                return
            last = stored[-1].payload["created_at"]  # of this time there may be more
            whole = [each for each in stored if each.payload["created_at"] < last]
            limit = WALK if whole else limit * 4
            yield from sorted(whole, key=_age)
            where = replace(where, start=datetime.fromisoformat(last))

    def _saying(self, where: Where, text: str | None) -> Iterator[Stored]:
        """Those of them that contain the text."""
        if text is None:
            yield from self._walk(where)
            return
        words = _plain(text).split()
        if not words:
            raise ToolError("the text to look for is blank. Write what the passages say.")
        pattern = re.compile(r"\s+".join(map(re.escape, words)))
        for _, run in groupby(self._walk(where), key=lambda stored: stored.payload["parent"]):
            yield from _containing(pattern, list(run))

    def _contradictions(self) -> Iterator[str]:
        """What filters and orders find otherwise than the passages themselves say."""
        bound = self._bound()
        passages = list(self._walk(bound))
        count = self._index.count(bound)
        if len(passages) != count:
            yield f"in the order of time {len(passages)} of {count} passages are found"
        fields: tuple[Literal["tags", "source"], ...] = ("tags", "source")
        for field in fields:
            said = Counter(
                value
                for stored in passages
                for value in ([stored.payload["source"]] if field == "source" else stored.payload["tags"])
                if value is not None
            )
            if said != self._index.tally(bound, field):
                yield f"by {field} other passages are found than have them"
        for first in range(0, len(passages), 16):
            few = passages[first : first + 16]
            terms = {term for stored in few for term in passage_weights(stored.payload["text"])}
            ids = tuple(stored.id for stored in few)
            found = self._index.count(replace(bound, ids=ids, terms=tuple(terms)))
            if found != len(few):
                yield f"by their own words {found} of the {len(few)} passages from {ids[0]} on are found"

    def _delete(self, where: Where) -> int:
        count = self._index.count(where)
        if count:
            self._index.delete(where)
        return count


def _piece(stored: Stored) -> Piece:
    return Piece(_passage(stored), stored.payload["gap"])


def _space_of(stored: Stored) -> Space:
    return Space(stored.payload.get("model"), stored.payload.get("dimension", 0))


def _batches(pieces: Iterable[Piece]) -> Iterator[Sequence[Piece]]:
    left = iter(pieces)
    while batch := list(islice(left, BATCH)):
        yield batch


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", storable(text)).casefold()


def _containing(pattern: re.Pattern[str], parts: Sequence[Stored]) -> Iterator[Stored]:
    """The parts of one document that a match of the pattern lies in, or reaches into."""
    joined, spans = "", []
    before: int | None = None
    for stored in parts:
        if before is not None and stored.payload["part"] != before + 1:
            joined += "\0"  # no match crosses what is missing
        before = stored.payload["part"]
        start = len(joined)
        joined += _plain(stored.payload["text"])
        spans.append((start, len(joined), stored))
        joined += _plain(stored.payload["gap"])
    ends = [end for _, end, _ in spans]
    found: dict[str, Stored] = {}
    for match in pattern.finditer(joined):
        for start, _, stored in spans[bisect_right(ends, match.start()) :]:
            if start >= match.end():
                break
            found[stored.id] = stored
    yield from found.values()


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _entry(scope: Scope, piece: Piece, meaning: Sequence[float] | None) -> Entry:
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


def _age(stored: Stored) -> tuple[str, str, int]:
    payload = stored.payload
    return payload["created_at"], payload["parent"], payload["part"]


def _by_frequency(tally: dict[str, int]) -> dict[str, int]:
    return dict(sorted(tally.items(), key=lambda each: (-each[1], each[0])))
