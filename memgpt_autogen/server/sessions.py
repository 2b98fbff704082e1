"""Sessions of browsers: a key that is valid for some hours, in a cookie that no script can read.

A browser sends the cookie by itself. So a request that changes something must also say that it comes from a
page of this server.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from fastapi import Request, Response

from memgpt_autogen.memory.storage.accounts.keys import PREFIX
from memgpt_autogen.messages import now
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.service.people import create_key, end_key

COOKIE = "memgpt_session"

SESSION = timedelta(hours=12)


def begin_session(caller: Caller, request: Request, response: Response) -> None:
    """Give the browser a session, with which it may do what this caller may."""
    made = create_key(
        caller.settings,
        caller.user_id,
        f"session {secrets.token_hex(4)}",
        scopes=caller.scopes,
        among=caller.agents,
        expires_at=now() + SESSION,
    )
    response.set_cookie(
        COOKIE,
        made.text,
        max_age=int(SESSION.total_seconds()),
        path=request.scope.get("root_path") or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def end_session(caller: Caller, request: Request, response: Response) -> None:
    """End the session that the request comes from, if it comes from one."""
    if session_of(request) is not None and caller.key_id is not None:
        end_key(caller.settings, caller.user_id, caller.key_id)
    response.delete_cookie(COOKIE, path=request.scope.get("root_path") or "/")


def session_of(request: Request) -> str | None:
    """Return the key in the session's cookie; None where the request has other credentials or no session.

    Raises a problem, 403, for a request that changes something and names no page that it comes from.
    """
    found = request.cookies.get(COOKIE, "")
    if "authorization" in request.headers or not found.startswith(PREFIX):
        return None
    # what an Origin says was checked before
    told = "origin" in request.headers or request.headers.get("sec-fetch-site") == "same-origin"
    if request.method not in ("GET", "HEAD") and not told:
        raise ProblemError(
            403, "a session changes something only from a page of this server. Programs send a key instead."
        )
    return found
