"""What is refused before anything of a request is read: foreign hosts, foreign pages, and bodies too large.

A page of another site may make a browser send requests to this machine, under the name of that site (DNS
rebinding) or its own. The `Host` and `Origin` headers tell.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memgpt_autogen.errors import quoted
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.problems import ProblemError, problem_response

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check_host(scope)
            self._check_origin(scope)
            most = self._most_bytes(scope)
            _check_length(scope, most)
        except ProblemError as problem:
            response = problem_response(scope, problem.status_code, problem.detail)
            await response(scope, receive, send)
            return
        await self._app(scope, _counted(receive, most), _with_safe_headers(send))

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
            if origin.lower() in self._origins or _netloc(origin) == _header(scope, b"host")[0].lower():
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


def _check_length(scope: Scope, most: int) -> None:
    for length in _header(scope, b"content-length"):
        if length.isdecimal() and int(length[:20]) > most:
            raise _too_large(most)


def _counted(receive: Receive, most: int) -> Receive:
    """Return a `receive` that raises once a body has more bytes, whatever its header said."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise _too_large(most)
        return message

    return counted


def _with_safe_headers(send: Send) -> Send:
    """Return a `send` that adds what keeps browsers from guessing types and from keeping answers."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("Referrer-Policy", "no-referrer")
            headers.setdefault("X-Content-Type-Options", "nosniff")
        await send(message)

    return sent


def _too_large(most: int) -> ProblemError:
    return ProblemError(413, f"the body has more than {most:,} bytes, the limit of this request. Send less.")


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


def _netloc(origin: str) -> str | None:
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return None
    return parts.netloc if parts.scheme in ("http", "https") else None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
