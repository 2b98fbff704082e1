"""Who calls, and what that caller may do: a user by a key, or the admin by the password.

Wrong credentials are 401, a missing scope is 403, and what belongs to another user does not exist: 404.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, get_args

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from memgpt_autogen.server.attempts import Attempts
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.settings import Settings

Scope = Literal["read", "talk", "write", "speak-for", "admin"]

ALL_SCOPES: frozenset[str] = frozenset(get_args(Scope))

HOME_USER = "00000000-0000-0000-0000-000000000000"
"""The user to whom the agents of the terminal belong. The admin acts as this one."""

KEY_PREFIX = "mga_"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request."""

    settings: Settings
    """The settings of the home, as its user sees it: what belongs to others is not there."""
    user_id: str
    user: str
    """The name of the user."""
    scopes: frozenset[str] = ALL_SCOPES
    key_id: str | None = None
    """The key; None for the admin's password."""
    agents: frozenset[str] | None = None
    """The ids of the agents that the key may use; None means all of the user."""

    @property
    def is_admin(self) -> bool:
        return "admin" in self.scopes


class KeyRing(Protocol):
    """The keys of the home's users."""

    def find(self, key: str) -> Caller | None:
        """Return whose key this is; None if nobody's, or if it has expired or was revoked."""


class NoKeys:
    """A home without users: only the password counts."""

    def find(self, key: str) -> Caller | None:  # noqa: ARG002 - the protocol's argument
        return None


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
        if credentials.startswith(KEY_PREFIX):
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
        return Caller(self._admin_settings, HOME_USER, "home")


class AuthenticatedRoute(APIRoute):
    """A route that reads nothing of a request before its caller is known."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def authenticated(request: Request) -> Response:
            authenticator: Authenticator = request.app.state.authenticator
            address = request.client.host if request.client else "an unknown address"
            caller = await run_in_threadpool(
                authenticator.caller, request.headers.get("authorization"), address
            )
            request.state.caller = caller
            request.state.user_id, request.state.key_id = caller.user_id, caller.key_id
            return await answer(request)

        return authenticated


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


class Needs:
    """A dependency: the caller, who has this scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(self, request: Request) -> Caller:
        caller = _caller(request)
        if self.scope not in caller.scopes:
            raise ProblemError(
                403,
                f"this needs the scope '{self.scope}', and the key has "
                f"{', '.join(sorted(caller.scopes)) or 'none'}. Ask for a key that has it.",
            )
        return caller


Known = Annotated[Caller, Depends(_caller)]
Reader = Annotated[Caller, Depends(Needs("read"))]
Talker = Annotated[Caller, Depends(Needs("talk"))]
Writer = Annotated[Caller, Depends(Needs("write"))]
Admin = Annotated[Caller, Depends(Needs("admin"))]

bearer = HTTPBearer(auto_error=False, description="A key (`mga_…`), or the admin password.")
"""For the OpenAPI file: `AuthenticatedRoute` reads the header."""


def _unauthorized(detail: str) -> ProblemError:
    return ProblemError(401, detail, {"WWW-Authenticate": 'Bearer realm="memgpt-autogen"'})
