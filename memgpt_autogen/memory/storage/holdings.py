"""How many passages each archive on a Qdrant server should have at least.

An empty or a wrong server looks like an empty archive. Passages are counted here after they were stored, and
before they are deleted, so that a process that is killed never leaves a number that is too large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Update, case, delete, insert, select, update

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import holdings


@dataclass(frozen=True, slots=True)
class Holding:
    """What an archive had when it was last used."""

    passages: int
    server: str
    """The server's address, without a password, or the folder."""
    embedded: bool = False
    """Whether they are in the home's own folder, and were never on the server."""


class Holdings:
    """The numbers of one home. `server` is the server of its archives; None while they are embedded.

    An embedded archive is not counted. But one that is empty, and was on a server before, is noticed, and so
    is one that stayed embedded while a server is configured now: `left` returns what it has.
    """

    def __init__(
        self,
        database: Database,
        server: str | None,
        left: Callable[[str], Holding | None] | None = None,
    ) -> None:
        self._database = database
        self.server = server
        self._left = left
        # embedded archives that were never on a server; nothing but a server's archive is ever counted
        self._uncounted: set[str] = set()

    def of(self, archive_id: str) -> Holding | None:
        """Return what an archive should have; None if that is nothing, or unknown."""
        if archive_id in self._uncounted:
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(holdings).where(holdings.c.archive_id == archive_id)).first()
        if row is None and self.server is None:
            self._uncounted.add(archive_id)
        return Holding(row.passages, row.server) if row is not None and row.passages > 0 else None

    def left(self, archive_id: str) -> Holding | None:
        """Return what stayed in the home's folder of an archive that the server never had."""
        if self._left is None or self.known(archive_id):
            return None
        return self._left(archive_id)

    def known(self, archive_id: str) -> bool:
        """Return whether an archive was counted before."""
        row = select(holdings.c.archive_id).where(holdings.c.archive_id == archive_id)
        with self._database.reading() as connection:
            return connection.execute(row).first() is not None

    def add(self, archive_id: str, count: int) -> None:
        """Count passages that were stored, or, with a negative number, that will be deleted."""
        if not count or self.server is None:
            return
        passages = holdings.c.passages + count
        least = case((passages > 0, passages), else_=0)
        mine = holdings.c.archive_id == archive_id
        change = update(holdings).where(mine).values(passages=least, server=self.server)
        if not self._changed(change) and count > 0:
            self.put(archive_id, count)

    @repeatable
    def put(self, archive_id: str, passages: int) -> None:
        """Take what an archive has now as what it should have."""
        mine = holdings.c.archive_id == archive_id
        with self._database.writing(alone=True) as connection:
            connection.execute(delete(holdings).where(mine))
            if self.server is not None:
                row = {"archive_id": archive_id, "passages": passages, "server": self.server}
                connection.execute(insert(holdings).values(row))

    @repeatable
    def _changed(self, change: Update) -> int:
        """Return how many rows a statement changes."""
        with self._database.writing() as connection:
            return int(connection.execute(change).rowcount)
