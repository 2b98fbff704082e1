"""People: who calls, users, their keys and limits, and what was done.

The admin manages all users. Others see themselves, and manage their own keys: no key may do more than the one
that makes it.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from memgpt_autogen.memory.storage.accounts.keys import SCOPES, Key
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits
from memgpt_autogen.memory.storage.accounts.users import User
from memgpt_autogen.server.authentication import Admin, Authenticator, Known, Reader, Writer, address_of
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.problems import RESPONSES, ProblemError
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.schemas.base import Cursor, Limit, PageOf
from memgpt_autogen.server.schemas.people import (
    ActAnswer,
    Credentials,
    KeyAnswer,
    LimitsAnswer,
    LimitsBody,
    Me,
    NewKeyAnswer,
    NewKeyBody,
    NewUser,
    UserAnswer,
    UserChange,
)
from memgpt_autogen.server.sessions import begin_session, end_session
from memgpt_autogen.service import people
from memgpt_autogen.service.pages import Page

router = area("people")

public = APIRouter(tags=["people"], responses=RESPONSES)
"""What is called without a key."""

UserPath = Annotated[str, Path(max_length=64, description="The id or the name of a user.")]
KeyPath = Annotated[str, Path(max_length=64, description="The id or the name of a key.")]


@public.post("/login", status_code=204, response_model=None)
def login(request: Request, response: Response, body: Credentials) -> None:
    """Begin a session of a browser, by a key or the admin password: a cookie that is valid for 12 hours.

    Programs need no session; they send their key with each request.
    """
    authenticator: Authenticator = request.app.state.authenticator
    begin_session(authenticator.caller(f"Bearer {body.password}", address_of(request)), request, response)


@router.post("/logout", status_code=204, response_model=None)
def logout(caller: Known, request: Request, response: Response) -> None:
    """End the session that the cookie of the request belongs to."""
    end_session(caller, request, response)


@router.get("/me")
def me(caller: Known) -> Me:
    """Return who the caller is, and what the key may do."""
    return Me(
        user=UserAnswer.model_validate(people.get_user(caller.settings, caller.user_id)),
        scopes=[scope for scope in SCOPES if scope in caller.scopes],
        key=caller.key_id,
        agents=None if caller.agents is None else sorted(caller.agents),
    )


@router.get("/users", response_model=PageOf[UserAnswer])
def list_users(caller: Admin, limit: Limit = 50, cursor: Cursor = None) -> Page[User]:
    """Return the users of the home. The first is the home itself, whose agents the terminal has."""
    return people.list_users(caller.settings, limit=limit, cursor=cursor)


@router.post("/users", status_code=201, response_model=UserAnswer)
def create_user(caller: Admin, body: NewUser) -> User:
    """Add a user. 409 for a name that is taken."""
    made = people.create_user(caller.settings, body.name, role=body.role)
    caller.note(made.id, made.name)
    return made


@router.get("/users/{user}", response_model=UserAnswer)
def get_user(caller: Reader, user: UserPath) -> User:
    """Return a user: the admin any, others themselves."""
    return _own(caller, user)


@router.patch("/users/{user}", response_model=UserAnswer)
def change_user(caller: Admin, user: UserPath, body: UserChange) -> User:
    """Refuse a user's keys from now on, or accept them again."""
    return people.change_user(caller.settings, user, suspended=body.suspended)


@router.delete("/users/{user}", response_model=UserAnswer)
def delete_user(
    caller: Admin,
    user: UserPath,
    *,
    agents: Annotated[bool, Query(description="Delete the user's agents too.")] = False,
) -> User:
    """Delete a user with keys, limits and templates. 400 if the user still has agents."""
    return people.remove_user(caller.settings, user, agents=agents)


@router.get("/users/{user}/keys", response_model=PageOf[KeyAnswer])
def list_keys(caller: Reader, user: UserPath, limit: Limit = 50, cursor: Cursor = None) -> Page[Key]:
    """Return a user's keys, the newest first, without their texts: the admin any, others their own."""
    return people.list_keys(caller.settings, _own(caller, user).id, limit=limit, cursor=cursor)


@router.post("/users/{user}/keys", status_code=201)
def create_key(caller: Writer, user: UserPath, body: NewKeyBody) -> NewKeyAnswer:
    """Make a key. The answer has it this once: it is stored nowhere. 409 for a name that a valid key has."""
    found = _own(caller, user)
    more = set(body.scopes) - caller.scopes
    if more:
        raise ProblemError(403, f"this key has no scope '{min(more)}', so it makes no key that has it.")
    made = people.create_key(
        caller.settings,
        found.id,
        body.name,
        scopes=body.scopes,
        agents=body.agents,
        among=caller.agents,
        expires_at=body.expires_at,
    )
    caller.note(made.key.id, made.key.name)
    return NewKeyAnswer.of(made)


@router.delete("/users/{user}/keys/{key}", response_model=KeyAnswer)
def revoke_key(caller: Writer, user: UserPath, key: KeyPath) -> Key:
    """Revoke a key: it is refused from now on, and stays in the list."""
    return people.end_key(caller.settings, _own(caller, user).id, key)


@router.get("/users/{user}/limits", response_model=LimitsAnswer)
def get_limits(caller: Reader, user: UserPath) -> UsageLimits:
    """Return what a user may use."""
    return people.get_limits(caller.settings, "user", _own(caller, user).id)


@router.put("/users/{user}/limits", response_model=LimitsAnswer)
def put_limits(caller: Admin, user: UserPath, body: LimitsBody) -> UsageLimits:
    """Replace what a user may use."""
    found = people.get_user(caller.settings, user)
    return people.put_limits(caller.settings, "user", found.id, body.limits())


@router.get("/users/{user}/keys/{key}/limits", response_model=LimitsAnswer)
def get_key_limits(caller: Reader, user: UserPath, key: KeyPath) -> UsageLimits:
    """Return what may be used by a key."""
    found = people.get_key(caller.settings, _own(caller, user).id, key)
    return people.get_limits(caller.settings, "key", found.id)


@router.put("/users/{user}/keys/{key}/limits", response_model=LimitsAnswer)
def put_key_limits(caller: Admin, user: UserPath, key: KeyPath, body: LimitsBody) -> UsageLimits:
    """Replace what may be used by a key."""
    found = people.get_key(caller.settings, user, key)
    return people.put_limits(caller.settings, "key", found.id, body.limits())


@router.get("/audit")
def list_acts(
    caller: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    *,
    everyone: Annotated[bool, Query(description="Of all users; for the admin.")] = False,
) -> PageOf[ActAnswer]:
    """Return what was done, the newest first: who created, changed or deleted what, without contents."""
    if everyone and not caller.is_admin:
        raise ProblemError(403, "what all users did is for the scope 'admin'. Leave everyone out.")
    page = people.list_acts(caller.settings, limit=limit, cursor=cursor, everyone=everyone)
    return PageOf(items=[ActAnswer.of(*each) for each in page.items], next=page.next)


def _own(caller: Caller, user: str) -> User:
    """The user that is meant, whom the caller may see: the admin any, others themselves."""
    if caller.is_admin:
        return people.get_user(caller.settings, user)
    if user not in (caller.user_id, caller.user):
        raise ProblemError(404, f"there is no user '{user}', or it is not yours.")
    return people.get_user(caller.settings, caller.user_id)
