"""Deletions from an archive. What waits for its server is deleted too, as it would come back."""

from __future__ import annotations

from collections.abc import Sequence

from memgpt_autogen.memory.archival import chains
from memgpt_autogen.memory.archival.delivery import Delivery
from memgpt_autogen.memory.archival.entries import passage_of
from memgpt_autogen.memory.archival.store import ArchiveStore
from memgpt_autogen.memory.passages import Passage, PassageFilter, name_of


def drop(store: ArchiveStore, delivery: Delivery, ids: Sequence[str]) -> None:
    """Delete the passages of these ids. Raises `StorageError` if some are there after it."""
    with store.alone():
        store.drop(ids)
        delivery.forget(ids)


def delete(store: ArchiveStore, delivery: Delivery, id_: str) -> bool:
    """Delete a passage. Returns whether it was there."""
    delivery.settle()
    where = store.bound(ids=[id_])
    with store.alone():
        chains.take_out(store, list(store.read(where, where.ids or ()).values()))
        return store.delete(where) + delivery.forget([id_]) > 0


def delete_source(store: ArchiveStore, delivery: Delivery, source: str) -> int:
    """Delete the passages of a source. Returns how many it had."""
    name = name_of(source)
    if not name:
        return 0
    delivery.settle()
    where = store.bound(PassageFilter(sources=[name]))
    waiting = [passage.id for passage in delivery.matching(PassageFilter(sources=[name]))]
    with store.alone():
        return store.delete(where) + delivery.forget(waiting)


def delete_where(
    store: ArchiveStore,
    delivery: Delivery,
    filters: PassageFilter,
    ids: Sequence[str] | None,
    text: str | None,
) -> list[Passage]:
    """Delete the passages that meet every condition, and return them, oldest first."""
    delivery.settle()
    where = store.bound(filters, ids=ids)
    with store.alone():
        found = [passage_of(stored) for stored in store.containing(where, text)]
        chains.take_out(store, found)
        found += delivery.matching(filters, ids, text)
        drop(store, delivery, [passage.id for passage in found])
    return found


def clear(store: ArchiveStore, delivery: Delivery) -> int:
    """Delete all passages. Returns how many there were."""
    delivery.settle()
    with store.alone():
        return store.delete(store.bound()) + delivery.forget()
