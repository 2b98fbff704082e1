"""The outbox: passages that were inserted while the server of their archive was away, until it has them.

Whoever delivers rows claims them first, so that no other process delivers them too, and nobody forgets them
meanwhile. A claim ends by itself, for the case that its process is killed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import outbox, to_column
from memgpt_autogen.messages import now

CLAIM_SECONDS = 120.0
"""How long a process may take to deliver the rows that it has claimed."""

POLL_SECONDS = 0.02
"""How often a wait for another one that delivers looks."""

LOOK_SECONDS = 1.0
"""How often an archive that is used looks whether another process has left something."""


_COUNT = PreparedQuery(
    select(func.count().label("count")).select_from(outbox).where(outbox.c.archive_id == bindparam("archive"))
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A passage in the outbox."""

    number: int
    """Its place in the order of all."""
    id: str
    payload: Mapping[str, Any]


class Outbox:
    """The outbox of one archive."""

    def __init__(self, database: Database, archive_id: str) -> None:
        self._database = database
        self.archive_id = archive_id
        self._mine = outbox.c.archive_id == archive_id
        self._looked: float | None = None

    def put(self, passages: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep passages, each with its id, in this order."""
        rows = [
            {"archive_id": self.archive_id, "passage_id": id_, "payload": json.dumps(payload)}
            for id_, payload in passages
        ]
        self._insert(rows)
        self._looked = None

    def kept(self) -> list[Kept]:
        """Return everything in the outbox, in order."""
        with self._database.reading() as connection:
            rows = connection.execute(select(outbox).where(self._mine).order_by(outbox.c.id)).all()
        return list(map(_kept, rows))

    def count(self) -> int:
        with self._database.reading() as connection:
            ((count,),) = _COUNT.tuples(connection, archive=self.archive_id)
        return int(count)

    def is_empty(self) -> bool:
        """Return whether nothing is there, as of a moment ago."""
        if self._looked is None or time.monotonic() - self._looked > LOOK_SECONDS:
            if self.count():
                return False
            self._looked = time.monotonic()
        return True

    @repeatable
    def claim(self, most: int) -> list[Kept]:
        """Return the first rows, for this caller to deliver; none while another one delivers."""
        with self._database.writing(alone=True) as connection:
            time_now = now()
            other = outbox.c.claimed_until > to_column(time_now)
            if connection.scalar(select(outbox.c.id).where(self._mine, other).limit(1)) is not None:
                return []
            first = select(outbox).where(self._mine).order_by(outbox.c.id).limit(most)
            rows = connection.execute(first).all()
            if rows:
                until = to_column(time_now + timedelta(seconds=CLAIM_SECONDS))
                these = self._mine, outbox.c.id <= rows[-1].id
                connection.execute(update(outbox).where(*these).values(claimed_until=until))
        return list(map(_kept, rows))

    @repeatable
    def release(self, claimed: Sequence[Kept]) -> None:
        """Give rows back that could not be delivered."""
        with self._database.writing() as connection:
            these = self._mine, outbox.c.id <= claimed[-1].number
            connection.execute(update(outbox).where(*these).values(claimed_until=None))

    @repeatable
    def delivered(self, claimed: Sequence[Kept]) -> None:
        """Delete rows that the archive has now."""
        with self._database.writing() as connection:
            connection.execute(delete(outbox).where(self._mine, outbox.c.id <= claimed[-1].number))

    @repeatable
    def remove(self, ids: Collection[str] | None = None) -> int:
        """Delete the rows with these passages, or all, because they are forgotten. Returns how many."""
        with self._database.writing(alone=True) as connection:
            rows = connection.execute(select(outbox.c.id, outbox.c.passage_id).where(self._mine)).all()
            gone = [row for row in rows if ids is None or row.passage_id in ids]
            for row in gone:
                connection.execute(delete(outbox).where(outbox.c.id == row.id))
        return len(gone)

    def wait(self, seconds: float) -> bool:
        """Wait until nobody delivers. Returns whether that is so."""
        until = time.monotonic() + seconds
        other = outbox.c.claimed_until
        while True:
            with self._database.reading() as connection:
                claimed = connection.scalar(select(func.max(other)).where(self._mine, other.is_not(None)))
            if claimed is None or claimed <= to_column(now()):
                return True
            if time.monotonic() > until:
                return False
            time.sleep(POLL_SECONDS)

    @repeatable
    def _insert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(outbox), list(rows))


def _kept(row: Row[Any]) -> Kept:
    return Kept(row.id, row.passage_id, json.loads(row.payload))
