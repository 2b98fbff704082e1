"""The users of a home, who own agents, blocks, archives, keys and templates. One is the home itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from memgpt_autogen.errors import InUseError, NotFoundError, TakenError, quoted
from memgpt_autogen.memory.storage.accounts.changes import accounts_changed
from memgpt_autogen.memory.storage.accounts.limits import delete_limits
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import (
    HOME,
    agents,
    archives,
    audit,
    blocks,
    from_column,
    grants,
    keys,
    to_column,
    users,
)
from memgpt_autogen.messages import now
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.names import check_user_name

Role = Literal["admin", "user"]
"""An admin may have keys that manage the server."""


@dataclass(frozen=True, slots=True)
class User:
    """An owner of agents."""

    id: str
    name: str
    role: Role
    created_at: datetime
    suspended_at: datetime | None = None
    """Since when the user's keys are refused."""
    agents: int = 0
    keys: int = 0
    """The keys that were not revoked."""

    @property
    def is_home(self) -> bool:
        """Whether this is the home itself, whose agents the terminal and notebooks see."""
        return self.id == HOME


@repeatable
def add_user(
    database: Database,
    name: str,
    *,
    role: Role = "user",
    password: str | None = None,
    id_: uuid.UUID | None = None,
) -> User:
    """Add a user. `password` is a hash of a password, if the user chose one.

    Raises `TakenError` for a name or an id that is taken, and `ConfigurationError` for a name that is not
    valid.
    """
    check_user_name(name)
    user = User(str(id_ or uuid.uuid4()), name, role, now())
    with database.writing(alone=True) as connection:
        if connection.scalar(select(users.c.id).where(users.c.id == user.id)) is not None:
            raise TakenError(f"there is a user with the id {user.id} already. Give another id.")
        if connection.scalar(select(users.c.id).where(users.c.name == name)) is not None:
            raise TakenError(f"there is a user '{name}' already. Give another name.")
        row = {"id": user.id, "name": name, "role": role, "created_at": to_column(user.created_at)}
        connection.execute(insert(users).values(**row, password=password))
    return user


def find_user(database: Database, name: str) -> User:
    """Return the user of that name or id. Raises `NotFoundError` where there is none."""
    with database.reading() as connection:
        row = connection.execute(select(users).where((users.c.id == name) | (users.c.name == name))).first()
        if row is None:
            raise NotFoundError(
                f"there is no user {quoted(name)} in this home. memgpt-autogen users list shows them."
            )
        return _user(row, *_counts(connection, row.id))


def stored_users(database: Database) -> list[User]:
    """Return all users: the home itself first, then the others in the order of their names."""
    with database.reading() as connection:
        rows = connection.execute(select(users)).all()
        found = [_user(row, *_counts(connection, row.id)) for row in rows]
    return sorted(found, key=lambda each: (not each.is_home, each.name))


def owner_id(database: Database, name: str) -> str:
    """Return the id of the user of that name or id. Raises `NotFoundError` where there is none."""
    query = select(users.c.id).where((users.c.id == name) | (users.c.name == name))
    with database.reading() as connection:
        found = connection.scalar(query)
    return str(found) if found is not None else find_user(database, name).id  # which raises


def password_hash(database: Database, user_id: str) -> str | None:
    """Return the hash of a user's password; None for a user who has no password, or is suspended."""
    query = select(users.c.password).where(users.c.id == user_id, users.c.suspended_at.is_(None))
    with database.reading() as connection:
        found = connection.scalar(query)
    return None if found is None else str(found)


def set_password(database: Database, user_id: str, password: str | None) -> None:
    """Store the hash of a user's password; None takes the password away."""
    _change(database, user_id, password=password)


def suspend_user(database: Database, user_id: str) -> None:
    """Refuse the user's keys and password from now on. Nothing is deleted."""
    _refuse_home(user_id, "suspended")
    _change(database, user_id, suspended_at=to_column(now()))


def resume_user(database: Database, user_id: str) -> None:
    """Accept the user's keys and password again."""
    _change(database, user_id, suspended_at=None)


@repeatable
def delete_user(database: Database, user_id: str) -> None:
    """Delete a user who owns no agent, block and archive any more.

    Keys, limits, grants, templates and audit are deleted too.

    Raises `InUseError` if something is left.
    """
    _refuse_home(user_id, "deleted")
    with database.writing(alone=True) as connection:
        left = {
            table.name: connection.scalar(
                select(func.count()).select_from(table).where(table.c.owner_id == user_id)
            )
            or 0
            for table in (agents, blocks, archives)
        }
        if any(left.values()):
            names = ", ".join(counted(count, name[:-1]) for name, count in left.items() if count)
            raise InUseError(
                f"the user still has {names}. Delete these first, or say that all of it goes with the user."
            )
        own = connection.scalars(select(keys.c.id).where(keys.c.owner_id == user_id)).all()
        delete_limits(connection, [("user", user_id), *(("key", str(each)) for each in own)])
        connection.execute(delete(grants).where(grants.c.user_id == user_id))
        connection.execute(delete(audit).where(audit.c.owner_id == user_id))
        connection.execute(delete(users).where(users.c.id == user_id))
    accounts_changed()


@repeatable
def _change(database: Database, user_id: str, **values: str | None) -> None:
    with database.writing() as connection:
        if not connection.execute(update(users).where(users.c.id == user_id).values(values)).rowcount:
            raise NotFoundError(f"there is no user {quoted(user_id)} in this home.")
    accounts_changed()


def _refuse_home(user_id: str, what: str) -> None:
    if user_id == HOME:
        raise InUseError(
            f"the user 'home' is the home itself and cannot be {what}. Its agents are those of the terminal."
        )


def _counts(connection: Connection, user_id: str) -> tuple[int, int]:
    owned = select(func.count()).select_from(agents).where(agents.c.owner_id == user_id)
    listed = keys.c.owner_id == user_id, keys.c.session_of.is_(None)
    valid = select(func.count()).select_from(keys).where(*listed, keys.c.revoked_at.is_(None))
    return connection.scalar(owned) or 0, connection.scalar(valid) or 0


def _user(row: Any, agent_count: int, key_count: int) -> User:
    suspended = from_column(row.suspended_at) if row.suspended_at else None
    made = from_column(row.created_at)
    return User(row.id, row.name, row.role, made, suspended, agent_count, key_count)
