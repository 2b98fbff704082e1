"""Collections through `qdrant-client`: one for each embedding space, in which archives are tenants."""

from __future__ import annotations

import atexit
import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from memgpt_autogen.concurrency import Lock, close_for_fork, keep_forever
from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.qdrant.protocol import Cluster, Point, Space, Stored, Where

PREFIX = "memgpt_passages"

BATCH = 256
"""Points in a request. A server accepts 32 MB at once."""

NO_TERMS = models.PayloadSelectorExclude(exclude=["terms"])


class Connection:
    """A connection keeps one client, and what is known of its server.

    The client is created at its first use. Local mode serves one thread at a time.
    """

    def __init__(
        self,
        label: str,
        connect: Callable[[], QdrantClient],
        *,
        served: bool = False,
        cluster: Cluster | None = None,
        folder: Path | None = None,
    ) -> None:
        self.label = label
        self.folder = folder
        """The folder of local mode, which no other process can open meanwhile; None for all else."""

        self.served = served
        self.spaces: dict[str, Space] = {}
        """The spaces of archives that were not empty when they were last used."""
        self._cluster = cluster or Cluster()
        self._connect = connect
        self._client: QdrantClient | None = None
        self._made: set[str] = set()
        self._opening = Lock(f"Qdrant ({label})", reentrant=True)
        self._turn: AbstractContextManager[Any] = nullcontext() if served else self._opening
        self._forking = False
        close_for_fork(self)

    @contextmanager
    def use(self) -> Iterator[QdrantClient]:
        with self._turn:
            try:
                yield self._opened()
            except (ApiException, QdrantException, OSError, RuntimeError, ValueError) as error:
                if "already accessed by another instance" in str(error):
                    raise StorageError(
                        f"the folder {self.label} is open in another process, and only one process can have "
                        f"it. Close it there, or let both use a Qdrant server."
                    ) from error
                raise StorageError(f"Qdrant ({self.label}) could not answer: {error}") from error

    def collections(self, client: QdrantClient) -> list[str]:
        """Return the names of our collections."""
        found = (collection.name for collection in client.get_collections().collections)
        return sorted(name for name in found if name.startswith(PREFIX))

    def existing(self, client: QdrantClient, space: Space) -> str | None:
        name = collection_of(space)
        if name not in self._made and not client.collection_exists(name):
            return None
        self._made.add(name)
        return name

    def ensure(self, client: QdrantClient, space: Space) -> None:
        name = collection_of(space)
        if name in self._made:
            return
        if not client.collection_exists(name):
            try:
                client.create_collection(name, **_configuration(space, self._cluster))
            except (ApiException, ValueError):
                if not client.collection_exists(name):  # otherwise another process was faster
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

    def before_fork(self, until: float) -> None:
        """Close a folder, which both sides of the fork would write to."""
        if self.folder is None:
            return
        with suppress(StorageError):
            self._opening.acquire(max(0.0, until - time.monotonic()))
            self._forking = True
            self.close()

    def after_fork(self, *, child: bool) -> None:
        if self._forking:
            self._forking = False
            self._opening.release()
        if child:
            keep_forever(self._client)  # its sockets are the parent's
            self._client = None

    def _opened(self) -> QdrantClient:
        with self._opening:
            if self._client is None:
                self._client = self._connect()
            return self._client


_local: dict[Path, Connection] = {}
_local_lock = Lock("the list of Qdrant's folders")


def shared_connection(folder: Path) -> Connection:
    """Return this process's only connection to a folder, because local mode cannot open it twice."""
    with _local_lock:
        if folder not in _local:
            connect = partial(QdrantClient, path=str(folder))
            _local[folder] = connection = Connection(str(folder), connect, folder=folder)
            atexit.register(connection.close)  # a client that is garbage-collected later prints a traceback
        return _local[folder]


_KEYWORD = models.KeywordIndexType.KEYWORD

FIELDS: Mapping[str, Any] = {
    "archive": models.KeywordIndexParams(type=_KEYWORD, is_tenant=True),
    **dict.fromkeys(("tags", "source", "parent"), models.KeywordIndexParams(type=_KEYWORD)),
    "created_at": models.DatetimeIndexParams(type=models.DatetimeIndexType.DATETIME),
    "terms": models.IntegerIndexParams(type=models.IntegerIndexType.INTEGER, lookup=True, range=False),
}


def collection_of(space: Space) -> str:
    if not space.model:
        return f"{PREFIX}-lexical"
    readable = re.sub(r"[^a-z0-9]+", "-", space.model.lower()).strip("-")[:60]
    digest = hashlib.sha256(space.model.encode()).hexdigest()[:8]
    return f"{PREFIX}-{readable}-{space.dimension}-{digest}"


def _configuration(space: Space, cluster: Cluster) -> dict[str, Any]:
    dense = models.VectorParams(size=space.dimension, distance=models.Distance.COSINE)
    return {
        "vectors_config": {"meaning": dense} if space.model else {},
        "sparse_vectors_config": {"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        # a graph for each tenant and none for all, because no search is of several archives
        "hnsw_config": models.HnswConfigDiff(m=0, payload_m=16),
        "shard_number": cluster.shards,
        "replication_factor": cluster.replicas,
        "write_consistency_factor": cluster.write_consistency,
        "on_disk_payload": cluster.on_disk_payload,
    }


def rename(client: QdrantClient, collection: str, tenant: str, to: str) -> None:
    """Give all passages of a tenant to the tenant `to`."""
    of_tenant = models.FilterSelector(filter=only(tenant))
    client.set_payload(collection, {"archive": to}, of_tenant, wait=True)


def pages(client: QdrantClient, collection: str, tenant: str, size: int) -> Iterator[list[Stored]]:
    offset = None
    while True:
        records, offset = client.scroll(
            collection, only(tenant), limit=size, offset=offset, with_payload=NO_TERMS, with_vectors=False
        )
        if records:
            yield list(map(Stored.from_record, records))
        if offset is None:
            return


def to_point(entry: Point) -> models.PointStruct:
    vectors: dict[str, Any] = {"words": sparse_vector(entry.words)}
    if entry.meaning is not None:
        vectors["meaning"] = list(entry.meaning)
    payload = {**entry.payload, "terms": list(entry.words)}
    return models.PointStruct(id=entry.id, vector=vectors, payload=payload)


def sparse_vector(words: Mapping[int, float]) -> models.SparseVector:
    return models.SparseVector(indices=list(words), values=list(words.values()))


def space_of(client: QdrantClient, collection: str, archive: str) -> Space | None:
    records, _ = client.scroll(
        collection, only(archive), limit=1, with_payload=["model", "dimension"], with_vectors=False
    )
    payload = records[0].payload if records else None
    return Space(payload["model"], payload["dimension"]) if payload else None


def only(archive: str) -> models.Filter:
    """Return the condition that a passage is in this archive."""
    return models.Filter(must=[equals("archive", archive)])


def conditions(where: Where) -> models.Filter:
    must: list[Any] = [only(where.scope.archive)]
    if where.ids is not None:
        must.append(models.HasIdCondition(has_id=list(where.ids)))
    if where.parent is not None:
        must.append(equals("parent", where.parent))
    filters = where.filters
    if filters.tag_match_mode == "all":
        must += [equals("tags", tag) for tag in filters.tags]
    elif filters.tags:
        must.append(_any("tags", filters.tags))
    if filters.sources:
        must.append(_any("source", filters.sources))
    if filters.start or filters.end:
        between = models.DatetimeRange(gte=filters.start, lte=filters.end)
        must.append(models.FieldCondition(key="created_at", range=between))
    must += [_any("terms", group) for group in (where.terms, *where.every) if group]
    hidden: list[Any] = [models.HasIdCondition(has_id=list(where.without))] if where.without else []
    if where.pending:
        hidden.append(models.HasVectorCondition(has_vector="meaning"))
    return models.Filter(must=must, must_not=hidden or None)


def equals(field: str, value: str) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def _any(field: str, values: Sequence[Any]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))
