"""Surroundings: what was said just before and just after something, by whomever."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, literal, select, union_all

from memgpt_autogen.memory.log import Log
from memgpt_autogen.memory.tables import entries

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
        said = (
            entries.c.agent_id == self._log.agent_id,
            entries.c.spoken.is_not(None),
            ~entries.c.hidden,
        )
        wanted = []
        for seq in seqs:
            for count, side, order in (
                (before, entries.c.seq < seq, entries.c.seq.desc()),
                (after, entries.c.seq > seq, entries.c.seq.asc()),
            ):
                if count:
                    nearest = (
                        select(
                            literal(seq).label("place"),
                            entries.c.seq,
                            func.coalesce(entries.c.name, self._name).label("name"),
                            func.substr(entries.c.spoken, 1, READ).label("text"),
                        )
                        .where(*said, side)
                        .order_by(order)
                        .limit(count)
                    )
                    wanted.append(select(nearest.subquery()))
        found: dict[int, tuple[list[Turn], list[Turn]]] = {seq: ([], []) for seq in seqs}
        if not wanted:
            return found
        with self._log.database.reading() as connection:
            rows = connection.execute(union_all(*wanted)).all()
        for row in sorted(rows, key=lambda row: row.seq):
            found[row.place][row.seq > row.place].append(Turn(row.seq, row.name, row.text))
        return found

    def speakers(self) -> list[str]:
        """Who has said something, whoever spoke last first, and the agent itself at the end."""
        others = self._log.speakers(through_seq=self._log.last_seq())
        return [*(speaker.name for speaker in others), self._name]
