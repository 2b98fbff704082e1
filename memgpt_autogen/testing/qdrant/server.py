"""The HTTP side of the stand-in: keys, sizes, paths, and the faults of a server."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Union
from urllib.parse import unquote

from typing_extensions import Self

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.testing.local_http import HTTPFailure, LocalConnection, LocalServer
from memgpt_autogen.testing.qdrant.cluster import Cluster
from memgpt_autogen.testing.qdrant.replica import CHANGES
from memgpt_autogen.testing.qdrant.rules import Refused

MOST_BYTES = 32 * 2**20
"""What a server takes in one request."""

Access = Union[Literal["manage", "read", "expired"], Sequence[str]]
"""What a key may do: everything, read everything, nothing any more, or all within these collections."""

Answer = Union[str, HTTPFailure, None]
"""JSON, a failure, or None to close the connection without an answer."""


@dataclass(frozen=True, slots=True)
class QdrantCall:
    """One request to the stand-in."""

    name: str
    """What it asks for, such as `upsert`, `create_collection` or `count`."""
    collection: str | None
    body: Mapping[str, Any]
    size: int
    """The bytes of its body."""
    node: int
    headers: Mapping[str, str]
    field: str | None = None
    """The field of an index that is dropped."""

    @property
    def writes(self) -> bool:
        return self.name not in READS

    @property
    def kinds(self) -> frozenset[str]:
        """Its name and, of a batch, what its operations do, under the names of single requests."""
        operations = self.body.get("operations", ()) if self.name == "batch" else ()
        return frozenset((self.name, *(kind for each in operations for kind in each)))


Fault = Callable[[QdrantCall, Callable[[], Answer]], Answer]
"""Gets a request and what would answer it."""


class QdrantStandIn:
    """A Qdrant server, or a cluster, that answers `qdrant-client` in its `with` block.

    The points are in the client's local mode, behind the rules of a server: limits are at least 1, sorting
    and counting values need indexes, `strict` is the strict mode of every collection that is made, ids and
    vectors are checked, a request has at most `most_bytes`, and with `keys` each request needs one of them.
    Before version 1.19, word statistics are those of the whole collection.

    The methods that are context managers make faults, which end with their block. They can be nested.

    It stands for Qdrant 1.18.3 as measured. It does not wait as one, has no segments and no gRPC, and its
    word statistics are exact as soon as a point is deleted.
    """

    def __init__(
        self,
        *,
        version: str = "1.18.3",
        nodes: int = 1,
        strict: Mapping[str, Any] | None = None,
        keys: Mapping[str, Access] | None = None,
        most_bytes: int = MOST_BYTES,
        proxy: bool = False,
    ) -> None:
        self.version = version
        self.keys = keys
        self.most_bytes = most_bytes
        self.proxy = proxy
        """Whether a request that is too large is refused in HTML, as by a proxy in front of the server."""
        self.calls: list[QdrantCall] = []
        """Every request, in order, also those that got no answer."""
        major, minor, *_ = version.split(".")
        self.cluster = Cluster(nodes, (int(major), int(minor)), strict or {})
        self._faults: list[Fault] = []
        self._lock = Lock("the stand-in for Qdrant", reentrant=True)
        self._closing = threading.Event()
        self._ports = [0] * nodes
        self._servers: list[_Server | None] = [None] * nodes
        for node in range(nodes):
            self._listen(node)

    @property
    def url(self) -> str:
        """The URL of the first node."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self._ports]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._closing.set()
        for node in range(len(self._servers)):
            self._silence(node)

    def trips(self) -> list[str]:
        """Return the names of the requests since the last time, and forget them."""
        names = [call.name for call in self.calls]
        self.calls.clear()
        return names

    @contextmanager
    def fault(self, fault: Fault) -> Iterator[None]:
        """Let a function answer requests, or change what answers them."""
        self._faults.append(fault)
        try:
            yield
        finally:
            self._faults.remove(fault)

    @contextmanager
    def hanging(self, node: int | None = None) -> Iterator[None]:
        """Take requests and answer none of them."""
        over = threading.Event()

        def hang(call: QdrantCall, answer: Callable[[], Answer]) -> Answer:
            if node not in (None, call.node):
                return answer()
            while not over.wait(0.02) and not self._closing.is_set():
                pass
            return None

        with self.fault(hang):
            try:
                yield
            finally:
                over.set()

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Answer each request after a while."""

        def wait(call: QdrantCall, answer: Callable[[], Answer]) -> Answer:  # noqa: ARG001 - a `Fault`
            self._closing.wait(seconds)
            return answer()

        with self.fault(wait):
            yield

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse connections, as where no server is."""
        nodes = [node for node, server in enumerate(self._servers) if server]
        for node in nodes:
            self._silence(node)
        try:
            yield
        finally:
            for node in nodes:
                self._listen(node)

    @contextmanager
    def failing(self, failure: HTTPFailure, *names: str) -> Iterator[None]:
        """Fail all requests, or those of these names, also where they are a part of a batch."""
        with self.fault(lambda call, answer: failure if not names or call.kinds & {*names} else answer()):
            yield

    @contextmanager
    def losing_answers(self, *names: str) -> Iterator[None]:
        """Do what writes ask for, all or those of these names, and close the connection without an answer."""

        def lose(call: QdrantCall, answer: Callable[[], Answer]) -> Answer:
            told = answer()
            return None if call.writes and (not names or call.kinds & {*names}) else told

        with self.fault(lose):
            yield

    @contextmanager
    def ending_before(
        self, name: str, *, after: int = 0, end: Callable[[], object] | None = None
    ) -> Iterator[None]:
        """Let the process that asks end before a request of this name, or before one `after` it.

        `end` ends it, such as the `kill` of its `Popen`. Without that, no request is answered any more, which
        is what a server sees of a process that has ended.
        """
        left, ended = [after], threading.Event()

        def cut(call: QdrantCall, answer: Callable[[], Answer]) -> Answer:
            if name in call.kinds or ended.is_set():
                left[0] -= 1
            if left[0] < 0:
                if end is not None and not ended.is_set():
                    end()
                ended.set()
            return None if ended.is_set() else answer()

        with self.fault(cut):
            yield

    def lose(self, collection: str) -> None:
        """Delete a collection, as another program or an operator would."""
        with self._lock:
            self.cluster.each(lambda replica: replica.delete_collection(collection))

    def empty(self) -> None:
        """Lose everything, as a server that was made anew."""
        for collection in self.collections():
            self.lose(collection)

    def collections(self) -> list[str]:
        with self._lock:
            return self.cluster.first.names()

    def rename(self, collection: str, name: str) -> None:
        """Give a collection another name, and make the old one an alias of it."""
        with self._lock:
            self.cluster.each(lambda replica: replica.rename(collection, name))

    def saved(self) -> Any:
        """Return a copy of everything, for `restore`."""
        with self._lock:
            return self.cluster.saved()

    def restore(self, saved: Any) -> None:
        """Be as at the time of the copy."""
        with self._lock:
            self.cluster.restored(saved)

    def kill(self, node: int) -> None:
        """Take a node of the cluster away."""
        self._silence(node)
        with self._lock:
            self.cluster.kill(node)

    def revive(self, node: int) -> None:
        """Bring a node back with what it had."""
        with self._lock:
            self.cluster.revive(node)
        self._listen(node)

    def answer(self, call: QdrantCall) -> Answer:
        """Answer a request, with the faults of the moment."""
        self.calls.append(call)

        def perform() -> Answer:
            if call.size > self.most_bytes:
                return self._too_large(call.size)
            if (refused := self._forbidden(call)) is not None:
                return refused
            try:
                with self._lock:
                    result = ANSWERS[call.name](self, call)
            except Refused as error:
                return HTTPFailure(error.status, {"status": {"error": str(error)}, "time": 0.0})
            except (KeyError, TypeError, AttributeError) as error:
                told = f"Format error in JSON body: {type(error).__name__}: {error}"
                return HTTPFailure(400, {"status": {"error": told}, "time": 0.0})
            return json.dumps(result if call.name == "root" else _whole(result))

        answer: Callable[[], Answer] = perform
        for fault in self._faults:
            answer = _behind(fault, call, answer)
        return answer()

    def _too_large(self, size: int) -> HTTPFailure:
        if self.proxy:
            page = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n</html>\r\n"
            return HTTPFailure(413, page, {"Content-Type": "text/html"})
        told = f"JSON payload ({size} bytes) is larger than allowed (limit: {self.most_bytes} bytes)."
        return HTTPFailure(413, {"status": {"error": f"Payload error: {told}"}, "time": 0.0})

    def _forbidden(self, call: QdrantCall) -> HTTPFailure | None:
        if self.keys is None or call.name in ("root", "healthz"):
            return None
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
        key = call.headers.get("api-key") or bearer
        if not key:
            return HTTPFailure(401, "Must provide an API key or an Authorization bearer token")
        access = self.keys.get(key)
        if access is None:
            return HTTPFailure(401, "Invalid API key or JWT")
        if access == "expired":
            return HTTPFailure(403, "ExpiredSignature")
        if access == "manage" or call.name == "collections":
            return None
        if access == "read":
            return _denied("Write access is required") if call.writes else None
        if call.name in MANAGED or call.collection is None:
            return _denied("Global access is required")
        if call.collection not in access:
            return _denied(f"Access to collection {call.collection} is required")
        return None

    def visible(self, call: QdrantCall) -> list[str]:
        """Return the collections that the key of a request may list."""
        access = (self.keys or {}).get(call.headers.get("api-key", ""), "manage")
        names = self.cluster.first.names()
        return names if isinstance(access, str) else [name for name in names if name in access]

    def _listen(self, node: int) -> None:
        server = _Server(self, node, self._ports[node])
        self._ports[node] = server.server_address[1]
        self._servers[node] = server
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def _silence(self, node: int) -> None:
        server, self._servers[node] = self._servers[node], None
        if server is not None:
            server.shutdown()
            server.server_close()


class _Server(LocalServer):
    def __init__(self, stand_in: QdrantStandIn, node: int, port: int) -> None:
        self.stand_in, self.node = stand_in, node
        super().__init__(_Connection, port)


class _Connection(LocalConnection):
    server: _Server

    def answer(self) -> None:
        size = int(self.headers.get("content-length", 0))
        text = self.rfile.read(size)
        try:
            body = json.loads(text) if text else {}
        except ValueError:
            return self._fail(
                HTTPFailure(400, {"status": {"error": "Format error in JSON body"}, "time": 0.0})
            )
        path = self.path.partition("?")[0]
        for method, pattern, name in ROUTES:
            if method == self.command and (found := re.fullmatch(pattern, path)):
                parts = {key: unquote(value) for key, value in found.groupdict().items()}
                headers = {key.lower(): value for key, value in self.headers.items()}
                call = QdrantCall(
                    name, parts.get("collection"), body, size, self.server.node, headers, parts.get("field")
                )
                answer = self.server.stand_in.answer(call)
                if isinstance(answer, str):
                    return self.send(200, {"Content-Type": "application/json"}, answer)
                return self._fail(answer or HTTPFailure(0))
        return self._fail(HTTPFailure(404, ""))

    def _fail(self, failure: HTTPFailure) -> None:
        if failure.status == 0:
            self.close_connection = True
            return
        kind = "text/plain" if isinstance(failure.body, str) else "application/json"
        body = failure.body if isinstance(failure.body, str) else json.dumps(failure.body or {})
        self.send(failure.status, {"Content-Type": kind, **failure.headers}, body)


def _behind(fault: Fault, call: QdrantCall, answer: Callable[[], Answer]) -> Callable[[], Answer]:
    return lambda: fault(call, answer)


def _whole(result: Any) -> dict[str, Any]:
    return {"result": result, "status": "ok", "time": 0.0}


def _denied(told: str) -> HTTPFailure:
    return HTTPFailure(403, {"status": {"error": f"Forbidden: {told}"}, "time": 0.0})


def _done() -> dict[str, Any]:
    return {"operation_id": 0, "status": "completed"}


def _change(server: QdrantStandIn, call: QdrantCall) -> Any:
    server.cluster.change(call.name, call.collection or "", call.body)
    return _done()


def _batch(server: QdrantStandIn, call: QdrantCall) -> Any:
    return [_done() for _ in range(server.cluster.batch(call.collection or "", call.body))]


def _aliases(server: QdrantStandIn, call: QdrantCall) -> Any:
    found = server.cluster.first.aliases().items()
    return {
        "aliases": [
            {"alias_name": alias, "collection_name": name}
            for alias, name in found
            if call.collection in (None, name)
        ]
    }


def _index(server: QdrantStandIn, call: QdrantCall) -> Any:
    server.cluster.each(lambda replica: replica.index(call.collection or "", call.body))
    return _done()


def _drop_index(server: QdrantStandIn, call: QdrantCall) -> Any:
    server.cluster.each(lambda replica: replica.drop_index(call.collection or "", call.field or ""))
    return _done()


def _exists(server: QdrantStandIn, call: QdrantCall) -> Any:
    try:
        server.cluster.first.resolved(call.collection or "")
    except Refused:
        return {"exists": False}
    return {"exists": True}


def _peers(server: QdrantStandIn, call: QdrantCall) -> Any:
    if len(server.urls) == 1:
        return {"status": "disabled"}
    peers = {str(node + 1): {"uri": f"{url}/"} for node, url in enumerate(server.urls)}
    raft = {"term": 1, "commit": 1, "pending_operations": 0, "leader": 1, "role": "Leader", "is_voter": True}
    thread = {"consensus_thread_status": "working", "last_update": "2026-01-01T00:00:00Z"}
    whole = {"status": "enabled", "peer_id": call.node + 1, "peers": peers, "raft_info": raft}
    return {**whole, "consensus_thread_status": thread, "message_send_failures": {}}


ANSWERS: Mapping[str, Callable[[QdrantStandIn, QdrantCall], Any]] = {
    "root": lambda server, _: {"title": "qdrant - vector search engine", "version": server.version},
    "healthz": lambda *_: "healthz check passed",
    "collections": lambda server, call: {"collections": [{"name": name} for name in server.visible(call)]},
    "aliases": _aliases,
    "collection_aliases": _aliases,
    "change_aliases": lambda server, call: server.cluster.each(lambda each: each.change_aliases(call.body)),
    "exists": _exists,
    "collection": lambda server, call: server.cluster.info(call.node, call.collection or ""),
    "create_collection": lambda server, call: server.cluster.create(call.collection or "", call.body),
    "update_collection": lambda server, call: server.cluster.each(
        lambda each: each.update_collection(call.collection or "", call.body)
    ),
    "delete_collection": lambda server, call: server.cluster.each(
        lambda each: each.delete_collection(call.collection or "")
    ),
    "peers": _peers,
    "shards": lambda server, call: server.cluster.shards(call.node, call.collection or ""),
    "index": _index,
    "drop_index": _drop_index,
    "retrieve": lambda server, call: server.cluster.retrieve(call.node, call.collection or "", call.body),
    "scroll": lambda server, call: server.cluster.scroll(call.node, call.collection or "", call.body),
    "query": lambda server, call: server.cluster.query(call.node, call.collection or "", call.body),
    "query_batch": lambda server, call: server.cluster.query_batch(
        call.node, call.collection or "", call.body
    ),
    "count": lambda server, call: {
        "count": server.cluster.count(call.node, call.collection or "", call.body)
    },
    "facet": lambda server, call: server.cluster.facet(call.node, call.collection or "", call.body),
    "batch": _batch,
    **dict.fromkeys(CHANGES, _change),
}

READS = frozenset(
    "root healthz collections aliases collection_aliases exists collection peers shards "
    "retrieve scroll query query_batch count facet".split()
)

# what a key of some collections may not do
MANAGED = frozenset("create_collection delete_collection change_aliases aliases peers".split())

_IN = r"/collections/(?P<collection>[^/]+)"

ROUTES: Sequence[tuple[str, str, str]] = [
    ("GET", r"/?", "root"),
    ("GET", r"/(?:healthz|readyz|livez)", "healthz"),
    ("GET", r"/collections", "collections"),
    ("GET", r"/aliases", "aliases"),
    ("GET", r"/cluster", "peers"),
    ("POST", r"/collections/aliases", "change_aliases"),
    ("GET", _IN + "/aliases", "collection_aliases"),
    ("GET", _IN + "/exists", "exists"),
    ("GET", _IN + "/cluster", "shards"),
    ("GET", _IN, "collection"),
    ("PUT", _IN, "create_collection"),
    ("PATCH", _IN, "update_collection"),
    ("DELETE", _IN, "delete_collection"),
    ("PUT", _IN + "/index", "index"),
    ("DELETE", _IN + "/index/(?P<field>[^/]+)", "drop_index"),
    ("PUT", _IN + "/points", "upsert"),
    ("POST", _IN + "/points", "retrieve"),
    ("PUT", _IN + "/points/vectors", "update_vectors"),
    ("POST", _IN + "/points/vectors/delete", "delete_vectors"),
    ("POST", _IN + "/points/delete", "delete"),
    ("POST", _IN + "/points/payload", "set_payload"),
    ("PUT", _IN + "/points/payload", "overwrite_payload"),
    ("POST", _IN + "/points/payload/delete", "delete_payload"),
    ("POST", _IN + "/points/payload/clear", "clear_payload"),
    ("POST", _IN + "/points/batch", "batch"),
    ("POST", _IN + "/points/scroll", "scroll"),
    ("POST", _IN + "/points/query", "query"),
    ("POST", _IN + "/points/query/batch", "query_batch"),
    ("POST", _IN + "/points/count", "count"),
    ("POST", _IN + "/facet", "facet"),
]
"""Requests by method and path, and their names here."""
