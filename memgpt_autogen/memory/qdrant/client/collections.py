"""Collections through `qdrant-client`: one for each embedding space, in which archives are tenants."""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from memgpt_autogen.concurrency import Lock, close_for_fork, keep_forever
from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.qdrant.client.address import DEFAULT_PORT, GRPC_PORT
from memgpt_autogen.memory.qdrant.client.advice import (
    Server,
    about_collection,
    about_nodes,
    about_version,
    tell,
)
from memgpt_autogen.memory.qdrant.client.availability import Availability, is_away
from memgpt_autogen.memory.qdrant.client.known import Known
from memgpt_autogen.memory.qdrant.client.nodes import asked_last
from memgpt_autogen.memory.qdrant.client.ownership import Ownership
from memgpt_autogen.memory.qdrant.client.requests import (
    MOST_BYTES,
    in_parts,
    send_halved,
    words_of,
)
from memgpt_autogen.memory.qdrant.client.schema import (
    PREFIX,
    collection_of,
    configuration,
    foreign,
    lacking,
    no_access,
)
from memgpt_autogen.memory.qdrant.protocol import Cluster, Point, Space, Stored, TooLargeError, Where
from memgpt_autogen.memory.storage.home_mark import HomeMark

# what a model reads if a server answers, and refuses or fails
FAILED = "archival memory could not do this. Go on without it, and try again later."

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
        addresses: Sequence[str] = (),
        cluster: Cluster | None = None,
        folder: Path | None = None,
        prefix: str = "",
        mark: Callable[[], HomeMark] | None = None,
    ) -> None:
        self.label = label
        self.known = Known()
        self.owner = Ownership(label, mark, self.known, served=served)
        self.prefix = prefix
        """The first part of the names of our collections, where several installations share a server."""

        self.folder = folder
        """The folder of local mode, which no other process can open meanwhile; None for all else."""

        self.served = served
        self._addresses = addresses
        self.availability = Availability.of(label) if served else None

        self.server: Server | None = None
        """What the server told of itself, once a collection was used."""
        self._cluster = cluster or Cluster()
        self._connect = connect
        self._client: QdrantClient | None = None
        self._opening = Lock(f"Qdrant ({label})", reentrant=True)
        self._turn: AbstractContextManager[Any] = nullcontext() if served else self._opening
        self._forking = False
        close_for_fork(self)

    @contextmanager
    def use(self) -> Iterator[QdrantClient]:
        if self.availability is not None:
            self.availability.refuse()
        with self._turn:
            try:
                yield self._opened()
                if self.availability is not None:
                    self.availability.answered()
            except (ApiException, QdrantException, OSError, RuntimeError, ValueError) as error:
                if "already accessed by another instance" in str(error):
                    raise StorageError(
                        f"the folder {self.label} is open in another process, and only one process can have "
                        f"it. Close it there, or let both use a Qdrant server."
                    ) from error
                told = self._told(error)
                if self.availability is not None and is_away(error):
                    raise self.availability.failed(told, self) from error
                failure = StorageError(told)
                failure.plain = FAILED
                raise failure from error

    def _told(self, error: Exception) -> str:
        """Say what failed, and at which address."""
        answered, said = asked_last() if len(self._addresses) > 1 else self.label, words_of(error)
        if is_away(error) and any(each.endswith(f":{GRPC_PORT}") for each in self._addresses):
            said += f". {GRPC_PORT} is usually Qdrant's port for gRPC; {DEFAULT_PORT} is that for REST"
        if answered is None:
            return f"Qdrant does not answer at any of its addresses: {said}"
        return f"Qdrant ({answered}) could not answer: {said}"

    @property
    def has_own_statistics(self) -> bool:
        """Whether words are weighed by each archive alone. Local mode does that."""
        return self.server is None or self.server.has_own_statistics

    def probe(self) -> None:
        """Ask the server for something small, and for a point, as collections can hang that are listed."""
        client = self._opened()
        client.get_collections()
        for name in list(self.known.collections)[:1]:
            client.scroll(name, limit=1, with_payload=False, with_vectors=False)

    def name_of(self, space: Space) -> str:
        """Return the name of the collection of a space."""
        return collection_of(space, self.prefix)

    def collections(self, client: QdrantClient) -> list[str]:
        """Return the names of our collections, and of their aliases, that are usable.

        An operator may have restored a collection under another name, with our name as its alias.

        With a key that may not list collections, these are the collections of the models that this process
        uses, as far as the key has access to them.
        """
        found = listed(client)
        if found is None:
            return self._expected(client)
        with suppress(UnexpectedResponse, NotImplementedError):  # a key of one collection may not list these
            found |= {alias.alias_name for alias in client.get_aliases().aliases}
        return [name for name in self.own_names(found) if self._usable(client, name)]

    def own_names(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that begin as ours do, in order."""
        start = f"{self.prefix}-{PREFIX}" if self.prefix else PREFIX
        return [name for name in sorted(names) if name.startswith(start)]

    def _expected(self, client: QdrantClient) -> list[str]:
        found, refused = [], None
        for embedder in list(self.known.embedders.values()):
            space = Space(embedder.model, embedder.dimension) if embedder else Space()
            name = self.name_of(space)
            try:
                if name in self.known.collections or self._complete(client, name, space):
                    found.append(name)
            except StorageError as error:
                refused = error
        if refused is not None and not found:
            raise refused
        if not self.known.embedders:
            failure = StorageError(
                f"the key for Qdrant ({self.label}) may not list collections (GET /collections), and this "
                "needs the list. Use a key with read access to all collections, or one that may do all."
            )
            failure.plain = FAILED
            raise failure
        return found

    def existing(self, client: QdrantClient, space: Space) -> str | None:
        name = self.name_of(space)
        return name if name in self.known.collections or self._complete(client, name, space) else None

    def ensure(self, client: QdrantClient, space: Space) -> None:
        name = self.name_of(space)
        if name in self.known.collections or self._complete(client, name, space):
            return
        try:
            client.create_collection(name, **configuration(space, self._cluster))
        except (ApiException, ValueError) as error:
            if self._complete(client, name, space):  # another process was faster
                return
            if getattr(error, "status_code", None) == 403:
                raise self._no_access(name, space) from error
            raise
        self._complete(client, name, space)

    def _no_access(self, name: str, space: Space) -> StorageError:
        told = no_access(self._addresses[0], name, space, self._cluster)
        failure = StorageError(f"the key for Qdrant ({self.label}) {told}")
        failure.plain = FAILED
        return failure

    def upsert(self, client: QdrantClient, collection: str, points: Sequence[models.PointStruct]) -> None:
        """Store points in requests that the server takes.

        Raises `TooLargeError`, after everything else is stored, if it refuses points that are alone in a
        request.
        """
        refused: list[models.PointStruct] = []
        for part in in_parts(points, MOST_BYTES):
            refused += send_halved(part, lambda few: client.upsert(collection, list(few), wait=True))
        if refused:
            first = refused[0]
            count = f"{len(refused)} passages are" if len(refused) > 1 else "a passage is"
            raise TooLargeError(
                f"{count} larger than Qdrant ({self.label}) takes in one request; the first is {first.id}. "
                "All others are stored. Split them, or raise the limit of the server or of the proxy in "
                "front of it.",
                [str(each.id) for each in refused],
            )

    def _usable(self, client: QdrantClient, name: str) -> bool:
        """Return whether a collection that has such a name as ours can have archives, and complete it."""
        return name in self.known.collections or (not self.served) or self._complete(client, name)

    def _complete(self, client: QdrantClient, name: str, space: Space | None = None) -> bool:
        """Return whether a collection exists, and make the indexes that it lacks.

        A process that was killed may have left it without them. Raises `StorageError` for a collection that
        is not one of ours, if the space is known.
        """
        if not self.served:  # local mode has no payload indexes
            if client.collection_exists(name):
                self.known.collections.add(name)
            return name in self.known.collections
        info = self._looked_up(client, name, space)
        if info is None:
            return False
        if trouble := foreign(info, space):
            if space is None:
                return False
            raise StorageError(
                f"the collection '{name}' at {self.label} was made by something else: {trouble}. Give this "
                "installation a prefix of its own (qdrant_prefix), or rename that collection."
            )
        try:
            for field, schema in lacking(info).items():
                client.create_payload_index(name, field, schema, wait=True)
        except UnexpectedResponse as error:
            if error.status_code != 403:  # a key that only reads: what needs no index works
                raise
        self.known.collections.add(name)
        self._advise(client, name, info)
        return True

    def _looked_up(
        self, client: QdrantClient, name: str, space: Space | None
    ) -> models.CollectionInfo | None:
        try:
            return client.get_collection(name)
        except (UnexpectedResponse, ValueError) as error:  # the second is local mode's
            if getattr(error, "status_code", 404) == 404 and "not found" in str(error).lower():
                return None
            if getattr(error, "status_code", None) == 403 and space is not None:
                raise self._no_access(name, space) from error
            raise

    def _advise(self, client: QdrantClient, name: str, info: models.CollectionInfo) -> None:
        if self.server is None:
            self.server = Server.of(client)
            tell(self.label, about_version(self.server))
            if self.server.alone and len(self._addresses) > 1:
                tell(self.label, about_nodes(dict.fromkeys(self._addresses, self.server)))
        tell(self.label, about_collection(name, info.config.params, self.server))

    def close(self) -> None:
        with self._opening:
            if self._client is not None:
                self._client.close()
            self._client = None
            self.server = None  # it may be updated meanwhile
            self.known.forget()

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


def listed(client: QdrantClient) -> set[str] | None:
    """Return the names of all collections; None if the key may not list them."""
    try:
        return {collection.name for collection in client.get_collections().collections}
    except UnexpectedResponse as error:
        if error.status_code != 403 or b"Expired" in error.content:  # such a key may do nothing at all
            raise
        return None


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


def only(*archives: str) -> models.Filter:
    """Return the condition that a passage is in this archive, or in one of these."""
    if len(archives) == 1:
        return models.Filter(must=[equals("archive", archives[0])])
    return models.Filter(must=[_any("archive", archives)])


def conditions(where: Where, *tenants: str) -> models.Filter:
    """Return the conditions of `where`, for its archive or for these tenants."""
    must: list[Any] = [only(*(tenants or (where.scope.archive,)))]
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
    if where.lacking:
        hidden.append(_any("terms", where.lacking))
    if where.pending:
        hidden.append(models.HasVectorCondition(has_vector="meaning"))
    if filters.as_of:
        past = models.DatetimeRange(lte=filters.as_of)
        hidden.append(models.FieldCondition(key="superseded_by", range=past))
    return models.Filter(must=must, must_not=hidden or None)


def equals(field: str, value: str) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def _any(field: str, values: Sequence[Any]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))
