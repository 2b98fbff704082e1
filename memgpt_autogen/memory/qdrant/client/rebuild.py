"""A copy of an archive in another embedding space, through `qdrant-client`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qdrant_client import models

from memgpt_autogen.memory.qdrant.client.collections import (
    NO_TERMS,
    Connection,
    equals,
    only,
    pages,
    rename,
    to_point,
)
from memgpt_autogen.memory.qdrant.client.requests import BATCH
from memgpt_autogen.memory.qdrant.protocol import Point, Space, Stored, without_same


class ClientRebuild:
    """A copy of an archive in another collection, as a tenant with another name.

    A complete copy is renamed to `NEXT`, the old passages are deleted, and the copy gets the archive's name.
    Readers see the old passages until that, and the new ones after it. This is no transaction: a process that
    reads or writes during the swap may find the archive partly empty. If the collection is the same, and only
    the vectors are new, the passages are overwritten in place.
    """

    def __init__(self, connection: Connection, archive: str, old: Space | None, new: Space) -> None:
        self._connection = connection
        self._archive = archive
        self._old = connection.name_of(old or new)
        self._new = connection.name_of(new)
        self._space = new
        self._in_place = self._old == self._new
        self._overwritten: set[str] = set()

    def lacking(self, size: int) -> Iterator[list[Stored]]:
        with self._connection.use() as client:
            if not self._connection.existing(client, self._space):
                self._connection.ensure(client, self._space)
            for page in pages(client, self._old, self._archive, size):
                if self._in_place:
                    lacking = [stored for stored in page if stored.id not in self._overwritten]
                else:
                    found = client.retrieve(self._new, [each.id for each in page], with_payload=NO_TERMS)
                    copies = [each for each in found if (each.payload or {}).get("archive") in self._hidden]
                    lacking = without_same(page, copies)
                if lacking:
                    yield lacking

    def add(self, entries: Sequence[Point]) -> None:
        tenant = self._archive if self._in_place else self._archive + BUILDING
        points = [to_point(replace(entry, payload={**entry.payload, "archive": tenant})) for entry in entries]
        with self._connection.use() as client:
            self._connection.upsert(client, self._new, points)
        self._overwritten.update(entry.id for entry in entries)

    def swap(self) -> bool:
        if any(True for _ in self.lacking(BATCH)):
            return False
        if self._in_place:
            return True
        with self._connection.use() as client:
            for page in pages(client, self._new, self._archive + BUILDING, BATCH):
                ids = [stored.id for stored in page]
                present = {str(each.id) for each in client.retrieve(self._old, ids, with_payload=False)}
                if gone := [id_ for id_ in ids if id_ not in present]:
                    client.delete(self._new, models.PointIdsList(points=[*gone]), wait=True)
            names = self._connection.collections(client)
            for other in names:
                if other != self._new:  # passages of another attempt must not come back
                    for tenant in self._hidden:
                        client.delete(other, models.FilterSelector(filter=only(tenant)), wait=True)
            # who inserts from now on looks at the archive first
            self._connection.owner.move(client, self._new, self._archive, names)
            rename(client, self._new, self._archive + BUILDING, self._archive + NEXT)
            whole = pages(client, self._new, self._archive + NEXT, BATCH)
            ids = [each.id for page in whole for each in page]
            for first in range(0, len(ids), MOST_IDS):
                copied = models.Filter(
                    must=[
                        equals("archive", self._archive),
                        models.HasIdCondition(has_id=[*ids[first : first + MOST_IDS]]),
                    ]
                )
                client.delete(self._old, models.FilterSelector(filter=copied), wait=True)
            self._connection.known.spaces.pop(self._archive, None)
            if client.count(self._old, only(self._archive), exact=True).count:
                return False  # another process has inserted meanwhile
            rename(client, self._new, self._archive + NEXT, self._archive)
        return True

    @property
    def _hidden(self) -> tuple[str, str]:
        return self._archive + BUILDING, self._archive + NEXT


# the ids in one request that deletes passages: 39 bytes each, and a proxy may take 1 MB
MOST_IDS = 10_000

# The suffixes of an archive's name while its copy is made, and when that is complete. No archive's name has a
# line break.
BUILDING, NEXT = "\n(building)", "\n(next)"
