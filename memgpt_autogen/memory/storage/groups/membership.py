"""Which group chat an agent takes part in, and whether the chat goes on.

A group is known by the names of its manager and its members, so it is the same after a restart. Groups with
the same names that go on at the same time have rows of their own: a row belongs to one chat of one process,
until the chat ends or its process does.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.processes import Process, this_process
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import entries, group_members, groups, to_column
from memgpt_autogen.messages import now

QUIET_SECONDS = 600.0
"""After how long a silence a group of a process on another machine counts as given up."""


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat of a process."""

    token: str
    names: Sequence[str]
    """The name of the manager, and those of the members."""
    goes_on: bool
    """Whether more is said in it."""


@repeatable
def join_group(
    database: Database, agent_id: str, name: str, chat: Chat, is_alive: Callable[[str], bool]
) -> str:
    """Return the id of the group that this chat is of, with the agent, whose name is `name`, as a member.

    `is_alive` says whether another chat of this process, with that token, goes on.
    """
    digest = hashlib.sha256(json.dumps(list(chat.names)).encode()).hexdigest()
    here = {
        "token": chat.token,
        "holder": this_process().to_json(),
        "ended_at": None if chat.goes_on else to_column(now()),
    }
    with database.writing(alone=True) as connection:
        same = select(groups).where(owned(groups, database), groups.c.digest == digest)
        rows = connection.execute(same.order_by(groups.c.slot)).all()
        found = next((row for row in rows if row.token == chat.token), None) or next(
            (row for row in rows if not _is_held(connection, row, is_alive)), None
        )
        if found is None:
            group_id = str(uuid.uuid4())
            slot = max((row.slot for row in rows), default=0) + 1
            new = {"id": group_id, "owner_id": database.owner, "digest": digest, "slot": slot}
            connection.execute(insert(groups).values({**new, **here, "created_at": to_column(now())}))
        else:
            group_id = str(found.id)
            connection.execute(update(groups).where(groups.c.id == group_id).values(here))
        enter_groups(connection, [(group_id, agent_id, name)])
    return group_id


def enter_groups(connection: Connection, entering: Sequence[tuple[str, str, str]]) -> None:
    """Make agents members of groups, inside an open transaction: the group's id, the agent's, its name."""
    for group_id, agent_id, name in entering:
        if not _MEMBER.tuples(connection, group=group_id, agent=agent_id):
            made = {"group_id": group_id, "agent_id": agent_id, "name": name}
            connection.execute(insert(group_members).values({**made, "joined_at": to_column(now())}))


_MEMBER = PreparedQuery(
    select(group_members.c.agent_id).where(
        group_members.c.group_id == bindparam("group"), group_members.c.agent_id == bindparam("agent")
    )
)


@repeatable
def end_group(database: Database, group_id: str, token: str) -> None:
    """Note that the chat has ended, unless the group has another chat by now."""
    same = groups.c.id == group_id, groups.c.token == token, groups.c.ended_at.is_(None)
    with database.writing() as connection:
        connection.execute(update(groups).where(*same).values(ended_at=to_column(now())))


def leave_groups(connection: Connection, agent_id: str) -> None:
    """Take an agent out of all groups, inside an open transaction. A group without members is deleted."""
    connection.execute(delete(group_members).where(group_members.c.agent_id == agent_id))
    left = exists().where(group_members.c.group_id == groups.c.id)
    connection.execute(delete(groups).where(~left))


def last_number(connection: Connection, group_id: str) -> int:
    """Return the number of the newest message that a member has heard or said; 0 if there is none."""
    members = select(group_members.c.agent_id).where(group_members.c.group_id == group_id)
    query = select(func.max(entries.c.group_number)).where(
        entries.c.group_id == group_id, entries.c.agent_id.in_(members), entries.c.spoken.is_not(None)
    )
    return connection.scalar(query) or 0


def is_silent(number: int) -> bool:
    """Return whether the message with this number, which is its time, is long ago."""
    return time.time() - number / 1_000_000 > QUIET_SECONDS


def _is_held(connection: Connection, row: Any, is_alive: Callable[[str], bool]) -> bool:
    """Return whether another chat that goes on has this row."""
    if row.ended_at is not None:
        return False
    process = Process.from_json(row.holder)
    if process.is_local:
        return is_alive(row.token) if process.pid == os.getpid() else not process.has_ended()
    return not is_silent(last_number(connection, row.id))
