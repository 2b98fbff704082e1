"""The SDK's transport, without sessions: any worker answers any message, also after a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Optional

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from memgpt_autogen.mcp_server.access import Access
from memgpt_autogen.mcp_server.server import make_server
from memgpt_autogen.server.facades.mcp.endpoint import ACCESS, Transport
from memgpt_autogen.server.sse import HEADERS, MEDIA_TYPE

JSON = "application/json"

# what may take longer than a proxy waits for an answer
_LONG = frozenset({"say"})


class _Transport:
    """Answers with JSON where that is quick, and else with a stream that says that it still lives."""

    def __init__(
        self, json_answers: StreamableHTTPSessionManager, streams: StreamableHTTPSessionManager
    ) -> None:
        self._json = json_answers
        self._streams = streams

    def answer(self, body: bytes, sent: Any, accept: str) -> Response:
        """Return the answer to a request with this body, which is `sent` as values."""
        takes_json, takes_stream = _takes(accept, JSON), _takes(accept, MEDIA_TYPE)
        streams = takes_stream and (not takes_json or _takes_long(sent))
        return _Answer(self._streams if streams else self._json, body)


@asynccontextmanager
async def open_transport(most_bytes: int) -> AsyncIterator[Transport]:
    """A block in which requests are answered."""
    server = make_server(_access)
    server.middleware.clear()  # it would put texts of errors into traces
    async with AsyncExitStack() as stack:
        managers = [
            StreamableHTTPSessionManager(
                server, json_response=as_json, stateless=True, max_request_body_size=most_bytes
            )
            for as_json in (True, False)
        ]
        for manager in managers:
            await stack.enter_async_context(manager.run())
        yield _Transport(*managers)


def _access(context: Any) -> Access:
    access: Access = getattr(context.request.state, ACCESS)
    return access


def _takes(accept: str, kind: str) -> bool:
    """Return whether a header `Accept` has a kind of answer. Without a header, everything is accepted."""
    named = {each.partition(";")[0].strip().lower() for each in accept.split(",")}
    return not accept.strip() or bool(named & {kind, f"{kind.partition('/')[0]}/*", "*/*"})


def _takes_long(sent: Any) -> bool:
    if not isinstance(sent, dict) or sent.get("method") != "tools/call":
        return isinstance(sent, dict) and sent.get("method") == "subscriptions/listen"
    parameters = sent.get("params")
    return isinstance(parameters, dict) and parameters.get("name") in _LONG


class _Answer(Response):
    """What the SDK answers to a request whose body was read."""

    def __init__(self, manager: StreamableHTTPSessionManager, body: bytes) -> None:
        super().__init__()
        self._manager = manager
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        waiting: Optional[bytes] = self._body

        async def again() -> Message:
            nonlocal waiting
            if waiting is None:
                return await receive()
            body, waiting = waiting, None
            return {"type": "http.request", "body": body, "more_body": False}

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith(MEDIA_TYPE):
                    headers.update(HEADERS)
            await send(message)

        # the SDK refuses clients that accept less than both kinds, whichever it would send
        kept = [each for each in scope["headers"] if each[0] != b"accept"]
        headers = [*kept, (b"accept", f"{JSON}, {MEDIA_TYPE}".encode())]
        await self._manager.handle_request({**scope, "headers": headers}, again, sent)
