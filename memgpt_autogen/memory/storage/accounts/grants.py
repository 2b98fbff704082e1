"""Grants: shared blocks and shared archives of one owner that agents of another may use.

A block may be read, or written too; an archive may be read. When a grant ends, the other's agents lose the
block or the archive at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from memgpt_autogen.errors import ConfigurationError, NotFoundError, quoted
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import (
    agents,
    archives,
    attachments,
    blocks,
    from_column,
    grants,
    readings,
    to_column,
    users,
)
from memgpt_autogen.messages import now

Granted = Literal["block", "archive"]

May = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What one user may do with a thing of another."""

    what: Granted
    id: str
    name: str
    """The block's label, or the archive's name."""
    user_id: str
    user: str
    """The name of the user who may use it."""
    may: May
    created_at: datetime


@repeatable
def add_grant(database: Database, what: Granted, name: str, user_id: str, may: May = "read") -> Grant:
    """Let another user's agents use a shared block or archive of the owner, by its name or id.

    A grant that exists is changed. Raises `NotFoundError` where there is no such thing or user.
    """
    if what == "archive" and may != "read":
        raise ConfigurationError("an archive of another user can be read only. Leave may out.")
    if user_id == database.owner:
        raise ConfigurationError("the owner may use it already. Name another user.")
    with database.writing(alone=True) as connection:
        id_ = _thing(connection, database, what, name)
        if connection.scalar(select(users.c.id).where(users.c.id == user_id)) is None:
            raise NotFoundError(f"there is no user {quoted(user_id)} in this home.")
        connection.execute(delete(grants).where(*_of(what, id_, user_id)))
        row = {"what": what, "id": id_, "user_id": user_id, "may": may, "created_at": to_column(now())}
        connection.execute(insert(grants).values(row))
        if what == "block":
            held = update(attachments).where(attachments.c.block_id == id_, _agents_of(attachments, user_id))
            connection.execute(held.values(read_only=may == "read"))
        return next(each for each in _grants(connection, what, grants.c.id == id_) if each.user_id == user_id)


@repeatable
def end_grant(database: Database, what: Granted, name: str, user: str) -> None:
    """Take a thing of the owner away from another user's agents. The user is given by name or id.

    Raises `NotFoundError` where it was not granted, the same for a user whom there is not.
    """
    with database.writing(alone=True) as connection:
        id_ = _thing(connection, database, what, name)
        meant = select(users.c.id).where((users.c.id == user) | (users.c.name == user))
        user_id = connection.scalar(meant) or ""
        if not connection.execute(delete(grants).where(*_of(what, id_, user_id))).rowcount:
            raise NotFoundError(f"the {what} {quoted(name)} is not granted to {quoted(user)}.")
        table, column = (
            (attachments, attachments.c.block_id) if what == "block" else (readings, readings.c.archive_id)
        )
        connection.execute(delete(table).where(column == id_, _agents_of(table, user_id)))


def given_grants(database: Database, what: Granted) -> list[Grant]:
    """Return what the owner lets others use, by name."""
    table = blocks if what == "block" else archives
    mine = grants.c.id.in_(select(table.c.id).where(owned(table, database)))
    with database.reading() as connection:
        return _grants(connection, what, mine)


def received_grants(database: Database, what: Granted) -> list[Grant]:
    """Return what others let the owner use, by name."""
    with database.reading() as connection:
        return _grants(connection, what, grants.c.user_id == database.owner)


def granted(connection: Connection, database: Database, what: Granted, name: str) -> Grant | None:
    """Return the first grant to the owner of a thing of this name, inside an open transaction."""
    found = [
        each for each in _grants(connection, what, grants.c.user_id == database.owner) if each.name == name
    ]
    return min(found, key=lambda each: (each.created_at, each.id), default=None)


def may_write(connection: Connection, database: Database, block_id: str) -> bool:
    """Return whether the owner may write a block: an own one, or one that was granted for that."""
    granting = select(grants.c.id).where(*_of("block", block_id, database.owner), grants.c.may == "write")
    allowed = owned(blocks, database) | blocks.c.id.in_(granting)
    return connection.scalar(select(blocks.c.id).where(blocks.c.id == block_id, allowed)) is not None


def forget_grants(connection: Connection, what: Granted, ids: Sequence[str]) -> None:
    """Delete the grants of things that are deleted themselves, inside an open transaction."""
    connection.execute(delete(grants).where(grants.c.what == what, grants.c.id.in_(ids)))


def _thing(connection: Connection, database: Database, what: Granted, name: str) -> str:
    """Return the id of a shared thing of the owner."""
    if what == "block":
        named = (blocks.c.label == name) | (blocks.c.id == name)
        query = select(blocks.c.id).where(owned(blocks, database), blocks.c.shared, named)
    else:
        named = (archives.c.name == name) | (archives.c.id == name)
        query = select(archives.c.id).where(owned(archives, database), named)
    found = connection.scalar(query)
    if found is None:
        raise NotFoundError(f"there is no shared {what} {quoted(name)}. Only what is shared can be granted.")
    return str(found)


def _grants(connection: Connection, what: Granted, which: ColumnElement[bool]) -> list[Grant]:
    table = blocks if what == "block" else archives
    name = blocks.c.label if what == "block" else archives.c.name
    query = (
        select(grants, name.label("thing"), users.c.name.label("user"))
        .join(table, table.c.id == grants.c.id)
        .join(users, users.c.id == grants.c.user_id)
        .where(grants.c.what == what, which)
    )
    found = [_grant(row) for row in connection.execute(query)]
    return sorted(found, key=lambda each: (each.name, each.user))


def _of(what: Granted, id_: str, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return grants.c.what == what, grants.c.id == id_, grants.c.user_id == user_id


def _agents_of(table: Any, user_id: str) -> ColumnElement[bool]:
    return exists().where(agents.c.id == table.c.agent_id, agents.c.owner_id == user_id)


def _grant(row: Any) -> Grant:
    return Grant(row.what, row.id, row.thing, row.user_id, row.user, row.may, from_column(row.created_at))
