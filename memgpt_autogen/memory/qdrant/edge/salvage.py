"""What can be read of a damaged Qdrant Edge folder, and a sound folder made from it.

Only the passages themselves cannot be made again. Edge refuses a whole shard if an index over them or its
write-ahead log is damaged, but it opens a copy without these.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from memgpt_autogen.memory.passages import searched_text
from memgpt_autogen.memory.qdrant.edge.archive_folder import ArchiveFolders
from memgpt_autogen.memory.qdrant.edge.shard import (
    NO_TERMS,
    check_room_to_open,
    close_engine,
    expected_count,
    make_shard,
    point_pages,
    shard_config,
    sparse_vector,
    translate_panics,
)
from memgpt_autogen.memory.qdrant.protocol import Damage, Salvaged, Space, Stored, is_passage
from memgpt_autogen.messages import now
from memgpt_autogen.text.bm25 import passage_weights

BATCH = 200

# how far the length of a vector may be from 1, which Edge gives to each that is not zero
TOLERANCE = 0.001

EMPTY_BLOCK = bytes(64 * 1024)


def survey_archive(folders: ArchiveFolders, archive: str, space: Space) -> Damage:
    """Read everything once, and return what is damaged."""
    with folders.held(archive, load=False) as opened:
        opened.close_content()
        if not folders.folder(archive).exists():
            return Damage(0, 0)
        with _best_reading(folders, archive, space) as best:
            return replace(best.damage, vectors=_damaged_vectors(best))


def salvage_archive(folders: ArchiveFolders, archive: str, space: Space) -> Salvaged:
    """Make a sound folder from what can be read, and keep the damaged one."""
    with folders.held(archive, load=False) as opened:
        opened.close_content()
        folder = folders.folder(archive)
        if not folder.exists():
            return Salvaged(Damage(0, 0))
        folders.check_room()
        kept = folder.with_name(f"{folder.name}.damaged-{now():%Y%m%dT%H%M%S%f}")
        with _best_reading(folders, archive, space) as best:
            orphans: list[Stored] = []
            sound = _write_sound(folders.new_folder(archive), best, orphans) if best.ids else None
            damage = best.damage
        folders.replace(opened, archive, sound, keep=kept)
        return Salvaged(damage, kept, tuple(orphans))


@dataclass(slots=True)
class _Reading:
    """What can be read of a shard that was opened in some way."""

    engine: edge.EdgeShard | None
    ids: list[str]
    damage: Damage


@contextmanager
def _best_reading(folders: ArchiveFolders, archive: str, space: Space) -> Iterator[_Reading]:
    """Open the shard in the first way that reads everything, or else in the way that reads most."""
    folder = folders.folder(archive)
    check_room_to_open(folder)
    expected = expected_count(folder)
    index = "segments/*/payload_index"

    def load_without(*patterns: str, space: Space | None = None) -> edge.EdgeShard:
        """Load a copy of the folder without some parts. `space` replaces its own configuration."""
        copy = folders.new_folder(archive)
        stack.callback(shutil.rmtree, copy, ignore_errors=True)
        folders.check_room()
        shutil.copytree(folder, copy, copy_function=_copy_with_holes)
        for pattern in patterns:
            for part in copy.glob(pattern):
                shutil.rmtree(part)
        return edge.EdgeShard.load(str(copy), shard_config(space) if space else None)

    ways: Sequence[Callable[[], edge.EdgeShard]] = (
        lambda: edge.EdgeShard.load(str(folder)),
        lambda: load_without(index),
        lambda: load_without(index, space=space),
        lambda: load_without(index, "wal", space=space),
    )
    trouble: str | None = None
    best: _Reading | None = None
    with ExitStack() as stack:
        for way in ways:
            try:
                with translate_panics():
                    engine = way()
                stack.callback(close_engine, engine)
                ids, unreadable = _readable_ids(engine)
            except Exception as error:  # noqa: BLE001 - Edge raises bare `Exception`; the next way may work
                trouble = trouble or str(error)
                continue
            if best is None or len(ids) > len(best.ids):
                best = _Reading(engine, ids, Damage(len(ids), expected, tuple(unreadable), trouble))
            if not unreadable and (len(ids) >= expected if expected is not None else trouble is None):
                break
        yield best or _Reading(None, [], Damage(0, expected, (), trouble))


def _copy_with_holes(source: str, target: str) -> None:
    """Copy a file and leave its holes empty, since Edge's files are large and mostly holes."""
    with Path(source).open("rb") as old, Path(target).open("wb") as new:
        while block := old.read(len(EMPTY_BLOCK)):
            if block == EMPTY_BLOCK[: len(block)]:
                new.seek(len(block), 1)
            else:
                new.write(block)
        new.truncate(old.tell())


def _readable_ids(engine: edge.EdgeShard) -> tuple[list[str], list[str]]:
    """Return the ids of the passages that can be read, and of those that cannot."""
    ids, unreadable = [], []
    for page in point_pages(engine, BATCH, payload=False):
        names = [str(record.id) for record in page]
        records = _retrieve(engine, names, vectors=False)
        sound = {stored.id for stored in map(Stored.from_record, records) if is_passage(stored)}
        ids += [name for name in names if name in sound]
        unreadable += [name for name in names if name not in sound]
    return ids, unreadable


def _retrieve(engine: edge.EdgeShard, ids: Sequence[Any], *, vectors: bool) -> list[edge.Record]:
    """Return the records that can be read.

    One unreadable record makes a whole request fail, so halves are tried.
    """
    try:
        with translate_panics():
            return engine.retrieve(list(ids), NO_TERMS, vectors)
    except Exception:  # noqa: BLE001 - Edge raises bare `Exception`
        if len(ids) == 1:
            return []
        half = len(ids) // 2
        return [
            *_retrieve(engine, ids[:half], vectors=vectors),
            *_retrieve(engine, ids[half:], vectors=vectors),
        ]


def _damaged_vectors(best: _Reading) -> int:
    """Return how many of the passages that can be read have a damaged vector."""
    if best.engine is None or not best.ids:
        return 0
    space = _space_of(best.engine, best.ids)
    if not space.model:
        return 0
    return sum(len(ids) - len(_sound_vectors(best.engine, ids, space)) for ids in _batches(best.ids))


def _write_sound(folder: Path, best: _Reading, orphans: list[Stored]) -> Path:
    """Write what can be read. Passages whose vector is damaged become `orphans`, which are embedded again."""
    assert best.engine is not None  # noqa: S101 - for mypy
    space = _space_of(best.engine, best.ids)
    sound = make_shard(folder, space)
    with sound.changing() as engine:
        for ids in _batches(best.ids):
            vectors = _sound_vectors(best.engine, ids, space) if space.model else dict.fromkeys(ids)
            points = []
            for record in _retrieve(best.engine, ids, vectors=False):
                payload: dict[str, Any] = dict(record.payload or {})
                meaning = vectors.get(str(record.id))
                # zeros can be what an embedder returned, or what is left of a file
                if str(record.id) not in vectors or (meaning is not None and not any(meaning)):
                    orphans.append(Stored(str(record.id), payload))
                    continue
                payload.pop("terms", None)
                found: dict[str, Any] = {"words": sparse_vector(passage_weights(searched_text(payload)))}
                if meaning is not None:
                    found["meaning"] = meaning
                points.append(edge.Point(record.id, found, payload))
            if points:
                engine.update(edge.UpdateOperation.upsert_points(points))
                sound.seal()
    sound.close()
    return folder


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _space_of(engine: edge.EdgeShard, ids: Sequence[str]) -> Space:
    first = _retrieve(engine, ids[:1], vectors=False)[0].payload or {}
    return Space(first["model"], first["dimension"])


def _sound_vectors(engine: edge.EdgeShard, ids: Sequence[str], space: Space) -> dict[str, list[float] | None]:
    """Return the vectors of meaning that are sound, by their ids; None for a passage that waits for one."""
    found: dict[str, list[float] | None] = {}
    for record in _retrieve(engine, ids, vectors=True):
        vectors: Any = record.vector
        meaning = vectors.get("meaning") if isinstance(vectors, dict) else None
        if meaning is None or _is_vector(meaning, space.dimension):
            found[str(record.id)] = meaning
    return found


def _is_vector(value: object, dimension: int) -> bool:
    if not isinstance(value, list) or len(value) != dimension:
        return False
    length = math.hypot(*value)  # NaN and infinity are far from both
    return abs(length - 1) <= TOLERANCE or length <= TOLERANCE
