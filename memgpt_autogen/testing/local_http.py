"""HTTP on a free local port: what the servers for tests share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class HTTPFailure:
    """A failed request. Status 0 closes the connection without an answer."""

    status: int
    body: Mapping[str, Any] | str | None = None
    """JSON, a text, or None for an error object like OpenAI's."""
    headers: Mapping[str, str] = field(default_factory=dict)


class LocalServer(ThreadingHTTPServer):
    """A server on 127.0.0.1. Port 0 is a free one."""

    daemon_threads = True
    block_on_close = False
    # of the 5 that http.server lets wait, a busy machine resets some connections
    request_queue_size = 128

    def __init__(self, connection: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that has closed the connection."""


class LocalConnection(BaseHTTPRequestHandler):
    """One request and its answer.

    By HTTP/1.0 a connection serves one request, so that no connection stays open after the server closes.
    """

    # send head and body together: a separate body can wait 40 ms for the acknowledgement of the head
    wbufsize = -1

    def answer(self) -> None:
        """Answer the request, whose method is `command`."""
        raise NotImplementedError

    def _any(self) -> None:
        self.answer()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - named by http.server

    def send(self, status: int, headers: Mapping[str, str], *parts: str, length: bool = True) -> None:
        content = [part.encode() for part in parts]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length:
            self.send_header("Content-Length", str(sum(map(len, content))))
        self.end_headers()
        for part in content:
            self.wfile.write(part)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by http.server
        """Print nothing."""
