"""Surroundings: what was said just before and just after something, by whomever."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Text, bindparam, func, select, union_all

from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.tables import entries

READ = 2000
"""Characters that are read of each turn: it is shown in part only."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The start of what someone said."""

    seq: int
    name: str
    text: str


class Surroundings:
    """The conversation around a place of one agent's log. `name` is the agent's own, for what it said itself."""

    def __init__(self, log: Log, name: str) -> None:
        self._log = log
        self._name = name

    def around(
        self, seqs: Collection[int], *, before: int = 1, after: int = 1
    ) -> Mapping[int, tuple[list[Turn], list[Turn]]]:
        """For each place, what was said before and after it, as others could hear it; each in order.

        What nobody said, or what was taken back, is not there. One statement, which walks from each place to its neighbours.
        """
        found: dict[int, tuple[list[Turn], list[Turn]]] = {seq: ([], []) for seq in seqs}
        if not found or not (before or after):
            return found
        places = {f"place_{number}": seq for number, seq in enumerate(found)}
        with self._log.database.reading() as connection:
            rows = connection.execute(
                _neighbours(len(found), before, after),
                {"agent": self._log.agent_id, "own": self._name, **places},
            ).all()
        for row in sorted(rows, key=lambda row: row.seq):
            found[row.place][row.seq > row.place].append(Turn(row.seq, row.name, row.text))
        return found

    def speakers(self) -> list[str]:
        """Who has said something, whoever spoke last first, and the agent itself at the end."""
        others = self._log.speakers(through_seq=self._log.last_seq())
        return [*(speaker.name for speaker in others), self._name]


@lru_cache(maxsize=64)  # making the statement takes longer than running it
def _neighbours(places: int, before: int, after: int) -> CompoundSelect[Any]:
    """The turns beside so many places, each part a short walk along the index from one of them."""
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
                    func.substr(entries.c.spoken, 1, READ).label("text"),
                )
                .where(
                    entries.c.agent_id == bindparam("agent"),
                    entries.c.spoken.is_not(None),
                    ~entries.c.hidden,
                    side,
                )
                .order_by(order)
                .limit(count)
            )
            parts += [select(nearest.subquery())] if count else []
    return union_all(*parts)
