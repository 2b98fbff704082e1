"""The rest of a body that nobody reads: it is taken, and thrown away, before the answer ends.

Whoever still sends a body when the connection closes may never read the answer; a proxy then says 502. So an
answer that comes early, as that to a body too large, is whole at once and ends when the body has come.
"""

from __future__ import annotations

from typing import Any

import anyio
from starlette.types import Message, Receive, Scope, Send

MOST_SECONDS = 10.0
"""How long the rest of a body is waited for."""


class BodyReader:
    """The `receive` and the `send` of one request, which together read its body to the end."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._is_whole = not _has_body(scope["headers"])

    async def receive(self) -> Message:
        message = await self._receive()
        self._is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if self._is_whole or message["type"] != "http.response.body" or message.get("more_body", False):
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        with anyio.move_on_after(MOST_SECONDS):
            while not self._is_whole:
                await self.receive()
        await self._send({"type": "http.response.body"})


def _has_body(headers: Any) -> bool:
    """Whether the head says that a body comes. One that waits for our leave to send it never comes."""
    found = dict(headers)
    length = found.get(b"content-length", b"0").strip()
    return b"expect" not in found and (b"transfer-encoding" in found or length not in (b"", b"0"))
