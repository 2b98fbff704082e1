"""How much was said up to an entry, and by whom, without reading a long log again for each eviction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from memgpt_autogen.memory.storage.log import Log, Speaker, how_many_said, names_said, speakers_of
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.tables import entries

_AGENT: Any = bindparam("agent")


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


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted up to the entry `through`."""

    through: int
    messages: int
    names: Mapping[str, tuple[int, int]]
    taken_back: tuple[int, int]
    """How many messages, and the sum of their places: another value after each change of it."""


_NOTHING = _Counted(0, 0, {}, (0, 0))


class SaidCounts:
    """Counts what was said in one log, and keeps the counts for the next time.

    Names are counted again from the beginning if messages before were taken back, shown again or forgotten,
    by any process: then their number, which an index has, is another one.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._counted = _NOTHING

    def through(self, seq: int) -> tuple[int, list[Speaker]]:
        """Return how many messages there are up to this entry, and their speakers as `Log.speakers` does."""
        agent, counted = self._log.agent_id, self._counted
        if counted.through > seq:
            counted = _NOTHING
        with self._log.database.reading() as connection:
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
