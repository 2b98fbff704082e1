"""A relay before a server, whose connections can be cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Relay:
    """Passes on what comes at its address to a server, and back."""

    def __init__(self, address: str) -> None:
        self._server = ("127.0.0.1", urlsplit(address).port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> int:
        """Cut the connections that are open, and return how many they were."""
        cut, self._open = self._open, []
        for each in cut:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        return len(cut) // 2

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                asker, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._open += [asker, server]
                for pair in ((asker, server), (server, asker)):
                    threading.Thread(target=_pass_on, args=pair, daemon=True).start()


@contextmanager
def relayed(address: str) -> Iterator[Relay]:
    """Open a relay before a server."""
    relay = Relay(address)
    try:
        yield relay
    finally:
        relay.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while some := source.recv(65536):
            target.sendall(some)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
