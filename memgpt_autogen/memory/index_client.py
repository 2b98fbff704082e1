"""Passages through `qdrant-client`: a server or cluster, or the client's local mode where Qdrant Edge has no wheel.

One collection per embedding space, and one for archives without embeddings; an archive is a tenant of its collection.
"""

from __future__ import annotations

import atexit
import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.index import RRF_K, Entry, Hit, Scope, Space, Stored, Where

PREFIX = "memgpt_passages"

BATCH = 256
"""Points in a request; a server takes 32 MB at once."""

NO_TERMS = models.PayloadSelectorExclude(exclude=["terms"])


class ClientIndex:
    """Archives as tenants of a collection. Make one with `at`, `local` or `in_memory`."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    @classmethod
    def at(cls, url: str, api_key: str | None = None, *, timeout_seconds: int = 10) -> ClientIndex:
        """A server or cluster, version 1.16 or later. It is first asked when the index is used."""

        def connect() -> QdrantClient:
            return QdrantClient(url=url, api_key=api_key, timeout=timeout_seconds, check_compatibility=False)

        return cls(_Connection(_public(url), connect, served=True))

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
            for collection in client.get_collections().collections:
                if collection.name.startswith(PREFIX) and (found := _space(client, collection.name, archive)):
                    self._connection.spaces[archive] = found
                    return found
        return None

    def insert(self, scope: Scope, entries: Sequence[Entry]) -> None:
        points = [_point(entry) for entry in entries]
        with self._connection.use() as client:
            self._connection.ensure(client, scope.space)
            for first in range(0, len(points), BATCH):
                client.upsert(_collection(scope.space), points[first : first + BATCH], wait=True)

    def count(self, where: Where) -> int:
        with self._collection_of(where) as (client, collection):
            return client.count(collection, _filter(where), exact=True).count if collection else 0

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

    def by_words(self, where: Where, words: Mapping[int, float], limit: int) -> list[Hit]:
        return self._hits(
            where,
            query=_sparse(words),
            using="words",
            query_filter=_filter(where),
            search_params=_own_idf(where),
            limit=limit,
        )

    def fused(
        self, where: Where, words: Mapping[int, float], meaning: Sequence[float], best: int, nearest: int
    ) -> list[Hit]:
        only = _filter(where)
        return self._hits(
            where,
            query=models.RrfQuery(rrf=models.Rrf(k=RRF_K)),
            prefetch=[
                models.Prefetch(
                    query=_sparse(words), using="words", filter=only, params=_own_idf(where), limit=best
                ),
                models.Prefetch(query=list(meaning), using="meaning", filter=only, limit=nearest),
            ],
            query_filter=only,
            limit=best + nearest,
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
        with self._collection_of(where) as (client, collection):
            if collection:
                client.delete(collection, models.FilterSelector(filter=_filter(where)), wait=True)
                self._connection.spaces.pop(where.scope.archive, None)

    def close(self, archive: str | None = None) -> None:
        if archive is None or self._connection.exclusive:
            self._connection.close()

    def _hits(self, where: Where, **query: Any) -> list[Hit]:
        with self._collection_of(where) as (client, collection):
            if not collection:
                return []
            points = client.query_points(collection, with_payload=False, **query).points
        return [Hit(str(point.id), point.score) for point in points]

    @contextmanager
    def _collection_of(self, where: Where) -> Iterator[tuple[QdrantClient, str | None]]:
        with self._connection.use() as client:
            yield client, self._connection.existing(client, where.scope.space)


class _Connection:
    """One client, made when first needed, with what is known of its server; local mode serves one thread at a time."""

    def __init__(
        self,
        label: str,
        connect: Callable[[], QdrantClient],
        *,
        served: bool = False,
        exclusive: bool = False,
    ) -> None:
        self.label = label
        self.exclusive = exclusive
        """Whether nobody else can open it meanwhile."""
        self.served = served
        self.spaces: dict[str, Space] = {}
        """The spaces of archives that held something when last seen."""
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
                client.create_collection(name, **_shape(space))
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
                str(folder), lambda: QdrantClient(path=str(folder)), exclusive=True
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


def _point(entry: Entry) -> models.PointStruct:
    vectors: dict[str, Any] = {"words": _sparse(entry.words)}
    if entry.meaning is not None:
        vectors["meaning"] = list(entry.meaning)
    return models.PointStruct(id=entry.id, vector=vectors, payload=dict(entry.payload))


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
    return models.Filter(must=must)


def _is(field: str, value: str) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def _any(field: str, values: Sequence[Any]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))


def _public(url: str) -> str:
    """A URL without what may be secret in it."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
