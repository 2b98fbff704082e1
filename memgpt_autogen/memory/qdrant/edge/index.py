"""Passages in Qdrant Edge: the engine inside this process, with one folder per archive."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import qdrant_edge as edge

from memgpt_autogen.errors import StorageError
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.qdrant.edge.archive_folder import WAIT_SECONDS, ArchiveFolders
from memgpt_autogen.memory.qdrant.edge.open_folders import OpenFolder
from memgpt_autogen.memory.qdrant.edge.rebuild import EdgeRebuild
from memgpt_autogen.memory.qdrant.edge.salvage import salvage_archive, survey_archive
from memgpt_autogen.memory.qdrant.edge.shard import (
    NO_TERMS,
    Shard,
    engine_id,
    make_shard,
    point_pages,
    sparse_vector,
    to_point,
)
from memgpt_autogen.memory.qdrant.protocol import (
    NUMBER_BITS,
    Damage,
    Hit,
    Point,
    Question,
    Salvaged,
    Scope,
    Space,
    Stored,
    Where,
    number_in,
    still_pending,
    still_same,
)

T = TypeVar("T")

# how many points are copied at once
PAGE = 500


class EdgeIndex:
    """Archives as folders in one folder. The first insert creates the folder of an archive.

    An open archive belongs to this process. It is closed when it was not used for `idle_seconds`, when more
    than `MOST_OPEN` others were used since, or when another process asks for it, which waits for
    `wait_seconds`. The next use opens it again. Any number of indexes in a process may share a folder.
    """

    distant = False
    separate = True

    def __init__(
        self, folder: Path, *, idle_seconds: float = 60.0, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._folders = ArchiveFolders(folder.absolute(), idle_seconds, wait_seconds)

    def __repr__(self) -> str:
        return f"EdgeIndex({str(self._folders.root)!r})"

    def folder(self, archive: str) -> Path:
        """Return the folder of an archive."""
        return self._folders.folder(archive)

    def expect(self, embedder: Embedder | None) -> None:
        """Note nothing: each archive is a folder."""

    def space(self, archive: str) -> Space | None:
        with self._shard(archive) as shard:
            return shard.space if shard else None

    def seen(self, archive: str) -> Space | None:
        return self.space(archive)

    def insert(self, scope: Scope, entries: Sequence[Point]) -> None:
        points = [to_point(entry) for entry in entries]
        with self._folders.held(scope.archive, make=True) as opened:
            self._folders.check_room()
            shard = opened.content
            if shard is None or shard.space is None:
                # an empty shard is still configured for the vectors that it had
                shard = self._renew(opened, scope, entries[0])
            elif shard.space != scope.space:
                raise StorageError(f"it was re-embedded with {shard.space} at this moment. Try again.")
            shard.add(points)

    def can_add(self, scope: Scope) -> bool:  # noqa: ARG002 - reading first costs nothing here
        return False

    def add(self, scope: Scope, entries: Sequence[Point]) -> None:
        """Add nothing, as `can_add` says."""

    def extend(self, scope: Scope, entries: Sequence[Point], mark: Point, parent: str) -> bool:  # noqa: ARG002
        return False

    def place(self, scope: Scope, placed: Sequence[tuple[Stored, Sequence[float]]]) -> None:
        pending = _filter(Where(scope, ids=tuple(stored.id for stored, _ in placed), pending=True))
        with self._folders.held(scope.archive) as opened:
            shard = opened.content
            if shard is None or shard.space != scope.space:
                return
            request = edge.ScrollRequest(limit=len(placed), filter=pending, with_payload=["text"])
            vectors = [
                edge.PointVectors(engine_id(id_), {"meaning": meaning})
                for id_, meaning in still_pending(placed, shard.engine.scroll(request)[0])
            ]
            if vectors:
                self._folders.check_room()
                with shard.changing() as engine:
                    engine.update(edge.UpdateOperation.update_vectors(vectors))

    def reword(self, scope: Scope, points: Sequence[Point]) -> None:
        with self._folders.held(scope.archive) as opened:
            shard = opened.content
            if shard is None or shard.space != scope.space:
                return
            records = shard.engine.retrieve([engine_id(point.id) for point in points], ["text"], False)
            same = still_same(points, records)
            if not same:
                return
            self._folders.check_room()
            with shard.changing() as engine:
                vectors = [
                    edge.PointVectors(engine_id(each.id), {"words": sparse_vector(each.words)})
                    for each in same
                ]
                engine.update(edge.UpdateOperation.update_vectors(vectors))
                for each in same if shard.counts_terms else ():
                    terms = {"terms": list(each.words)}
                    engine.update(edge.UpdateOperation.set_payload([engine_id(each.id)], terms))

    def relink(self, scope: Scope, links: Mapping[str, Mapping[str, Any]]) -> None:
        with self._folders.held(scope.archive) as opened:
            shard = opened.content
            if shard is None or shard.space != scope.space:
                return
            found = [str(each.id) for each in shard.engine.retrieve(list(links), False, False)]
            if not found:
                return
            self._folders.check_room()
            with shard.changing() as engine:
                for id_ in found:
                    engine.update(edge.UpdateOperation.set_payload([id_], dict(links[id_])))

    def count(self, where: Where, *, exact: bool = True) -> int:
        with self._shard(where.scope.archive) as shard:
            if shard is None:
                return 0
            if where.terms and not shard.counts_terms:
                words = sparse_vector(dict.fromkeys(sorted(where.terms), 1.0))
                request = _nearest(words, "words", shard.count, _filter(replace(where, terms=())))
                return len(shard.engine.query(request))
            if where.lacking and not shard.counts_terms:
                rest = replace(where, lacking=())
                return self.count(rest) - self.count(replace(rest, terms=where.lacking))
            condition = _filter(where)
            if condition is None:
                return shard.count
            return shard.engine.count(edge.CountRequest(exact=exact, filter=condition))

    def read(self, where: Where, ids: Sequence[str]) -> list[Stored]:
        return self._read(where, ids, NO_TERMS)

    def page(self, scope: Scope, first: str | None, limit: int) -> tuple[list[Point], str | None]:
        offset = None if first is None else engine_id(first)
        request = edge.ScrollRequest(offset=offset, limit=limit, with_payload=NO_TERMS, with_vector=True)
        with self._shard(scope.archive) as shard:
            if shard is None or shard.space != scope.space:
                return [], None
            records, following = shard.engine.scroll(request)
        return list(map(Point.from_record, records)), None if following is None else str(following)

    def times(self, where: Where, ids: Sequence[str]) -> dict[str, str]:
        return {each.id: each.payload["created_at"] for each in self._read(where, ids, ["created_at"])}

    def oldest(self, where: Where, limit: int) -> list[Stored]:
        return self._by_time(where, limit, edge.Direction.Asc)

    def newest(self, where: Where, limit: int) -> list[Stored]:
        return self._by_time(where, limit, edge.Direction.Desc)

    def _by_time(self, where: Where, limit: int, direction: edge.Direction) -> list[Stored]:
        order = edge.OrderBy("created_at", direction)
        request = edge.ScrollRequest(
            limit=limit, filter=_filter(where), with_payload=NO_TERMS, order_by=order
        )
        with self._shard(where.scope.archive) as shard:
            return list(map(Stored.from_record, shard.engine.scroll(request)[0])) if shard else []

    def ask(self, questions: Sequence[Question]) -> list[list[Hit]]:
        if not questions:
            return []
        conditions = _conditions(questions)
        with self._shard(questions[0].where.scope.archive) as shard:
            if shard is None:
                return [[] for _ in questions]
            return [_answer(shard.engine, each, conditions[id(each.where)]) for each in questions]

    def scores(self, questions: Sequence[Question]) -> list[dict[int, float]]:
        if not questions:
            return []
        conditions = _conditions(questions)
        with self._shard(questions[0].where.scope.archive) as shard:
            if shard is None:
                return [{} for _ in questions]
            return [_scores(shard.engine, each, conditions[id(each.where)]) for each in questions]

    def ahead(self, call: Callable[[], T]) -> Callable[[], T]:
        return cache(call)

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
        with self._folders.held(archive) as opened:
            shard = opened.content
            if shard is None:
                return
            condition = _filter(where) or edge.Filter()
            with shard.changing() as engine:
                engine.update(edge.UpdateOperation.delete_points_by_filter(condition))
            if shard.count == 0:
                self._folders.remove(opened, archive)  # its files still contain deleted text

    def rewrite(self, archive: str, *, optimise: bool = False) -> None:
        with self._folders.held(archive) as opened:
            shard = opened.content
            if shard is None or shard.space is None:
                self._folders.remove(opened, archive)
                return
            self._folders.check_room()
            new = self._folders.new_folder(archive)
            terms = ["terms"] if shard.counts_terms else []
            copy = make_shard(new, shard.space, terms, graphs=optimise and shard.space.model is not None)
            with copy.changing() as engine:
                for records in point_pages(shard.engine, PAGE, vectors=True):
                    same = [edge.Point(each.id, each.vector, each.payload) for each in records]  # type: ignore[arg-type]
                    engine.update(edge.UpdateOperation.upsert_points(same))
                    copy.seal()
            copy.close()
            self._folders.replace(opened, archive, new)

    def rebuild(self, archive: str, space: Space) -> EdgeRebuild:
        return EdgeRebuild(self._folders, archive, space)

    def survey(self, archive: str, space: Space) -> Damage:
        return survey_archive(self._folders, archive, space)

    def salvage(self, archive: str, space: Space) -> Salvaged:
        return salvage_archive(self._folders, archive, space)

    def kept(self, archive: str) -> Sequence[Path]:
        folder = self._folders.folder(archive)
        return sorted(folder.parent.glob(f"{folder.name}.damaged-*"))

    def discard_kept(self, archive: str) -> None:
        for folder in self.kept(archive):
            shutil.rmtree(folder)

    def ownerless(self, archives: Iterable[str]) -> Sequence[Path]:
        return self._folders.others(archives)

    def other_home(self, archive: str) -> str | None:  # noqa: ARG002 - a copy of a home copies its folders
        return None

    def when_back(self, call: Callable[[], object]) -> bool:  # noqa: ARG002 - embedded archives are never away
        return False

    def close(self, archive: str | None = None) -> None:
        self._folders.close(archive)

    def _read(self, where: Where, ids: Sequence[str], payload: Any) -> list[Stored]:
        with self._shard(where.scope.archive) as shard:
            records = (
                shard.engine.retrieve(list(map(engine_id, ids)), payload, False) if shard and ids else []
            )
        return list(map(Stored.from_record, records))

    @contextmanager
    def _shard(self, archive: str) -> Iterator[Shard | None]:
        if not self._folders.was_used(archive):
            yield None
            return
        with self._folders.held(archive) as opened:
            yield opened.content

    def _renew(self, opened: OpenFolder[Shard], scope: Scope, entry: Point) -> Shard:
        """Put a new shard in the place of a missing or empty one."""
        new = self._folders.new_folder(scope.archive)
        make_shard(new, scope.space, ["terms"] if "terms" in entry.payload else []).close()
        self._folders.replace(opened, scope.archive, new)
        assert opened.content is not None  # noqa: S101 - for mypy
        return opened.content


def _conditions(questions: Sequence[Question]) -> dict[int, edge.Filter | None]:
    """Return the conditions of each `Where` by its `id`. Questions often have one."""
    conditions: dict[int, edge.Filter | None] = {}
    for question in questions:
        if id(question.where) not in conditions:
            conditions[id(question.where)] = _filter(question.where)
    return conditions


def _answer(engine: edge.EdgeShard, question: Question, condition: edge.Filter | None) -> list[Hit]:
    request = _request(question, condition)
    if request is None:
        scroll = edge.ScrollRequest(
            limit=question.limit, filter=condition, with_payload=list(question.fields)
        )
        return [Hit(str(each.id), 0.0, each.payload or {}) for each in engine.scroll(scroll)[0]]
    return [Hit(str(point.id), point.score, point.payload) for point in engine.query(request)]


def _scores(engine: edge.EdgeShard, question: Question, condition: edge.Filter | None) -> dict[int, float]:
    request = _request(question, condition)
    if request is None:
        return {number_in(hit.id): hit.score for hit in _answer(engine, question, condition)}
    hits: list[Any] = engine.query(request)
    if hits and isinstance(hits[0].id, int):
        return {point.id: point.score for point in hits}
    # a `UUID` knows its number; its text takes longer to make and to read than the search
    return {point.id.int & _NUMBER: point.score for point in hits}


_NUMBER = (1 << NUMBER_BITS) - 1


def _request(question: Question, condition: edge.Filter | None) -> edge.QueryRequest | None:
    """Return what asks the engine; None for passages in the order of their ids."""
    limit, fields = question.limit, list(question.fields)
    if question.words is not None:
        return _nearest(sparse_vector(question.words), "words", limit, condition, fields)
    if question.meaning is not None:
        return _nearest(list(question.meaning), "meaning", limit, condition, fields)
    return None


def _nearest(
    vector: edge.SparseVector | list[float],
    using: str,
    limit: int,
    condition: edge.Filter | None,
    fields: Sequence[str] = (),
) -> edge.QueryRequest:
    nearest = edge.Query.Nearest(vector, using=using)
    return edge.QueryRequest(limit=limit, query=nearest, filter=condition, with_payload=list(fields) or False)


def _filter(where: Where) -> edge.Filter | None:
    """Return the conditions, or None if there are none.

    The archive needs none, because it has its own folder.
    """
    must: list[Any] = []
    ids = where.numbers if where.ids is None else map(engine_id, where.ids)
    if ids is not None:
        must.append(edge.HasIdCondition(set(ids)))
    if where.parent is not None:
        must.append(_equals("parent", where.parent))
    filters = where.filters
    if filters.tag_match_mode == "all":
        must += [_equals("tags", tag) for tag in filters.tags]
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
    for group in (where.terms, *where.every):
        if group:  # counted in half the time of `MatchAny`
            should: list[Any] = [_equals("terms", term) for term in group]
            must.append(edge.Filter(should=should))
    hidden = _hidden(where)
    return edge.Filter(must=must, must_not=hidden or None) if must or hidden else None


def _hidden(where: Where) -> list[Any]:
    """Return the conditions that a passage must not meet."""
    hidden: list[Any] = [edge.HasIdCondition(set(map(engine_id, where.without)))] if where.without else []
    hidden += [_equals("terms", term) for term in where.lacking]
    if where.pending:
        hidden.append(edge.HasVectorCondition("meaning"))
    if where.filters.as_of:
        past = edge.RangeDateTime(lte=where.filters.as_of.isoformat())
        hidden.append(edge.FieldCondition("superseded_by", range=past))
    return hidden


def _equals(field: str, value: str | int) -> edge.FieldCondition:
    return edge.FieldCondition(field, match=edge.MatchValue(value))


def _any(field: str, values: Sequence[str]) -> edge.FieldCondition:
    if len(values) == 1:  # found in two thirds of the time of `MatchAny`
        return _equals(field, values[0])
    return edge.FieldCondition(field, match=edge.MatchAny(list(values)))
