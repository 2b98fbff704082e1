"""A fork: a new agent that starts with another agent's memory as it was at some point."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, insert, literal, select

from memgpt_autogen.errors import TakenError
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.history.history import MemoryState
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.agents import stored_agent_names
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import Log, append_entries, hide, ranges_of
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import agents, entries, summaries, to_column
from memgpt_autogen.messages import Message, now


def refuse_taken(database: Database, name: str) -> None:
    """Raise `TakenError` where the owner has an agent of that name."""
    if name in stored_agent_names(database):
        raise _taken(name)


@repeatable
def write_fork(database: Database, log: Log, state: MemoryState, *, to: str, name: str) -> None:
    """Write the agent `to` of that `name` in one transaction.

    This writes the blocks, the log and the summaries up to `state.seq`. Shared blocks become its own.
    Raises `TakenError` for a name that is taken.
    """
    with database.writing(alone=True) as connection:  # else two forks could both find the name free
        taken = select(agents.c.id).where(owned(agents, database), agents.c.name == name)
        if connection.scalar(taken) is not None:
            raise _taken(name)
        source = connection.scalar(select(agents.c.name).where(agents.c.id == log.agent_id))
        made = {"id": to, "name": name, "created_at": to_column(now()), "owner_id": database.owner}
        connection.execute(insert(agents).values(made))
        own = [replace(block, shared=False) for block in state.blocks]
        CoreMemory(database, to).adopt(connection, own, None)
        _copy_log(connection, log.agent_id, to, state.seq)
        hide(connection, to, ranges_of(state.hidden))
        change = Message("system", "", "change", extra={"what": "fork", "source": source, "at": state.seq})
        append_entries(connection, to, [change])


def _taken(name: str) -> TakenError:
    return TakenError(f"this home has an agent '{name}' already. Give the fork another name.")


def _copy_log(connection: Connection, source: str, to: str, through: int) -> None:
    own = ("id", "agent_id", "hidden")
    for table, place in ((entries, entries.c.seq), (summaries, summaries.c.at_seq)):
        kept = [column for column in table.c if column.name not in own and column.computed is None]
        rows = (
            select(literal(to), *kept)
            .where(table.c.agent_id == source, place <= through)
            .order_by(table.c.id)
        )
        connection.execute(insert(table).from_select(["agent_id", *kept], rows))
