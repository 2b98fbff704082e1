"""This module keeps passages through `qdrant-client`.

It uses a server or cluster, or the client's local mode where Qdrant Edge has no wheel.

Each embedding space has a collection, and so have archives without embeddings. An archive is a tenant of its
collection.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from memgpt_autogen.concurrency import begin
from memgpt_autogen.errors import CopiedHomeError, StorageError
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.qdrant.client.address import direct_transport, reached, shown
from memgpt_autogen.memory.qdrant.client.collections import (
    NO_TERMS,
    Connection,
    conditions,
    listed,
    only,
    pages,
    rename,
    shared_connection,
    space_of,
    sparse_vector,
    to_point,
)
from memgpt_autogen.memory.qdrant.client.nodes import Nodes
from memgpt_autogen.memory.qdrant.client.ownership import HOME, fence, is_fenced_off
from memgpt_autogen.memory.qdrant.client.portions import query_in_portions, tally_in_portions
from memgpt_autogen.memory.qdrant.client.questions import (
    hits_of,
    to_request,
    to_request_for_whole,
    with_whole,
)
from memgpt_autogen.memory.qdrant.client.rebuild import BUILDING, NEXT, ClientRebuild
from memgpt_autogen.memory.qdrant.client.requests import (
    BATCH,
    MOST_BYTES,
    in_parts,
    is_too_large,
    most_at_once,
    send_halved,
)
from memgpt_autogen.memory.qdrant.client.schema import foreign
from memgpt_autogen.memory.qdrant.client.word_weights import OwnWeights
from memgpt_autogen.memory.qdrant.protocol import (
    Cluster,
    Damage,
    Hit,
    Point,
    Question,
    Salvaged,
    Scope,
    Space,
    Stored,
    Where,
    is_passage,
    number_in,
    still_pending,
    still_same,
)
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.settings import qdrant_addresses

T = TypeVar("T")
Method = TypeVar("Method", bound=Callable[..., Any])


def _looks_again(method: Method) -> Method:
    """Let a method be called once more if what is known of the server has become untrue.

    A collection may have been deleted, made anew or restored while this process runs.
    """

    @wraps(method)
    def looking(self: ClientIndex, *args: Any, **options: Any) -> Any:
        try:
            return method(self, *args, **options)
        except StorageError as error:
            if not _is_news(error.__cause__):
                raise
            self._connection.known.forget()
            return method(self, *args, **options)

    return cast("Method", looking)


def _is_news(error: BaseException | None) -> bool:
    """Return whether a server refused what it took before: a collection, an index or a vector is gone."""
    if not isinstance(error, UnexpectedResponse):
        return False
    return error.status_code == 404 or (
        error.status_code == 400 and any(sign in error.content for sign in SIGNS_OF_CHANGE)
    )


# what a server says if a collection was made anew without its indexes, or with other vectors
SIGNS_OF_CHANGE = (
    b"Index required but not found",
    b"No range index",
    b"No appropriate index",
    b"Not existing vector name",
    b"Vector dimension error",
)


class ClientIndex:
    """Archives as tenants of a collection. `at`, `local` and `in_memory` make an index."""

    separate = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def at(
        cls,
        url: str,
        api_key: str | None = None,
        *,
        cluster: Cluster | None = None,
        prefix: str = "",
        mark: Callable[[], HomeMark] | None = None,
    ) -> ClientIndex:
        """Return the index of a server or cluster, version 1.16 or later. The first use connects to it.

        `url` can have the addresses of several nodes, with commas between them. The names of its collections
        begin with `prefix`. With the `mark` of a home, it changes no archive of a home that this one is a
        copy of.
        """
        cluster = cluster or Cluster()
        urls = qdrant_addresses(url)
        connect = partial(connected, urls, api_key, cluster.timeout_seconds)
        label = ", ".join(map(shown, urls))
        return cls(
            Connection(
                label,
                connect,
                served=True,
                addresses=list(map(reached, urls)),
                cluster=cluster,
                prefix=prefix,
                mark=mark,
            )
        )

    @classmethod
    def local(cls, folder: Path) -> ClientIndex:
        """Return an index that uses local mode in a folder, which belongs to this process while it is open.

        Do not open a folder that you do not trust: the client stores its points as pickles, which can run
        code.
        """
        return cls(shared_connection(folder.absolute()))

    @classmethod
    def in_memory(cls) -> ClientIndex:
        """Return an index that uses local mode without a folder. `close` deletes everything."""
        return cls(Connection("memory", partial(QdrantClient, ":memory:")))

    def __repr__(self) -> str:
        return f"ClientIndex({self._connection.label!r})"

    def version(self) -> str:
        """Return the version of the server, which must know the key too."""
        with self._connection.use() as client:
            listed(client)
            return client.info().version

    def expect(self, embedder: Embedder | None) -> None:
        self._connection.known.embedders[embedder.model if embedder else None] = embedder

    @property
    def distant(self) -> bool:
        return self._connection.served

    def seen(self, archive: str) -> Space | None:
        return self._connection.known.spaces.get(archive) or self.space(archive)

    @_looks_again
    def space(self, archive: str) -> Space | None:
        with self._connection.use() as client:
            spaces = self._connection.known.spaces
            known = spaces.get(archive)
            if known and (
                not self._connection.served or space_of(client, self._connection.name_of(known), archive)
            ):
                return known
            self._connection.known.forget_archive(archive)
            names = self._connection.collections(client)
            for name in names:
                if found := space_of(client, name, archive):
                    spaces[archive] = found
                    self._finish(client, [name], archive)
                    return found
            # a re-embedding was interrupted after it had deleted the old passages
            if self._finish(client, names, archive):
                return self.space(archive)
        return None

    @_looks_again
    def insert(self, scope: Scope, entries: Sequence[Point]) -> None:
        points = [to_point(entry) for entry in entries]
        with self._connection.use() as client:
            self._connection.ensure(client, scope.space)
            collection = self._connection.name_of(scope.space)
            self._claim(client, collection, scope.archive)
            self._connection.upsert(client, collection, points)
            self._connection.known.spaces[scope.archive] = scope.space

    def can_add(self, scope: Scope) -> bool:
        known = self._connection.known
        return self.distant and known.marks.get(scope.archive) == self._connection.name_of(scope.space)

    def add(self, scope: Scope, entries: Sequence[Point]) -> list[Stored] | None:
        points = [to_point(entry) for entry in entries]
        if not self.can_add(scope) or len(list(in_parts(points, MOST_BYTES))) != 1:
            return None
        ids = [entry.id for entry in entries]
        there = self.ahead(partial(self.read, Where(scope), ids))
        only_new = models.PointsList(points=points, update_filter=only(scope.archive + NOWHERE))
        write = models.UpsertOperation(upsert=only_new)
        if not self._write(scope, [fence(scope.archive), write]):
            return None
        return there()

    def extend(self, scope: Scope, entries: Sequence[Point], mark: Point, parent: str) -> bool:
        points = [to_point(entry) for entry in entries]
        if not self.can_add(scope) or len(list(in_parts(points, MOST_BYTES))) != 1:
            return False
        follows = conditions(Where(scope, ids=(mark.id,), parent=parent))
        fields = {name: value for name, value in mark.payload.items() if value is not None}  # null removes
        payload = models.SetPayload(payload=fields, filter=follows)
        operations: list[models.UpdateOperation] = [
            models.UpsertOperation(upsert=models.PointsList(points=points)),
            models.SetPayloadOperation(set_payload=payload),
        ]
        return self._write(scope, operations)

    def _write(self, scope: Scope, operations: Sequence[models.UpdateOperation]) -> bool:
        """Change points in one trip. Returns False if nothing was changed, since it is not as it was seen."""
        try:
            with self._connection.use() as client:
                client.batch_update_points(self._connection.name_of(scope.space), operations, wait=True)
        except StorageError as error:
            cause = error.__cause__
            if is_fenced_off(cause) or _is_news(cause):
                self._connection.known.forget_archive(scope.archive)
                return False
            if isinstance(cause, UnexpectedResponse) and is_too_large(cause):
                return False
            raise
        return True

    @_looks_again
    def place(self, scope: Scope, placed: Sequence[tuple[Stored, Sequence[float]]]) -> None:
        where = Where(scope, ids=tuple(stored.id for stored, _ in placed), pending=True)
        with self._collection_of(where) as (client, collection):
            if not collection or not placed:
                return
            self._claim(client, collection, scope.archive)
            records, _ = client.scroll(
                collection, conditions(where), limit=len(placed), with_payload=["text"]
            )
            vectors = [
                models.PointVectors(id=id_, vector={"meaning": meaning})
                for id_, meaning in still_pending(placed, records)
            ]
            for part in in_parts(vectors, MOST_BYTES):
                send_halved(part, lambda few: client.update_vectors(collection, list(few), wait=True))

    @_looks_again
    def relink(self, scope: Scope, links: Mapping[str, Mapping[str, Any]]) -> None:
        with self._collection_of(Where(scope)) as (client, collection):
            if not collection or not links:
                return
            self._claim(client, collection, scope.archive)
            operations: list[models.UpdateOperation] = [
                models.SetPayloadOperation(
                    set_payload=models.SetPayload(
                        payload=dict(fields), filter=conditions(Where(scope, ids=(id_,)))
                    )
                )
                for id_, fields in links.items()
            ]
            client.batch_update_points(collection, operations, wait=True)

    @_looks_again
    def reword(self, scope: Scope, points: Sequence[Point]) -> None:
        where = Where(scope, ids=tuple(point.id for point in points))
        with self._collection_of(where) as (client, collection):
            if not collection or not points:
                return
            self._claim(client, collection, scope.archive)
            records, _ = client.scroll(
                collection, conditions(where), limit=len(points), with_payload=["text"]
            )
            same = still_same(points, records)
            vectors = [
                models.PointVectors(id=each.id, vector={"words": sparse_vector(each.words)}) for each in same
            ]
            terms = {each.id: list(each.words) for each in same}

            def send(few: Sequence[models.PointVectors]) -> None:
                client.update_vectors(collection, list(few), wait=True)
                payloads: list[models.UpdateOperation] = [
                    models.SetPayloadOperation(
                        set_payload=models.SetPayload(
                            payload={"terms": terms[str(each.id)]}, points=[each.id]
                        )
                    )
                    for each in few
                ]
                client.batch_update_points(collection, payloads, wait=True)

            for part in in_parts(vectors, MOST_BYTES):
                send_halved(part, send)

    @_looks_again
    def count(self, where: Where, *, exact: bool = True) -> int:
        with self._collection_of(where) as (client, collection):
            return client.count(collection, conditions(where), exact=exact).count if collection else 0

    @_looks_again
    def oldest(self, where: Where, limit: int) -> list[Stored]:
        return self._scroll(where, limit, NO_TERMS, order_by=models.OrderBy(key="created_at"))

    @_looks_again
    def newest(self, where: Where, limit: int) -> list[Stored]:
        order = models.OrderBy(key="created_at", direction=models.Direction.DESC)
        return self._scroll(where, limit, NO_TERMS, order_by=order)

    @_looks_again
    def read(self, where: Where, ids: Sequence[str]) -> list[Stored]:
        return self._read(where, ids, NO_TERMS)

    @_looks_again
    def page(self, scope: Scope, first: str | None, limit: int) -> tuple[list[Point], str | None]:
        with self._collection_of(Where(scope)) as (client, collection):
            while collection:
                limit = min(limit, self._connection.known.most_at_once or limit)
                try:
                    records, following = client.scroll(
                        collection,
                        only(scope.archive),
                        limit=limit,
                        offset=first,
                        with_payload=NO_TERMS,
                        with_vectors=True,
                    )
                except UnexpectedResponse as error:
                    most = most_at_once(error)
                    if most is None or most >= limit:
                        raise
                    self._connection.known.most_at_once = most
                    continue
                return list(map(Point.from_record, records)), None if following is None else str(following)
        return [], None

    @_looks_again
    def times(self, where: Where, ids: Sequence[str]) -> dict[str, str]:
        stored = self._read(where, ids, models.PayloadSelectorInclude(include=["created_at"]))
        return {each.id: each.payload["created_at"] for each in stored}

    @_looks_again
    def ask(self, questions: Sequence[Question]) -> list[list[Hit]]:
        asked = [question for question in questions if question.limit]  # a server refuses a limit of 0
        if not asked:
            return [[] for _ in questions]
        with self._collection_of(asked[0].where) as (client, collection):
            if not collection:
                return [[] for _ in questions]
            requests = list(map(to_request, asked))
            words = {word for question in asked for word in question.words or ()}
            own = None
            if words and not self._connection.has_own_statistics:
                own = OwnWeights(client, collection, asked[0].where.scope.archive, words)
            sent = requests if own is None else own.requests(requests)
            whole = [number for number, question in enumerate(asked) if question.whole]
            brought = [to_request_for_whole(asked[number], requests[number]) for number in whole]
            answers = self._answers(client, collection, [*sent, *brought])
            stored = dict(zip(whole, answers[len(sent) :], strict=True))
            answers = answers[: len(sent)] if own is None else own.scored(requests, answers[: len(sent)])
        hits = [with_whole(hits_of(each), stored.get(number)) for number, each in enumerate(answers)]
        found = iter(hits)
        return [next(found) if question.limit else [] for question in questions]

    def scores(self, questions: Sequence[Question]) -> list[dict[int, float]]:
        return [{number_in(hit.id): hit.score for hit in hits} for hits in self.ask(questions)]

    def ahead(self, call: Callable[[], T]) -> Callable[[], T]:
        return begin(call, name="memgpt-qdrant") if self.distant else cache(call)

    @_looks_again
    def tally(self, where: Where, field: Literal["tags", "source"]) -> dict[str, int]:
        with self._collection_of(where) as (client, collection):
            if not collection:
                return {}
            limit, most = 1000, None
            while True:
                try:
                    hits = client.facet(
                        collection, field, facet_filter=conditions(where), limit=limit, exact=True
                    ).hits
                except UnexpectedResponse as error:
                    if most is not None:
                        return tally_in_portions(client, collection, field, conditions(where), most)
                    if (most := most_at_once(error)) is None:
                        raise
                    limit = most
                    continue
                if len(hits) < limit:
                    return {str(hit.value): hit.count for hit in hits}
                limit *= 10

    @_looks_again
    def delete(self, where: Where) -> None:
        archive = where.scope.archive
        whole = where == Where(where.scope)
        # the copies of a re-embedding too, and with everything the mark of the home
        tenants = (archive, archive + BUILDING, archive + NEXT, *([archive + HOME] if whole else ()))
        condition = conditions(where, *tenants)
        with self._connection.use() as client:
            names = self._connection.collections(client)
            for name in names:
                self._connection.owner.check(client, name, archive)
            for name in names:
                client.delete(name, models.FilterSelector(filter=condition), wait=True)
            self._connection.known.spaces.pop(archive, None)
            if whole:
                self._connection.known.forget_archive(archive)

    def rewrite(self, archive: str, *, optimise: bool = False) -> None:  # noqa: ARG002 - a server does it itself
        folder = self._connection.folder
        if folder is None:
            return
        with self._connection.use():
            self._connection.close()
            for file in folder.glob("collection/*/storage.sqlite"):
                with closing(sqlite3.connect(file)) as database:
                    database.execute("VACUUM")

    def rebuild(self, archive: str, space: Space) -> ClientRebuild:
        if trouble := self.other_home(archive):
            raise CopiedHomeError(trouble)
        return ClientRebuild(self._connection, archive, self.space(archive), space)

    @_looks_again
    def survey(self, archive: str, space: Space) -> Damage:  # noqa: ARG002 - a collection has one space
        readable, unreadable = 0, []
        with self._connection.use() as client:
            for name in self._connection.collections(client):
                for page in pages(client, name, archive, BATCH):
                    broken = [stored.id for stored in page if not is_passage(stored)]
                    readable += len(page) - len(broken)
                    unreadable += broken
        return Damage(readable, None, tuple(unreadable))

    def salvage(self, archive: str, space: Space) -> Salvaged:
        """Repair nothing: a server repairs its own files."""
        return Salvaged(self.survey(archive, space))

    def kept(self, archive: str) -> Sequence[Path]:  # noqa: ARG002 - a server keeps no damaged files for us
        return ()

    def discard_kept(self, archive: str) -> None:
        """Delete nothing: there are no damaged files."""

    def ownerless(self, archives: Iterable[str]) -> Sequence[Path]:  # noqa: ARG002 - nothing is in folders
        return ()

    def other_home(self, archive: str) -> str | None:
        if self._connection.owner.looked(archive):
            return None
        with self._connection.use() as client:
            try:
                for name in self._connection.collections(client):
                    self._connection.owner.check(client, name, archive)
            except CopiedHomeError as error:
                return str(error)
        return None

    def take_over(self, archive: str) -> bool:
        """Mark an archive as this home's, in the place of the home that it is a copy of.

        Returns whether there is such an archive.
        """
        taken = False
        with self._connection.use() as client:
            for name in self._connection.collections(client):
                if space_of(client, name, archive):
                    self._connection.owner.take(client, name, archive)
                    taken = True
            self._connection.known.forget()
        return taken

    def is_same_server(self, other: ClientIndex) -> bool:
        """Return whether another index, at another address, has the same collections as this one.

        A point is written there, and looked for here.
        """
        probe = str(uuid.uuid4())
        with self._connection.use() as client, other._connection.use() as target:
            both = set(self._connection.collections(client)) & set(other._connection.collections(target))
            for name in sorted(both)[:1]:
                point = models.PointStruct(id=probe, vector={}, payload={"archive": probe + PROBE})
                target.upsert(name, [point], wait=True)
                try:
                    return bool(client.retrieve(name, [probe]))
                finally:
                    target.delete(name, models.PointIdsList(points=[probe]), wait=True)
        return False

    def copy_archive(self, archive: str, other: ClientIndex) -> int:
        """Copy an archive with its vectors into the collections of another index. Returns how many points."""
        space = self.space(archive)
        if space is None:
            return 0
        copied, offset = 0, None
        with self._connection.use() as client, other._connection.use() as target:
            other._connection.ensure(target, space)
            while True:
                records, offset = client.scroll(
                    self._connection.name_of(space),
                    only(archive),
                    limit=BATCH,
                    offset=offset,
                    with_vectors=True,
                )
                points = [_as_written(each) for each in records]
                other._connection.upsert(target, other._connection.name_of(space), points)
                copied += len(points)
                if offset is None:
                    other._connection.owner.take(target, other._connection.name_of(space), archive)
                    return copied

    def discard(self, archives: Iterable[str]) -> int:
        """Delete the collections with this index's prefix. Returns how many these were.

        A collection stays if an alias leads to it, if something else made it, or if one of the archives is
        another home's there.
        """
        removed, archives = 0, list(archives)
        with self._connection.use() as client:
            aliased = {alias.collection_name for alias in client.get_aliases().aliases}
            for name in self._connection.own_names(listed(client) or ()):
                if name in aliased or foreign(client.get_collection(name)):
                    continue
                try:
                    for archive in archives:
                        self._connection.owner.check(client, name, archive)
                except CopiedHomeError:
                    continue
                client.delete_collection(name)
                removed += 1
            self._connection.known.forget()
        return removed

    def when_back(self, call: Callable[[], object]) -> bool:
        availability = self._connection.availability
        return availability is not None and availability.when_back(call)

    def close(self, archive: str | None = None) -> None:
        if archive is None or self._connection.folder is not None:
            self._connection.close()

    def _finish(self, client: QdrantClient, collections: Sequence[str], archive: str) -> bool:
        """Finish an interrupted re-embedding. Returns whether there was one."""
        found = [name for name in collections if client.count(name, only(archive + NEXT), exact=True).count]
        for name in found:
            rename(client, name, archive + NEXT, archive)
        return bool(found)

    def _claim(self, client: QdrantClient, collection: str, archive: str) -> None:
        """See to it that the archive has its mark in this collection."""
        self._connection.owner.claim(
            client, collection, archive, partial(self._connection.collections, client)
        )

    def _answers(
        self, client: QdrantClient, collection: str, requests: Sequence[models.QueryRequest]
    ) -> list[models.QueryResponse]:
        send: Any = partial(client.query_batch_points, collection)
        known = self._connection.known.most_at_once
        try:
            return query_in_portions(send, requests, known, self.ahead)
        except UnexpectedResponse as error:
            most = most_at_once(error)
            if most is None or most == known:
                raise
            self._connection.known.most_at_once = most
        return query_in_portions(send, requests, most, self.ahead)

    def _read(self, where: Where, ids: Sequence[str], fields: Any) -> list[Stored]:
        return self._scroll(Where(where.scope, ids=tuple(ids)), len(ids), fields)

    def _scroll(
        self, where: Where, limit: int, fields: Any, order_by: models.OrderBy | None = None
    ) -> list[Stored]:
        records: list[models.Record] = []
        asked_for = where
        with self._collection_of(where) as (client, collection):
            while collection and len(records) < limit:  # a server refuses a limit of 0
                rest = limit - len(records)
                asked = min(rest, self._connection.known.most_at_once or rest)
                try:
                    found, _ = client.scroll(
                        collection, conditions(where), limit=asked, with_payload=fields, order_by=order_by
                    )
                except UnexpectedResponse as error:
                    most = most_at_once(error)
                    if most is None or most >= asked:
                        raise
                    self._connection.known.most_at_once = most
                    continue
                records += found
                if len(found) < asked or len(records) >= limit:
                    break
                # the rest: from the last time on, without those of this time that were found
                seen = records
                if order_by is not None:
                    last = _created_at(found[-1])
                    order_by = order_by.model_copy(update={"start_from": last})
                    seen = [each for each in records if _created_at(each) == last]
                where = replace(asked_for, without=(*asked_for.without, *(str(each.id) for each in seen)))
        return list(map(Stored.from_record, records))

    @contextmanager
    def _collection_of(self, where: Where) -> Iterator[tuple[QdrantClient, str | None]]:
        with self._connection.use() as client:
            yield client, self._connection.existing(client, where.scope.space)


# the suffix of an archive's name, of a point that is deleted at once. No archive's name has a line break
PROBE = "\n(probe)"

# The suffix of an archive's name that no point has. A condition that asks for it lets an upsert leave every
# point that is there as it is. No archive's name has a line break.
NOWHERE = "\n(nowhere)"


def _created_at(record: models.Record) -> Any:
    return (record.payload or {}).get("created_at")


def _as_written(record: models.Record) -> models.PointStruct:
    # the models of what is read and of what is written differ in forms that we do not use
    return models.PointStruct(id=record.id, payload=record.payload, vector=cast("Any", record.vector or {}))


def connected(urls: Sequence[str], api_key: str | None, seconds: int) -> QdrantClient:
    options: dict[str, Any] = {"timeout": seconds, "check_compatibility": False}
    transport = Nodes(urls) if len(urls) > 1 else direct_transport(urls[0])
    if transport is not None:
        options["transport"] = transport
    return QdrantClient(url=urls[0], api_key=api_key, **options)
