"""What an archive has: its passages in order, their number, tags and sources, and whole documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Literal

from memgpt_autogen.memory.archival.entries import passage_of, piece_of
from memgpt_autogen.memory.archival.store import ArchiveStore, is_id
from memgpt_autogen.memory.passages import Page, Passage, PassageFilter, Piece, part_id
from memgpt_autogen.memory.qdrant.protocol import Stored, Where

FEW_PARTS = 200
"""Parts of a document that are read by their ids. If there may be more, all passages are searched."""


def listed(store: ArchiveStore, filters: PassageFilter, page: int, page_size: int) -> Page[Passage]:
    """Return a page of the passages that match, oldest first, and the parts of a document in order."""
    nothing: Page[Passage] = Page((), 0, page, page_size)
    first, behind = page * page_size, (page + 1) * page_size

    def read(where: Where) -> Page[Passage] | None:
        counted = store.index.ahead(partial(store.index.count, where))
        oldest = store.index.ahead(partial(store.oldest, where, behind))
        if not (total := counted()):
            return None
        stored = oldest()[first:behind] if first < total else ()
        return Page(tuple(map(passage_of, stored)), total, page, page_size)

    return store.look(read, filters.checked()) or nothing


def tally(store: ArchiveStore, field: Literal["tags", "source"]) -> dict[str, int]:
    """Return how many passages have each tag or source, the most frequent first."""
    return _by_frequency(store.look(partial(store.index.tally, field=field)) or {})


def contents(store: ArchiveStore) -> tuple[int, dict[str, int], dict[str, int]]:
    """Return the number of passages, and the tallies of tags and sources, with one look at the archive."""

    def read(where: Where) -> tuple[int, dict[str, int], dict[str, int]] | None:
        tags = store.index.ahead(partial(store.index.tally, where, "tags"))
        sources = store.index.ahead(partial(store.index.tally, where, "source"))
        count = store.index.count(where)
        return (count, _by_frequency(tags()), _by_frequency(sources())) if count else None

    found = store.look(read) or (0, {}, {})
    store.compare(found[0])
    return found


def get(store: ArchiveStore, id_: str) -> Passage | None:
    """Return a passage by its id."""
    read = partial(store.read, ids=list(filter(is_id, [id_])))
    return (store.look(read) or {}).get(id_)


def document(store: ArchiveStore, parent: str) -> str | None:
    """Return the whole text of a document. `[...]` replaces parts that were deleted."""
    stored = _parts(store, parent)
    if not stored:
        return None
    parts = next(iter(stored.values()))["parts"]
    missing = {"text": "[...]", "gap": "\n\n"}
    pieces = [stored.get(part, missing) for part in range(1, parts + 1)]
    return "".join(piece["text"] + piece["gap"] for piece in pieces).strip()


def section(store: ArchiveStore, parent: str, parts: int) -> list[Piece]:
    """Return the passages of one section of a document, in order."""
    ids = [part_id(parent, part) for part in range(1, parts + 1)]
    found = store.look(partial(store.index.read, ids=ids)) or ()
    return sorted(map(piece_of, found), key=lambda piece: piece.passage.part)


def placed(store: ArchiveStore) -> Iterator[Passage]:
    """Yield all passages of documents, oldest first. They are read in portions."""
    for stored in store.walk(store.bound()):
        if "place" in stored.payload:
            yield passage_of(stored)


def after(
    store: ArchiveStore, place: tuple[datetime, str, int] | None, filters: PassageFilter, most: int
) -> list[Passage]:
    """Return at most `most` passages that match, oldest first, of those after a place."""
    filters = filters.checked()
    if place is not None and (filters.start is None or filters.start < place[0]):
        filters = replace(filters, start=place[0])
    where = store.bound(filters)
    return _first(store, where, store.oldest, lambda each: place is None or place_in_time(each) > place, most)


def before(
    store: ArchiveStore, place: tuple[datetime, str, int] | None, filters: PassageFilter, most: int
) -> list[Passage]:
    """Return at most `most` passages that match, newest first, of those before a place."""
    filters = filters.checked()
    if place is not None and (filters.end is None or filters.end > place[0]):
        filters = replace(filters, end=place[0])
    where = store.bound(filters)
    return _first(store, where, store.newest, lambda each: place is None or place_in_time(each) < place, most)


def _first(
    store: ArchiveStore,
    where: Where,
    read: Callable[[Where, int], Sequence[Stored]],
    wanted: Callable[[Passage], bool],
    most: int,
) -> list[Passage]:
    """Return the first passages that are wanted, in the order in which they are read."""
    count = most
    while True:
        stored = read(where, count) if store.index.count(where) else []
        found = [passage for passage in map(passage_of, stored) if wanted(passage)]
        if len(found) >= most or len(stored) < count:
            return found[:most]
        count *= 2


def place_in_time(passage: Passage) -> tuple[datetime, str, int]:
    """Return the place of a passage in the order of time, for `after`."""
    return passage.created_at, passage.parent, passage.part


def _parts(store: ArchiveStore, parent: str) -> dict[int, Mapping[str, Any]]:
    """Return the payloads of a document's parts by their number."""
    ids = [part_id(parent, part) for part in range(1, FEW_PARTS + 1)]

    def read(everything: Where) -> Sequence[Stored]:
        found = store.index.read(everything, ids)
        if not found or found[0].payload["parts"] > FEW_PARTS:
            where = replace(everything, parent=parent)
            found = store.index.oldest(where, store.index.count(where) or 1)
        return found

    return {each.payload["part"]: each.payload for each in store.look(read) or ()}


def _by_frequency(tally: dict[str, int]) -> dict[str, int]:
    return dict(sorted(tally.items(), key=lambda each: (-each[1], each[0])))
