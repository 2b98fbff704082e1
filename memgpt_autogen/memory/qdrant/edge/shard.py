"""One Qdrant Edge shard in a folder: how it is configured, created, opened and changed."""

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
from memgpt_autogen.memory.qdrant.protocol import Point, Space
from memgpt_autogen.private_files import close_like_outer

logger = logging.getLogger(__name__)

# A file in the folder with the number of passages; empty while some are deleted. Edge opens a shard whose
# list of ids is damaged as if it contained fewer, without an error.
WITNESS = "passages"

# Where the engine writes a segment that it seals. It stays there if the process is killed meanwhile.
HALF_SEALED = "temp_segments"

# The passages that only the write-ahead log may keep on disk. Each makes opening after a crash 0.1 ms slower.
LOGGED = 4000

# A file in the folder of a shard that may seal. Shards of an older version, and those with graphs, would take
# minutes for it.
SEALS = "seals"

# The kilobytes of words from which a growing segment is sealed: some 20,000 passages of 1,000 characters,
# which takes a second. A larger value needs more memory; with a smaller one, a search asks more segments.
SEALED_KB = 25_000

# The same for the vectors of an embedder, whose kilobytes depend on their dimension.
SEALED_VECTORS = 20_000

# The bytes that must be free to insert. A full disk ends the process, because Edge writes to mapped memory.
ROOM = 32_000_000

# The bytes that must be free to open a shard or to delete from it, in addition to the write-ahead log: what
# the log has of a killed process is written again.
OPENING_ROOM = 4_000_000

# The bytes that must be free on the disk to seal, which writes a segment a second time.
SEALED_ROOM = 1_000_000_000


class Shard:
    """An open shard. Nobody else writes to its folder."""

    def __init__(self, engine: edge.EdgeShard, folder: Path, count: int) -> None:
        self.engine = engine
        self.folder = folder
        self.count = count
        """The exact number of passages."""
        self.archive, self.space = _owner_of(engine)
        self._log: Sequence[Path] = ()
        self._logged = 0
        self._seals = (folder / SEALS).exists()

    @property
    def counts_terms(self) -> bool:
        """Whether the engine has a list of passages for each term."""
        return "terms" in self.engine.info().payload_schema

    def add(self, points: Sequence[edge.Point]) -> None:
        """Add or overwrite points. They are on disk when this returns."""
        ids = {each.id if isinstance(each.id, int) else str(each.id) for each in points}
        present = len(self.engine.retrieve(list(ids), False, False)) if self.count else 0
        self.engine.update(edge.UpdateOperation.upsert_points(list(points)))
        self._logged += len(ids)
        # a flush takes longer the larger the shard is; syncing the write-ahead log does not
        if self._logged >= LOGGED or not self._sync_log():
            self.flush()
        if len(ids) > present:
            self.count += len(ids) - present
            self._raise_witness()
        if self.space is None:
            self.archive, self.space = _owner_of(self.engine)

    @contextmanager
    def changing(self) -> Iterator[edge.EdgeShard]:
        """Flush what the block does, and count the passages again."""
        check_room(self.folder, OPENING_ROOM)
        with (self.folder / WITNESS).open("w") as witness:
            os.fsync(witness.fileno())  # too high a count would look like damage
        yield self.engine
        self.flush()
        self.count = count_points(self.engine)
        (self.folder / WITNESS).write_text(str(self.count))
        self.archive, self.space = _owner_of(self.engine)

    def flush(self) -> None:
        """Write everything to disk, and seal segments that are large enough."""
        self.engine.flush()
        self._logged = 0
        if self._seals:
            self.seal()

    def seal(self) -> None:
        """Rewrite each large growing segment as one that is read from disk and not kept in memory.

        While no segment is large enough, this takes some hundredths of a millisecond. Otherwise the engine
        stops all threads until it is done.
        """
        if shutil.disk_usage(self.folder).free < SEALED_ROOM:
            return
        try:
            with translate_panics():
                sealed = self.engine.optimize()
        except Exception as error:  # noqa: BLE001 - Edge raises bare `Exception`, and all passages are still there
            self._seals = False
            logger.warning("The archive in %s keeps its passages in memory: %s", self.folder, error)
            return
        if sealed:
            _release_memory()

    def close(self) -> None:
        """Close the shard. Errors are ignored, because everything that was acknowledged is on disk."""
        with suppress(Exception), translate_panics():
            if self._logged:
                check_room(self.folder, OPENING_ROOM)  # without it, the write-ahead log keeps what is new
                self.engine.flush()
        close_engine(self.engine)

    def _raise_witness(self) -> None:
        # Too low a count after a crash does no harm, so nothing needs to be synced. It is written over the
        # smaller one, because some file systems sync a file that was truncated and written again.
        with (self.folder / WITNESS).open("r+") as witness:
            witness.write(str(self.count))

    def _sync_log(self) -> bool:
        """Sync the files of the write-ahead log. Returns False where that is not enough."""
        if sys.platform != "linux":
            return False  # elsewhere, syncing a file need not write what was changed in its mapped memory
        log = self.folder / "wal"
        written, closed = sorted(log.glob("open-*")), sorted(log.glob("closed-*"))
        known, self._log = self._log, (*written, *closed)
        if not written:
            return False
        if known != self._log:
            _sync(log)  # the log continues in a new file, whose name must last too
            return False
        for path in written:
            _sync(path)
        return True


def make_shard(folder: Path, space: Space, fields: Iterable[str] = (), *, graphs: bool = False) -> Shard:
    """Create and open a shard in a folder that does not exist yet.

    `fields` are indexed in addition to `USUAL`. With `graphs`, sealed segments find vectors by graphs,
    which take long to build. Such a shard only seals when it is asked to.
    """
    check_room(folder.parent)
    engine = edge.EdgeShard.create(str(folder), shard_config(space, graphs=graphs))
    close_like_outer(folder)
    if not graphs:
        (folder / SEALS).touch()
    for field in (*USUAL, *fields):
        engine.update(edge.UpdateOperation.create_field_index(field, FIELDS[field]))
    engine.flush()
    (folder / WITNESS).write_text("0")
    return Shard(engine, folder, 0)


def load_shard(folder: Path) -> Shard:
    """Open a shard.

    Raises `StorageError` if passages are missing or the disk is almost full, and `FolderHeldError` if another
    process has the shard.
    """
    check_room_to_open(folder)
    try:
        engine = edge.EdgeShard.load(str(folder))
    except Exception as error:
        if "WouldBlock" in str(error):  # a program that does not know our lock
            raise FolderHeldError(folder, "another process") from error
        raise
    try:
        return _checked(engine, folder)
    except BaseException:
        close_engine(engine)  # whoever sees the error must not find the folder held by this process
        raise


def _checked(engine: edge.EdgeShard, folder: Path) -> Shard:
    """Return the shard of an engine that has opened a folder, if no passage is missing."""
    expected, found = expected_count(folder), count_points(engine)
    if expected is not None and found < expected:
        raise StorageError(f"{found:,} of {expected:,} passages can be found in it.")
    if expected != found:
        (folder / WITNESS).write_text(str(found))
    for left in (folder / HALF_SEALED).glob("*"):
        shutil.rmtree(left, ignore_errors=True)
    return Shard(engine, folder, found)


def check_room(folder: Path, needed: int = ROOM) -> None:
    """Raise `StorageError` if fewer bytes than `needed` are free on the disk of this folder."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageError(
            f"only {free // 1_000_000} MB are free on the disk, and {-(-needed // 1_000_000)} are needed. "
            "Make room."
        )


def check_room_to_open(folder: Path) -> None:
    """Raise `StorageError` if the disk has too little room to open the shard in this folder."""
    log = sum(_disk_bytes(file) for file in (folder / "wal").glob("*"))
    check_room(folder, OPENING_ROOM + log)


def _disk_bytes(file: Path) -> int:
    """Return what a file has on the disk. Its holes do not count where the system knows them."""
    with suppress(OSError):
        found = file.stat()
        blocks: int | None = getattr(found, "st_blocks", None)
        return found.st_size if blocks is None else blocks * 512
    return 0


def expected_count(folder: Path) -> int | None:
    """Return the number of passages after the last change; None if it is unknown."""
    try:
        return int((folder / WITNESS).read_text())
    except (OSError, ValueError):
        return None


def close_engine(engine: edge.EdgeShard) -> None:
    with suppress(Exception), translate_panics():
        engine.close()


@contextmanager
def translate_panics() -> Iterator[None]:
    """Raise a `StorageError` for a panic of the engine, a `BaseException` that would end the program."""
    try:
        yield
    except BaseException as error:
        reason = failure_of(error)
        if reason is None or isinstance(error, Exception):
            raise
        raise StorageError(reason) from error


def failure_of(error: BaseException) -> str | None:
    """Return why the engine failed, by an exception or a panic. None for what only ends the program."""
    if type(error).__name__ == "PanicException":
        return f"Qdrant Edge gave up: {error}"
    return str(error) if isinstance(error, Exception) else None


def count_points(engine: edge.EdgeShard) -> int:
    return engine.count(edge.CountRequest(exact=True))


def point_pages(
    engine: edge.EdgeShard, size: int, *, payload: Any = True, vectors: bool = False
) -> Iterator[list[edge.Record]]:
    """Yield all points in the order of their ids, `size` at a time."""
    offset = None
    while True:
        request = edge.ScrollRequest(offset=offset, limit=size, with_payload=payload, with_vector=vectors)
        records, offset = engine.scroll(request)
        if records:
            yield records
        if offset is None:
            return


NO_TERMS = edge.PayloadSelector.Exclude(["terms"])

USUAL = ("tags", "source", "created_at", "superseded_by")
"""Every archive indexes these fields.

A folder has one archive, and the passages of a `parent` are found by id. One of an older version has no index
of `superseded_by` until it is compacted: a search as of a time then reads each passage that it compares.
"""

FIELDS: Mapping[str, Any] = {
    "tags": edge.KeywordIndexParams(memory=edge.Memory.Cold),
    "source": edge.KeywordIndexParams(memory=edge.Memory.Cold),
    "created_at": edge.DatetimeIndexParams(memory=edge.Memory.Cold),
    "superseded_by": edge.DatetimeIndexParams(memory=edge.Memory.Cold),
    "terms": edge.IntegerIndexParams(lookup=True, range=False),
}


def shard_config(space: Space, *, graphs: bool = False) -> edge.EdgeConfig:
    dense = None
    if space.model:
        graph = None if graphs else edge.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000)
        dense = {"meaning": edge.EdgeVectorParams(space.dimension, edge.Distance.Cosine, hnsw_config=graph)}
    words = {"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf, memory=edge.Memory.Cold)}
    kilobytes = max(SEALED_KB, SEALED_VECTORS * space.dimension * 4 // 1024)
    # segments are sealed one by one; merging them, or removing deleted passages, would take minutes and
    # gigabytes
    sealing = edge.EdgeOptimizersConfig(
        indexing_threshold=kilobytes,
        max_segment_size=kilobytes,
        default_segment_number=1000,
        deleted_threshold=1.0,
    )
    return edge.EdgeConfig(
        vectors=dense,
        sparse_vectors=words,
        optimizers=sealing,
        id_tracker_memory=edge.Memory.Cold,
        wal_enabled=True,  # it is also the lock that keeps a second process out
    )


def to_point(entry: Point) -> edge.Point:
    vectors: dict[str, Any] = {"words": sparse_vector(entry.words)}
    if entry.meaning is not None:
        vectors["meaning"] = list(entry.meaning)
    return edge.Point(engine_id(entry.id), vectors, dict(entry.payload))


def engine_id(id_: str) -> str | int:
    """Return an id as the engine has it: of a text of digits, the number."""
    return int(id_) if id_.isdecimal() else id_


def sparse_vector(words: Mapping[int, float]) -> edge.SparseVector:
    return edge.SparseVector(list(words), list(words.values()))


def _owner_of(engine: edge.EdgeShard) -> tuple[str | None, Space | None]:
    """Return the archive and the space of the passages; (None, None) while there are no passages."""
    records, _ = engine.scroll(edge.ScrollRequest(limit=1, with_payload=["archive", "model", "dimension"]))
    payload = records[0].payload if records else None
    return (payload["archive"], Space(payload["model"], payload["dimension"])) if payload else (None, None)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fdatasync(file)
    finally:
        os.close(file)


def _release_memory() -> None:
    """Give the memory that sealing freed back to the system. GNU's C library would keep it."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
