"""Several addresses of one cluster: a node that does not answer is passed by, and asked again later.

This is a transport of `httpx`, below the client. Any request of ours may reach the cluster twice: points are
written by their ids, and what is deleted or set twice is the same as once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from urllib.parse import urlsplit

import httpx

from memgpt_autogen.concurrency import TimeLimitError, run_with_timeout, start_thread
from memgpt_autogen.memory.qdrant.client.address import proxy_of, reached, shown
from memgpt_autogen.memory.qdrant.client.availability import AWAY, Availability

PATIENCE_SECONDS = 0.4
"""How long a node has for its answer until the next one is asked too."""

PROBE_SECONDS = 0.4
"""How long a node that is slow with a write has to show that it is there."""

# the ends of the paths of requests that only read and are sent with POST
READS = (b"/points", b"/points/scroll", b"/points/query", b"/points/query/batch", b"/points/count", b"/facet")


class NoNodeError(httpx.TransportError):
    """No node answered. The text has the address and the error of each."""


class Node:
    """One address, and whether it answers."""

    def __init__(self, url: str, transport: httpx.BaseTransport) -> None:
        self.label = shown(url)
        self.availability = Availability.of(self.label)
        self._transport = transport
        parts = urlsplit(reached(url))
        self.path = parts.path
        self._origin = httpx.URL(f"{parts.scheme}://{parts.netloc}")

    def send(self, request: httpx.Request, path: bytes) -> httpx.Response:
        """Send a request to this address, and return its whole answer."""
        url = self._origin.copy_with(raw_path=self.path.encode() + path)
        headers = httpx.Headers(request.headers)
        headers["Host"] = url.netloc.decode()
        sent = httpx.Request(
            request.method, url, headers=headers, stream=request.stream, extensions=request.extensions
        )
        answer = self._transport.handle_request(sent)
        try:
            assert isinstance(answer.stream, httpx.SyncByteStream)  # noqa: S101  # this is no asynchronous client
            content = b"".join(answer.stream)
        finally:
            answer.close()
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content))

    def probe(self) -> None:
        """Ask whether the node is ready. Raises `httpx.TransportError` if it is not."""
        limits = {"timeout": httpx.Timeout(PROBE_SECONDS).as_dict()}
        answer = self.send(httpx.Request("GET", self._origin, extensions=limits), b"/readyz")
        if answer.status_code in AWAY:
            raise httpx.ReadError(f"{answer.status_code} {answer.reason_phrase}")

    def is_there(self, request: httpx.Request, path: bytes) -> bool:
        """Return whether a node that is slow with a write answers a small question about its collection."""
        start, slash, rest = path.partition(b"?")[0].partition(b"/collections/")
        place = start + slash + rest.partition(b"/")[0] if rest else b"/readyz"
        limits = {"timeout": httpx.Timeout(PROBE_SECONDS).as_dict()}
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        small = httpx.Request("GET", self._origin, headers=headers, extensions=limits)
        try:
            name = "memgpt-qdrant-probe"
            answer = run_with_timeout(partial(self.send, small, place), PROBE_SECONDS, name=name)
        except (httpx.TransportError, OSError, TimeLimitError):
            return False
        return answer.status_code not in AWAY

    def fails(self, why: str) -> None:
        """Note that the node did not answer. It is asked again in the background."""
        self.availability.failed(f"Qdrant ({self.label}) does not answer: {why}", self)


class Nodes(httpx.BaseTransport):
    """Sends each request to the first address that answers, in the given order.

    A node that failed is left out until it answers again, unless all have failed. A reading request that a
    node does not answer within `PATIENCE_SECONDS` is sent to the next one too, and the first answer counts. A
    write waits for its node as long as that answers a small question: a large write takes its time.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self._transports: dict[str | None, httpx.HTTPTransport] = {}
        self._nodes = [Node(url, self._transport(url)) for url in urls]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        own = self._nodes[0].path.encode()
        return _Asking(self._nodes, request, request.url.raw_path[len(own) :]).answer()

    def close(self) -> None:
        for transport in self._transports.values():
            transport.close()

    def _transport(self, url: str) -> httpx.HTTPTransport:
        proxy = proxy_of(url)
        if proxy not in self._transports:
            self._transports[proxy] = httpx.HTTPTransport(proxy=httpx.Proxy(proxy) if proxy else None)
        return self._transports[proxy]


class _Asking:
    """One request, and the nodes that have it."""

    def __init__(self, nodes: Sequence[Node], request: httpx.Request, path: bytes) -> None:
        self._request = request
        self._path = path
        posted = request.method == "POST" and path.partition(b"?")[0].endswith(READS)
        self._reads = request.method == "GET" or posted
        living = [node for node in nodes if not node.availability.away]
        self._order = [*living, *(node for node in nodes if node not in living)]
        self._next = list(self._order)
        self._living = set(map(id, living))
        self._running: dict[Future[httpx.Response], Node] = {}
        self._passed: list[Node] = []
        self._refused: tuple[Node, httpx.Response] | None = None
        self._failures: dict[str, str] = {}
        limits = request.extensions.get("timeout") or {}
        self._until = time.monotonic() + LIMITS * max(
            (each for each in limits.values() if each), default=10.0
        )

    def answer(self) -> httpx.Response:
        self._begin()
        while self._running:
            done = wait(self._running, PATIENCE_SECONDS, FIRST_COMPLETED).done
            for future in done:
                if (found := self._result(future)) is not None:
                    return found
            if not done and time.monotonic() > self._until:
                break
            if (not self._running or not done) and self._may_go_on():
                self._begin()
        if self._refused is not None:
            _asked.label = self._refused[0].label
            return self._refused[1]
        _asked.label = None
        late = {node.label: "no answer" for node in self._running.values()}
        told = {**late, **self._failures}
        raise NoNodeError("; ".join(f"{label}: {why}" for label, why in told.items()))

    def _begin(self) -> None:
        node = self._next.pop(0)
        send = partial(node.send, self._request, self._path)
        self._running[start_thread(send, name="memgpt-qdrant-node")] = node

    def _may_go_on(self) -> bool:
        """Return whether the next node is to be asked. Those that run then are passed by."""
        if not self._next or (self._refused is not None and id(self._next[0]) not in self._living):
            return False  # a node that answered, even with an error, knows more than one that is away
        late = [node for node in self._running.values() if node not in self._passed]
        if not self._reads and any(node.is_there(self._request, self._path) for node in late):
            return False
        self._passed += late
        return True

    def _result(self, future: Future[httpx.Response]) -> httpx.Response | None:
        """Return the answer of a node; None if another one is to be asked."""
        node = self._running.pop(future)
        try:
            answer = future.result(0)
        except (httpx.TransportError, OSError) as error:
            why = str(error) or type(error).__name__
            self._failures[node.label] = why
            node.fails(why)
            return None
        if answer.status_code in AWAY:
            node.fails(f"{answer.status_code} {answer.reason_phrase}")
        if answer.status_code in (500, *AWAY):
            self._refused = self._refused or (node, answer)
            return None
        node.availability.answered()
        for late in self._running.values():
            if self._order.index(late) < self._order.index(node):
                late.fails(f"no answer within {PATIENCE_SECONDS:g} s")
        _asked.label = node.label
        return answer


def asked_last() -> str | None:
    """Return the address that answered this thread's last request; None if none did."""
    return getattr(_asked, "label", None)


_asked = threading.local()

# how many of its time limits a request may take, which ends it only if a transport does not keep its limits
LIMITS = 3
