"""What the server says about each request: an id, a log line, counts and a span. None of them has contents.

It is the outermost part of the app, so that nothing of an unknown error reaches a client.
"""

from __future__ import annotations

import logging
import re
import time
import uuid

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memgpt_autogen.server.logs import FIELDS, request_id
from memgpt_autogen.server.metrics import Metrics
from memgpt_autogen.server.problems import problem_response
from memgpt_autogen.server.tracing import request_span
from memgpt_autogen.service.problems import BUG

logger = logging.getLogger(__name__)

HEADER = b"x-request-id"

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# a client may send any word as the method, and each would be kept as a count of its own
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# asked every few seconds by those who watch the server
_QUIET = frozenset({"/health", "/ready", "/metrics"})


class Telemetry:
    """Gives each request an id, and counts and logs its answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = given = _request_id(scope)
        token = request_id.set(given)
        began, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (HEADER, given.encode())]}
            await send(message)

        self._metrics.running.inc()
        try:
            with request_span(scope, given) as span:
                try:
                    await self._app(scope, receive, sent)
                except Exception:  # a client gets nothing of an error that nobody knows
                    logger.exception("a request failed")
                    if not status:
                        await problem_response(scope, 500, BUG)(scope, receive, sent)
                span.answered(route_of(scope), status)
        finally:
            self._metrics.running.dec()
            self._report(scope, status, time.perf_counter() - began)
            request_id.reset(token)

    def _report(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        if route in _QUIET and status < 400:
            return
        state = scope["state"]
        fields = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            **{name: state[name] for name in ("user_id", "key_id", "run_id", "error") if state.get(name)},
        }
        logger.info("request", extra={FIELDS: fields})


def route_of(scope: Scope) -> str:
    """The template of the path, such as `/api/v1/agents/{agent}`. A path that is none of ours is not told."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def _request_id(scope: Scope) -> str:
    """The id that the client gave, if it is harmless, or a new one."""
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == HEADER), "")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex
