"""Connections that must say what they want: the head of a request comes soon and is short, or they end.

uvicorn limits how long a connection is idle between two requests, but not how long it may say nothing before
the first one, or half of a head. Each such connection holds a file of the process. With httptools it does
not limit how long a head may be either, and keeps all of it in memory.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

MOST_HEAD_BYTES = 64 * 1024
"""How long the head of a request may be."""

_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"connection: close\r\n\r\nThe head of the request has more than 64 kB. Send less.\n"
)


class Patient(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # uvicorn chooses its class
    """uvicorn's protocol, which closes a connection that has not sent a head after some seconds.

    Each worker gets it by its name, so it is a class of this module.
    """

    head_seconds = 20.0

    _until_head: asyncio.TimerHandle | None = None

    _head_bytes = 0
    """How much of a head has come that is not whole yet."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        _send_at_once(transport.get_extra_info("socket"))
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answers():
            self._head_bytes = 0
            self._stop_waiting()
            return
        self._wait_for_head()
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _answers(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_head(self) -> None:
        if self._until_head is None:
            self._until_head = asyncio.get_running_loop().call_later(self.head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._until_head is not None:
            self._until_head.cancel()
            self._until_head = None

    def _give_up(self) -> None:
        self._until_head = None
        if not self._answers() and not self.transport.is_closing():
            self.transport.close()


def _send_at_once(connection: socket.socket | None) -> None:
    """Let no part of an answer wait for the client's delayed ACK, which takes 40 ms.

    asyncio does it only for sockets that know their protocol, and those that uvicorn is given or makes for
    several workers do not.
    """
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
