"""Whose archives these are: each archive on a server has a mark of the home that writes to it.

A copy of a home has the ids of the original's agents, and so its archives. It may read them. What it wrote or
deleted there would change the original's.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from qdrant_client import QdrantClient, models

from memgpt_autogen.errors import CopiedHomeError
from memgpt_autogen.memory.passages import NAMESPACE
from memgpt_autogen.memory.storage.home_mark import HomeMark

HOME = "\n(home)"
"""The suffix of an archive's name under which its mark is. No archive's name has a line break."""


class Ownership:
    """The marks of one home. Each archive is looked at once, before its first change."""

    def __init__(self, label: str, mark: Callable[[], HomeMark] | None) -> None:
        self._label = label
        self._mark = mark
        self._seen: set[str] = set()

    def check(self, client: QdrantClient, collection: str, archive: str, *, make: bool = True) -> None:
        """Raise `CopiedHomeError` if the archive is that of the home that this one is a copy of.

        With `make`, an archive that has no mark gets one.
        """
        if self._mark is None or self.looked(archive):
            return
        found, mine = self._read(client, collection, archive), self._mark()
        if found is not None and not mine.is_same(found):
            raise CopiedHomeError(
                f"archive '{archive}' at {self._label} belongs to the home with the database {found}. This "
                f"home ({mine}) is a copy of it, so nothing was changed. For archives of its own: "
                "memgpt-autogen copied --own. To go on in the place of the original: memgpt-autogen copied "
                "--original."
            )
        if make and found != mine:
            self.take(client, collection, archive)
        if make or found == mine:
            self._seen.add(archive)

    def take(self, client: QdrantClient, collection: str, archive: str) -> None:
        """Mark the archive as this home's."""
        if self._mark is not None:
            payload = {"archive": archive + HOME, "home": self._mark().as_json()}
            point = models.PointStruct(id=_id_of(archive), vector={}, payload=payload)
            client.upsert(collection, [point], wait=True)

    def looked(self, archive: str) -> bool:
        """Return whether nothing is to be asked about an archive."""
        return self._mark is None or archive in self._seen

    def forget(self) -> None:
        self._seen.clear()

    def _read(self, client: QdrantClient, collection: str, archive: str) -> HomeMark | None:
        for record in client.retrieve(collection, [_id_of(archive)], with_payload=["home"]):
            return HomeMark.from_json((record.payload or {}).get("home") or {})
        return None


def _id_of(archive: str) -> str:
    return str(uuid.uuid5(NAMESPACE, archive + HOME))
