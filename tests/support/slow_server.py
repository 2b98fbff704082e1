"""A server that answers, but never gets to the end: it sends a little, again and again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
SENT = {
    "headers": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
    "body": (HEADERS % b"application/json" + b"Content-Length: 100000\r\n\r\n{", b" "),
    "keep-alives": (
        HEADERS % b"text/event-stream" + b"Transfer-Encoding: chunked\r\n\r\n",
        b"e\r\n: keep-alive\n\n\r\n",
    ),
}
"""What it sends first, and then every twentieth of a second."""


@contextmanager
def slow_server(sends: str) -> Iterator[str]:
    """Serve answers that never end, of one of the kinds in `SENT`. Yields the base URL."""
    first, again = SENT[sends]
    over = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65_536)
            connection.sendall(first)
            while not over.wait(0.05):
                connection.sendall(again)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        over.set()
        listening.close()
