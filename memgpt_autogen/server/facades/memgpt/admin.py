"""Users and keys: for the admin."""

from __future__ import annotations

import uuid
from typing import Annotated, Optional

from fastapi import Query

from memgpt_autogen.server.authentication import Admin
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.service.memgpt import accounts, shapes

router = foreign_area("people", "/admin")

UserId = Annotated[uuid.UUID, Query(description="The id of a user.")]


@router.get("/users")
def list_memgpt_users(
    caller: Admin,
    cursor: Optional[uuid.UUID] = None,
    limit: Annotated[int, Query(ge=1)] = 50,
) -> shapes.Users:
    """Return a page of the users."""
    return accounts.list_users(caller.settings, cursor=None if cursor is None else str(cursor), limit=limit)


@router.post("/users")
def create_memgpt_user(caller: Admin, body: Optional[accounts.NewUser] = None) -> shapes.CreatedUser:
    """Add a user with a key, which is shown this once."""
    made = accounts.create_user(caller.settings, body or accounts.NewUser())
    caller.note(made.user_id, made.user_id, action="create_user")
    return made


@router.delete("/users")
def delete_memgpt_user(caller: Admin, user_id: UserId) -> shapes.DeletedUser:
    """Delete a user with all that the user has."""
    found = accounts.delete_user(caller.settings, str(user_id))
    caller.note(found.user_id_deleted, found.user_id_deleted, action="delete_user")
    return found


@router.get("/users/keys")
def list_memgpt_keys(caller: Admin, user_id: UserId) -> shapes.Keys:
    """Return what can be shown of a user's keys."""
    return accounts.list_keys(caller.settings, str(user_id))


@router.post("/users/keys")
def create_memgpt_key(caller: Admin, body: accounts.NewKey) -> shapes.CreatedKey:
    """Make a key of a user, which is shown this once."""
    caller.note(str(body.user_id), str(body.user_id), action="create_key")
    return accounts.create_key(caller.settings, body)


@router.delete("/users/keys")
def delete_memgpt_key(caller: Admin, api_key: Annotated[str, Query(max_length=200)]) -> shapes.DeletedKey:
    """Delete a key, by its text or by what a list shows of it."""
    found = accounts.delete_key(caller.settings, api_key)
    caller.note("", found.api_key_deleted, action="delete_key")
    return found
