"""What can be read of a damaged Qdrant Edge folder, and a sound folder made of it.

Only the passages themselves are irreplaceable. Edge refuses a whole shard where an index over them or its write-ahead log is
damaged; a copy without these opens.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qdrant_edge as edge

from memgpt_autogen.memory.passages import searched_text
from memgpt_autogen.memory.qdrant.edge import shard as edge_shard
from memgpt_autogen.memory.qdrant.edge.shard import NO_TERMS
from memgpt_autogen.memory.qdrant.protocol import Damage, Salvaged, Space, Stored, is_passage
from memgpt_autogen.messages import now
from memgpt_autogen.text.bm25 import passage_weights

if TYPE_CHECKING:
    from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex

BATCH = 200


def survey(index: EdgeIndex, archive: str, space: Space) -> Damage:
    """Read everything once."""
    with index.held(archive, load=False) as opened:
        index.shut(opened)
        if not index.folder(archive).exists():
            return Damage(0, 0)
        with _best(index, archive, space) as best:
            return best.damage


def salvage(index: EdgeIndex, archive: str, space: Space) -> Salvaged:
    """Make a sound folder of what can be read, and keep the damaged one aside."""
    with index.held(archive, load=False) as opened:
        index.shut(opened)
        folder = index.folder(archive)
        if not folder.exists():
            return Salvaged(Damage(0, 0))
        index.check_room()
        kept = folder.with_name(f"{folder.name}.damaged-{now():%Y%m%dT%H%M%S%f}")
        with _best(index, archive, space) as best:
            orphans: list[Stored] = []
            aside = _sound(index, archive, best, orphans) if best.ids else None
            damage = best.damage
        index.replace(opened, archive, aside, keep=kept)
        return Salvaged(damage, kept, tuple(orphans))


@dataclass(slots=True)
class _Reading:
    """A shard that opened somehow, with what can be read of it."""

    shard: edge.EdgeShard | None
    ids: list[str]
    damage: Damage


@contextmanager
def _best(index: EdgeIndex, archive: str, space: Space) -> Iterator[_Reading]:
    """The first way to open the shard by which all can be read, or the one by which most can."""
    folder = index.folder(archive)
    expected = edge_shard.expected(folder)
    ways: Sequence[Callable[[], edge.EdgeShard]] = (
        lambda: edge.EdgeShard.load(str(folder)),
        lambda: _without(index, archive, stack, "segments/*/payload_index"),
        lambda: _without(index, archive, stack, "segments/*/payload_index", space=space),
        lambda: _without(index, archive, stack, "segments/*/payload_index", "wal", space=space),
    )
    trouble: str | None = None
    best = _Reading(None, [], Damage(0, expected, (), trouble))
    with ExitStack() as stack:
        for way in ways:
            try:
                with edge_shard.panics():
                    shard = way()
                stack.callback(edge_shard.close, shard)
                ids, unreadable = _readable(shard)
            except Exception as error:  # noqa: BLE001 - Edge raises bare `Exception`; the next way may do
                trouble = trouble or str(error)
                continue
            if best.shard is None or len(ids) > len(best.ids):
                best = _Reading(shard, ids, Damage(len(ids), expected, tuple(unreadable), trouble))
            if not unreadable and expected is not None and len(ids) >= expected:
                break
            if trouble is None and not unreadable and expected is None:
                break
        if best.shard is None:
            best.damage = Damage(0, expected, (), trouble)
        yield best


def _without(
    index: EdgeIndex, archive: str, stack: ExitStack, *patterns: str, space: Space | None = None
) -> edge.EdgeShard:
    """A copy of the folder in which some parts are missing, and its shape is known from elsewhere."""
    copy = index.aside(archive)
    stack.callback(shutil.rmtree, copy, ignore_errors=True)
    _copy(index.folder(archive), copy)
    for pattern in patterns:
        for part in copy.glob(pattern):
            shutil.rmtree(part)
    return edge.EdgeShard.load(str(copy), edge_shard.shape(space) if space else None)


def _copy(source: Path, target: Path) -> None:
    """Edge's files are large and mostly holes, which stay holes."""
    for each in sorted(source.rglob("*")):
        to = target / each.relative_to(source)
        if each.is_dir():
            to.mkdir(parents=True, exist_ok=True)
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        with each.open("rb") as old, to.open("wb") as new:
            while block := old.read(BLOCK):
                if block.count(0) == len(block):
                    new.seek(len(block), 1)
                else:
                    new.write(block)
            new.truncate(old.tell())


BLOCK = 64 * 1024


def _readable(shard: edge.EdgeShard) -> tuple[list[str], list[str]]:
    ids, unreadable = [], []
    for page in edge_shard.pages(shard, BATCH, payload=False):
        names = [str(record.id) for record in page]
        sound = {str(record.id) for record in _retrieved(shard, names, vectors=False) if _is_sound(record)}
        ids += [name for name in names if name in sound]
        unreadable += [name for name in names if name not in sound]
    return ids, unreadable


def _retrieved(shard: edge.EdgeShard, ids: Sequence[Any], *, vectors: bool) -> list[edge.Record]:
    """Those of them that can be read; one that cannot fails all that are asked for with it."""
    try:
        with edge_shard.panics():
            return shard.retrieve(list(ids), NO_TERMS, vectors)
    except Exception:  # noqa: BLE001 - Edge raises bare `Exception`
        if len(ids) == 1:
            return []
        half = len(ids) // 2
        return _retrieved(shard, ids[:half], vectors=vectors) + _retrieved(shard, ids[half:], vectors=vectors)


def _is_sound(record: edge.Record) -> bool:
    return is_passage(Stored(str(record.id), record.payload or {}))


def _sound(index: EdgeIndex, archive: str, best: _Reading, orphans: list[Stored]) -> Path:
    """A folder with what can be read. Those whose vector cannot are left to be embedded again."""
    assert best.shard is not None  # noqa: S101 - for mypy
    first = _retrieved(best.shard, best.ids[:1], vectors=False)[0].payload or {}
    space = Space(first["model"], first["dimension"])
    aside = index.aside(archive)
    sound = edge_shard.make(aside, space)
    with sound.changing() as engine:
        for start in range(0, len(best.ids), BATCH):
            ids = best.ids[start : start + BATCH]
            with_vectors = {str(each.id): each for each in _retrieved(best.shard, ids, vectors=True)}
            points = []
            for record in _retrieved(best.shard, ids, vectors=False):
                payload: dict[str, Any] = dict(record.payload or {})
                again = with_vectors.get(str(record.id))
                vectors = again.vector if again else None
                meaning = vectors.get("meaning") if isinstance(vectors, dict) else None
                # one that can be read and has none waits for its vector as before
                pending = again is not None and meaning is None
                if space.model and not pending and not _is_vector(meaning, space.dimension):
                    orphans.append(Stored(str(record.id), payload))
                    continue
                words = passage_weights(searched_text(payload))
                payload.pop("terms", None)
                found: dict[str, Any] = {"words": edge_shard.sparse(words)}
                if space.model and not pending:
                    found["meaning"] = meaning
                points.append(edge.Point(record.id, found, payload))
            if points:
                engine.update(edge.UpdateOperation.upsert_points(points))
                sound.seal()
    sound.close()
    return aside


def _is_vector(value: object, dimension: int) -> bool:
    return (
        isinstance(value, list) and len(value) == dimension and all(map(math.isfinite, value)) and any(value)
    )
