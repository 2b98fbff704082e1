"""The MCP server of the tests over HTTP, which can be started anew on the same port."""

from __future__ import annotations

import json
import runpy
import socket
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

SERVER = Path(__file__).with_name("mcp_server.py")


@dataclass(frozen=True)
class UnknownSession:
    """How a server refuses a session that it does not know."""

    status: int
    code: int | None = None
    """Of the JSON error in its body; None for a page of text."""
    words: str = "Session not found"


class Web:
    """The server on a free port of this machine.

    With `sessions`, it speaks the protocol of 2025, in which it keeps sessions, and refuses unknown ones in
    this way. The official SDK refuses them as `UnknownSession(404, -32600)`. With `refuses_all`, it refuses
    every request so.
    """

    def __init__(
        self, *, sse: bool = False, sessions: UnknownSession | None = None, refuses_all: bool = False
    ) -> None:
        self.headers: list[dict[str, str]] = []
        self.calls: list[str] = []
        """The methods that were asked for."""
        self.refused_calls: UnknownSession | None = None
        """How each call of a tool is refused, if it is."""
        self._sse = sse
        self._sessions = sessions
        self._refuses_all = refuses_all
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._known: set[str] = set()
        self.start()

    def start(self) -> None:
        """Start the server, with the sessions of a new program."""
        server = runpy.run_path(str(SERVER))["server"]
        app = server.sse_app() if self._sse else server.streamable_http_app()
        self._known.clear()

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
            if self._sse or scope.get("method") != "POST":
                await app(scope, receive, send)
                return
            message = await receive()
            self.calls.append(json.loads(message["body"]).get("method", ""))
            waiting = [message]

            async def again() -> Any:
                return waiting.pop() if waiting else await receive()

            if refusal := self._refusal(self.calls[-1], self.headers[-1]):
                await _answer(send, refusal)
            else:
                await app(scope, again, partial(self._note_session, send))

        config = uvicorn.Config(watched, log_level="critical", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listening.dup()]}, daemon=True
        )
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def _refusal(self, method: str, headers: dict[str, str]) -> UnknownSession | None:
        if self._refuses_all:
            return self._sessions
        if self.refused_calls and method == "tools/call":
            return self.refused_calls
        if self._sessions and method == "server/discover":
            return UnknownSession(404, -32601, "Method not found")
        known = headers.get("mcp-session-id") in {None, *self._known}
        return None if known else self._sessions

    async def _note_session(self, send: Any, answer: Any) -> None:
        for name, value in answer.get("headers", ()):
            if name.lower() == b"mcp-session-id":
                self._known.add(value.decode())
        await send(answer)

    def restart(self) -> None:
        self._end()
        self.start()

    def stop(self) -> None:
        self._end()
        self._listening.close()

    def _end(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


async def _answer(send: Any, refusal: UnknownSession) -> None:
    error = {"code": refusal.code, "message": refusal.words}
    body = {"jsonrpc": "2.0", "id": None, "error": error}
    kind, text = ("application/json", json.dumps(body)) if refusal.code else ("text/plain", refusal.words)
    start = {"type": "http.response.start", "status": refusal.status}
    await send({**start, "headers": [(b"content-type", kind.encode())]})
    await send({"type": "http.response.body", "body": text.encode()})
