"""An embedded archive's copy in another embedding space: made beside the archive, added to, and put in its place when whole."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import qdrant_edge as edge

from memgpt_autogen.memory.qdrant.edge import shard as edge_shard
from memgpt_autogen.memory.qdrant.edge.shard import NO_TERMS
from memgpt_autogen.memory.qdrant.protocol import Entry, Space, Stored, same_passage

if TYPE_CHECKING:
    from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
    from memgpt_autogen.memory.qdrant.edge.open_folders import Open


class EdgeRebuild:
    """Meanwhile the archive is read and written as before. What a process left unfinished another one goes on with."""

    def __init__(self, index: EdgeIndex, archive: str, space: Space) -> None:
        told_apart = hashlib.sha256(f"{space.model}\n{space.dimension}".encode()).hexdigest()[:8]
        self._index = index
        self._archive = archive
        self._space = space
        self._copy = index.attempt(archive, told_apart)

    def lacking(self, size: int) -> Iterator[list[Stored]]:
        offset = None
        while True:
            request = edge.ScrollRequest(offset=offset, limit=size, with_payload=NO_TERMS)
            with self._index.held(self._archive) as old:
                records, offset = old.inside.engine.scroll(request) if old.inside else ([], None)
            with self._index.held(self._archive, folder=self._copy) as new:
                lacking = _lacking(_engine(new), records)
            if lacking:
                yield lacking
            if offset is None:
                return

    def add(self, entries: Sequence[Entry]) -> None:
        with self._index.held(self._archive, folder=self._copy, make=True) as new:
            self._index.check_room()
            if new.inside is None:
                aside = self._copy.with_name(f".{self._copy.name}.new-{uuid.uuid4().hex[:8]}")
                edge_shard.make(aside, self._space).close()
                aside.rename(self._copy)
                new.inside = edge_shard.load(self._copy)
            new.inside.add([edge_shard.point(entry) for entry in entries])

    def swap(self) -> bool:
        # always in this order, so that two processes never wait for each other
        with (
            self._index.held(self._archive, folder=self._copy) as new,
            self._index.held(self._archive) as old,
        ):
            if old.inside is None or new.inside is None:
                return old.inside is None
            for records in edge_shard.pages(old.inside.engine, PAGE, payload=NO_TERMS):
                if _lacking(new.inside.engine, records):
                    return False
            with new.inside.changing() as copy:
                for records in edge_shard.pages(copy, PAGE, payload=False):
                    ids = [record.id for record in records]
                    here = {record.id for record in old.inside.engine.retrieve(ids, False, False)}
                    if gone := [id_ for id_ in ids if id_ not in here]:
                        copy.update(edge.UpdateOperation.delete_points(gone))
            self._index.shut(new)
            self._index.replace(old, self._archive, self._copy)
        return True


PAGE = 500


def _engine(opened: Open[edge_shard.Shard]) -> edge.EdgeShard | None:
    return opened.inside.engine if opened.inside else None


def _lacking(copy: edge.EdgeShard | None, records: Sequence[edge.Record]) -> list[Stored]:
    stored = [Stored(str(record.id), record.payload or {}) for record in records]
    if copy is None or not stored:
        return stored
    there = {
        str(each.id): each.payload or {}
        for each in copy.retrieve([each.id for each in stored], NO_TERMS, False)
    }
    return [each for each in stored if each.id not in there or not same_passage(each.payload, there[each.id])]
