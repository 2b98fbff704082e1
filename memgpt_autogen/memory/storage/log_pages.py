"""Pages of an agent's log, for people who read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select

from memgpt_autogen.memory.storage.log import Entry, Log, entries_of
from memgpt_autogen.memory.storage.tables import entries
from memgpt_autogen.messages import Role
from memgpt_autogen.text.equal import equal_names

Order = Literal["newest", "oldest"]


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which entries of a log are meant: those that meet every condition that is given."""

    before: int | None = None
    """Entries with a smaller number."""
    after: int | None = None
    """Entries with a larger number."""
    speaker: str | None = None
    """Words of this speaker, in every form of the name that readers take as the same."""
    role: Role | None = None
    kinds: tuple[str, ...] = ()
    """Entries of one of these kinds; of any without them."""
    undone: bool = False
    """Whether entries that were taken back are among them."""


def log_page(
    log: Log, only: LogFilter, *, name: str, order: Order = "newest", limit: int = 50
) -> list[Entry]:
    """Return at most `limit` entries in this order. `name` is the agent's own, for what it said itself."""
    query = select(entries).where(entries.c.agent_id == log.agent_id)
    if only.before is not None:
        query = query.where(entries.c.seq < only.before)
    if only.after is not None:
        query = query.where(entries.c.seq > only.after)
    if only.role is not None:
        query = query.where(entries.c.role == only.role)
    if only.kinds:
        query = query.where(entries.c.kind.in_(only.kinds))
    if not only.undone:
        query = query.where(~entries.c.hidden)
    speaks = entries.c.spoken.is_not(None)
    said_by = func.coalesce(entries.c.name, name)
    with log.database.reading() as connection:
        if only.speaker is not None:
            mine = entries.c.agent_id == log.agent_id, speaks
            known = [str(each) for each in connection.scalars(select(said_by).where(*mine).distinct())]
            query = query.where(speaks, said_by.in_(equal_names(only.speaker, known)))
        order_by = entries.c.seq.desc() if order == "newest" else entries.c.seq
        return entries_of(connection.execute(query.order_by(order_by).limit(limit)).all())
