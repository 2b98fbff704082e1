"""Passages in Qdrant Edge: the engine inside this process, one folder per archive."""

from __future__ import annotations

import atexit
import hashlib
import re
import shutil
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import qdrant_edge as edge

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.index import RRF_K, Entry, Hit, Scope, Space, Stored, Where

MOST_OPEN = 16
"""How many archives a process keeps open; each costs eight idle threads, and opening one takes some 40 ms."""

NO_TERMS = edge.PayloadSelector.Exclude(["terms"])


class EdgeIndex:
    """Archives as folders under one folder; an archive's is made by its first insert.

    An open archive belongs to this process. It is closed when nobody asked for it in `idle_seconds`, or when more than
    `MOST_OPEN` others were asked for since, and opened again by the next use. Any number of indexes in a process may share a
    folder.
    """

    def __init__(self, folder: Path, *, idle_seconds: float = 60.0) -> None:
        self._root = folder.absolute()
        self._idle_seconds = idle_seconds

    def __repr__(self) -> str:
        return f"EdgeIndex({str(self._root)!r})"

    def folder(self, archive: str) -> Path:
        """Where an archive lives. The hash keeps apart what a file system would take for the same name."""
        readable = re.sub(r"[^a-z0-9]+", "-", archive.lower()).strip("-")[:40]
        return self._root / f"{readable}-{hashlib.sha256(archive.encode()).hexdigest()[:16]}"

    def space(self, archive: str) -> Space | None:
        with self._shard(archive) as shard:
            return _space(shard, archive) if shard else None

    def insert(self, scope: Scope, entries: Sequence[Entry]) -> None:
        points = [_point(entry) for entry in entries]
        with self._shard(scope.archive) as shard:
            if shard is None or _space(shard, scope.archive) is None:
                self._renew(scope)  # an emptied folder is still shaped for the vectors it had
        with self._shard(scope.archive) as shard:
            if shard is None:
                raise StorageError(
                    f"{self.folder(scope.archive)} was removed while it was being made. Try again."
                )
            shard.update(edge.UpdateOperation.upsert_points(points))
            shard.flush()

    def count(self, where: Where) -> int:
        with self._shard(where.scope.archive) as shard:
            return shard.count(edge.CountRequest(exact=True, filter=_filter(where))) if shard else 0

    def oldest(self, where: Where, limit: int) -> list[Stored]:
        request = edge.ScrollRequest(
            limit=limit, filter=_filter(where), with_payload=NO_TERMS, order_by=edge.OrderBy("created_at")
        )
        with self._shard(where.scope.archive) as shard:
            records = shard.scroll(request)[0] if shard else []
        return [Stored(str(record.id), record.payload or {}) for record in records]

    def by_words(self, where: Where, words: Mapping[int, float], limit: int) -> list[Hit]:
        return self._hits(
            where,
            edge.QueryRequest(
                limit=limit,
                query=edge.Query.Nearest(_sparse(words), using="words"),
                filter=_filter(where),
                params=_own_idf(where),
            ),
        )

    def fused(
        self, where: Where, words: Mapping[int, float], meaning: Sequence[float], best: int, nearest: int
    ) -> list[Hit]:
        only = _filter(where)
        by_words = edge.Prefetch(
            limit=best,
            query=edge.Query.Nearest(_sparse(words), using="words"),
            filter=only,
            params=_own_idf(where),
        )
        by_meaning = edge.Prefetch(
            limit=nearest, query=edge.Query.Nearest(list(meaning), using="meaning"), filter=only
        )
        fusion = edge.Fusion.Rrf(k=RRF_K)
        return self._hits(
            where,
            edge.QueryRequest(
                limit=best + nearest,
                query=fusion,  # type: ignore[arg-type]  # the stub's union leaves the nested class out
                prefetches=[by_words, by_meaning],
                filter=only,
            ),
        )

    def tally(self, where: Where, field: Literal["tags", "source"]) -> dict[str, int]:
        with self._shard(where.scope.archive) as shard:
            limit = 1000
            while shard:
                request = edge.FacetRequest(field, limit=limit, exact=True, filter=_filter(where))
                hits = shard.facet(request).hits
                if len(hits) < limit:
                    return {str(hit.value): hit.count for hit in hits}
                limit *= 10
        return {}

    def delete(self, where: Where) -> None:
        with self._shard(where.scope.archive) as shard:
            if shard:
                shard.update(edge.UpdateOperation.delete_points_by_filter(_filter(where)))
                shard.flush()
                if shard.count(edge.CountRequest(exact=True)) == 0:
                    self._remove(where.scope.archive)  # deleted text would stay in its files

    def close(self, archive: str | None = None) -> None:
        _open.close(self.folder(archive) if archive else self._root)

    def _hits(self, where: Where, request: edge.QueryRequest) -> list[Hit]:
        with self._shard(where.scope.archive) as shard:
            points = shard.query(request) if shard else []
        return [Hit(str(point.id), point.score) for point in points]

    @contextmanager
    def _shard(self, archive: str) -> Iterator[edge.EdgeShard | None]:
        """The archive's shard, for this thread alone; None while the archive has no folder.

        Nothing is lost by one lock for all: Edge holds the interpreter's lock in every call anyway.
        """
        folder = self.folder(archive)
        with _open.lock:
            try:
                yield _open.get(folder, self._idle_seconds)
            except Exception as error:  # Edge raises bare `Exception`
                if "WouldBlock" in str(error):
                    raise StorageError(
                        f"archive '{archive}' is open in another process, which has the folder {folder} to itself. "
                        f"Close it there, or let both use a Qdrant server."
                    ) from error
                raise StorageError(f"archive '{archive}' in {folder}: {error}") from error

    def _renew(self, scope: Scope) -> None:
        """A new shard in the archive's folder, which is missing or empty. It is built aside, so that none is ever half made."""
        aside = self._root / f".{uuid.uuid4().hex}"
        self._root.mkdir(parents=True, exist_ok=True)
        shard = edge.EdgeShard.create(str(aside), _shape(scope.space))
        for field, schema in FIELDS.items():
            shard.update(edge.UpdateOperation.create_field_index(field, schema))
        shard.flush()
        shard.close()
        self._remove(scope.archive)
        aside.rename(self.folder(scope.archive))

    def _remove(self, archive: str) -> None:
        folder = self.folder(archive)
        _open.close(folder)
        if folder.exists():
            shutil.rmtree(folder)


FIELDS: Mapping[str, Any] = {
    "archive": edge.KeywordIndexParams(is_tenant=True),
    "tags": edge.KeywordIndexParams(),
    "source": edge.KeywordIndexParams(),
    "parent": edge.KeywordIndexParams(),
    "created_at": edge.DatetimeIndexParams(),
    "terms": edge.IntegerIndexParams(lookup=True, range=False),
}


def _shape(space: Space) -> edge.EdgeConfig:
    dense = {"meaning": edge.EdgeVectorParams(space.dimension, edge.Distance.Cosine)} if space.model else None
    sparse = {"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)}
    # never without the write-ahead log: it is also the lock that keeps a second process out
    return edge.EdgeConfig(vectors=dense, sparse_vectors=sparse, wal_enabled=True)


def _point(entry: Entry) -> edge.Point:
    vectors: dict[str, Any] = {"words": _sparse(entry.words)}
    if entry.meaning is not None:
        vectors["meaning"] = list(entry.meaning)
    return edge.Point(entry.id, vectors, dict(entry.payload))


def _sparse(words: Mapping[int, float]) -> edge.SparseVector:
    return edge.SparseVector(list(words), list(words.values()))


def _space(shard: edge.EdgeShard, archive: str) -> Space | None:
    anyone = edge.ScrollRequest(limit=1, filter=_only(archive), with_payload=["model", "dimension"])
    records, _ = shard.scroll(anyone)
    payload = records[0].payload if records else None
    return Space(payload["model"], payload["dimension"]) if payload else None


def _only(archive: str) -> edge.Filter:
    return edge.Filter(must=[edge.FieldCondition("archive", match=edge.MatchValue(archive))])


def _own_idf(where: Where) -> edge.SearchParams:
    return edge.SearchParams(idf=edge.IdfParams(_only(where.scope.archive)))


def _filter(where: Where) -> edge.Filter:
    must: list[Any] = [_only(where.scope.archive)]
    if where.ids is not None:
        must.append(edge.HasIdCondition(set(where.ids)))
    if where.parent is not None:
        must.append(edge.FieldCondition("parent", match=edge.MatchValue(where.parent)))
    if where.all_tags:
        must += [edge.FieldCondition("tags", match=edge.MatchValue(tag)) for tag in where.tags]
    elif where.tags:
        must.append(edge.FieldCondition("tags", match=edge.MatchAny(list(where.tags))))
    if where.sources:
        must.append(edge.FieldCondition("source", match=edge.MatchAny(list(where.sources))))
    if where.start or where.end:
        between = edge.RangeDateTime(
            gte=where.start.isoformat() if where.start else None,
            lte=where.end.isoformat() if where.end else None,
        )
        must.append(edge.FieldCondition("created_at", range=between))
    if where.terms:
        must.append(edge.FieldCondition("terms", match=edge.MatchAny(list(where.terms))))
    return edge.Filter(must=must)


@dataclass(slots=True)
class _Open:
    shard: edge.EdgeShard
    idle_seconds: float
    used: float


class _Shards:
    """The shards that this process has open, the least recently used first. Hold `lock` while using one."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._shards: OrderedDict[Path, _Open] = OrderedDict()
        self._sweeper: threading.Timer | None = None
        self._due = 0.0

    def get(self, folder: Path, idle_seconds: float) -> edge.EdgeShard | None:
        """The shard in a folder, opened if need be; None where there is no folder."""
        if folder not in self._shards:
            if not folder.exists():
                return None
            while len(self._shards) >= MOST_OPEN:
                self._close(next(iter(self._shards)))
            self._shards[folder] = _Open(edge.EdgeShard.load(str(folder)), idle_seconds, 0.0)
        self._shards.move_to_end(folder)
        opened = self._shards[folder]
        opened.used = time.monotonic()
        self._arm()
        return opened.shard

    def close(self, root: Path | None = None) -> None:
        """Close everything at or under a folder, or everything."""
        with self.lock:
            for folder in [each for each in self._shards if root is None or each.is_relative_to(root)]:
                self._close(folder)

    def __len__(self) -> int:
        return len(self._shards)

    def _close(self, folder: Path) -> None:
        self._shards.pop(folder).shard.close()

    def _arm(self) -> None:
        if not self._shards:
            return
        due = min(opened.used + opened.idle_seconds for opened in self._shards.values())
        if self._sweeper is not None:
            if self._due <= due:
                return
            self._sweeper.cancel()
        self._due = due
        self._sweeper = threading.Timer(max(0.0, due - time.monotonic()), self._sweep)
        self._sweeper.daemon = True
        self._sweeper.start()

    def _sweep(self) -> None:
        with self.lock:
            self._sweeper = None
            now = time.monotonic()
            for folder, opened in list(self._shards.items()):
                if now - opened.used >= opened.idle_seconds:
                    self._close(folder)
            self._arm()


_open = _Shards()
atexit.register(_open.close)
