"""This module copies an embedded archive into another embedding space.

The copy is made next to the archive. It is put in its place when complete.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence

import qdrant_edge as edge

from memgpt_autogen.memory.qdrant.edge.archive_folder import ArchiveFolders
from memgpt_autogen.memory.qdrant.edge.shard import (
    NO_TERMS,
    Shard,
    load_shard,
    make_shard,
    point_pages,
    to_point,
)
from memgpt_autogen.memory.qdrant.protocol import Point, Space, Stored, without_same

PAGE = 500


class EdgeRebuild:
    """Meanwhile the archive is read and written as usual. Another process can continue an incomplete copy."""

    def __init__(self, folders: ArchiveFolders, archive: str, space: Space) -> None:
        key = hashlib.sha256(f"{space.model}\n{space.dimension}".encode()).hexdigest()[:8]
        self._folders = folders
        self._archive = archive
        self._space = space
        self._copy = folders.attempt(archive, key)

    def lacking(self, size: int) -> Iterator[list[Stored]]:
        offset = None
        while True:
            request = edge.ScrollRequest(offset=offset, limit=size, with_payload=NO_TERMS)
            with self._folders.held(self._archive) as old:
                records, offset = old.content.engine.scroll(request) if old.content else ([], None)
            with self._folders.held(self._archive, folder=self._copy) as new:
                lacking = _lacking(new.content, records)
            if lacking:
                yield lacking
            if offset is None:
                return

    def add(self, entries: Sequence[Point]) -> None:
        with self._folders.held(self._archive, folder=self._copy, make=True) as new:
            self._folders.check_room()
            if new.content is None:
                unfinished = self._copy.with_name(f".{self._copy.name}.new-{uuid.uuid4().hex[:8]}")
                make_shard(unfinished, self._space).close()
                unfinished.rename(self._copy)
                new.content = load_shard(self._copy)
            new.content.add([to_point(entry) for entry in entries])

    def swap(self) -> bool:
        # always in this order, so that two processes never wait for each other
        with (
            self._folders.held(self._archive, folder=self._copy) as new,
            self._folders.held(self._archive) as old,
        ):
            if old.content is None or new.content is None:
                return old.content is None
            for records in point_pages(old.content.engine, PAGE, payload=NO_TERMS):
                if _lacking(new.content, records):
                    return False
            with new.content.changing() as copy:
                for records in point_pages(copy, PAGE, payload=False):
                    ids = [record.id for record in records]
                    present = {record.id for record in old.content.engine.retrieve(ids, False, False)}
                    if gone := [id_ for id_ in ids if id_ not in present]:
                        copy.update(edge.UpdateOperation.delete_points(gone))
            new.close_content()
            self._folders.replace(old, self._archive, self._copy)
        return True


def _lacking(copy: Shard | None, records: Sequence[edge.Record]) -> list[Stored]:
    """Return the passages that are not in the copy, or differ there."""
    stored = list(map(Stored.from_record, records))
    if copy is None or not stored:
        return stored
    return without_same(stored, copy.engine.retrieve([each.id for each in stored], NO_TERMS, False))
