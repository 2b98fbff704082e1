"""Users of a home and their keys, and what was done: for the admin, and for each user's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from memgpt_autogen.assembly import create_home, open_home_database
from memgpt_autogen.memory.storage.accounts.audit import Act, acts, note_act
from memgpt_autogen.memory.storage.accounts.keys import (
    Key,
    Scope,
    add_key,
    authenticate,
    find_key,
    revoke_key,
    stored_keys,
)
from memgpt_autogen.memory.storage.accounts.limits import (
    Limited,
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
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.pages import Page, page_of, place_of
from memgpt_autogen.service.user_removal import remove_user as remove_with_all
from memgpt_autogen.settings import Settings


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


def create_user(settings: Settings, name: str, *, role: Role = "user") -> User:
    """Add a user. Raises `TakenError` for a name that is taken."""
    return add_user(_home(settings), name, role=role)


def get_user(settings: Settings, user: str) -> User:
    """Return the user with this name or id. Raises `NotFoundError` where there is none."""
    return find_user(_home(settings), user)


def change_user(settings: Settings, user: str, *, suspended: bool) -> User:
    """Refuse the keys of a user from now on, or accept them again."""
    database = _home(settings)
    found = find_user(database, user)
    (suspend_user if suspended else resume_user)(database, found.id)
    return find_user(database, found.id)


def remove_user(settings: Settings, user: str, *, agents: bool = False) -> User:
    """Delete a user with keys, limits and templates; where `agents` says so, with all else that the user has.

    That is agents, shared blocks and shared archives.

    Raises `ConfigurationError` if the user still has agents, or shared blocks or archives.
    """
    database = _home(settings)
    found = find_user(database, user)
    if agents:
        remove_with_all(settings, found.id)
    else:
        delete_user(database, found.id)
    return found


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
    return NewKey(*add_key(database, name, scopes=scopes, agents=ids, expires_at=expires_at))


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


def key_of_text(settings: Settings, text: str) -> tuple[Key, User] | None:
    """Return the valid key with this text, and whose it is."""
    database = _home(settings)
    key = authenticate(database, text)
    return None if key is None else (key, find_user(database, key.owner_id))


def get_limits(settings: Settings, what: Limited, id_: str) -> UsageLimits:
    """Return the limits of a user, a key or an agent, by its id."""
    return usage_limits(_home(settings), what, id_)


def put_limits(settings: Settings, what: Limited, id_: str, limits: UsageLimits) -> UsageLimits:
    """Replace the limits of a user, a key or an agent, by its id."""
    set_usage_limits(_home(settings), what, id_, limits)
    return limits


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
    settings: Settings, *, limit: int = 50, cursor: str | None = None, everyone: bool = False
) -> Page[tuple[str, Act]]:
    """Return a page of what was done, the newest first, each with the id of the user who did it."""
    before = int(place_of(cursor, int)[0]) if cursor else None
    found = acts(open_home_database(settings), before=before, most=limit + 1, everyone=everyone)
    return page_of(found, limit, lambda each: (each[1].number,))


def _home(settings: Settings) -> Database:
    create_home(settings.home)
    return open_home_database(settings.model_copy(update={"owner": None}))


def _theirs(settings: Settings, user: str) -> Database:
    database = _home(settings)
    return database.owned_by(find_user(database, user).id)
