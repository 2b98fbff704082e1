"""The agents and shared archives of a home: ids, names, and what each agent has heard and said."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from memgpt_autogen.errors import TakenError, quoted
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.said_counts import how_many_said
from memgpt_autogen.memory.storage.tables import agents, archives, entries, from_column, to_column
from memgpt_autogen.messages import now


def find_or_create_agent(database: Database, name: str) -> str:
    """Return the id of the agent with this name."""
    return _find_or_create(database, agents, name, created_at=to_column(now()))


def find_or_create_archive(database: Database, name: str) -> str:
    """Return the id of the shared archive with this name."""
    return _find_or_create(database, archives, name)


def stored_agent_names(database: Database) -> list[str]:
    """Return the names of the owner's agents in alphabetical order."""
    with database.reading() as connection:
        names = connection.scalars(select(agents.c.name).where(owned(agents, database)))
        return sorted(names)  # databases sort by their locale


def stored_agent_name(database: Database, agent_id: str) -> str | None:
    """Return the name of the agent with this id; None if the owner has none."""
    with database.reading() as connection:
        return next((row.name for row in _NAME.rows(connection, agent=agent_id, owner=database.owner)), None)


# the condition of `owned`, for queries that are compiled once
_OWNED = agents.c.owner_id == bindparam("owner")

_NAME = PreparedQuery(select(agents.c.name).where(agents.c.id == bindparam("agent"), _OWNED))

_FOUND = PreparedQuery(
    select(agents.c.id, agents.c.name).where(
        or_(agents.c.id == bindparam("agent"), agents.c.name == bindparam("agent")), _OWNED
    )
)


def stored_archive_ids(database: Database) -> list[str]:
    """Return the ids of all archives of the home, of all owners.

    These are each agent's own, which has its id, and the shared ones.
    """
    with database.reading() as connection:
        found = [*connection.scalars(select(agents.c.id)), *connection.scalars(select(archives.c.id))]
    return [str(each) for each in found]


def stored_archive_names(database: Database) -> list[str]:
    """Return the names of the owner's shared archives in alphabetical order."""
    with database.reading() as connection:
        return sorted(connection.scalars(select(archives.c.name).where(owned(archives, database))))


def stored_archives(database: Database) -> list[tuple[str, str]]:
    """Return the ids and names of the owner's shared archives, also of unfinished imports."""
    query = select(archives.c.id, archives.c.name).where(owned(archives, database))
    with database.reading() as connection:
        return sorted(((row.id, row.name) for row in connection.execute(query)), key=lambda each: each[1])


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """What the database knows about an agent."""

    name: str
    made: datetime
    messages: int
    """The number of messages that anyone said and that were not undone."""
    last: datetime | None
    """The time of the agent's newest log entry; None if there is none."""
    id: str = ""


def agent_records(database: Database) -> list[AgentRecord]:
    """Return the owner's agents without opening them, the most recently active first."""
    records = _records(database)
    return sorted(records, key=lambda each: (each.last or each.made, each.name), reverse=True)


def agent_page(
    database: Database,
    *,
    limit: int,
    after: tuple[str, str] | None = None,
    search: str | None = None,
    among: Collection[str] | None = None,
) -> list[AgentRecord]:
    """Return at most `limit` of the owner's agents, the newest first.

    `after` is the time and the id of the agent before the page, as the columns have them. `search` is a part
    of the name; `among` are the ids of the agents that count.
    """
    query = select(agents.c.id).where(owned(agents, database))
    if after is not None:
        query = query.where(tuple_(agents.c.created_at, agents.c.id) < tuple_(*map(literal, after)))
    if search:
        query = query.where(agents.c.name.icontains(search, autoescape=True))
    if among is not None:
        query = query.where(agents.c.id.in_(sorted(among)))
    with database.reading() as connection:
        ids = list(
            connection.scalars(query.order_by(agents.c.created_at.desc(), agents.c.id.desc()).limit(limit))
        )
    by_id = {each.id: each for each in _records(database, agents.c.id.in_(ids))} if ids else {}
    return [by_id[each] for each in ids if each in by_id]


def find_agent(database: Database, name_or_id: str) -> tuple[str, str] | None:
    """Return the id and the name of the owner's agent with this id or name; None if there is none."""
    with database.reading() as connection:
        rows = _FOUND.rows(connection, agent=name_or_id, owner=database.owner)
    found = sorted(rows, key=lambda row: row.id != name_or_id)
    return (str(found[0].id), str(found[0].name)) if found else None


def agents_of(database: Database, ids: Collection[str]) -> list[AgentRecord]:
    """Return what the database knows about the owner's agents with these ids."""
    return _records(database, agents.c.id.in_(sorted(ids))) if ids else []


def agent_record(database: Database, agent_id: str) -> AgentRecord | None:
    """Return what the database knows about the owner's agent with this id; None if there is none."""
    return next(iter(_records(database, agents.c.id == agent_id)), None)


@repeatable
def create_agent(database: Database, name: str) -> str:
    """Return the id of a new agent. Raises `TakenError` if the owner has one of that name."""
    with database.writing(alone=True) as connection:
        _refuse_taken(connection, database, name)
        made = {"id": str(uuid.uuid4()), "name": name, "owner_id": database.owner}
        connection.execute(insert(agents).values({**made, "created_at": to_column(now())}))
    return made["id"]


@repeatable
def rename_agent(database: Database, agent_id: str, name: str) -> None:
    """Give an agent another name. Raises `TakenError` if the owner has another one of that name."""
    with database.writing(alone=True) as connection:
        _refuse_taken(connection, database, name, but=agent_id)
        same = owned(agents, database) & (agents.c.id == agent_id)
        connection.execute(update(agents).where(same).values(name=name))


def _refuse_taken(connection: Connection, database: Database, name: str, but: str = "") -> None:
    same = select(agents.c.id).where(owned(agents, database), agents.c.name == name, agents.c.id != but)
    if connection.scalar(same) is not None:
        raise TakenError(f"there is an agent {quoted(name)} already. Give another name.")


def _records(database: Database, *conditions: ColumnElement[bool]) -> list[AgentRecord]:
    # indexes count and find both, so that no log is read. A new agent's has an edit, which is no activity
    said = how_many_said(agents.c.id)
    last = (
        select(entries.c.created_at)
        .where(entries.c.agent_id == agents.c.id, entries.c.kind != "edit")
        .order_by(entries.c.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(agents.c.id, agents.c.name, agents.c.created_at, said.label("said"), last.label("last"))
    query = query.where(owned(agents, database), *conditions)
    with database.reading() as connection:
        rows = connection.execute(query).all()
    return [
        AgentRecord(name, from_column(made), count, from_column(last) if last else None, str(agent_id))
        for agent_id, name, made, count, last in rows
    ]


class Pause:
    """How long an agent's timed heartbeats are paused. It is stored, so that a restart does not end it."""

    def __init__(self, database: Database, agent_id: str) -> None:
        self._database = database
        self._agent_id = agent_id

    @property
    def until(self) -> datetime | None:
        with self._database.reading() as connection:
            value = connection.scalar(select(agents.c.paused_until).where(agents.c.id == self._agent_id))
        return from_column(value) if value else None

    @repeatable
    def set(self, until: datetime) -> None:
        paused = update(agents).where(agents.c.id == self._agent_id).values(paused_until=to_column(until))
        with self._database.writing() as connection:
            connection.execute(paused)


@repeatable
def _find_or_create(database: Database, table: Table, name: str, **values: str) -> str:
    query = select(table.c.id).where(owned(table, database), table.c.name == name)
    with database.reading() as connection:
        found = connection.scalar(query)
    if found is None:
        with database.writing(alone=True) as connection:
            found = connection.scalar(query)  # another process may have created it
            if found is None:
                found = str(uuid.uuid4())
                values = {"id": found, "name": name, "owner_id": database.owner, **values}
                connection.execute(insert(table).values(values))
    return str(found)
