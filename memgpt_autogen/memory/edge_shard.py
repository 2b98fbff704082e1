"""One Qdrant Edge shard in a folder: how it is shaped, made, opened and changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.folder_lock import FolderHeldError
from memgpt_autogen.memory.index import Entry, Space

WITNESS = "passages"
"""A file in the folder with how many passages there are; empty while that changes.

Edge opens a shard whose list of ids is damaged as if it held less, and says nothing.
"""


def make(folder: Path, space: Space) -> edge.EdgeShard:
    """A new shard, open, where there is no folder yet."""
    shard = edge.EdgeShard.create(str(folder), shape(space))
    for field, schema in FIELDS.items():
        shard.update(edge.UpdateOperation.create_field_index(field, schema))
    shard.flush()
    (folder / WITNESS).write_text("0")
    return shard


def load(folder: Path) -> edge.EdgeShard:
    """Raises `StorageError` where passages are missing, and `FolderHeldError` where another process has the shard."""
    try:
        shard = edge.EdgeShard.load(str(folder))
    except Exception as error:
        if "WouldBlock" in str(error):  # somebody who does not know of our lock
            raise FolderHeldError(folder, "another process") from error
        raise
    wanted, found = expected(folder), count(shard)
    if wanted is not None and found < wanted:
        close(shard)
        raise StorageError(f"{found:,} of {wanted:,} passages can be found in it.")
    if wanted is None:
        (folder / WITNESS).write_text(str(found))
    return shard


def expected(folder: Path) -> int | None:
    """How many passages were there after the last change; None if that is not known."""
    try:
        return int((folder / WITNESS).read_text())
    except (OSError, ValueError):
        return None


@contextmanager
def changing(folder: Path, shard: edge.EdgeShard) -> Iterator[None]:
    """Flush what is done inside, and count anew."""
    with (folder / WITNESS).open("w") as witness:
        os.fsync(witness.fileno())  # a count that is too high would look like damage
    yield
    shard.flush()
    (folder / WITNESS).write_text(str(count(shard)))


def close(shard: edge.EdgeShard) -> None:
    """Whatever closing says, the shard is not used any more; what was promised was flushed before."""
    with suppress(Exception), panics():
        shard.close()


@contextmanager
def panics() -> Iterator[None]:
    """A panic of the engine is a `BaseException` that would stop the whole program; here it is a `StorageError`."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise StorageError(f"Qdrant Edge gave up: {error}") from error
        raise


def count(shard: edge.EdgeShard) -> int:
    return shard.count(edge.CountRequest(exact=True))


def pages(
    shard: edge.EdgeShard, size: int, *, payload: Any = True, vectors: bool = False
) -> Iterator[list[edge.Record]]:
    """All points in the order of their ids."""
    offset = None
    while True:
        request = edge.ScrollRequest(offset=offset, limit=size, with_payload=payload, with_vector=vectors)
        records, offset = shard.scroll(request)
        if records:
            yield records
        if offset is None:
            return


NO_TERMS = edge.PayloadSelector.Exclude(["terms"])

FIELDS: Mapping[str, Any] = {
    "archive": edge.KeywordIndexParams(is_tenant=True),
    "tags": edge.KeywordIndexParams(),
    "source": edge.KeywordIndexParams(),
    "parent": edge.KeywordIndexParams(),
    "created_at": edge.DatetimeIndexParams(),
    "terms": edge.IntegerIndexParams(lookup=True, range=False),
}


def shape(space: Space) -> edge.EdgeConfig:
    dense = {"meaning": edge.EdgeVectorParams(space.dimension, edge.Distance.Cosine)} if space.model else None
    sparse = {"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)}
    # never without the write-ahead log: it is also the lock that keeps a second process out
    return edge.EdgeConfig(vectors=dense, sparse_vectors=sparse, wal_enabled=True)


def point(entry: Entry) -> edge.Point:
    vectors: dict[str, Any] = {"words": sparse(entry.words)}
    if entry.meaning is not None:
        vectors["meaning"] = list(entry.meaning)
    return edge.Point(entry.id, vectors, dict(entry.payload))


def sparse(words: Mapping[int, float]) -> edge.SparseVector:
    return edge.SparseVector(list(words), list(words.values()))


def space_of(shard: edge.EdgeShard, archive: str) -> Space | None:
    anyone = edge.ScrollRequest(limit=1, filter=only(archive), with_payload=["model", "dimension"])
    records, _ = shard.scroll(anyone)
    payload = records[0].payload if records else None
    return Space(payload["model"], payload["dimension"]) if payload else None


def only(archive: str) -> edge.Filter:
    return edge.Filter(must=[edge.FieldCondition("archive", match=edge.MatchValue(archive))])
