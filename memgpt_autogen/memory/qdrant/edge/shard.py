"""One Qdrant Edge shard in a folder: how it is shaped, made, opened and changed."""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.qdrant.edge.open_folders import FolderHeldError
from memgpt_autogen.memory.qdrant.protocol import Entry, Space

logger = logging.getLogger(__name__)

WITNESS = "passages"
"""A file in the folder with how many passages there are; empty while some are deleted.

Edge opens a shard whose list of ids is damaged as if it held less, and says nothing.
"""

HALF_SEALED = "temp_segments"
"""Where the engine writes what it seals; a process that is killed then leaves it there for good."""

LOGGED = 4000
"""Passages that the write-ahead log alone may keep on the disk; opening after a crash takes some 0.1 ms longer for each."""

SEALS = "seals"
"""A file in the folder of a shard that may seal. One without it, of an older version or with graphs, would take minutes to."""

SEALED_KB = 25_000
"""From how many kilobytes of words the growing segment is sealed: some 20,000 passages of 1,000 characters, which takes a second.

More of them take more memory, fewer of them make a search ask more segments.
"""

SEALED_VECTORS = 20_000
"""The same for the vectors of an embedder, whose kilobytes go with their dimension."""

SEALED_ROOM = 1_000_000_000
"""Bytes that must be free on the disk to seal, which writes a segment a second time."""


class Shard:
    """An open shard. It alone writes to its folder."""

    def __init__(self, engine: edge.EdgeShard, folder: Path, count: int) -> None:
        self.engine = engine
        self.folder = folder
        self.count = count
        """Exactly how many passages there are."""
        self.archive, self.space = _kept_in(engine)
        self._log: Sequence[Path] = ()
        self._logged = 0
        self._seals = (folder / SEALS).exists()

    @property
    def counts_terms(self) -> bool:
        """Whether the engine keeps a list of passages for each term."""
        return "terms" in self.engine.info().payload_schema

    def add(self, points: Sequence[edge.Point]) -> None:
        """Add or overwrite; on the disk on return.

        Flushing takes time with the size of the shard, syncing its write-ahead log does not.
        """
        ids = {str(each.id) for each in points}
        here = len(self.engine.retrieve(list(ids), False, False)) if self.count else 0
        self.engine.update(edge.UpdateOperation.upsert_points(list(points)))
        self._logged += len(ids)
        if self._logged >= LOGGED or not self._log_synced():
            self.flush()
        if len(ids) > here:
            self.count += len(ids) - here
            self._count_up()
        if self.space is None:
            self.archive, self.space = _kept_in(self.engine)

    @contextmanager
    def changing(self) -> Iterator[edge.EdgeShard]:
        """Flush what is done inside, and count anew."""
        with (self.folder / WITNESS).open("w") as witness:
            os.fsync(witness.fileno())  # a count that is too high would look like damage
        yield self.engine
        self.flush()
        self.count = count(self.engine)
        (self.folder / WITNESS).write_text(str(self.count))
        self.archive, self.space = _kept_in(self.engine)

    def flush(self) -> None:
        """Write all to the disk, and seal what has grown large enough."""
        self.engine.flush()
        self._logged = 0
        if self._seals:
            self.seal()

    def seal(self) -> None:
        """Write a growing segment that is large anew as one that is read from the disk, and not held in memory.

        Nothing happens, in some hundredths of a millisecond, while none is. The engine stops all threads meanwhile.
        """
        if shutil.disk_usage(self.folder).free < SEALED_ROOM:
            return
        try:
            with panics():
                sealed = self.engine.optimize()
        except Exception as error:  # noqa: BLE001 - Edge raises bare `Exception`, and all passages are still there
            self._seals = False
            logger.warning("The archive in %s keeps its passages in memory: %s", self.folder, error)
            return
        if sealed:
            _give_memory_back()

    def close(self) -> None:
        """Whatever closing says, the shard is not used any more; what was promised is on the disk."""
        with suppress(Exception), panics():
            if self._logged:
                self.engine.flush()
        close(self.engine)

    def _count_up(self) -> None:
        """A count that is too low after a crash does no harm, so nothing has to be on the disk before.

        It is written over the smaller one, since some file systems sync a file that was cut off and is written anew.
        """
        with (self.folder / WITNESS).open("r+") as witness:
            witness.write(str(self.count))

    def _log_synced(self) -> bool:
        """Sync the files of the write-ahead log; False where that would not do."""
        if sys.platform != "linux":
            return False  # elsewhere syncing a file need not write what was changed in its mapped memory
        log = self.folder / "wal"
        written, closed = sorted(log.glob("open-*")), sorted(log.glob("closed-*"))
        known, self._log = self._log, (*written, *closed)
        if not written:
            return False
        if known != self._log:
            _sync(log)  # it goes on in another file, whose name has to last too
            return False
        for path in written:
            _sync(path)
        return True


def make(folder: Path, space: Space, fields: Iterable[str] = (), *, graphs: bool = False) -> Shard:
    """A new shard, open, where there is no folder yet. `fields` are indexed beside those that always are.

    With `graphs`, vectors are found by graphs in what is sealed, which takes long to build; so such a shard seals when told to.
    """
    shard = edge.EdgeShard.create(str(folder), shape(space, graphs=graphs))
    if not graphs:
        (folder / SEALS).touch()
    for field in (*USUAL, *fields):
        shard.update(edge.UpdateOperation.create_field_index(field, FIELDS[field]))
    shard.flush()
    (folder / WITNESS).write_text("0")
    return Shard(shard, folder, 0)


def load(folder: Path) -> Shard:
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
    if wanted != found:
        (folder / WITNESS).write_text(str(found))
    for left in (folder / HALF_SEALED).glob("*"):
        shutil.rmtree(left, ignore_errors=True)
    return Shard(shard, folder, found)


def expected(folder: Path) -> int | None:
    """How many passages were there after the last change; None if that is not known."""
    try:
        return int((folder / WITNESS).read_text())
    except (OSError, ValueError):
        return None


def close(shard: edge.EdgeShard) -> None:
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

USUAL = ("tags", "source", "created_at")
"""What every archive has an index of: not of `archive`, since a folder is of one, nor of `parent`, by which ids are known."""

FIELDS: Mapping[str, Any] = {
    "tags": edge.KeywordIndexParams(memory=edge.Memory.Cold),
    "source": edge.KeywordIndexParams(memory=edge.Memory.Cold),
    "created_at": edge.DatetimeIndexParams(memory=edge.Memory.Cold),
    "terms": edge.IntegerIndexParams(lookup=True, range=False),
}


def shape(space: Space, *, graphs: bool = False) -> edge.EdgeConfig:
    dense = None
    if space.model:
        graph = None if graphs else edge.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000)
        dense = {"meaning": edge.EdgeVectorParams(space.dimension, edge.Distance.Cosine, hnsw_config=graph)}
    sparse = {"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf, memory=edge.Memory.Cold)}
    kilobytes = max(SEALED_KB, SEALED_VECTORS * space.dimension * 4 // 1024)
    # segments are sealed one by one, and neither merged nor rid of deleted passages: each would take minutes and gigabytes
    sealing = edge.EdgeOptimizersConfig(
        indexing_threshold=kilobytes,
        max_segment_size=kilobytes,
        default_segment_number=1000,
        deleted_threshold=1.0,
    )
    # never without the write-ahead log: it is also the lock that keeps a second process out
    return edge.EdgeConfig(
        vectors=dense,
        sparse_vectors=sparse,
        optimizers=sealing,
        id_tracker_memory=edge.Memory.Cold,
        wal_enabled=True,
    )


def point(entry: Entry) -> edge.Point:
    vectors: dict[str, Any] = {"words": sparse(entry.words)}
    if entry.meaning is not None:
        vectors["meaning"] = list(entry.meaning)
    return edge.Point(entry.id, vectors, dict(entry.payload))


def sparse(words: Mapping[int, float]) -> edge.SparseVector:
    return edge.SparseVector(list(words), list(words.values()))


def _kept_in(shard: edge.EdgeShard) -> tuple[str | None, Space | None]:
    """The archive and the space that the passages are of; none while there are none."""
    records, _ = shard.scroll(edge.ScrollRequest(limit=1, with_payload=["archive", "model", "dimension"]))
    payload = records[0].payload if records else None
    return (payload["archive"], Space(payload["model"], payload["dimension"])) if payload else (None, None)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fdatasync(file)
    finally:
        os.close(file)


def _give_memory_back() -> None:
    """What sealing freed is otherwise kept for later by the C library; where that is another one, nothing happens."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
