"""Passages through `qdrant-client`: a server or cluster, or the client's local mode where Qdrant Edge has no wheel.

One collection per embedding space, and one for archives without embeddings; an archive is a tenant of its collection.
"""

from __future__ import annotations

import atexit
import hashlib
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.index import (
    Cluster,
    Damage,
    Entry,
    Hit,
    Salvaged,
    Scope,
    Space,
    Stored,
    Where,
    is_passage,
    same_passage,
)

PREFIX = "memgpt_passages"

BATCH = 256
"""Points in a request; a server takes 32 MB at once."""

NO_TERMS = models.PayloadSelectorExclude(exclude=["terms"])


class ClientIndex:
    """Archives as tenants of a collection. Make one with `at`, `local` or `in_memory`."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    @classmethod
    def at(cls, url: str, api_key: str | None = None, *, cluster: Cluster | None = None) -> ClientIndex:
        """A server or cluster, version 1.16 or later. It is first asked when the index is used."""
        cluster = cluster or Cluster()

        def connect() -> QdrantClient:
            return QdrantClient(
                url=url, api_key=api_key, timeout=cluster.timeout_seconds, check_compatibility=False
            )

        return cls(_Connection(_public(url), connect, served=True, cluster=cluster))

    @classmethod
    def local(cls, folder: Path) -> ClientIndex:
        """Local mode in a folder, which belongs to this process while it is open.

        Open folders of others' making with care: the client keeps its points pickled, and unpickling can run code.
        """
        return cls(_shared(folder.absolute()))

    @classmethod
    def in_memory(cls) -> ClientIndex:
        """Local mode without a folder: nothing outlives `close`."""
        return cls(_Connection("memory", lambda: QdrantClient(":memory:")))

    def __repr__(self) -> str:
        return f"ClientIndex({self._connection.label!r})"

    def space(self, archive: str) -> Space | None:
        with self._connection.use() as client:
            known = self._connection.spaces.get(archive)
            if known and (not self._connection.served or _space(client, _collection(known), archive)):
                return known
            self._connection.spaces.pop(archive, None)
            names = self._connection.collections(client)
            for name in names:
                if found := _space(client, name, archive):
                    self._connection.spaces[archive] = found
                    self._finish(client, [name], archive)
                    return found
            # the last step of a re-embedding that was broken off behind the point where the old passages are gone
            if self._finish(client, names, archive):
                return self.space(archive)
        return None

    def insert(self, scope: Scope, entries: Sequence[Entry]) -> None:
        points = [_point(entry) for entry in entries]
        with self._connection.use() as client:
            self._connection.ensure(client, scope.space)
            for first in range(0, len(points), BATCH):
                client.upsert(_collection(scope.space), points[first : first + BATCH], wait=True)

    def place(self, scope: Scope, placed: Sequence[tuple[Stored, Sequence[float]]]) -> None:
        texts = {stored.id: stored.payload.get("text") for stored, _ in placed}
        where = Where(scope, ids=tuple(texts), pending=True)
        with self._collection_of(where) as (client, collection):
            if not collection:
                return
            records, _ = client.scroll(collection, _filter(where), limit=len(texts), with_payload=["text"])
            there = {str(record.id): (record.payload or {}).get("text") for record in records}
            vectors = [
                models.PointVectors(id=stored.id, vector={"meaning": list(meaning)})
                for stored, meaning in placed
                if stored.id in there and there[stored.id] == texts[stored.id]
            ]
            if vectors:
                client.update_vectors(collection, vectors, wait=True)

    def count(self, where: Where, *, exact: bool = True) -> int:
        with self._collection_of(where) as (client, collection):
            return client.count(collection, _filter(where), exact=exact).count if collection else 0

    def oldest(self, where: Where, limit: int) -> list[Stored]:
        with self._collection_of(where) as (client, collection):
            if not collection:
                return []
            records, _ = client.scroll(
                collection,
                _filter(where),
                limit=limit,
                order_by=models.OrderBy(key="created_at"),
                with_payload=NO_TERMS,
            )
        return [Stored(str(record.id), record.payload or {}) for record in records]

    def read(self, where: Where, ids: Sequence[str]) -> list[Stored]:
        return self._read(where, ids, NO_TERMS)

    def times(self, where: Where, ids: Sequence[str]) -> dict[str, str]:
        stored = self._read(where, ids, models.PayloadSelectorInclude(include=["created_at"]))
        return {each.id: each.payload["created_at"] for each in stored}

    def by_words(self, where: Where, words: Mapping[int, float], limit: int) -> list[Hit]:
        return self._hits(
            where,
            query=_sparse(words),
            using="words",
            query_filter=_filter(where),
            search_params=_own_idf(where),
            limit=limit,
        )

    def by_each_word(self, where: Where, words: Sequence[int], limit: int) -> list[dict[str, float]]:
        requests = [
            models.QueryRequest(
                query=_sparse({word: 1.0}),
                using="words",
                filter=_filter(where),
                params=_own_idf(where),
                limit=limit,
                with_payload=False,
            )
            for word in words
        ]
        with self._collection_of(where) as (client, collection):
            if not collection or not requests:
                return [{} for _ in words]
            answers = client.query_batch_points(collection, requests)
        return [{str(point.id): point.score for point in answer.points} for answer in answers]

    def by_meaning(self, where: Where, meaning: Sequence[float], limit: int) -> list[Hit]:
        return self._hits(
            where, query=list(meaning), using="meaning", query_filter=_filter(where), limit=limit
        )

    def tally(self, where: Where, field: Literal["tags", "source"]) -> dict[str, int]:
        with self._collection_of(where) as (client, collection):
            if not collection:
                return {}
            limit = 1000
            while True:
                only = _filter(where)
                hits = client.facet(collection, field, facet_filter=only, limit=limit, exact=True).hits
                if len(hits) < limit:
                    return {str(hit.value): hit.count for hit in hits}
                limit *= 10

    def delete(self, where: Where) -> None:
        archive = where.scope.archive
        with self._connection.use() as client:
            for name in self._connection.collections(client):
                # of the copies that a re-embedding makes, too
                for tenant in (archive, archive + BUILDING, archive + NEXT):
                    only = _filter(replace(where, scope=replace(where.scope, archive=tenant)))
                    client.delete(name, models.FilterSelector(filter=only), wait=True)
            self._connection.spaces.pop(archive, None)

    def rewrite(self, archive: str, *, optimise: bool = False) -> None:  # noqa: ARG002 - a server sees to it itself
        folder = self._connection.folder
        if folder is None:
            return
        with self._connection.use():
            self._connection.close()
            for file in folder.glob("collection/*/storage.sqlite"):
                with closing(sqlite3.connect(file)) as database:
                    database.execute("VACUUM")

    def rebuild(self, archive: str, space: Space) -> ClientRebuild:
        return ClientRebuild(self._connection, archive, self.space(archive), space)

    def survey(self, archive: str, space: Space) -> Damage:  # noqa: ARG002 - a collection is of one space
        readable, unreadable = 0, []
        with self._connection.use() as client:
            for name in self._connection.collections(client):
                for page in _pages(client, name, archive, BATCH):
                    broken = [stored.id for stored in page if not is_passage(stored)]
                    readable += len(page) - len(broken)
                    unreadable += broken
        return Damage(readable, None, tuple(unreadable))

    def salvage(self, archive: str, space: Space) -> Salvaged:
        """There are no files here to repair; a server repairs its own."""
        return Salvaged(self.survey(archive, space))

    def close(self, archive: str | None = None) -> None:
        if archive is None or self._connection.exclusive:
            self._connection.close()

    def _finish(self, client: QdrantClient, collections: Sequence[str], archive: str) -> bool:
        """Whether there was something to finish."""
        found = [name for name in collections if client.count(name, _only(archive + NEXT), exact=True).count]
        for name in found:
            _rename(client, name, archive + NEXT, archive)
        return bool(found)

    def _hits(self, where: Where, **query: Any) -> list[Hit]:
        with self._collection_of(where) as (client, collection):
            if not collection:
                return []
            points = client.query_points(collection, with_payload=False, **query).points
        return [Hit(str(point.id), point.score) for point in points]

    def _read(self, where: Where, ids: Sequence[str], fields: Any) -> list[Stored]:
        with self._collection_of(where) as (client, collection):
            if not collection or not ids:
                return []
            here = _filter(Where(where.scope, ids=tuple(ids)))
            records, _ = client.scroll(collection, here, limit=len(ids), with_payload=fields)
        return [Stored(str(record.id), record.payload or {}) for record in records]

    @contextmanager
    def _collection_of(self, where: Where) -> Iterator[tuple[QdrantClient, str | None]]:
        with self._connection.use() as client:
            yield client, self._connection.existing(client, where.scope.space)


class ClientRebuild:
    """A copy of an archive in another collection, as a tenant of another name.

    When it is whole it gets the name of `NEXT`, the old passages are deleted with one request, and it gets the archive's name.
    Readers see the old passages up to that request, and the new ones behind it. Between two collections this is no
    transaction: what is read or written in the moment of the swap may find the archive partly empty. In the same collection,
    where only the embedding of each passage is new, the passages are overwritten in place.
    """

    def __init__(self, connection: _Connection, archive: str, old: Space | None, new: Space) -> None:
        self._connection = connection
        self._archive = archive
        self._old = _collection(old or new)
        self._new = _collection(new)
        self._space = new
        self._in_place = self._old == self._new
        self._overwritten: set[str] = set()

    def lacking(self, size: int) -> Iterator[list[Stored]]:
        with self._connection.use() as client:
            if not self._connection.existing(client, self._space):
                self._connection.ensure(client, self._space)
            for page in _pages(client, self._old, self._archive, size):
                ids = [stored.id for stored in page]
                if self._in_place:
                    lacking = [stored for stored in page if stored.id not in self._overwritten]
                else:
                    copied = {
                        str(each.id): each.payload or {}
                        for each in client.retrieve(self._new, ids, with_payload=NO_TERMS)
                        if (each.payload or {}).get("archive") in self._hidden
                    }
                    lacking = [
                        stored
                        for stored in page
                        if stored.id not in copied or not same_passage(stored.payload, copied[stored.id])
                    ]
                if lacking:
                    yield lacking

    def add(self, entries: Sequence[Entry]) -> None:
        tenant = self._archive if self._in_place else self._archive + BUILDING
        points = [_point(replace(entry, payload={**entry.payload, "archive": tenant})) for entry in entries]
        with self._connection.use() as client:
            client.upsert(self._new, points, wait=True)
        self._overwritten.update(entry.id for entry in entries)

    def swap(self) -> bool:
        if any(True for _ in self.lacking(BATCH)):
            return False
        if self._in_place:
            return True
        with self._connection.use() as client:
            for page in _pages(client, self._new, self._archive + BUILDING, BATCH):
                ids = [stored.id for stored in page]
                there = {str(each.id) for each in client.retrieve(self._old, ids, with_payload=False)}
                if gone := [id_ for id_ in ids if id_ not in there]:
                    client.delete(self._new, models.PointIdsList(points=[*gone]), wait=True)
            for other in self._connection.collections(client):
                if other != self._new:  # what another attempt left must not come back
                    for tenant in self._hidden:
                        client.delete(other, models.FilterSelector(filter=_only(tenant)), wait=True)
            _rename(client, self._new, self._archive + BUILDING, self._archive + NEXT)
            pages = _pages(client, self._new, self._archive + NEXT, BATCH)
            ids = [each.id for page in pages for each in page]
            copied = models.Filter(must=[_is("archive", self._archive), models.HasIdCondition(has_id=[*ids])])
            client.delete(self._old, models.FilterSelector(filter=copied), wait=True)
            self._connection.spaces.pop(self._archive, None)
            if client.count(self._old, _only(self._archive), exact=True).count:
                return False  # somebody inserted just then
            _rename(client, self._new, self._archive + NEXT, self._archive)
        return True

    @property
    def _hidden(self) -> tuple[str, str]:
        return self._archive + BUILDING, self._archive + NEXT


BUILDING, NEXT = "\n(building)", "\n(next)"
"""What follows an archive's name while a copy of it is made, and when that is whole; a line's end is in no archive's name."""


class _Connection:
    """One client, made when first needed, with what is known of its server; local mode serves one thread at a time."""

    def __init__(
        self,
        label: str,
        connect: Callable[[], QdrantClient],
        *,
        served: bool = False,
        exclusive: bool = False,
        cluster: Cluster | None = None,
        folder: Path | None = None,
    ) -> None:
        self.label = label
        self.folder = folder
        self.exclusive = exclusive
        """Whether nobody else can open it meanwhile."""
        self.served = served
        self.spaces: dict[str, Space] = {}
        """The spaces of archives that held something when last seen."""
        self._cluster = cluster
        self._connect = connect
        self._client: QdrantClient | None = None
        self._made: set[str] = set()
        self._opening = threading.RLock()
        self._turn: AbstractContextManager[Any] = nullcontext() if served else self._opening

    @contextmanager
    def use(self) -> Iterator[QdrantClient]:
        with self._turn:
            try:
                yield self._opened()
            except (ApiException, QdrantException, OSError, RuntimeError, ValueError) as error:
                if "already accessed by another instance" in str(error):
                    raise StorageError(
                        f"the folder {self.label} is open in another process, which has it to itself. Close it there, or "
                        f"let both use a Qdrant server."
                    ) from error
                raise StorageError(f"Qdrant ({self.label}) could not answer: {error}") from error

    def collections(self, client: QdrantClient) -> list[str]:
        """All that are ours."""
        found = (collection.name for collection in client.get_collections().collections)
        return sorted(name for name in found if name.startswith(PREFIX))

    def existing(self, client: QdrantClient, space: Space) -> str | None:
        name = _collection(space)
        if name not in self._made and not client.collection_exists(name):
            return None
        self._made.add(name)
        return name

    def ensure(self, client: QdrantClient, space: Space) -> None:
        name = _collection(space)
        if name in self._made:
            return
        if not client.collection_exists(name):
            try:
                client.create_collection(name, **_shape(space), **_scattered(self._cluster))
            except (ApiException, ValueError):
                if not client.collection_exists(name):  # else another process was faster
                    raise
        if self.served:  # local mode has no payload indexes
            for field, schema in FIELDS.items():
                client.create_payload_index(name, field, schema, wait=True)
        self._made.add(name)

    def close(self) -> None:
        with self._opening:
            if self._client is not None:
                self._client.close()
            self._client = None
            self._made.clear()
            self.spaces.clear()

    def _opened(self) -> QdrantClient:
        with self._opening:
            if self._client is None:
                self._client = self._connect()
            return self._client


_local: dict[Path, _Connection] = {}
_local_lock = threading.Lock()


def _shared(folder: Path) -> _Connection:
    """The process's one connection to a folder, since local mode lets nobody open it twice."""
    with _local_lock:
        if folder not in _local:
            _local[folder] = connection = _Connection(
                str(folder), lambda: QdrantClient(path=str(folder)), exclusive=True, folder=folder
            )
            atexit.register(connection.close)  # a client that is collected later prints a traceback
        return _local[folder]


FIELDS: Mapping[str, Any] = {
    "archive": models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True),
    "tags": models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD),
    "source": models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD),
    "parent": models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD),
    "created_at": models.DatetimeIndexParams(type=models.DatetimeIndexType.DATETIME),
    "terms": models.IntegerIndexParams(type=models.IntegerIndexType.INTEGER, lookup=True, range=False),
}


def _collection(space: Space) -> str:
    if not space.model:
        return f"{PREFIX}-lexical"
    readable = re.sub(r"[^a-z0-9]+", "-", space.model.lower()).strip("-")[:60]
    told_apart = hashlib.sha256(space.model.encode()).hexdigest()[:8]
    return f"{PREFIX}-{readable}-{space.dimension}-{told_apart}"


def _shape(space: Space) -> dict[str, Any]:
    dense = models.VectorParams(size=space.dimension, distance=models.Distance.COSINE)
    return {
        "vectors_config": {"meaning": dense} if space.model else {},
        "sparse_vectors_config": {"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        # a graph per tenant and none over all, since no search crosses archives
        "hnsw_config": models.HnswConfigDiff(m=0, payload_m=16),
    }


def _scattered(cluster: Cluster | None) -> dict[str, Any]:
    if cluster is None:
        return {}
    return {
        "shard_number": cluster.shards,
        "replication_factor": cluster.replicas,
        "write_consistency_factor": cluster.write_consistency,
        "on_disk_payload": cluster.on_disk_payload,
    }


def _rename(client: QdrantClient, collection: str, tenant: str, to: str) -> None:
    client.set_payload(collection, {"archive": to}, models.FilterSelector(filter=_only(tenant)), wait=True)


def _pages(client: QdrantClient, collection: str, tenant: str, size: int) -> Iterator[list[Stored]]:
    offset = None
    while True:
        records, offset = client.scroll(
            collection, _only(tenant), limit=size, offset=offset, with_payload=NO_TERMS, with_vectors=False
        )
        if records:
            yield [Stored(str(record.id), record.payload or {}) for record in records]
        if offset is None:
            return


def _point(entry: Entry) -> models.PointStruct:
    vectors: dict[str, Any] = {"words": _sparse(entry.words)}
    if entry.meaning is not None:
        vectors["meaning"] = list(entry.meaning)
    payload = {**entry.payload, "terms": list(entry.words)}
    return models.PointStruct(id=entry.id, vector=vectors, payload=payload)


def _sparse(words: Mapping[int, float]) -> models.SparseVector:
    return models.SparseVector(indices=list(words), values=list(words.values()))


def _space(client: QdrantClient, collection: str, archive: str) -> Space | None:
    records, _ = client.scroll(
        collection, _only(archive), limit=1, with_payload=["model", "dimension"], with_vectors=False
    )
    payload = records[0].payload if records else None
    return Space(payload["model"], payload["dimension"]) if payload else None


def _only(archive: str) -> models.Filter:
    return models.Filter(must=[models.FieldCondition(key="archive", match=models.MatchValue(value=archive))])


def _own_idf(where: Where) -> models.SearchParams:
    return models.SearchParams(idf=models.IdfCorpusParams(corpus=_only(where.scope.archive)))


def _filter(where: Where) -> models.Filter:
    must: list[Any] = [_only(where.scope.archive)]
    if where.ids is not None:
        must.append(models.HasIdCondition(has_id=list(where.ids)))
    if where.parent is not None:
        must.append(_is("parent", where.parent))
    if where.all_tags:
        must += [_is("tags", tag) for tag in where.tags]
    elif where.tags:
        must.append(_any("tags", where.tags))
    if where.sources:
        must.append(_any("source", where.sources))
    if where.start or where.end:
        between = models.DatetimeRange(gte=where.start, lte=where.end)
        must.append(models.FieldCondition(key="created_at", range=between))
    if where.terms:
        must.append(_any("terms", where.terms))
    hidden: list[Any] = [models.HasIdCondition(has_id=list(where.without))] if where.without else []
    if where.pending:
        hidden.append(models.HasVectorCondition(has_vector="meaning"))
    return models.Filter(must=must, must_not=hidden or None)


def _is(field: str, value: str) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def _any(field: str, values: Sequence[Any]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))


def _public(url: str) -> str:
    """A URL without what may be secret in it."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
