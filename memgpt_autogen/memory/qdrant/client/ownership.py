"""Whose archives these are: each archive on a server has a mark of the home that writes to it.

A copy of a home has the ids of the original's agents, and so its archives. It may read them. What it wrote or
deleted there would change the original's.

The mark is also a fence: it is in the one collection that has the archive. An insert that finds it there
needs no look at the archive first.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from memgpt_autogen.errors import CopiedHomeError
from memgpt_autogen.memory.passages import NAMESPACE
from memgpt_autogen.memory.qdrant.client.known import Known
from memgpt_autogen.memory.storage.home_mark import HomeMark

HOME = "\n(home)"
"""The suffix of an archive's name under which its mark is. No archive's name has a line break."""


class Ownership:
    """The marks of one home. Each archive is looked at once, before its first change."""

    def __init__(
        self, label: str, mark: Callable[[], HomeMark] | None, known: Known, *, served: bool
    ) -> None:
        self._label = label
        self._served = served  # local mode has no marks
        self._mark = mark
        self._known = known

    def check(self, client: QdrantClient, collection: str, archive: str) -> None:
        """Raise `CopiedHomeError` if the archive is that of the home that this one is a copy of."""
        if not self.looked(archive):
            self._read(client, collection, archive)

    def claim(
        self, client: QdrantClient, collection: str, archive: str, others: Callable[[], list[str]]
    ) -> None:
        """Check as `check` does, and mark an archive that has no mark.

        Then the mark is in none of the `others`, which are all our collections.
        """
        if not self._served or self._known.marks.get(archive) == collection:
            return
        there, found = self._read(client, collection, archive)
        if not there:
            self.move(client, collection, archive, others())
        elif self._mark is not None and found != self._mark():
            self.take(client, collection, archive)
        self._known.marks[archive] = collection

    def move(self, client: QdrantClient, collection: str, archive: str, others: Sequence[str]) -> None:
        """Put the mark into one collection, and remove it from all others."""
        if not self._served:
            return
        marked = [each for each in others if each != collection and self._read(client, each, archive)[0]]
        for other in marked:
            client.delete(other, models.PointIdsList(points=[_id_of(archive)]), wait=True)
        # after that, as another name may be an alias of this collection
        self.take(client, collection, archive)
        self._known.marks[archive] = collection

    def take(self, client: QdrantClient, collection: str, archive: str) -> None:
        """Mark the archive as this home's. Without a home, it is only the fence."""
        payload: dict[str, object] = {"archive": archive + HOME}
        if self._mark is not None:
            payload["home"] = self._mark().as_json()
        point = models.PointStruct(id=_id_of(archive), vector={}, payload=payload)
        client.upsert(collection, [point], wait=True)

    def looked(self, archive: str) -> bool:
        """Return whether nothing is to be asked about an archive."""
        return self._mark is None or archive in self._known.marks

    def _read(self, client: QdrantClient, collection: str, archive: str) -> tuple[bool, HomeMark | None]:
        """Return whether there is a mark, and whose it is. Raises `CopiedHomeError` if this is a copy."""
        records = client.retrieve(collection, [_id_of(archive)], with_payload=["home"])
        home = (records[0].payload or {}).get("home") if records else None
        found = HomeMark.from_json(home) if home else None
        if self._mark is not None and found is not None:
            mine = self._mark()
            if not mine.is_same(found):
                raise CopiedHomeError(
                    f"archive '{archive}' at {self._label} belongs to the home with the database {found}. "
                    f"This home ({mine}) is a copy of it, so nothing was changed. For archives of its own: "
                    "memgpt-autogen copied --own. To go on in the place of the original: memgpt-autogen "
                    "copied --original."
                )
            if mine == found:
                self._known.marks[archive] = collection
        return bool(records), found


def fence(archive: str) -> models.SetPayloadOperation:
    """Return an operation that changes nothing, and fails if the archive's mark is not in the collection."""
    payload = models.SetPayload(payload={"archive": archive + HOME}, points=[_id_of(archive)])
    return models.SetPayloadOperation(set_payload=payload)


def is_fenced_off(error: BaseException | None) -> bool:
    """Return whether a `fence`, or another change of a point, failed because the point is not there."""
    return (
        isinstance(error, UnexpectedResponse)
        and error.status_code == 404
        and b"No point with id" in error.content
    )


def _id_of(archive: str) -> str:
    return str(uuid.uuid5(NAMESPACE, archive + HOME))
