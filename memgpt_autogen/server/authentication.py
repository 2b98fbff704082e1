"""Who calls, and what that caller may do: a user by a key, or the admin by the password.

Wrong credentials are 401, a missing scope is 403, and what belongs to another user does not exist: 404.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from memgpt_autogen.memory.storage.accounts.keys import PREFIX, Scope
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.server.attempts import Attempts
from memgpt_autogen.server.bounded import BoundedRoute
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.login_codes import LASTS, is_valid_once
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.sessions import key_text, session_of
from memgpt_autogen.service.people import is_audited, note
from memgpt_autogen.settings import Settings

# the scopes of the dependencies that ask for one
_SCOPES: dict[Callable[..., Any], Scope] = {}


class KeyRing(Protocol):
    """The keys of the home's users."""

    def find(self, key: str) -> Caller | None:
        """Return whose key this is; None if nobody's, or if it has expired or was revoked."""

    def known(self, key: str) -> Caller | None:
        """Return whose key this is without reading anything; None where that must be read."""


class Authenticator:
    """Finds the caller of a request. Passwords can be tried a limited number of times."""

    def __init__(self, settings: Settings, password: AdminPassword, keys: KeyRing) -> None:
        self._admin_settings = settings
        self.password = password
        self._keys = keys
        self._attempts = Attempts()

    def caller(self, authorization: str | None, address: str) -> Caller:
        """Return the caller whose credentials this header has.

        Raises a problem: 401 for missing or wrong ones, and 429 after too many wrong passwords of an address.
        """
        known = self.known(authorization, address)
        if known is not None:
            return known
        found = self._keys.find(_credentials(authorization))
        if found is None:
            raise _wrong("the key is not valid: it is unknown, expired or revoked. Ask for another.")
        return found

    def known(self, authorization: str | None, address: str) -> Caller | None:
        """Do what `caller` does, but read nothing; None for a key that must be read."""
        credentials = _credentials(authorization)
        if credentials.startswith(PREFIX):
            return self._keys.known(credentials)
        return self.admin(credentials, address)

    def is_valid(self, authorization: str | None) -> bool:
        """Return whether credentials that were right are so still: keys end, the password does not."""
        credentials = (authorization or "").strip().partition(" ")[2].strip()
        return not credentials.startswith(PREFIX) or self._keys.find(credentials) is not None

    def admin(self, password: str, address: str) -> Caller:
        """Return the admin, if this is the password."""
        self._check_attempts(address)
        if not self.password.matches(password):
            self._attempts.failed(address)
            raise _wrong(
                "the password is not right, and it is no key: keys begin with mga_. The start of the server "
                "says where the password is."
            )
        return Caller(self._admin_settings, HOME, "home")

    def by_login_code(self, code: str, address: str) -> Caller:
        """Return the admin, if this code was valid, which is used up now. Wrong ones count as passwords."""
        self._check_attempts(address)
        if not is_valid_once(self._admin_settings, self.password, code):
            self._attempts.failed(address)
            minutes = LASTS.total_seconds() / 60
            raise _wrong(
                f"this link is not valid any more: it logs in once, within {minutes:.0f} minutes of the "
                "start of the server. Log in with the password; the start of the server says where it is."
            )
        return Caller(self._admin_settings, HOME, "home")

    def _check_attempts(self, address: str) -> None:
        wait = self._attempts.seconds_to_wait(address)
        if wait > 0:
            seconds = math.ceil(wait)
            raise ProblemError(
                429,
                f"too many wrong passwords came from {address}. Try again in {seconds} s, or use a key.",
                {"Retry-After": str(seconds)},
            )


class AuthenticatedRoute(BoundedRoute):
    """A route that reads nothing of a request before its caller is known."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def authenticated(request: Request) -> Response:
            authenticator: Authenticator = request.app.state.authenticator
            session = session_of(request)
            given = request.headers.get("authorization")
            if session is not None:
                given = f"Bearer {key_text(session, authenticator.password)}"
            caller = authenticator.known(given, address_of(request))
            if caller is None:
                caller = await run_in_threadpool(authenticator.caller, given, address_of(request))
            note_caller(request, caller, given)
            response = await answer(request)
            if is_audited(request.method, self.name) and response.status_code < 400:
                await run_in_threadpool(
                    note_change, caller, self.name, str(self.tags[0]), request.path_params
                )
            return response

        return authenticated


def note_caller(request: Request, caller: Caller, given: str | None) -> None:
    """Keep with a request who sent it, and with which header."""
    state = request.scope["state"]
    state["caller"], state["user_id"], state["key_id"] = caller, caller.user_id, caller.key_id
    state["is_valid"] = partial(request.app.state.authenticator.is_valid, given)


def _credentials(authorization: str | None) -> str:
    scheme, _, credentials = (authorization or "").strip().partition(" ")
    credentials = credentials.strip()
    if scheme.lower() != "bearer" or not credentials:
        raise _unauthorized(
            "the request names no user. Send a key, or the admin password, as the header "
            "Authorization: Bearer KEY."
        )
    return credentials


def address_of(request: Request) -> str:
    """Return the address from which a request comes, whose wrong passwords are counted.

    Of IPv6 it is the network: one customer has a whole /64 of them.
    """
    host = request.client.host if request.client else "an unknown address"
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def note_change(caller: Caller, action: str, area: str, named: Mapping[str, str]) -> None:
    """Write what a request changed into the audit: the thing that it made, or the one that its path names."""
    target = {"action": action, **(caller.made or {"name": "/".join(named.values())})}
    note(caller.settings, what=area, key_id=caller.key_id, **target)


# these are `async` because FastAPI would start a thread for each


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _needs(scope: Scope) -> Callable[[Request], Coroutine[Any, Any, Caller]]:
    """Return a dependency: the caller, who has this scope."""

    async def caller(request: Request) -> Caller:
        found = await _caller(request)
        if scope not in found.scopes:
            has = ", ".join(sorted(found.scopes)) or "none"
            raise ProblemError(
                403, f"this needs the scope '{scope}', and the key has {has}. Ask for a key that has it."
            )
        return found

    _SCOPES[caller] = scope
    return caller


def scope_of(route: APIRoute) -> Scope | None:
    """Return the scope that a route needs; None for one that needs a key only, or not even that."""
    found = (_SCOPES.get(each.call) for each in route.dependant.dependencies if each.call)
    return next((scope for scope in found if scope), None)


Known = Annotated[Caller, Depends(_caller)]
Reader = Annotated[Caller, Depends(_needs("read"))]
Talker = Annotated[Caller, Depends(_needs("talk"))]
Writer = Annotated[Caller, Depends(_needs("write"))]
Admin = Annotated[Caller, Depends(_needs("admin"))]


def _unauthorized(detail: str, *, error: str = "") -> ProblemError:
    """The problem of a request without credentials, or with an `error` in them (RFC 6750)."""
    challenge = 'Bearer realm="memgpt-autogen"' + (f', error="{error}"' if error else "")
    return ProblemError(401, detail, {"WWW-Authenticate": challenge})


def _wrong(detail: str) -> ProblemError:
    return _unauthorized(detail, error="invalid_token")
