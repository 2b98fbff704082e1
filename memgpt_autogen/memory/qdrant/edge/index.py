"""Passages in Qdrant Edge: the engine inside this process, one folder per archive."""

from __future__ import annotations

import atexit
import hashlib
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import qdrant_edge as edge

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.qdrant.edge import salvage as edge_salvage
from memgpt_autogen.memory.qdrant.edge import shard as edge_shard
from memgpt_autogen.memory.qdrant.edge.open_folders import FolderHeldError, FolderLock, Open, OpenFolders
from memgpt_autogen.memory.qdrant.edge.rebuild import EdgeRebuild
from memgpt_autogen.memory.qdrant.edge.shard import NO_TERMS, Shard, point, sparse
from memgpt_autogen.memory.qdrant.protocol import Damage, Entry, Hit, Salvaged, Scope, Space, Stored, Where

MOST_OPEN = 16
"""How many archives a process keeps open; each costs eight idle threads, and opening one takes some 40 ms."""

WAIT_SECONDS = 10.0
"""How long another process may keep an archive that is wanted here."""

ROOM = 32_000_000
"""Bytes that must be free on the disk to insert: Edge writes through mapped memory, where a full disk ends the process."""

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
        """Where an archive lives."""
        return self._root / _folder_name(archive)

    def space(self, archive: str) -> Space | None:
        with self._shard(archive) as shard:
            return shard.space if shard else None

    def insert(self, scope: Scope, entries: Sequence[Entry]) -> None:
        points = [point(entry) for entry in entries]
        with self.held(scope.archive, make=True) as opened:
            self.check_room()
            shard = opened.inside
            if shard is None or shard.space is None:
                # an emptied folder is still shaped for the vectors it had
                shard = self._renewed(opened, scope, entries[0])
            elif shard.space != scope.space:
                raise StorageError(f"it was re-embedded with {shard.space} at this moment. Try again.")
            shard.add(points)

    def place(self, scope: Scope, placed: Sequence[tuple[Stored, Sequence[float]]]) -> None:
        texts = {stored.id: stored.payload.get("text") for stored, _ in placed}
        pending = _filter(Where(scope, ids=tuple(texts), pending=True))
        with self.held(scope.archive) as opened:
            shard = opened.inside
            if shard is None or shard.space != scope.space:
                return
            request = edge.ScrollRequest(limit=len(texts), filter=pending, with_payload=["text"])
            there = {
                str(each.id): (each.payload or {}).get("text") for each in shard.engine.scroll(request)[0]
            }
            vectors = [
                edge.PointVectors(stored.id, {"meaning": list(meaning)})
                for stored, meaning in placed
                if stored.id in there and there[stored.id] == texts[stored.id]
            ]
            if vectors:
                self.check_room()
                with shard.changing() as engine:
                    engine.update(edge.UpdateOperation.update_vectors(vectors))

    def count(self, where: Where, *, exact: bool = True) -> int:
        with self._shard(where.scope.archive) as shard:
            if shard is None:
                return 0
            listed = not where.terms or shard.counts_terms
            fits = _filter(where if listed else replace(where, terms=()))
            if not listed:
                words = sparse(dict.fromkeys(sorted(where.terms), 1.0))
                return len(shard.engine.query(_nearest(words, "words", shard.count, fits)))
            if fits is None:
                return shard.count
            return shard.engine.count(edge.CountRequest(exact=exact, filter=fits))

    def read(self, where: Where, ids: Sequence[str]) -> list[Stored]:
        with self._shard(where.scope.archive) as shard:
            records = shard.engine.retrieve(list(ids), NO_TERMS, False) if shard and ids else []
        return [Stored(str(record.id), record.payload or {}) for record in records]

    def times(self, where: Where, ids: Sequence[str]) -> dict[str, str]:
        with self._shard(where.scope.archive) as shard:
            records = shard.engine.retrieve(list(ids), ["created_at"], False) if shard and ids else []
        return {str(record.id): (record.payload or {})["created_at"] for record in records}

    def oldest(self, where: Where, limit: int) -> list[Stored]:
        request = edge.ScrollRequest(
            limit=limit, filter=_filter(where), with_payload=NO_TERMS, order_by=edge.OrderBy("created_at")
        )
        with self._shard(where.scope.archive) as shard:
            records = shard.engine.scroll(request)[0] if shard else []
        return [Stored(str(record.id), record.payload or {}) for record in records]

    def by_words(self, where: Where, words: Mapping[int, float], limit: int) -> list[Hit]:
        return self._hits(where, _nearest(sparse(words), "words", limit, _filter(where)))

    def by_each_word(self, where: Where, words: Sequence[int], limit: int) -> list[dict[str, float]]:
        fits = _filter(where)
        with self._shard(where.scope.archive) as shard:
            if shard is None:
                return [{} for _ in words]
            requests = [_nearest(sparse({word: 1.0}), "words", limit, fits) for word in words]
            return [
                {str(point.id): point.score for point in shard.engine.query(request)} for request in requests
            ]

    def by_meaning(self, where: Where, meaning: Sequence[float], limit: int) -> list[Hit]:
        return self._hits(where, _nearest(list(meaning), "meaning", limit, _filter(where)))

    def tally(self, where: Where, field: Literal["tags", "source"]) -> dict[str, int]:
        with self._shard(where.scope.archive) as shard:
            limit = 1000
            while shard:
                request = edge.FacetRequest(field, limit=limit, exact=True, filter=_filter(where))
                hits = shard.engine.facet(request).hits
                if len(hits) < limit:
                    return {str(hit.value): hit.count for hit in hits if hit.count}
                limit *= 10
        return {}

    def delete(self, where: Where) -> None:
        archive = where.scope.archive
        with self.held(archive) as opened:
            shard = opened.inside
            if shard is None:
                return
            fits = _filter(where) or edge.Filter()
            with shard.changing() as engine:
                engine.update(edge.UpdateOperation.delete_points_by_filter(fits))
            if shard.count == 0:
                self.remove(opened, archive)  # deleted text would stay in its files

    def rewrite(self, archive: str, *, optimise: bool = False) -> None:
        with self.held(archive) as opened:
            shard = opened.inside
            if shard is None or shard.space is None:
                self.remove(opened, archive)
                return
            self.check_room()
            aside = self.aside(archive)
            terms = ["terms"] if shard.counts_terms else []
            copy = edge_shard.make(
                aside, shard.space, terms, graphs=optimise and shard.space.model is not None
            )
            with copy.changing() as engine:
                for records in edge_shard.pages(shard.engine, PAGE, vectors=True):
                    same = [edge.Point(each.id, each.vector, each.payload) for each in records]  # type: ignore[arg-type]
                    engine.update(edge.UpdateOperation.upsert_points(same))
                    copy.seal()
            copy.close()
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
    ) -> Iterator[Open[Shard]]:
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
                _check_owner(opened, archive)
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
        self, opened: Open[Shard], archive: str, aside: Path | None, *, keep: Path | None = None
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

    def shut(self, opened: Open[Shard]) -> None:
        """Close the shard and keep the folder."""
        _open.shut(opened)

    def remove(self, opened: Open[Shard], archive: str) -> None:
        """The archive is empty from here on."""
        self.shut(opened)
        folder, gone = self.folder(archive), self.aside(archive, "gone")
        if folder.exists():
            folder.rename(gone)
            shutil.rmtree(gone)
        self._forget_attempts(archive)

    def _hits(self, where: Where, request: edge.QueryRequest) -> list[Hit]:
        with self._shard(where.scope.archive) as shard:
            points = shard.engine.query(request) if shard else []
        return [Hit(str(point.id), point.score) for point in points]

    @contextmanager
    def _shard(self, archive: str) -> Iterator[Shard | None]:
        with self.held(archive) as opened:
            yield opened.inside

    def _renewed(self, opened: Open[Shard], scope: Scope, entry: Entry) -> Shard:
        """A new shard in the archive's folder, which is missing or empty. It is built aside, so that none is ever half made."""
        aside = self.aside(scope.archive)
        edge_shard.make(aside, scope.space, ["terms"] if "terms" in entry.payload else []).close()
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


def _loaded(folder: Path) -> Shard:
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


_open: OpenFolders[Shard] = OpenFolders(_loaded, Shard.close, _mended, MOST_OPEN)
atexit.register(_open.close)


@lru_cache(maxsize=1024)
def _folder_name(archive: str) -> str:
    """The hash keeps apart what a file system would take for the same name."""
    readable = re.sub(r"[^a-z0-9]+", "-", archive.lower()).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(archive.encode()).hexdigest()[:16]}"


def _check_owner(opened: Open[Shard], archive: str) -> None:
    """Nothing that is asked of the engine says which archive is meant."""
    if opened.inside and opened.inside.archive not in (None, archive):
        raise StorageError(f"it holds the passages of archive '{opened.inside.archive}'.")


def _nearest(
    vector: edge.SparseVector | list[float], using: str, limit: int, fits: edge.Filter | None
) -> edge.QueryRequest:
    return edge.QueryRequest(limit=limit, query=edge.Query.Nearest(vector, using=using), filter=fits)


def _filter(where: Where) -> edge.Filter | None:
    """None where all of the archive fits. The archive is no condition, since the folder is its own."""
    must: list[Any] = []
    if where.ids is not None:
        must.append(edge.HasIdCondition(set(where.ids)))
    if where.parent is not None:
        must.append(edge.FieldCondition("parent", match=edge.MatchValue(where.parent)))
    filters = where.filters
    if filters.tag_match_mode == "all":
        must += [edge.FieldCondition("tags", match=edge.MatchValue(tag)) for tag in filters.tags]
    elif filters.tags:
        must.append(_any("tags", filters.tags))
    if filters.sources:
        must.append(_any("source", filters.sources))
    if filters.start or filters.end:
        between = edge.RangeDateTime(
            gte=filters.start.isoformat() if filters.start else None,
            lte=filters.end.isoformat() if filters.end else None,
        )
        must.append(edge.FieldCondition("created_at", range=between))
    if where.terms:
        # alternatives are counted in half the time that `MatchAny` takes
        either: list[Any] = [
            edge.FieldCondition("terms", match=edge.MatchValue(term)) for term in where.terms
        ]
        must.append(edge.Filter(should=either))
    hidden: list[Any] = [edge.HasIdCondition(set(where.without))] if where.without else []
    if where.pending:
        hidden.append(edge.HasVectorCondition("meaning"))
    return edge.Filter(must=must, must_not=hidden or None) if must or hidden else None


def _any(field: str, values: Sequence[str]) -> edge.FieldCondition:
    """One value is found in two thirds of the time that one of several takes."""
    match = edge.MatchValue(values[0]) if len(values) == 1 else edge.MatchAny(list(values))
    return edge.FieldCondition(field, match=match)
