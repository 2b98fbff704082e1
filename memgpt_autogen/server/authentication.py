"""Who calls, and what that caller may do: a user by a key, or the admin by the password.

Wrong credentials are 401, a missing scope is 403, and what belongs to another user does not exist: 404.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from memgpt_autogen.memory.storage.accounts.keys import PREFIX, Scope
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.server.attempts import Attempts
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.sessions import session_of
from memgpt_autogen.service.people import note
from memgpt_autogen.settings import Settings

NOT_AUDITED = frozenset({"logout", "search", "create_run", "cancel_run", "give_run_results"})
"""The routes that change nothing although they are no GET, and those whose results are rows themselves."""


class KeyRing(Protocol):
    """The keys of the home's users."""

    def find(self, key: str) -> Caller | None:
        """Return whose key this is; None if nobody's, or if it has expired or was revoked."""


class Authenticator:
    """Finds the caller of a request. Passwords can be tried a limited number of times."""

    def __init__(self, settings: Settings, password: AdminPassword, keys: KeyRing) -> None:
        self._admin_settings = settings
        self._password = password
        self._keys = keys
        self._attempts = Attempts()

    def caller(self, authorization: str | None, address: str) -> Caller:
        """Return the caller whose credentials this header has.

        Raises a problem: 401 for missing or wrong ones, and 429 after too many wrong passwords of an address.
        """
        scheme, _, credentials = (authorization or "").strip().partition(" ")
        credentials = credentials.strip()
        if scheme.lower() != "bearer" or not credentials:
            raise _unauthorized(
                "the request names no user. Send a key, or the admin password, as the header "
                "Authorization: Bearer KEY."
            )
        if credentials.startswith(PREFIX):
            found = self._keys.find(credentials)
            if found is None:
                raise _unauthorized(
                    "the key is not valid: it is unknown, expired or revoked. Ask for another."
                )
            return found
        return self.admin(credentials, address)

    def admin(self, password: str, address: str) -> Caller:
        """Return the admin, if this is the password."""
        wait = self._attempts.seconds_to_wait(address)
        if wait > 0:
            seconds = math.ceil(wait)
            raise ProblemError(
                429,
                f"too many wrong passwords came from {address}. Try again in {seconds} s, or use a key.",
                {"Retry-After": str(seconds)},
            )
        if not self._password.matches(password):
            self._attempts.failed(address)
            raise _unauthorized(
                "the password is not right, and it is no key: keys begin with mga_. The start of the server "
                "says where the password is."
            )
        return Caller(self._admin_settings, HOME, "home")


class AuthenticatedRoute(APIRoute):
    """A route that reads nothing of a request before its caller is known."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def authenticated(request: Request) -> Response:
            authenticator: Authenticator = request.app.state.authenticator
            session = session_of(request)
            given = request.headers.get("authorization") if session is None else f"Bearer {session}"
            caller = await run_in_threadpool(authenticator.caller, given, address_of(request))
            request.state.caller = caller
            request.state.user_id, request.state.key_id = caller.user_id, caller.key_id
            response = await answer(request)
            if _changes(request.method) and self.name not in NOT_AUDITED and response.status_code < 400:
                await run_in_threadpool(_note, caller, self.name, str(self.tags[0]), request.path_params)
            return response

        return authenticated


def address_of(request: Request) -> str:
    """Return the address from which a request comes, whose wrong passwords are counted."""
    return request.client.host if request.client else "an unknown address"


def _note(caller: Caller, action: str, area: str, named: Mapping[str, str]) -> None:
    """Write what a request changed into the audit: the thing that it made, or the one that its path names."""
    target = caller.made or {"name": "/".join(named.values())}
    note(caller.settings, action, area, key_id=caller.key_id, **target)


def _changes(method: str) -> bool:
    return method not in ("GET", "HEAD", "OPTIONS")


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _needs(scope: Scope) -> Callable[[Request], Caller]:
    """Return a dependency: the caller, who has this scope."""

    def caller(request: Request) -> Caller:
        found = _caller(request)
        if scope not in found.scopes:
            has = ", ".join(sorted(found.scopes)) or "none"
            raise ProblemError(
                403, f"this needs the scope '{scope}', and the key has {has}. Ask for a key that has it."
            )
        return found

    return caller


Known = Annotated[Caller, Depends(_caller)]
Reader = Annotated[Caller, Depends(_needs("read"))]
Talker = Annotated[Caller, Depends(_needs("talk"))]
Writer = Annotated[Caller, Depends(_needs("write"))]
Admin = Annotated[Caller, Depends(_needs("admin"))]

bearer = HTTPBearer(auto_error=False, description="A key (`mga_…`), or the admin password.")
"""For the OpenAPI file: `AuthenticatedRoute` reads the header."""


def _unauthorized(detail: str) -> ProblemError:
    return ProblemError(401, detail, {"WWW-Authenticate": 'Bearer realm="memgpt-autogen"'})
