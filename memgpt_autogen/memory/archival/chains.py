"""Chains of passages, of which each replaces the one before: nothing is lost, and the newest one holds.

Both sides know each other by their ids: the older one is marked with its time, and has `replaced_by`; the
newer one has `replaces`. Both are written at once. A passage that is deleted is taken out of its chain. Where
that could not be done, such as for a document that was loaded again, an id leads to nothing and is passed by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from memgpt_autogen.errors import ToolError, quoted
from memgpt_autogen.memory.archival.entries import piece_of
from memgpt_autogen.memory.archival.store import ArchiveStore, is_id
from memgpt_autogen.memory.passages import Passage, Piece, distinct
from memgpt_autogen.memory.qdrant.protocol import Where


def linked(store: ArchiveStore, pieces: Sequence[Piece], replaces: Collection[str]) -> list[Piece]:
    """Return new pieces and those that they replace, with their marks, ready to be stored together.

    A passage that was replaced before keeps the time of its mark: the chain has two ends then. The new text
    itself is left out. Raises `ToolError` if a passage is not in the archive.
    """
    first, *others = pieces
    new = first.passage
    old = _read(store, replaces)
    if missing := [id_ for id_ in replaces if id_ not in old]:
        raise ToolError(
            f"there is no passage {quoted(missing[0])} in this archive, so the new text cannot replace it. "
            "Nothing was stored. Give the id of a passage of the same archive, or leave out replaces."
        )
    same = {piece.passage.id for piece in pieces}
    marked = [_marked(piece, new) for id_, piece in old.items() if id_ not in same]
    links = tuple(piece.passage.id for piece in marked)
    return [replace(first, passage=replace(new, replaces=links)), *others, *marked]


def newest(
    store: ArchiveStore, where: Where, passages: Iterable[Passage], end: datetime | None = None
) -> Mapping[str, tuple[Passage, ...]]:
    """Return what replaces each of the passages now, of those up to `end`, by its id.

    Each step from a passage to the next one reads once, for all of them.
    """
    old = [passage for passage in passages if passage.replaced_by]
    known = {passage.id: passage for passage in passages}
    asked = dict.fromkeys(known)
    wanted = _ids(passage.replaced_by for passage in old)
    while unread := [id_ for id_ in wanted if id_ not in asked]:
        asked |= dict.fromkeys(unread)
        read = store.read(where, unread)
        known |= read
        wanted = _ids(passage.replaced_by for passage in read.values())
    return {passage.id: _ends(passage, known, end) for passage in old}


def versions(store: ArchiveStore, id_: str) -> list[Passage]:
    """Return a passage with all that it replaces and all that replaces it, oldest first."""
    found: dict[str, Passage] = {}
    for field in ("replaces", "replaced_by"):
        wanted: Sequence[str] = [id_]
        seen: set[str] = set()
        while unread := [each for each in wanted if each not in seen]:
            seen.update(unread)
            read = {each: piece.passage for each, piece in _read(store, unread).items()}
            found |= read
            wanted = _ids(getattr(passage, field) for passage in read.values())
    return sorted(found.values(), key=lambda each: (each.created_at, each.superseded_by is None))


def take_out(store: ArchiveStore, gone: Sequence[Passage]) -> None:
    """Link what stood before deleted passages with what stood after them. The caller is alone.

    What they replaced stays marked: it was said to be no longer true, and that stays so.
    """
    before = {passage.id: passage.replaces for passage in gone}
    after = {passage.id: passage.replaced_by for passage in gone}
    if not (any(before.values()) or any(after.values())):
        return
    store.relink(_relinked(_near(store, gone), before, after))


def exchange(store: ArchiveStore, old: Passage, new: Passage) -> None:
    """Put a passage in the place of another one in its chain."""
    if not (old.replaces or old.replaced_by):
        return
    instead = {old.id: (new.id,)}
    own = {new.id: (), old.id: ()}
    both = replace(
        new, replaces=(*new.replaces, *old.replaces), replaced_by=(*new.replaced_by, *old.replaced_by)
    )
    with store.alone():
        near = [each for each in _near(store, [old]) if each.id != new.id]
        store.relink([*_relinked(near, instead, instead), *_relinked([both], own, own)])


def forget_replaced(store: ArchiveStore, passage: Passage) -> None:
    """Let what was inserted to replace a passage replace it no more. The caller is alone."""
    newer = [piece.passage for piece in _read(store, passage.replaced_by).values()]
    store.relink(
        replace(each, replaces=tuple(id_ for id_ in each.replaces if id_ != passage.id)) for each in newer
    )


def _near(store: ArchiveStore, passages: Sequence[Passage]) -> list[Passage]:
    """Return what is next to these passages in their chains, without themselves."""
    ids = {passage.id for passage in passages}
    near = _read(store, _ids((*passage.replaces, *passage.replaced_by) for passage in passages))
    return [piece.passage for id_, piece in near.items() if id_ not in ids]


def _relinked(
    passages: Iterable[Passage], before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]]
) -> list[Passage]:
    """Return the passages with other ids in place of those that have some, before and after them."""
    return [
        replace(each, replaces=_without(each.replaces, before), replaced_by=_without(each.replaced_by, after))
        for each in passages
    ]


def _marked(piece: Piece, new: Passage) -> Piece:
    old = piece.passage
    mark = old.superseded_by or max(new.created_at, old.created_at)
    return replace(
        piece,
        passage=replace(old, superseded_by=mark, replaced_by=distinct((*old.replaced_by, new.id))),
    )


def _read(store: ArchiveStore, ids: Iterable[str]) -> dict[str, Piece]:
    where = store.bound()
    wanted = list(filter(is_id, ids))
    found = {each.id: piece_of(each) for each in store.index.read(where, wanted)} if wanted else {}
    return {id_: found[id_] for id_ in wanted if id_ in found}


def _ids(links: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(id_ for each in links for id_ in each))


def _ends(passage: Passage, known: Mapping[str, Passage], end: datetime | None) -> tuple[Passage, ...]:
    """Return the ends of the chain that begins with a passage."""
    seen, left, ends = {passage.id}, list(passage.replaced_by), []
    while left:
        id_ = left.pop(0)
        if id_ in seen or (next_ := known.get(id_)) is None:
            continue
        seen.add(id_)
        if end is not None and next_.created_at > end:
            continue
        if next_.superseded_by is None or (end is not None and next_.superseded_by > end):
            ends.append(next_)
        left += next_.replaced_by
    return tuple(ends)


def _without(ids: Sequence[str], instead: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the ids, with others in place of those that have some; one of these may have others itself."""
    found: dict[str, None] = {}
    left, seen = list(ids), set()
    while left:
        id_ = left.pop(0)
        if id_ not in instead:
            found[id_] = None
        elif id_ not in seen:
            seen.add(id_)
            left = [*instead[id_], *left]
    return tuple(found)
