"""News of documents: an event says which documents came, changed or went in the archives of an agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, insert, or_, select, update

from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import append_entries
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import news, readings, sources
from memgpt_autogen.messages import Message
from memgpt_autogen.text.safe import quote_name

MOST_NAMED = 10
"""How many documents an event or an error names."""

NAME_CHARS = 80


class DocumentNews:
    """The news for one agent. `others` returns the attached archives by name."""

    def __init__(
        self,
        database: Database,
        agent_id: str,
        own: ArchiveSources,
        others: Callable[[], Mapping[str, ArchiveSources]],
    ) -> None:
        self._database = database
        self._agent_id = agent_id
        self._own = own
        self._others = others
        self._asked = {"agent": agent_id, "own": own.archive.archive_id}
        self._has_documents: bool | None = None

    def has_documents(self) -> bool:
        """Whether there is a document that can be opened, as of the beginning of the turn."""
        if self._has_documents is None:
            self._look()
        return bool(self._has_documents)

    def look_again(self) -> None:
        """Let `has_documents` look again, because the documents were changed."""
        self._has_documents = None

    @repeatable
    def take(self) -> list[Message]:
        """Log an event about what happened to documents since the last one, and return it.

        Without news, return nothing.
        """
        if not self._look():
            return []
        with self._database.writing() as connection:
            rows = _NEW.rows(connection, **self._asked)
            newest: dict[str, int] = {row.archive_id: row.id for row in rows}  # the rows are ordered by id
            for archive_id, seen in newest.items():
                follow(connection, self._agent_id, archive_id, seen=seen)
            text = self._text(connection, rows) if rows else ""
            if not text:
                return []
            entries = append_entries(connection, self._agent_id, [Message.event("alert", text)])
        return [entry.message for entry in entries]

    @repeatable
    def skip(self) -> None:
        """Treat everything that is there as known, for an agent that begins with the memory of another."""
        with self._database.writing() as connection:
            for place in (self._own, *self._others().values()):
                archive_id = place.archive.archive_id
                newest = connection.scalar(select(func.max(news.c.id)).where(news.c.archive_id == archive_id))
                follow(connection, self._agent_id, archive_id, seen=newest or 0)

    @repeatable
    def repeat(self) -> None:
        """Treat everything that is there as new, because the agent has forgotten it."""
        self.look_again()
        with self._database.writing() as connection:
            mine = readings.c.agent_id == self._agent_id
            connection.execute(update(readings).where(mine).values(seen=0))

    def _look(self) -> bool:
        """Return whether there is news. The same query finds out whether there is any document."""
        with self._database.reading() as connection:
            (found,) = _LOOK.rows(connection, **self._asked)
        self._has_documents = bool(found.readable)
        return bool(found.new)

    def _text(self, connection: Connection, rows: Sequence[Any]) -> str:
        places = {other.archive.archive_id: (name, other) for name, other in self._others().items()}
        parts = []
        for what in ("came", "changed"):
            found = []
            for row in rows:
                archive, place = places.get(row.archive_id, (None, self._own))
                source = place.get_with(connection, row.name) if row.what == what else None
                if source is not None:
                    where = f" in archive {quote_name(archive, NAME_CHARS)}" if archive else ""
                    found.append(f"{quote_name(source.name, NAME_CHARS)}{where} ({source.size})")
            if found:
                count = "1 document" if len(found) == 1 else f"{len(found):,} documents"
                left = len(found) - MOST_NAMED
                more = f"; and {left:,} more, see list_sources" if left > 0 else ""
                parts.append(f"{count} {what}: {'; '.join(found[:MOST_NAMED])}{more}.")
        documents = bool(parts)
        gone = [quote_name(row.name, NAME_CHARS) for row in rows if row.what == "gone"]
        if gone:
            more = f" and {len(gone) - MOST_NAMED:,} more" if len(gone) > MOST_NAMED else ""
            parts.append(f"No longer there: {', '.join(gone[:MOST_NAMED])}{more}.")
        if documents:
            parts.append(
                "archival_memory_search finds their passages, search_source those of one, open_source "
                "reads on. Cite source and page or heading when you answer from them."
            )
        return " ".join(["In archival memory:", *parts]) if parts else ""


def follow(
    connection: Connection, agent_id: str, archive_id: str, *, attached: bool = False, seen: int = 0
) -> None:
    """Note that an archive is attached to an agent, or up to which news the agent has seen it."""
    mine = and_(readings.c.agent_id == agent_id, readings.c.archive_id == archive_id)
    row = connection.execute(select(readings).where(mine)).first()
    if row is None:
        new = {"agent_id": agent_id, "archive_id": archive_id, "attached": attached, "seen": seen}
        connection.execute(insert(readings).values(new))
    else:
        values = {"attached": attached or row.attached, "seen": max(seen, row.seen)}
        connection.execute(update(readings).where(mine).values(values))


_READS = or_(
    sources.c.archive_id == bindparam("own"),
    exists().where(
        readings.c.agent_id == bindparam("agent"),
        readings.c.attached,
        readings.c.archive_id == sources.c.archive_id,
    ),
)

_MINE = and_(readings.c.agent_id == bindparam("agent"), readings.c.archive_id == news.c.archive_id)

_UNSEEN = and_(
    or_(news.c.archive_id == bindparam("own"), readings.c.attached),
    news.c.id > func.coalesce(readings.c.seen, 0),
)

_NEW = PreparedQuery(
    select(news.c.id, news.c.archive_id, news.c.name, news.c.what)
    .select_from(news.outerjoin(readings, _MINE))
    .where(_UNSEEN)
    .order_by(news.c.id)
)

# every turn runs this, so it is one query
_LOOK = PreparedQuery(
    select(
        exists(select(sources.c.id).where(_READS, sources.c.digest.is_not(None))).label("readable"),
        exists(select(news.c.id).select_from(news.outerjoin(readings, _MINE)).where(_UNSEEN)).label("new"),
    )
)
