"""The turns just before and just after a place of the conversation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Text, bindparam, func, select, union_all

from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.tables import entries

MOST_CHARS = 2000
"""How many characters of each turn are read. Only a part of it is shown."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The start of a turn."""

    seq: int
    name: str
    text: str


class Neighbours:
    """The turns around a place of one agent's log. `name` is the agent's own, for what it said itself."""

    def __init__(self, log: Log, name: str) -> None:
        self._log = log
        self._name = name

    def around(
        self, seqs: Collection[int], *, before: int = 1, after: int = 1
    ) -> Mapping[int, tuple[list[Neighbour], list[Neighbour]]]:
        """Return for each `seq` the turns before it and the turns after it, both oldest first.

        Only what others could hear and what was not taken back is returned. It takes one SQL statement.
        """
        found: dict[int, tuple[list[Neighbour], list[Neighbour]]] = {seq: ([], []) for seq in seqs}
        if not found or not (before or after):
            return found
        values = {"agent": self._log.agent_id, "own": self._name}
        places = {f"place_{number}": seq for number, seq in enumerate(found)}
        with self._log.database.reading() as connection:
            rows = connection.execute(_statement(len(found), before, after), {**values, **places}).all()
        for row in sorted(rows, key=lambda row: row.seq):
            found[row.place][row.seq > row.place].append(Neighbour(row.seq, row.name, row.text))
        return found

    def speakers(self) -> list[str]:
        """Return everyone who has said something, the last speaker first, and the agent itself at the end."""
        others = self._log.speakers(through_seq=self._log.last_seq())
        return [*(speaker.name for speaker in others), self._name]


@lru_cache(maxsize=64)  # building the statement takes longer than running it
def _statement(places: int, before: int, after: int) -> CompoundSelect[Any]:
    """Select the neighbours of so many places. Each part walks a few steps along the index of the log."""
    parts = []
    for number in range(places):
        place = bindparam(f"place_{number}", type_=Integer)
        for count, side, order in (
            (before, entries.c.seq < place, entries.c.seq.desc()),
            (after, entries.c.seq > place, entries.c.seq.asc()),
        ):
            nearest = (
                select(
                    place.label("place"),
                    entries.c.seq,
                    func.coalesce(entries.c.name, bindparam("own", type_=Text)).label("name"),
                    func.substr(entries.c.spoken, 1, MOST_CHARS).label("text"),
                )
                .where(entries.c.agent_id == bindparam("agent"), entries.c.spoken.is_not(None))
                .where(~entries.c.hidden, side)
                .order_by(order)
                .limit(count)
            )
            parts += [select(nearest.subquery())] if count else []
    return union_all(*parts)
