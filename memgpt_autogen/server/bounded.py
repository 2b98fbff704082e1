"""Requests within bounds: how many bytes and files a body has, how deep its JSON is, and how long it takes.

They hold before anything is parsed, so that no body makes a parser or the memory run over.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
from fastapi import Request
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Message, Receive

from memgpt_autogen.server.problems import ProblemError

MOST_DEPTH = 100
"""How deep objects and lists of a body may be in each other."""

MOST_FILES = 1

MOST_FIELDS = 100
"""How many fields a form may have besides its file."""

# a body has a second more for each so many bytes that have come
_BYTES_A_SECOND = 10_000

LARGE = 50_000
"""A larger body is parsed in a thread, so that others need not wait."""


class BoundedRequest(Request):
    """A request whose body is read within bounds."""

    async def json(self) -> Any:
        body = await self.body()
        return await run_in_threadpool(parsed, body) if len(body) > LARGE else parsed(body)

    def form(self, **limits: Any) -> Any:
        return super().form(**{**limits, "max_files": MOST_FILES, "max_fields": MOST_FIELDS})


class BoundedRoute(APIRoute):
    """A route whose requests are bounded. Only one that takes a file may have a body as large as a file."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        takes_files = self.body_field is not None and isinstance(self.body_field.field_info, Form)

        async def bounded(request: Request) -> Response:
            receive = request.receive
            if not takes_files:
                most = request.app.state.options.body_bytes
                check_length(request.headers.getlist("content-length"), most)
                receive = counted(receive, most)
            return await answer(BoundedRequest(request.scope, receive))

        return bounded


def check_length(lengths: list[str], most: int) -> None:
    """Raise a problem, 413, if a header says that the body is larger than this."""
    for length in lengths:
        if length.isdecimal() and int(length[:20]) > most:
            raise _too_large(most)


def counted(receive: Receive, most: int) -> Receive:
    """Return a `receive` that raises once a body has more bytes, whatever its header said."""
    seen = 0

    async def count() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise _too_large(most)
        return message

    return count


def hurried(receive: Receive, seconds: float) -> Receive:
    """Return a `receive` that raises, 408, if a body comes too slowly. After it nothing is hurried."""
    until = time.monotonic() + seconds
    is_whole = False

    async def hurry() -> Message:
        nonlocal until, is_whole
        if is_whole:
            return await receive()
        try:
            with anyio.fail_after(max(0.0, until - time.monotonic())):  # no task, as asyncio's would be
                message = await receive()
        except TimeoutError:
            raise ProblemError(
                408,
                "the body did not come in time. Send it faster, or in smaller parts.",
                {"Connection": "close"},
            ) from None
        until += len(message.get("body", b"")) / _BYTES_A_SECOND
        is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return hurry


def parsed(body: bytes) -> Any:
    """Return what JSON says. Raises a problem, 400, for a body that is not UTF-8, or nested too deep.

    The depth is looked at before anything is parsed, in one pass.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProblemError(400, "the body is not UTF-8, and JSON is. Send it as UTF-8.") from None
    if text.count("[") + text.count("{") > MOST_DEPTH:
        depth = 0
        for token in _TOKEN.finditer(text):
            depth += _STEPS.get(token[0], 0)
            if depth > MOST_DEPTH:
                raise ProblemError(
                    400, f"the body is nested more than {MOST_DEPTH} levels deep. Send a flatter one."
                )
    return json.loads(text)


# texts of JSON are read as one, since they may have brackets
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)

_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def _too_large(most: int) -> ProblemError:
    return ProblemError(413, f"the body has more than {most:,} bytes, the limit of this request. Send less.")
