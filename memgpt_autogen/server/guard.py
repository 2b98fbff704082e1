"""What is refused before anything of a request is read: foreign hosts, foreign pages, and bodies too large.

Bodies that come too slowly are refused too, and every answer has headers that keep browsers careful.

A page of another site may make a browser send requests to this machine, under the name of that site (DNS
rebinding) or its own. The `Host` and `Origin` headers tell.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memgpt_autogen.errors import quoted
from memgpt_autogen.server.bounded import check_length, counted, hurried
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.problems import ProblemError, problem_response
from memgpt_autogen.server.unread import BodyReader

# an answer that is no page runs nothing, also if somebody opens it as one
_SAFE_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)

_PORTS = {"http": ":80", "https": ":443"}

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """Lets through what comes by a known host name, from a known page, with a body of a bounded size."""

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app = app
        self._hosts = _host_names(options)
        # an address cannot be a name that another site's server gives out
        self._any_address = not options.is_loopback
        self._origins = frozenset(each.rstrip("/").lower() for each in options.origins)
        self._body_bytes = options.body_bytes
        self._upload_bytes = options.upload_bytes
        self._body_seconds = options.body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = BodyReader(scope, receive, _with_safe_headers(send))
        receive, send = body.receive, body.send
        try:
            self._check_host(scope)
            self._check_origin(scope)
            _check_protocol(scope)
            most = self._most_bytes(scope)
            check_length(_header(scope, b"content-length"), most)
        except ProblemError as problem:
            response = problem_response(scope, problem.status_code, problem.detail)
            await response(scope, receive, send)
            return
        await self._app(scope, hurried(counted(receive, most), self._body_seconds), send)

    def _check_host(self, scope: Scope) -> None:
        values = _header(scope, b"host")
        if len(values) != 1:
            raise ProblemError(400, "the request has no Host header, or several. Send one.")
        host = _name(values[0])
        if "*" in self._hosts or host in self._hosts or (self._any_address and _is_address(host)):
            return
        raise ProblemError(
            421,
            f"the request is for the host {quoted(host)}, which is not a name of this server. Start it with "
            f"--allowed-host {host or 'NAME'}, or ask for {min(self._hosts)}.",
        )

    def _check_origin(self, scope: Scope) -> None:
        for origin in _header(scope, b"origin"):
            if origin.lower() in self._origins or _is_of(origin, _header(scope, b"host")[0]):
                continue
            raise ProblemError(
                403,
                f"the request comes from a page of {quoted(origin)}, which is not of this server. Start it "
                f"with --allowed-origin {quoted(origin)} if that page may call it. A reverse proxy must pass "
                "on the Host header.",
            )

    def _most_bytes(self, scope: Scope) -> int:
        kinds = _header(scope, b"content-type")
        upload = any(kind.lower().startswith("multipart/form-data") for kind in kinds)
        return self._upload_bytes if upload else self._body_bytes


def _host_names(options: ServerOptions) -> frozenset[str]:
    names = {*_LOCAL, *map(_name, options.hosts)}
    if not options.is_loopback:
        names |= {options.host.lower(), socket.gethostname().lower()}
    return frozenset(names)


def _check_protocol(scope: Scope) -> None:
    """Refuse a WebSocket in words. A proxy takes `Upgrade` away, and leaves the key."""
    asked = any("websocket" in each.lower() for each in _header(scope, b"upgrade"))
    if asked or _header(scope, b"sec-websocket-key"):
        raise ProblemError(
            400,
            "this server has no WebSocket. Send POST /api/v1/agents/AGENT/runs, and read its events as a "
            "stream (SSE).",
        )


def _with_safe_headers(send: Send) -> Send:
    """Return a `send` that adds what keeps browsers from guessing types, keeping and framing answers."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = [*message.get("headers", ())]
            names = {name.lower() for name, _ in given}
            added = (header for header in _SAFE_HEADERS if header[0] not in names)
            message = {**message, "headers": [*given, *added]}
        await send(message)

    return sent


def _header(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in _headers(scope) if key == name]


def _headers(scope: Scope) -> Iterable[tuple[bytes, bytes]]:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return headers


def _name(host: str) -> str:
    """The host of a `Host` header, without its port, in small letters."""
    host = host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _is_of(origin: str, host: str) -> bool:
    """Whether a page's origin is what a `Host` header names. The usual port may stand in one of them only."""
    scheme, _, page = origin.lower().partition("://")
    usual = _PORTS.get(scheme)
    return usual is not None and _with_port(page, usual) == _with_port(host.lower(), usual)


def _with_port(named: str, usual: str) -> str:
    return named if named.rpartition("]")[2].count(":") else named + usual


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
