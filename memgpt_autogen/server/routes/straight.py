"""The straight way to a run: the request that a server gets most is answered without FastAPI's search.

FastAPI looks for the route and for each parameter of every request, which takes longer than all else that a
server does before a turn. This way takes only what is as usual: a key in the header and a valid body. It
finds nothing wrong itself: everything else goes on to FastAPI's route, which knows what to say.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import URLPath
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memgpt_autogen.server.authentication import Authenticator, address_of, note_caller
from memgpt_autogen.server.bounded import LARGE, parsed
from memgpt_autogen.server.prefix import inner_path
from memgpt_autogen.server.routes.area import PREFIX
from memgpt_autogen.server.routes.runs import LONGEST_KEY, answer_run
from memgpt_autogen.service.schemas.runs import NewRunBody

_PATH = re.compile(rf"{PREFIX}/agents/([^/]{{1,64}})/runs")

_JSON = frozenset(
    {b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"}
)

# what a request has in its scope that goes on to FastAPI's route
_GOES_ON = "memgpt.goes_on"


class StraightWay(BaseRoute):
    """A route before all others. `usual` has the others."""

    path = f"{PREFIX}/agents/{{agent}}/runs"

    def __init__(self, usual: ASGIApp) -> None:
        self._usual = usual

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] != "POST" or _GOES_ON in scope:
            return Match.NONE, {}
        found = _PATH.fullmatch(inner_path(scope))
        if found is None:
            return Match.NONE, {}
        return Match.FULL, {"path_params": {"agent": found[1]}, "route": self}

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Find nothing: the route of FastAPI has the name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _usual_headers(scope)
        request = Request(scope, receive)
        if headers is None or not _is_known(request, headers):
            await self._go_on(scope, receive, send)
            return
        first = await receive()
        response = await _answer(request, headers, first)
        if response is None:
            await self._go_on(scope, _again(first, receive), send)
        else:
            await response(scope, receive, send)

    async def _go_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_GOES_ON] = True
        await self._usual(scope, receive, send)


def _usual_headers(scope: Scope) -> dict[bytes, bytes] | None:
    """Return the headers of a request with a short JSON body; None where anything is unusual about them."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    is_usual = (
        len(headers) == len(scope["headers"])  # none comes twice
        and b"authorization" in headers
        and b"cookie" not in headers
        and headers.get(b"content-type") in _JSON
        and length.isdigit()
        and int(length[:20]) <= LARGE
        and len(headers.get(b"idempotency-key", b"-")) in range(1, LONGEST_KEY + 1)
    )
    return headers if is_usual else None


def _is_known(request: Request, headers: dict[bytes, bytes]) -> bool:
    """Find the caller, as FastAPI's route does, and return whether nothing had to be read for that."""
    authenticator: Authenticator = request.app.state.authenticator
    given = headers[b"authorization"].decode("latin-1")
    caller = authenticator.known(given, address_of(request))
    if caller is None or "talk" not in caller.scopes:
        return False
    note_caller(request, caller, given)
    return True


async def _answer(request: Request, headers: dict[bytes, bytes], first: Message) -> Response | None:
    """Return the answer to a request whose body came at once; None if it is not as it should be."""
    if first["type"] != "http.request" or first.get("more_body", False):
        return None
    try:
        body = NewRunBody.model_validate(parsed(first.get("body", b"")))
    except ValueError:
        return None
    key = headers.get(b"idempotency-key")
    return await answer_run(
        request,
        request.state.caller,
        request.path_params["agent"],
        body,
        None if key is None else key.decode("latin-1"),
    )


def _again(first: Message, receive: Receive) -> Receive:
    """Return a `receive` that gives a message again before those that follow it."""
    left: list[Message] = [first]

    async def received() -> Message:
        return left.pop() if left else await receive()

    return received
