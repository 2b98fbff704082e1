"""Relatives: agents whose logs begin as one agent's, since one of them is a fork of the other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, and_, func, or_, select

from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import entries_of
from memgpt_autogen.memory.storage.tables import agents, entries

Relation = Literal["fork", "origin", "sibling", "copy"]
"""What another agent is: a fork of this one, what this one is a fork of, another fork of the same agent, or a
copy, such as an import of its export."""


@dataclass(frozen=True, slots=True)
class Relative:
    """An agent whose log begins as another one's."""

    id: str
    relation: Relation
    seq: int
    """The newest entry that both logs have."""


def find_relatives(database: Database, agent_id: str, among: Collection[str] | None = None) -> list[Relative]:
    """Return the owner's agents whose logs begin as this one's; `among` are the ids of those that count.

    An entry that is copied keeps its time, which no other entry of that number has, whatever it was renamed
    or forgot since.
    """
    mine, other = entries.alias("mine"), entries.alias("other")
    first = select(entries.c.created_at).where(entries.c.agent_id == agent_id, entries.c.seq == 1)
    ids = (
        select(agents.c.id)
        .join(entries, entries.c.agent_id == agents.c.id)
        .where(
            owned(agents, database),
            agents.c.id != agent_id,
            entries.c.seq == 1,
            entries.c.created_at == first.scalar_subquery(),
        )
    )
    differs = func.min(other.c.seq).filter(or_(mine.c.seq.is_(None), mine.c.created_at != other.c.created_at))
    query = (
        select(other.c.agent_id, differs.label("differs"), func.max(other.c.seq).label("last"))
        .outerjoin(mine, and_(mine.c.agent_id == agent_id, mine.c.seq == other.c.seq))
        .where(other.c.agent_id.in_(ids))
        .group_by(other.c.agent_id)
        .order_by(other.c.agent_id)
    )
    found = []
    with database.reading() as connection:
        for row in connection.execute(query).all():
            if among is not None and row.agent_id not in among:
                continue
            common = row.last if row.differs is None else row.differs - 1
            made = [_was_forked(connection, each, common) for each in (agent_id, row.agent_id)]
            found.append(Relative(row.agent_id, _relation(*made), common))
    return found


def _relation(mine: bool, other: bool) -> Relation:  # noqa: FBT001 - two of one kind
    if mine and other:
        return "sibling"
    return "fork" if other else "origin" if mine else "copy"


def _was_forked(connection: Connection, agent_id: str, after: int) -> bool:
    """Return whether an agent was forked with more of a log than up to this entry."""
    of_agent = entries.c.agent_id == agent_id
    query = select(entries).where(of_agent, entries.c.seq > after, entries.c.kind == "change")
    rows = connection.execute(query).all()
    return any(entry.message.extra.get("what") == "fork" for entry in entries_of(rows))
