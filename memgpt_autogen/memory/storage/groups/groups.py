"""Group chats as an owner's agents have heard them: who is in them, what was said, and who heard it.

What was said is in the logs of the members. Nothing of it is stored again.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, literal, select, tuple_

from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.groups.membership import is_silent, last_number
from memgpt_autogen.memory.storage.log import Entry, entries_of
from memgpt_autogen.memory.storage.processes import Process
from memgpt_autogen.memory.storage.tables import (
    entries,
    from_column,
    group_members,
    groups,
    leases,
    to_column,
)
from memgpt_autogen.messages import now

State = Literal["going_on", "quiet", "ended", "lost"]
"""What is known of a group chat now.

- `going_on`: its process is there, and something was said in the last 10 minutes
- `quiet`: nothing was said for 10 minutes, and no end is known
- `ended`: it was terminated, or had its last round
- `lost`: its process has ended without an end of the chat
"""

SETTLED = timedelta(seconds=2)
"""How long the members of a home take at most to hear a message."""


@dataclass(frozen=True, slots=True)
class Member:
    """A participant of a group chat."""

    name: str
    agent_id: str | None
    """The id of the agent; None for one that is not the owner's, or not of this home."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group chat."""

    id: str
    name: str | None
    """The name of its manager; None before a member has heard anything."""
    members: tuple[Member, ...]
    """As of the newest message."""
    state: State
    created_at: datetime
    ended_at: datetime | None
    last_message_at: datetime | None
    last_number: int
    """The number of the newest message; 0 before there is one."""


@dataclass(frozen=True, slots=True)
class HeardBy:
    """Where an agent has a message in its log."""

    agent_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class GroupMessage:
    """What one participant said once."""

    number: int
    time: datetime
    speaker: str
    agent_id: str | None
    """The agent of the owner that said it."""
    text: str
    said_at: tuple[int, ...]
    """The entries of the speaker's own log, for one of the owner's agents."""
    heard_by: tuple[HeardBy, ...]
    settled: bool
    """Whether nothing more is expected of it."""


def group_page(
    database: Database,
    *,
    limit: int,
    after: tuple[str, str] | None = None,
    among: Collection[str] | None = None,
) -> list[Group]:
    """Return at most `limit` of the owner's groups, the newest first.

    `after` is the time and the id of the group before the page. `among` are the ids of the agents that count.
    """
    query = select(groups).where(owned(groups, database), groups.c.id.in_(_seen(among)))
    if after is not None:
        query = query.where(tuple_(groups.c.created_at, groups.c.id) < tuple_(*map(literal, after)))
    query = query.order_by(groups.c.created_at.desc(), groups.c.id.desc()).limit(limit)
    with database.reading() as connection:
        return [_group(connection, row, among) for row in connection.execute(query).all()]


def find_group(database: Database, group_id: str, among: Collection[str] | None = None) -> Group | None:
    """Return the owner's group with this id; None where there is none."""
    query = select(groups).where(
        owned(groups, database), groups.c.id == group_id, groups.c.id.in_(_seen(among))
    )
    with database.reading() as connection:
        row = connection.execute(query).first()
        return None if row is None else _group(connection, row, among)


def group_place(group: Group) -> tuple[str, str]:
    """Return where a group stands in the list of groups."""
    return to_column(group.created_at), group.id


def group_messages(
    database: Database,
    group_id: str,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 50,
    among: Collection[str] | None = None,
) -> list[GroupMessage]:
    """Return at most `limit` messages of a group after this number, as its members have them, in order.

    With `before` they are those next to that number, else those next to `after`.
    """
    mine = _of_members(group_id, among)
    number = entries.c.group_number
    numbers = select(number).where(*mine, number > after).distinct()
    if before is not None:
        numbers = numbers.where(number < before)
    numbers = numbers.order_by(number if before is None else number.desc()).limit(limit)
    with database.reading() as connection:
        found = sorted(connection.scalars(numbers))
        if not found:
            return []
        rows = connection.execute(
            select(entries)
            .where(*mine, entries.c.group_number.between(found[0], found[-1]))
            .order_by(entries.c.group_number, entries.c.agent_id, entries.c.seq)
        ).all()
        members = _Members(
            _names(connection, group_id, among),
            frozenset(connection.scalars(select(leases.c.agent_id).where(leases.c.until > time.time()))),
            last_number(connection, group_id),
        )
    heard: dict[int, list[_Heard]] = {}
    for row, entry in zip(rows, entries_of(rows), strict=True):
        heard.setdefault(row.group_number, []).append(_Heard(row.agent_id, entry))
    return [_message(number, each, members) for number, each in heard.items()]


def time_of(number: int) -> datetime:
    """Return the time of a message: its number is that, in microseconds since 1970."""
    return datetime.fromtimestamp(0, timezone.utc) + timedelta(microseconds=number)


@dataclass(frozen=True, slots=True)
class _Heard:
    """An entry of a member's log."""

    agent_id: str
    entry: Entry

    @property
    def is_own(self) -> bool:
        return self.entry.message.role == "assistant"


@dataclass(frozen=True, slots=True)
class _Members:
    names: Mapping[str, str]
    """By the ids of the agents."""
    in_turn: frozenset[str]
    newest: int
    """The number of the newest message of the group."""


def _message(number: int, heard: Sequence[_Heard], members: _Members) -> GroupMessage:
    said = [each for each in heard if each.is_own]
    others = [each for each in heard if not each.is_own]
    first = (others or said)[0].entry.message
    if said:
        agent_id: str | None = said[0].agent_id
    else:
        agent_id = next((each for each, name in members.names.items() if name == first.name), None)
    own_words = "\n".join(each.entry.message.spoken or "" for each in said)
    has_it = {each.agent_id for each in heard}
    is_old = now() - max(each.entry.message.time for each in heard) > SETTLED
    is_complete = members.names.keys() <= has_it or is_old
    return GroupMessage(
        number=number,
        time=time_of(number),
        speaker=(first.name if others else members.names.get(agent_id or "")) or "",
        agent_id=agent_id,
        text=first.text if others else own_words,
        said_at=tuple(each.entry.seq for each in said),
        heard_by=tuple(HeardBy(each.agent_id, each.entry.seq) for each in others),
        settled=number < members.newest or (is_complete and agent_id not in members.in_turn),
    )


def _group(connection: Connection, row: Any, among: Collection[str] | None) -> Group:
    chat = _newest_chat(connection, row.id, among)
    by_name = {name: agent_id for agent_id, name in _names(connection, row.id, among).items()}
    listed = chat[1:] or sorted(by_name)
    newest = last_number(connection, row.id)
    return Group(
        id=row.id,
        name=chat[0] if chat else None,
        members=tuple(Member(name, by_name.get(name)) for name in listed),
        state=_state(row, newest),
        created_at=from_column(row.created_at),
        ended_at=None if row.ended_at is None else from_column(row.ended_at),
        last_message_at=time_of(newest) if newest else None,
        last_number=newest,
    )


def _newest_chat(connection: Connection, group_id: str, among: Collection[str] | None) -> list[str]:
    """Return the names of the manager and of the members, as of the newest message that was heard."""
    query = (
        select(entries)
        .where(*_of_members(group_id, among), entries.c.kind == "message")
        .order_by(entries.c.group_number.desc())
        .limit(1)
    )
    newest = entries_of(connection.execute(query).all())
    return [str(name) for each in newest for name in each.message.extra.get("chat") or ()]


def _state(row: Any, newest: int) -> State:
    if row.ended_at is not None:
        return "ended"
    process = Process.from_json(row.holder)
    silent = is_silent(newest)
    if process.is_local:
        return "lost" if process.has_ended() else "quiet" if silent else "going_on"
    return "lost" if silent else "going_on"


def _names(connection: Connection, group_id: str, among: Collection[str] | None) -> dict[str, str]:
    """Return the names of the owner's agents in a group, by their ids."""
    query = select(group_members.c.agent_id, group_members.c.name).where(
        group_members.c.group_id == group_id, *_chosen(among)
    )
    return {str(row.agent_id): str(row.name) for row in connection.execute(query)}


def _of_members(group_id: str, among: Collection[str] | None) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for what members have heard and said in a group."""
    members = select(group_members.c.agent_id).where(group_members.c.group_id == group_id, *_chosen(among))
    return (
        entries.c.group_id == group_id,
        entries.c.agent_id.in_(members),
        entries.c.spoken.is_not(None),
        ~entries.c.hidden,
    )


def _seen(among: Collection[str] | None) -> Select[Any]:
    return select(group_members.c.group_id).where(*_chosen(among))


def _chosen(among: Collection[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if among is None else (group_members.c.agent_id.in_(sorted(among)),)
