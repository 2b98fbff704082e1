"""Users and their keys, as MemGPT's admin had them. A key is shown once, when it is made."""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Iterator

from pydantic import AliasChoices, BaseModel, Field

from memgpt_autogen.errors import ConflictError, NotAllowedError, NotFoundError
from memgpt_autogen.memory.storage.accounts.keys import USUAL_SCOPES, Key
from memgpt_autogen.memory.storage.accounts.users import User
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.service import people
from memgpt_autogen.service.memgpt.shapes import (
    CreatedKey,
    CreatedUser,
    DeletedKey,
    DeletedUser,
    Keys,
    Users,
)
from memgpt_autogen.settings import Settings

# how many users or keys are read at once
_PAGE = 200


class NewUser(BaseModel):
    """A new user with a key."""

    user_id: uuid.UUID | None = None
    api_key_name: str | None = None


class NewKey(BaseModel):
    """A new key. MemGPT's client sent `key_name`, and its server read `name`; both are taken."""

    user_id: uuid.UUID
    name: str | None = Field(None, validation_alias=AliasChoices("name", "key_name"))


def list_users(settings: Settings, *, cursor: str | None = None, limit: int = 50) -> Users:
    """Return a page of the users in the order of their ids. The cursor is the last id of the page before."""
    every = sorted(_users(settings), key=lambda user: user.id)
    left = [user for user in every if cursor is None or user.id > cursor]
    page = left[:limit]
    return Users(
        cursor=page[-1].id if len(left) > limit and page else None,
        user_list=[{"user_id": user.id, "name": user.name} for user in page],
    )


def create_user(settings: Settings, new: NewUser) -> CreatedUser:
    """Add a user with a key. Raises `TakenError` for an id that is taken."""
    user_id = new.user_id or uuid.uuid4()
    user = people.create_user(settings, f"user-{user_id}", id_=user_id)
    return CreatedUser(user_id=user.id, api_key=_new_key(settings, user.id, new.api_key_name))


def delete_user(settings: Settings, user_id: str) -> DeletedUser:
    """Delete a user with all that the user has. Raises `NotAllowedError` for the home itself."""
    if user_id == HOME:
        raise NotAllowedError("this user is the home itself, which stays. Delete its agents one by one.")
    found = people.get_user(settings, user_id)
    people.remove_user(settings, found.id, agents=True)
    return DeletedUser(message="User successfully deleted.", user_id_deleted=found.id)


def create_key(settings: Settings, new: NewKey) -> CreatedKey:
    """Make a key of a user."""
    user = people.get_user(settings, str(new.user_id))
    return CreatedKey(api_key=_new_key(settings, user.id, new.name))


def list_keys(settings: Settings, user_id: str) -> Keys:
    """Return the first 8 and the last 4 characters of a user's keys: no more is stored."""
    found = people.get_user(settings, user_id)
    return Keys(api_key_list=[key.shown for key in _keys(settings, found.id)])


def delete_key(settings: Settings, key: str) -> DeletedKey:
    """Delete a key by its text, or by what a list shows of it.

    Raises `NotFoundError` where there is none, and `ConflictError` where a list shows several of them so.
    """
    found = list(_meant(settings, key))
    if not found:
        raise NotFoundError("there is no such key. Give the key, or what the list shows of it.")
    if len(found) > 1:
        raise ConflictError("several keys are shown like this. Give the whole key.")
    people.remove_key(settings, found[0].owner_id, found[0].id)
    return DeletedKey(message="API key successfully deleted.", api_key_deleted=found[0].shown)


def _new_key(settings: Settings, user_id: str, name: str | None) -> str:
    name = name or f"key-{secrets.token_hex(4)}"
    return people.create_key(settings, user_id, name, scopes=USUAL_SCOPES).text


def _meant(settings: Settings, text: str) -> Iterator[Key]:
    whole = people.key_of_text(settings, text)
    if whole is not None:
        yield whole[0]
        return
    for user in _users(settings):
        for key in _keys(settings, user.id):
            if hmac.compare_digest(key.shown.encode(), text.encode("utf-8", "replace")):
                yield key


def _users(settings: Settings) -> Iterator[User]:
    cursor = None
    while True:
        page = people.list_users(settings, limit=_PAGE, cursor=cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def _keys(settings: Settings, user_id: str) -> Iterator[Key]:
    cursor = None
    while True:
        page = people.list_keys(settings, user_id, limit=_PAGE, cursor=cursor)
        yield from (key for key in page.items if key.revoked_at is None and key.session_of is None)
        cursor = page.next
        if cursor is None:
            return
