"""People: who calls, users, their keys and limits, and what was done.

The admin manages all users. Others see themselves, and manage their own keys: no key may do more than the one
that makes it.
"""

from __future__ import annotations

from typing import Annotated, Optional

from fastapi import APIRouter, Path, Query, Request, Response

from memgpt_autogen.memory.storage.accounts.keys import SCOPES, Key
from memgpt_autogen.memory.storage.accounts.limits import Limited
from memgpt_autogen.memory.storage.accounts.users import User
from memgpt_autogen.server.authentication import (
    Admin,
    Authenticator,
    Known,
    Reader,
    Writer,
    address_of,
    note_change,
)
from memgpt_autogen.server.bounded import BoundedRoute
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, From, Limit, Until
from memgpt_autogen.server.sessions import begin_session, end_session
from memgpt_autogen.service import people
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.people import (
    ActAnswer,
    Credentials,
    KeyAnswer,
    LimitsAnswer,
    LimitsBody,
    LoginCode,
    Me,
    NewKeyAnswer,
    NewKeyBody,
    NewUser,
    RemovedUserAnswer,
    UserAnswer,
    UserChange,
)

router = area("people")

public = APIRouter(tags=["people"], route_class=BoundedRoute)
"""What is called without a key."""

UserPath = Annotated[str, Path(max_length=64, description="The id or the name of a user.")]
KeyPath = Annotated[str, Path(max_length=64, description="The id or the name of a key.")]


@public.post("/login", status_code=204, response_model=None)
def login(request: Request, response: Response, body: Credentials) -> None:
    """Begin a session of a browser, by a key or the admin password: a cookie that is valid for 12 hours.

    Programs need no session; they send their key with each request.
    """
    authenticator: Authenticator = request.app.state.authenticator
    caller = authenticator.caller(f"Bearer {body.password}", address_of(request))
    begin_session(caller, authenticator.password, request, response)
    note_change(caller, "login", "people", {})


@public.post("/login/code", status_code=204, response_model=None)
def login_by_code(request: Request, response: Response, body: LoginCode) -> None:
    """Begin a session of the admin by the code of the link that the start of a server prints, once."""
    authenticator: Authenticator = request.app.state.authenticator
    caller = authenticator.by_login_code(body.code, address_of(request))
    begin_session(caller, authenticator.password, request, response)
    note_change(caller, "login_by_code", "people", {})


@router.post("/logout", status_code=204, response_model=None)
def logout(caller: Known, request: Request, response: Response) -> None:
    """End the session that the cookie of the request belongs to."""
    authenticator: Authenticator = request.app.state.authenticator
    end_session(caller, authenticator.password, request, response)


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
    """Refuse a user's keys from now on, or accept them again.

    The runs of a user who is suspended are cancelled, those that wait, too.
    """
    return people.change_user(caller.settings, user, suspended=body.suspended)


@router.delete("/users/{user}")
def delete_user(
    caller: Admin,
    user: UserPath,
    *,
    agents: Annotated[bool, Query(description="Delete the user's agents too.")] = False,
    dry_run: Annotated[bool, Query(description="Only say what goes with the user and all agents.")] = False,
) -> RemovedUserAnswer:
    """Delete a user with keys, limits and templates. 409 if the user still has agents."""
    return RemovedUserAnswer.of(*people.remove_user(caller.settings, user, agents=agents, dry_run=dry_run))


@router.get("/users/{user}/keys", response_model=PageOf[KeyAnswer])
def list_keys(caller: Reader, user: UserPath, limit: Limit = 50, cursor: Cursor = None) -> Page[Key]:
    """Return a user's keys, the newest first, without their texts: the admin any, others their own."""
    caller.check_whole("a user's keys are for all")
    return people.list_keys(caller.settings, _own(caller, user).id, limit=limit, cursor=cursor)


@router.post("/users/{user}/keys", status_code=201)
def create_key(caller: Writer, user: UserPath, body: NewKeyBody) -> NewKeyAnswer:
    """Make a key. The answer has it this once: it is stored nowhere. 409 for a name that a valid key has."""
    found = _own(caller, user)
    more = set(body.scopes) - caller.scopes
    if more:
        raise ProblemError(403, f"this key has no scope '{min(more)}', so it makes no key that has it.")
    until = body.expires_at
    if caller.key_id is not None and (found.id == caller.user_id or "admin" in body.scopes):
        until = people.check_may_make(caller.settings, caller.key_id, caller.user_id, until)
    made = people.create_key(
        caller.settings,
        found.id,
        body.name,
        scopes=body.scopes,
        agents=body.agents,
        among=caller.agents,
        expires_at=until,
        clients=body.clients(caller.clients),
    )
    caller.note(made.key.id, made.key.name)
    return NewKeyAnswer.of(made)


@router.delete("/users/{user}/keys/{key}", response_model=KeyAnswer)
def revoke_key(
    caller: Writer,
    user: UserPath,
    key: KeyPath,
    *,
    remove: Annotated[bool, Query(description="Delete the key, so that it is in no list any more.")] = False,
) -> Key:
    """Revoke a key: it is refused from now on, and stays in the list, unless `remove` deletes it."""
    found = people.get_key(caller.settings, _own(caller, user).id, key)
    if found.id != caller.key_id:
        caller.check_whole("it revokes only itself")
    caller.note(found.id, found.name, action="delete_key" if remove else None)
    end = people.remove_key if remove else people.end_key
    return end(caller.settings, found.owner_id, found.id)


@router.get("/users/{user}/limits")
def get_limits(caller: Reader, user: UserPath) -> LimitsAnswer:
    """Return what a user may use, and what the user has used."""
    return _limits(caller, "user", _own(caller, user).id)


@router.put("/users/{user}/limits")
def put_limits(caller: Admin, user: UserPath, body: LimitsBody) -> LimitsAnswer:
    """Replace what a user may use."""
    found = people.get_user(caller.settings, user)
    people.put_limits(caller.settings, "user", found.id, body.limits())
    return _limits(caller, "user", found.id)


@router.get("/users/{user}/keys/{key}/limits")
def get_key_limits(caller: Reader, user: UserPath, key: KeyPath) -> LimitsAnswer:
    """Return what may be used by a key, and what was used."""
    found = people.get_key(caller.settings, _own(caller, user).id, key)
    if found.id != caller.key_id:
        caller.check_whole("the user's other keys are not its business")
    return _limits(caller, "key", found.id)


@router.put("/users/{user}/keys/{key}/limits")
def put_key_limits(caller: Admin, user: UserPath, key: KeyPath, body: LimitsBody) -> LimitsAnswer:
    """Replace what may be used by a key."""
    found = people.get_key(caller.settings, user, key)
    people.put_limits(caller.settings, "key", found.id, body.limits())
    return _limits(caller, "key", found.id)


@router.get("/audit")
def list_acts(
    caller: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    *,
    everyone: Annotated[bool, Query(description="Of all users; for the admin.")] = False,
    agent: Annotated[
        Optional[str], Query(max_length=64, description="What was done to this agent, by its id or name.")
    ] = None,
    user: Annotated[
        Optional[str], Query(max_length=64, description="Of this user, by name or id; for the admin.")
    ] = None,
    action: Annotated[
        Optional[str], Query(max_length=32, description="Only this, such as `delete_agent`.")
    ] = None,
    start: From = None,
    end: Until = None,
) -> PageOf[ActAnswer]:
    """Return what was done, the newest first: who created, changed or deleted what, without contents."""
    if everyone and not caller.is_admin:
        raise ProblemError(403, "what all users did is for the scope 'admin'. Leave everyone out.")
    caller.check_whole("the audit is of all")
    page = people.list_acts(
        caller.settings,
        limit=limit,
        cursor=cursor,
        everyone=everyone,
        agent=agent,
        user=None if user is None else _own(caller, user).id,
        action=action,
        start=start,
        end=end,
    )
    return PageOf(items=[ActAnswer.of(*each) for each in page.items], next=page.next)


def _own(caller: Caller, user: str) -> User:
    """The user that is meant, whom the caller may see: the admin any, others themselves."""
    if caller.is_admin:
        return people.get_user(caller.settings, user)
    if user not in (caller.user_id, caller.user):
        raise ProblemError(404, f"there is no user '{user}', or it is not yours.")
    return people.get_user(caller.settings, caller.user_id)


def _limits(caller: Caller, what: Limited, id_: str) -> LimitsAnswer:
    return LimitsAnswer.of(
        people.get_limits(caller.settings, what, id_), people.used_today(caller.settings, what, id_)
    )
