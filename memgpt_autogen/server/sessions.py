"""Sessions of browsers: some hours of what a key may do, in a cookie that no script can read.

A browser sends the cookie by itself. So a request that changes something must also say that it comes from a
page of this server. A session ends with its key, and all sessions end when the admin password changes: the
text that is stored follows from the cookie and the password.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from fastapi import Request, Response

from memgpt_autogen.memory.storage.accounts.keys import KEY_BYTES, PREFIX
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.service.people import begin_session as store_session
from memgpt_autogen.service.people import finish_session

COOKIE = "memgpt_session"

COOKIE_PREFIX = "mgs_"

SESSION = timedelta(hours=12)


def begin_session(caller: Caller, password: AdminPassword, request: Request, response: Response) -> None:
    """Give the browser a session, with which it may do what this caller may."""
    cookie = f"{COOKIE_PREFIX}{secrets.token_urlsafe(KEY_BYTES)}"
    store_session(
        caller.settings,
        caller.user_id,
        key_text(cookie, password),
        scopes=caller.scopes,
        key_id=caller.key_id,
        lasts=SESSION,
    )
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(SESSION.total_seconds()),
        path=request.scope.get("root_path") or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def end_session(caller: Caller, password: AdminPassword, request: Request, response: Response) -> None:
    """End the session that the request comes from, if it comes from one."""
    if (cookie := session_of(request)) is not None:
        finish_session(caller.settings, key_text(cookie, password))
    response.delete_cookie(COOKIE, path=request.scope.get("root_path") or "/")


def key_text(cookie: str, password: AdminPassword) -> str:
    """Return the text under which a session is stored."""
    return f"{PREFIX}{password.derive(cookie)}"


def session_of(request: Request) -> str | None:
    """Return the session's cookie; None where the request has other credentials or no session.

    Raises a problem, 403, for a request that changes something and names no page that it comes from.
    """
    found = request.cookies.get(COOKIE, "")
    if "authorization" in request.headers or not found.startswith(COOKIE_PREFIX):
        return None
    # what an Origin says was checked before
    told = "origin" in request.headers or request.headers.get("sec-fetch-site") == "same-origin"
    if request.method not in ("GET", "HEAD") and not told:
        raise ProblemError(
            403, "a session changes something only from a page of this server. Programs send a key instead."
        )
    return found
