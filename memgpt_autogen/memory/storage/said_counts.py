"""How much was said, and by whom: counted by indexes, and from where the last count ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.tables import entries
from memgpt_autogen.text.equal import equal_names


@dataclass(frozen=True, slots=True)
class Speaker:
    """A participant of the conversation."""

    name: str
    messages: int
    """How many of this speaker's messages the agent has heard."""


def how_many_said(agent: Any, *, after: Any = None, through: Any = None) -> Any:
    """Return an expression for how many messages an agent's log has after one `seq`, up to another.

    What was said has a place, which grows with `seq`, so two indexes count it, and no row is read.
    """
    said = select(func.count()).where(entries.c.agent_id == agent, entries.c.place.is_not(None))
    if after is not None:
        said = said.where(entries.c.place > func.coalesce(_place_at(agent, after), 0))
    if through is not None:
        said = said.where(entries.c.place <= _place_at(agent, through))
    return said.scalar_subquery() - said.where(entries.c.hidden).scalar_subquery()


def _place_at(agent: Any, seq: Any) -> Any:
    """Return an expression for the place of the last message up to an entry."""
    at = entries.alias("at")
    until = select(at.c.place).where(at.c.agent_id == agent, at.c.seq <= seq)
    return until.where(at.c.place.is_not(None)).order_by(at.c.seq.desc()).limit(1).scalar_subquery()


def names_said(connection: Connection, agent_id: str, after: int, through: int) -> list[Any]:
    """Return under which names others said something after one `seq`, up to another.

    Each row is the form of a name, how many messages it has said, and the `seq` of the last one.
    """
    return _NAMES.tuples(connection, agent=agent_id, after=after, through=through)


def speakers_of(names: Mapping[str, tuple[int, int]]) -> list[Speaker]:
    """Return whose names these are, the last speaker first. Equal names are one speaker.

    Each name has the number of its messages and the `seq` of the last one.
    """
    counts: dict[str, int] = {}
    for form, (messages, _) in sorted(names.items(), key=lambda each: -each[1][1]):
        name = next(iter(equal_names(form, counts)), form)
        counts[name] = counts.get(name, 0) + messages
    return [Speaker(name, messages) for name, messages in counts.items()]


class SaidCounts:
    """Counts what was said in one log, and keeps the counts for the next time.

    Names are counted again from the beginning if messages before were taken back, shown again or forgotten,
    by any process: then their number, which an index has, is another one.
    """

    def __init__(self, database: Database, agent_id: str) -> None:
        self._database = database
        self._agent_id = agent_id
        self._counted = _NOTHING

    def through(self, seq: int) -> tuple[int, list[Speaker]]:
        """Return how many messages there are up to this entry, and their speakers as `Log.speakers` does."""
        agent, counted = self._agent_id, self._counted
        if counted.through > seq:
            counted = _NOTHING
        with self._database.reading() as connection:
            (found,) = _COUNTS.rows(connection, agent=agent, known=counted.through, seq=seq)
            taken_back = (found.taken_back, found.places)
            if (found.before, taken_back) != (counted.messages, counted.taken_back):
                counted = _NOTHING
                (found,) = _COUNTS.rows(connection, agent=agent, known=0, seq=seq)
            names = dict(counted.names)
            for name, messages, last in names_said(connection, agent, counted.through, seq):
                names[name] = (names.get(name, (0, 0))[0] + messages, last)
        messages = counted.messages + found.since
        self._counted = _Counted(seq, messages, names, taken_back)
        return messages, speakers_of(names)

    def forget(self) -> None:
        """Count everything again the next time."""
        self._counted = _NOTHING


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted up to the entry `through`."""

    through: int
    messages: int
    names: Mapping[str, tuple[int, int]]
    taken_back: tuple[int, int]
    """How many messages, and the sum of their places: another value after each change of it."""


_NOTHING = _Counted(0, 0, {}, (0, 0))

_AGENT: Any = bindparam("agent")

SAID = PreparedQuery(select(how_many_said(_AGENT).label("said")))
SAID_THROUGH = PreparedQuery(select(how_many_said(_AGENT, through=bindparam("through")).label("said")))

_heard = or_(entries.c.kind == "message", and_(entries.c.kind == "imported", entries.c.role == "user"))

_NAMES = PreparedQuery(
    select(entries.c.name, func.count().label("messages"), func.max(entries.c.seq).label("last"))
    .where(entries.c.agent_id == _AGENT, ~entries.c.hidden, _heard, entries.c.name.is_not(None))
    .where(entries.c.seq > bindparam("after"), entries.c.seq <= bindparam("through"))
    .group_by(entries.c.name)
)


def _taken_back(value: Any) -> Any:
    return select(value).where(entries.c.agent_id == _AGENT, entries.c.hidden).scalar_subquery()


# what was taken back, what was said up to one entry, and what between it and another one
_COUNTS = PreparedQuery(
    select(
        _taken_back(func.count(entries.c.place)).label("taken_back"),
        _taken_back(func.coalesce(func.sum(entries.c.place), 0)).label("places"),
        how_many_said(_AGENT, through=bindparam("known")).label("before"),
        how_many_said(_AGENT, after=bindparam("known"), through=bindparam("seq")).label("since"),
    )
)
