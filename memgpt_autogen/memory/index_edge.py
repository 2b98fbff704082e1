"""Passages in Qdrant Edge: the engine inside this process, one folder per archive."""

from __future__ import annotations

import atexit
import hashlib
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import qdrant_edge as edge

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory import edge_salvage, edge_shard
from memgpt_autogen.memory.edge_rebuild import EdgeRebuild
from memgpt_autogen.memory.edge_shard import NO_TERMS, changing, only, point, space_of, sparse
from memgpt_autogen.memory.folder_lock import FolderHeldError, FolderLock
from memgpt_autogen.memory.index import Damage, Entry, Hit, Salvaged, Scope, Space, Stored, Where
from memgpt_autogen.memory.open_folders import Open, OpenFolders

MOST_OPEN = 16
"""How many archives a process keeps open; each costs eight idle threads, and opening one takes some 40 ms."""

WAIT_SECONDS = 10.0
"""How long another process may keep an archive that is wanted here."""

ROOM = 32_000_000
"""Bytes that must be free on the disk to insert: Edge writes through mapped memory, where a full disk ends the process."""

TIME = ["created_at"]

PAGE = 500
"""Points copied at once."""


class EdgeIndex:
    """Archives as folders under one folder; an archive's is made by its first insert.

    An open archive belongs to this process. It is closed when nobody asked for it in `idle_seconds`, when more than
    `MOST_OPEN` others were asked for since, or when another process asks for it, which waits for `wait_seconds`; and opened
    again by the next use. Any number of indexes in a process may share a folder.
    """

    def __init__(
        self, folder: Path, *, idle_seconds: float = 60.0, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._root = folder.absolute()
        self._idle_seconds = idle_seconds
        self._wait_seconds = wait_seconds

    def __repr__(self) -> str:
        return f"EdgeIndex({str(self._root)!r})"

    def folder(self, archive: str) -> Path:
        """Where an archive lives. The hash keeps apart what a file system would take for the same name."""
        readable = re.sub(r"[^a-z0-9]+", "-", archive.lower()).strip("-")[:40]
        return self._root / f"{readable}-{hashlib.sha256(archive.encode()).hexdigest()[:16]}"

    def space(self, archive: str) -> Space | None:
        with self._shard(archive) as shard:
            return space_of(shard, archive) if shard else None

    def insert(self, scope: Scope, entries: Sequence[Entry]) -> None:
        points = [point(entry) for entry in entries]
        with self.held(scope.archive, make=True) as opened:
            folder = self.folder(scope.archive)
            self.check_room()
            held = space_of(opened.inside, scope.archive) if opened.inside else None
            if opened.inside is None or held is None:
                # an emptied folder is still shaped for the vectors it had
                shard = self._renewed(opened, scope)
            elif held != scope.space:
                raise StorageError(f"it was re-embedded with {held} at this moment. Try again.")
            else:
                shard = opened.inside
            with changing(folder, shard):
                shard.update(edge.UpdateOperation.upsert_points(points))

    def place(self, scope: Scope, placed: Sequence[tuple[Stored, Sequence[float]]]) -> None:
        texts = {stored.id: stored.payload["text"] for stored, _ in placed}
        pending = _filter(Where(scope, ids=tuple(texts), pending=True))
        with self.held(scope.archive) as opened:
            shard = opened.inside
            if shard is None or space_of(shard, scope.archive) != scope.space:
                return
            request = edge.ScrollRequest(limit=len(texts), filter=pending, with_payload=["text"])
            there = {str(each.id): (each.payload or {}).get("text") for each in shard.scroll(request)[0]}
            vectors = [
                edge.PointVectors(stored.id, {"meaning": list(meaning)})
                for stored, meaning in placed
                if there.get(stored.id) == texts[stored.id]
            ]
            if vectors:
                self.check_room()
                with changing(self.folder(scope.archive), shard):
                    shard.update(edge.UpdateOperation.update_vectors(vectors))

    def count(self, where: Where, *, exact: bool = True) -> int:
        with self._shard(where.scope.archive) as shard:
            return shard.count(edge.CountRequest(exact=exact, filter=_filter(where))) if shard else 0

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
                query=edge.Query.Nearest(sparse(words), using="words"),
                filter=_filter(where),
                params=_own_idf(where),
                with_payload=TIME,
            ),
        )

    def by_each_word(self, where: Where, words: Sequence[int], limit: int) -> list[dict[str, float]]:
        fits, params = _filter(where), _own_idf(where)
        with self._shard(where.scope.archive) as shard:
            if shard is None:
                return [{} for _ in words]
            return [
                {
                    str(point.id): point.score
                    for point in shard.query(
                        edge.QueryRequest(
                            limit=limit,
                            query=edge.Query.Nearest(sparse({word: 1.0}), using="words"),
                            filter=fits,
                            params=params,
                        )
                    )
                }
                for word in words
            ]

    def by_meaning(self, where: Where, meaning: Sequence[float], limit: int) -> list[Hit]:
        return self._hits(
            where,
            edge.QueryRequest(
                limit=limit,
                query=edge.Query.Nearest(list(meaning), using="meaning"),
                filter=_filter(where),
                with_payload=TIME,
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
        archive = where.scope.archive
        with self.held(archive) as opened:
            shard = opened.inside
            if shard is None:
                return
            with changing(self.folder(archive), shard):
                shard.update(edge.UpdateOperation.delete_points_by_filter(_filter(where)))
            if edge_shard.count(shard) == 0:
                self.remove(opened, archive)  # deleted text would stay in its files

    def rewrite(self, archive: str, *, optimise: bool = False) -> None:
        with self.held(archive) as opened:
            shard = opened.inside
            space = space_of(shard, archive) if shard else None
            if shard is None or space is None:
                self.remove(opened, archive)
                return
            self.check_room()
            aside = self.aside(archive)
            copy = edge_shard.make(aside, space)
            with changing(aside, copy):
                for records in edge_shard.pages(shard, PAGE, vectors=True):
                    same = [edge.Point(each.id, each.vector, each.payload) for each in records]  # type: ignore[arg-type]
                    copy.update(edge.UpdateOperation.upsert_points(same))
            if optimise:
                copy.optimize()
            edge_shard.close(copy)
            self.replace(opened, archive, aside)

    def rebuild(self, archive: str, space: Space) -> EdgeRebuild:
        return EdgeRebuild(self, archive, space)

    def survey(self, archive: str, space: Space) -> Damage:
        return edge_salvage.survey(self, archive, space)

    def salvage(self, archive: str, space: Space) -> Salvaged:
        return edge_salvage.salvage(self, archive, space)

    def close(self, archive: str | None = None) -> None:
        _open.close(self.folder(archive) if archive else self._root)

    @contextmanager
    def held(
        self, archive: str, *, folder: Path | None = None, make: bool = False, load: bool = True
    ) -> Iterator[Open[edge.EdgeShard]]:
        """The archive's folder and shard, or another one, for this thread alone; `inside` is None while there is no folder.

        `make` asks for the right to make the folder, and without `load` the shard is not opened.
        """
        folder = folder or self.folder(archive)
        try:
            with (
                edge_shard.panics(),
                _open.use(
                    folder,
                    idle_seconds=self._idle_seconds,
                    wait_seconds=self._wait_seconds,
                    make=make,
                    load=load,
                ) as opened,
            ):
                yield opened
        except FolderHeldError as error:
            raise StorageError(
                f"archive '{archive}' in {folder} is in use by {error.holder}, which did not give it away in "
                f"{self._wait_seconds:g} seconds. Wait for it or end it, or let both use a Qdrant server."
            ) from error
        except Exception as error:  # Edge raises bare `Exception`
            raise StorageError(
                f"archive '{archive}' in {folder}: {error} If its files are damaged, Archive.check() tells how, and "
                f"Archive.repair() saves what can be read."
            ) from error

    def check_room(self) -> None:
        """Raises `StorageError` when the disk is almost full."""
        free = shutil.disk_usage(self._root).free
        if free < ROOM:
            raise StorageError(
                f"only {free // 1_000_000} MB are free on the disk, and {ROOM // 1_000_000} are needed. Make room."
            )

    def aside(self, archive: str, what: str = "new") -> Path:
        """A place for a folder that is not the archive's yet, or not any more. What is `new` goes when its process dies."""
        return self._root / f".{self.folder(archive).name}.{what}-{uuid.uuid4().hex[:8]}"

    def attempt(self, archive: str, told_apart: str) -> Path:
        """The place of an archive's copy that is added to until it is whole, by whatever process."""
        return self._root / f".{self.folder(archive).name}.{ATTEMPT}-{told_apart}"

    def replace(
        self, opened: Open[edge.EdgeShard], archive: str, aside: Path | None, *, keep: Path | None = None
    ) -> None:
        """Put a folder, or none, in the archive's place, and remove or keep the old one.

        Wherever this is broken off, `_mended` finds the old one or the new one.
        """
        folder, whole, last = self.folder(archive), self._beside(archive, WHOLE), self._beside(archive, LAST)
        self.shut(opened)
        if keep is not None and aside is not None:
            aside = aside.rename(whole)
        if folder.exists():
            folder.rename(keep or last)
        if aside is not None:
            aside.rename(folder)
            opened.inside = _loaded(folder)
        shutil.rmtree(last, ignore_errors=True)
        self._forget_attempts(archive)

    def shut(self, opened: Open[edge.EdgeShard]) -> None:
        """Close the shard and keep the folder."""
        _open.shut(opened)

    def remove(self, opened: Open[edge.EdgeShard], archive: str) -> None:
        """The archive is empty from here on."""
        self.shut(opened)
        folder, gone = self.folder(archive), self.aside(archive, "gone")
        if folder.exists():
            folder.rename(gone)
            shutil.rmtree(gone)
        self._forget_attempts(archive)

    def _hits(self, where: Where, request: edge.QueryRequest) -> list[Hit]:
        with self._shard(where.scope.archive) as shard:
            points = shard.query(request) if shard else []
        return [Hit(str(point.id), point.score, (point.payload or {})["created_at"]) for point in points]

    @contextmanager
    def _shard(self, archive: str) -> Iterator[edge.EdgeShard | None]:
        with self.held(archive) as opened:
            yield opened.inside

    def _renewed(self, opened: Open[edge.EdgeShard], scope: Scope) -> edge.EdgeShard:
        """A new shard in the archive's folder, which is missing or empty. It is built aside, so that none is ever half made."""
        aside = self.aside(scope.archive)
        edge_shard.close(edge_shard.make(aside, scope.space))
        self.replace(opened, scope.archive, aside)
        assert opened.inside is not None  # noqa: S101 - for mypy
        return opened.inside

    def _beside(self, archive: str, what: str) -> Path:
        return self._root / f".{self.folder(archive).name}.{what}"

    def _forget_attempts(self, archive: str) -> None:
        """Copies that a re-embedding left unfinished hold texts too; one that is worked on in this moment finds that out."""
        for left in self._root.glob(f".{self.folder(archive).name}.{ATTEMPT}-*[0-9a-f]"):
            _open.close(left)  # this process may have it open still, from an attempt that failed
            lock = FolderLock(left)
            try:
                lock.take()
            except FolderHeldError:
                continue
            shutil.rmtree(left, ignore_errors=True)
            lock.give_back()


LAST = "last"
"""What was replaced, until it is removed."""

WHOLE = "whole"
"""What is to take the place of a folder that is kept elsewhere."""

ATTEMPT = "reembed"
"""An archive's copy in another space, which is added to until it is whole."""


def _loaded(folder: Path) -> edge.EdgeShard:
    with edge_shard.panics():
        return edge_shard.load(folder)


def _mended(folder: Path) -> None:
    """Finish or take back what a process that was killed began in a folder that is this process's own now."""
    beside = folder.parent
    last, whole = beside / f".{folder.name}.{LAST}", beside / f".{folder.name}.{WHOLE}"
    for found in (last, whole):
        if found.exists() and not folder.exists():
            found.rename(folder)
    for left in (last, whole, *beside.glob(f".{folder.name}.new-*"), *beside.glob(f".{folder.name}.gone-*")):
        shutil.rmtree(left, ignore_errors=True)


_open: OpenFolders[edge.EdgeShard] = OpenFolders(_loaded, edge_shard.close, _mended, MOST_OPEN)
atexit.register(_open.close)


def _own_idf(where: Where) -> edge.SearchParams:
    return edge.SearchParams(idf=edge.IdfParams(only(where.scope.archive)))


def _filter(where: Where) -> edge.Filter:
    must: list[Any] = [only(where.scope.archive)]
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
    hidden: list[Any] = [edge.HasIdCondition(set(where.without))] if where.without else []
    if where.pending:
        hidden.append(edge.HasVectorCondition("meaning"))
    return edge.Filter(must=must, must_not=hidden or None)
