"""The maintenance of an archive: fill it from records, re-embed it, look for damage and repair it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import replace
from itertools import islice
from typing import Any, Literal

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.archival.entries import piece_of, space_of
from memgpt_autogen.memory.archival.records import pieces
from memgpt_autogen.memory.archival.store import BATCH, PORTION, ArchiveStore
from memgpt_autogen.memory.passages import Piece, Repaired, Report, searched_text
from memgpt_autogen.memory.qdrant.protocol import Scope
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.bm25 import passage_weights


def restore(
    store: ArchiveStore, records: Iterable[Mapping[str, Any]], *, progress: Progress | None = None
) -> int:
    """Insert records. Returns how many there were."""
    total = len(records) if isinstance(records, Sized) else None
    done = 0
    for batch in _batches(pieces(store.archive_id, records)):
        store.insert(batch)
        done += len(batch)
        if progress:
            progress(done, total)
    return done


def reembed(store: ArchiveStore, *, progress: Progress | None = None) -> int:
    """Build the archive in the space of its embedder, and replace it.

    Returns how many passages were embedded.
    """
    rebuild = store.index.rebuild(store.archive_id, store.own)
    total, done = store.count(), 0
    while True:
        for lacking in rebuild.lacking(BATCH):
            scope = Scope(store.archive_id, store.own)
            rebuild.add(store.entries(scope, list(map(piece_of, lacking))))
            done += len(lacking)
            if progress:
                progress(done, max(done, total))
        if rebuild.swap():
            return done


def check(store: ArchiveStore) -> Report:
    """Read everything, and compare it with what searches find."""
    damage = store.index.survey(store.archive_id, store.held)
    trouble = [each for each in (damage.trouble, store.missing(), store.other_home()) if each]
    if damage.vectors:
        damaged = counted(damage.vectors, "damaged vector")
        trouble.append(f"{damaged}, which repair() replaces if the archive's own embedder is configured")
    pending, mismatch = 0, ""
    if not trouble and not damage.unreadable:
        try:
            trouble += _differences(store)
            pending, mismatch = store.pending(), store.mismatch
        except StorageError as error:
            trouble.append(str(error))
    return Report(damage.readable, damage.expected, damage.unreadable, tuple(trouble), pending, mismatch)


def repair(
    store: ArchiveStore, records: Iterable[Mapping[str, Any]] = (), *, progress: Progress | None = None
) -> Repaired:
    """Save what can be read, embed again what has lost its vector, and refill the rest from the records."""
    store.accept()
    salvaged = store.index.salvage(store.archive_id, store.own)
    scope = Scope(store.archive_id, store.index.space(store.archive_id) or store.own)
    again = [stored for stored in salvaged.orphans if space_of(stored) == store.own == scope.space]
    for batch in _batches(map(piece_of, again)):
        store.index.insert(scope, store.entries(scope, batch))
    kept = store.count()
    restore(store, records, progress=progress)
    damage = salvaged.damage
    lost = max(damage.expected or 0, damage.readable + len(damage.unreadable)) - kept
    return Repaired(kept, max(0, lost), store.count() - kept, salvaged.kept)


def _differences(store: ArchiveStore) -> Iterator[str]:
    """Yield what filters and orders find that differs from what the passages say."""
    bound = store.bound()
    passages = list(store.walk(bound))
    count = store.index.count(bound)
    if len(passages) != count:
        yield f"in the order of time {len(passages)} of {count} passages are found"
    fields: tuple[Literal["tags", "source"], ...] = ("tags", "source")
    for field in fields:
        values = Counter(
            value
            for stored in passages
            for value in ([stored.payload["source"]] if field == "source" else stored.payload["tags"])
            if value is not None
        )
        if values != store.index.tally(bound, field):
            yield f"by {field} other passages are found than have them"
    for first in range(0, len(passages), PORTION):
        ids = tuple(stored.id for stored in passages[first : first + PORTION])
        found = len(store.index.oldest(replace(bound, ids=ids), len(ids)))
        if found != len(ids):
            number = counted(len(ids), "passage")
            yield f"filtered by id and in the order of time, {found} of {number} are found"
    for first in range(0, len(passages), 16):
        few = passages[first : first + 16]
        terms = {term for stored in few for term in passage_weights(searched_text(stored.payload))}
        ids = tuple(stored.id for stored in few)
        found = store.index.count(replace(bound, ids=ids, terms=tuple(terms)))
        if found != len(few):
            yield f"by their own words {found} of the {len(few)} passages from {ids[0]} on are found"


def _batches(pieces: Iterable[Piece]) -> Iterator[Sequence[Piece]]:
    left = iter(pieces)
    while batch := list(islice(left, BATCH)):
        yield batch
