"""An archive's copy in another embedding space on a Qdrant that is asked through `qdrant-client`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qdrant_client import models

from memgpt_autogen.memory.qdrant.client.collections import (
    BATCH,
    NO_TERMS,
    Connection,
    collection_of,
    equals,
    only,
    pages,
    point,
    rename,
)
from memgpt_autogen.memory.qdrant.protocol import Entry, Space, Stored, same_passage


class ClientRebuild:
    """A copy of an archive in another collection, as a tenant of another name.

    When it is whole it gets the name of `NEXT`, the old passages are deleted with one request, and it gets the archive's name.
    Readers see the old passages up to that request, and the new ones behind it. Between two collections this is no
    transaction: what is read or written in the moment of the swap may find the archive partly empty. In the same collection,
    where only the embedding of each passage is new, the passages are overwritten in place.
    """

    def __init__(self, connection: Connection, archive: str, old: Space | None, new: Space) -> None:
        self._connection = connection
        self._archive = archive
        self._old = collection_of(old or new)
        self._new = collection_of(new)
        self._space = new
        self._in_place = self._old == self._new
        self._overwritten: set[str] = set()

    def lacking(self, size: int) -> Iterator[list[Stored]]:
        with self._connection.use() as client:
            if not self._connection.existing(client, self._space):
                self._connection.ensure(client, self._space)
            for page in pages(client, self._old, self._archive, size):
                ids = [stored.id for stored in page]
                if self._in_place:
                    lacking = [stored for stored in page if stored.id not in self._overwritten]
                else:
                    copied = {
                        str(each.id): each.payload or {}
                        for each in client.retrieve(self._new, ids, with_payload=NO_TERMS)
                        if (each.payload or {}).get("archive") in self._hidden
                    }
                    lacking = [
                        stored
                        for stored in page
                        if stored.id not in copied or not same_passage(stored.payload, copied[stored.id])
                    ]
                if lacking:
                    yield lacking

    def add(self, entries: Sequence[Entry]) -> None:
        tenant = self._archive if self._in_place else self._archive + BUILDING
        points = [point(replace(entry, payload={**entry.payload, "archive": tenant})) for entry in entries]
        with self._connection.use() as client:
            client.upsert(self._new, points, wait=True)
        self._overwritten.update(entry.id for entry in entries)

    def swap(self) -> bool:
        if any(True for _ in self.lacking(BATCH)):
            return False
        if self._in_place:
            return True
        with self._connection.use() as client:
            for page in pages(client, self._new, self._archive + BUILDING, BATCH):
                ids = [stored.id for stored in page]
                there = {str(each.id) for each in client.retrieve(self._old, ids, with_payload=False)}
                if gone := [id_ for id_ in ids if id_ not in there]:
                    client.delete(self._new, models.PointIdsList(points=[*gone]), wait=True)
            for other in self._connection.collections(client):
                if other != self._new:  # what another attempt left must not come back
                    for tenant in self._hidden:
                        client.delete(other, models.FilterSelector(filter=only(tenant)), wait=True)
            rename(client, self._new, self._archive + BUILDING, self._archive + NEXT)
            whole = pages(client, self._new, self._archive + NEXT, BATCH)
            ids = [each.id for page in whole for each in page]
            copied = models.Filter(
                must=[equals("archive", self._archive), models.HasIdCondition(has_id=[*ids])]
            )
            client.delete(self._old, models.FilterSelector(filter=copied), wait=True)
            self._connection.spaces.pop(self._archive, None)
            if client.count(self._old, only(self._archive), exact=True).count:
                return False  # somebody inserted just then
            rename(client, self._new, self._archive + NEXT, self._archive)
        return True

    @property
    def _hidden(self) -> tuple[str, str]:
        return self._archive + BUILDING, self._archive + NEXT


BUILDING, NEXT = "\n(building)", "\n(next)"
"""What follows an archive's name while a copy of it is made, and when that is whole; a line's end is in no archive's name."""
