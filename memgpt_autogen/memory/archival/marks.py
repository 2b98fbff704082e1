"""What changes of a passage that stays: its mark of being no longer true, and its tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from memgpt_autogen.memory.archival import chains
from memgpt_autogen.memory.archival.entries import piece_of
from memgpt_autogen.memory.archival.store import ArchiveStore
from memgpt_autogen.memory.passages import Passage, distinct, utc
from memgpt_autogen.messages import now


def supersede(store: ArchiveStore, ids: Iterable[str], at: datetime | None) -> list[Passage]:
    """Mark passages as no longer true since a time. Returns those that are there, oldest first."""
    time = utc("at", at) or now()
    ids = dict.fromkeys(ids)
    if not ids:
        return []
    with store.alone():
        where = store.bound(ids=ids, same_space=True)
        found = map(piece_of, store.oldest(where, len(where.ids))) if where.ids else ()
        return store.insert(
            [replace(piece, passage=replace(piece.passage, superseded_by=time)) for piece in found]
        )


def relabel(
    store: ArchiveStore, id_: str, *, tags: Sequence[str] | None, superseded: bool | None
) -> Passage | None:
    """Give a passage these tags, and set or remove its mark; None keeps them. Returns it if it is there."""
    with store.alone():
        where = store.bound(ids=[id_], same_space=True)
        found = [piece_of(stored) for stored in store.index.read(where, where.ids or ())]
        if not found:
            return None
        passage = found[0].passage
        if tags is not None:
            passage = replace(passage, tags=distinct(tags))
        if superseded:
            passage = replace(passage, superseded_by=passage.superseded_by or now())
        elif superseded is not None:
            passage = replace(passage, superseded_by=None, replaced_by=())
            chains.forget_replaced(store, found[0].passage)
        if passage != found[0].passage:
            store.overwrite([replace(found[0], passage=passage)])
        return passage
