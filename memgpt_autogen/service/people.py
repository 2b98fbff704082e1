"""Users of a home and their keys, and what was done: for the admin, and for each user's own."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from memgpt_autogen.errors import NotAllowedError
from memgpt_autogen.home_stores import create_home, open_home_database
from memgpt_autogen.memory.storage.accounts.audit import Act, acts, note_act
from memgpt_autogen.memory.storage.accounts.keys import (
    BY_CODE,
    BY_PASSWORD,
    SCOPES,
    USUAL_CLIENTS,
    Key,
    KeyClients,
    Scope,
    add_key,
    authenticate,
    delete_key,
    end_session,
    find_key,
    revoke_key,
    stored_keys,
    take_login_code,
)
from memgpt_autogen.memory.storage.accounts.limits import (
    Limited,
    Usage,
    UsageLimits,
    set_usage_limits,
    usage_limits,
)
from memgpt_autogen.memory.storage.accounts.users import (
    Role,
    User,
    add_user,
    delete_user,
    find_user,
    resume_user,
    stored_users,
    suspend_user,
)
from memgpt_autogen.memory.storage.agents import find_agent
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.runs.usage import usage_today
from memgpt_autogen.messages import now
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.pages import Page, page_of, place_of
from memgpt_autogen.service.user_removal import SUSPENDED, UserRemoved
from memgpt_autogen.service.user_removal import remove_user as remove_with_all
from memgpt_autogen.settings import Settings

NOT_AUDITED = frozenset(
    {
        "logout",
        "search",
        "run_saved_search",
        "create_run",
        "cancel_run",
        "give_run_results",
        "create_chat_completion",
        "create_response",
        "cancel_openai_response",
        "create_conversation",
        "answer_mcp",
        "follow_run",
        "send_memgpt_message",
    }
)
"""The operations that change nothing although they are no GET, and those whose results are rows."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made. Its text is stored nowhere and cannot be had again."""

    key: Key
    text: str


def list_users(settings: Settings, *, limit: int = 50, cursor: str | None = None) -> Page[User]:
    """Return a page of the home's users, in the order of their names; the home itself is the first."""
    start = int(place_of(cursor, int)[0]) if cursor else 0
    found = list(enumerate(stored_users(_home(settings)), 1))[start : start + limit + 1]
    page = page_of(found, limit, lambda each: (each[0],))
    return Page([user for _, user in page.items], page.next)


def create_user(settings: Settings, name: str, *, role: Role = "user", id_: uuid.UUID | None = None) -> User:
    """Add a user. Raises `TakenError` for a name, or an id, that is taken."""
    return add_user(_home(settings), name, role=role, id_=id_)


def get_user(settings: Settings, user: str) -> User:
    """Return the user with this name or id. Raises `NotFoundError` where there is none."""
    return find_user(_home(settings), user)


def change_user(settings: Settings, user: str, *, suspended: bool) -> User:
    """Refuse the keys of a user from now on, and cancel the user's runs; or accept keys again."""
    database = _home(settings)
    found = find_user(database, user)
    if suspended:
        suspend_user(database, found.id)
        Runs(database.owned_by(found.id)).cancel_all(SUSPENDED)
    else:
        resume_user(database, found.id)
    return find_user(database, found.id)


def remove_user(
    settings: Settings, user: str, *, agents: bool = False, dry_run: bool = False
) -> tuple[User, UserRemoved]:
    """Delete a user with keys, limits and templates; where `agents` says so, with all else that the user has.

    That is agents, shared blocks and shared archives. Returns the user, and what was deleted; with `dry_run`
    what would be with all else.

    Raises `InUseError` if the user still has agents, or shared blocks or archives.
    """
    database = _home(settings)
    found = find_user(database, user)
    if agents or dry_run:
        return found, remove_with_all(settings, found.name, dry_run=dry_run)
    delete_user(database, found.id)
    return found, UserRemoved(found.name, keys=found.keys)


def list_keys(settings: Settings, user: str, *, limit: int = 50, cursor: str | None = None) -> Page[Key]:
    """Return a page of a user's keys, the newest first, the revoked ones too."""
    start = int(place_of(cursor, int)[0]) if cursor else 0
    found = list(enumerate(stored_keys(_theirs(settings, user)), 1))[start : start + limit + 1]
    page = page_of(found, limit, lambda each: (each[0],))
    return Page([key for _, key in page.items], page.next)


def create_key(
    settings: Settings,
    user: str,
    name: str,
    *,
    scopes: Collection[Scope],
    agents: Sequence[str] | None = None,
    among: Collection[str] | None = None,
    expires_at: datetime | None = None,
    clients: KeyClients = USUAL_CLIENTS,
) -> NewKey:
    """Make a key of a user. `agents` are the names or ids of the only agents that it may use.

    `among` are the ids of the agents that whoever makes it may use; None means all. Raises `NotFoundError`
    for an agent that is none of these, or that the user does not have.
    """
    database = _theirs(settings, user)
    theirs = settings.model_copy(update={"owner": database.owner})
    if agents is None:
        ids = None if among is None else sorted(among)
    else:
        ids = [resolve_agent(theirs, each, among)[0] for each in agents]
    made = add_key(database, name, scopes=scopes, agents=ids, expires_at=expires_at, clients=clients)
    return NewKey(*made)


def check_may_make(settings: Settings, maker: str, user: str, expires_at: datetime | None) -> datetime | None:
    """Return until when a key is valid that the key with this id makes for a user.

    No key makes one of its own user that may do more: it ends no later. Raises `NotAllowedError` for a
    later end, and for a key with limits, which its further keys would not have.
    """
    home = _home(settings)
    found = find_key(home.owned_by(find_user(home, user).id), maker)
    if usage_limits(home, "key", found.id) != UsageLimits():
        raise NotAllowedError(
            "this key has limits, so it makes no further keys. Ask the admin, or use a key without limits."
        )
    if found.expires_at is not None and expires_at is not None and expires_at > found.expires_at:
        raise NotAllowedError(
            f"this key ends at {found.expires_at:%Y-%m-%d %H:%M} UTC, so it makes no key that ends later."
        )
    return found.expires_at if expires_at is None else expires_at


def begin_session(
    settings: Settings,
    user: str,
    text: str,
    *,
    scopes: Collection[Scope],
    key_id: str | None,
    lasts: timedelta,
) -> None:
    """Store a session of a browser. One that a key began may do what the key may, and ends with it."""
    until = now() + lasts
    add_key(
        _theirs(settings, user),
        f"session {secrets.token_hex(4)}",
        scopes=scopes,
        expires_at=until,
        text=text,
        session_of=key_id or BY_PASSWORD,
    )


def finish_session(settings: Settings, text: str) -> None:
    """Refuse a session from now on."""
    end_session(_home(settings), text)


def store_login_code(settings: Settings, text: str, *, lasts: timedelta) -> None:
    """Store the text of a login code: whoever has it can begin one session of the admin."""
    add_key(
        _home(settings),
        f"login code {secrets.token_hex(4)}",
        scopes=SCOPES,
        expires_at=now() + lasts,
        text=text,
        session_of=BY_CODE,
    )


def use_login_code(settings: Settings, text: str) -> bool:
    """Use up a login code. Return whether it was valid, which it is once."""
    return take_login_code(_home(settings), text)


def get_key(settings: Settings, user: str, key: str) -> Key:
    """Return a key of a user by its id or name. Raises `NotFoundError` where there is none."""
    return find_key(_theirs(settings, user), key)


def agents_of_key(settings: Settings, key: Key) -> list[str] | None:
    """Return the names of the only agents that a key may use; None means all of its owner's."""
    if key.agents is None:
        return None
    database = _home(settings).owned_by(key.owner_id)
    found = [find_agent(database, each) for each in key.agents]
    return [each[1] for each in found if each is not None]  # others were deleted since


def end_key(settings: Settings, user: str, key: str) -> Key:
    """Refuse a key of a user from now on, by its id or name."""
    database = _theirs(settings, user)
    found = find_key(database, key)
    revoke_key(database, found.id)
    return find_key(database, found.id)


def remove_key(settings: Settings, user: str, key: str) -> Key:
    """Delete a key of a user, by its id or name, with its limits. What the audit says of it stays."""
    database = _theirs(settings, user)
    found = find_key(database, key)
    delete_key(database, found.id)
    return found


def key_of_text(settings: Settings, text: str) -> tuple[Key, str] | None:
    """Return the valid key with this text, and the name of the user whose it is."""
    return authenticate(_home(settings), text)


def get_limits(settings: Settings, what: Limited, id_: str) -> UsageLimits:
    """Return the limits of a user, a key or an agent, by its id."""
    return usage_limits(_home(settings), what, id_)


def used_today(settings: Settings, what: Limited, id_: str) -> Usage:
    """Return what a user, a key or an agent has used in the last 24 hours, by its id."""
    return usage_today(_home(settings), what, id_)


def put_limits(settings: Settings, what: Limited, id_: str, limits: UsageLimits) -> UsageLimits:
    """Replace the limits of a user, a key or an agent, by its id."""
    set_usage_limits(_home(settings), what, id_, limits)
    return limits


def is_audited(method: str, operation: str) -> bool:
    """Return whether an operation of the API with this method of HTTP is noted."""
    return method not in ("GET", "HEAD", "OPTIONS") and operation not in NOT_AUDITED


def note(
    settings: Settings,
    action: str,
    what: str,
    *,
    target_id: str | None = None,
    name: str | None = None,
    key_id: str | None = None,
) -> None:
    """Note what the owner did, without any contents."""
    note_act(open_home_database(settings), action, what, target_id=target_id, name=name, key_id=key_id)


def list_acts(
    settings: Settings,
    *,
    limit: int = 50,
    cursor: str | None = None,
    everyone: bool = False,
    agent: str | None = None,
    user: str | None = None,
    action: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Page[tuple[str, Act]]:
    """Return a page of what was done, the newest first, each with the id of the user who did it.

    It is of the owner, of `everyone`, or of the `user` of this name or id. With `agent` it is
    what was done to this agent, under its present name or its id.
    """
    before = int(place_of(cursor, int)[0]) if cursor else None
    found = acts(
        open_home_database(settings) if user is None else _theirs(settings, user),
        before=before,
        most=limit + 1,
        everyone=everyone and user is None,
        agent=None if agent is None else resolve_agent(settings, agent),
        action=action,
        start=start,
        end=end,
    )
    return page_of(found, limit, lambda each: (each[1].number,))


def _home(settings: Settings) -> Database:
    create_home(settings.home)
    return open_home_database(settings.model_copy(update={"owner": None}))


def _theirs(settings: Settings, user: str) -> Database:
    database = _home(settings)
    return database.owned_by(find_user(database, user).id)
