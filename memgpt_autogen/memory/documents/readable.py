"""What an agent can read: its own archive and those that were attached beside it, with the documents in all of them.

Only its own is written to. Archives that are attached are other agents', who see nothing of who reads them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, insert, or_, select, update

from memgpt_autogen.errors import ConfigurationError, StorageError, ToolError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.sources import Sources
from memgpt_autogen.memory.passages import EVERYTHING, Found, Page, PassageFilter, searched
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import append_entries
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.tables import archives, news, readings, sources
from memgpt_autogen.messages import Message
from memgpt_autogen.text.bm25 import shared_words
from memgpt_autogen.text.safe import listed

logger = logging.getLogger(__name__)

MOST_NAMED = 10
"""How many documents one event names."""

NAME_CHARS = 80

Opening = Callable[[str], Archive]
"""Opens an archive by its id."""


class ReadableArchives:
    """The archives that one agent reads."""

    def __init__(self, database: Database, agent_id: str, own: Archive, opening: Opening) -> None:
        self._database = database
        self._agent_id = agent_id
        self._opening = opening
        self.own = Sources(database, own)
        self._others: dict[str, Sources] = {}
        self._seen: tuple[object, list[tuple[str, str]]] | None = None
        """Which archives are attached, by name and id, in one state of the database."""
        self._any: tuple[object, bool] | None = None
        """Whether there was a document, when this was looked at in one state of the database."""

    def others(self) -> dict[str, Sources]:
        """The archives that are attached, by their names."""
        state = self._database.state()
        if state is None or self._seen is None or self._seen[0] != state:
            with self._database.reading() as connection:
                rows = _attached.rows(connection, agent=self._agent_id)
                self._seen = state, [(str(row.name), str(row.id)) for row in rows]
        attached = dict(self._seen[1])
        for name, archive_id in attached.items():
            if name not in self._others:
                self._others[name] = Sources(self._database, self._opening(archive_id))
        return {name: self._others[name] for name in attached}

    def attach(self, name: str) -> None:
        """Read a shared archive of the home too. Raises `ConfigurationError` where there is none of that name."""
        with self._database.writing() as connection:
            found = connection.scalar(select(archives.c.id).where(archives.c.name == name))
            if found is None:
                known = sorted(
                    each for each in connection.scalars(select(archives.c.name)) if "\n" not in each
                )
                told = f"It has: {', '.join(known)}." if known else "It has none."
                raise ConfigurationError(
                    f"this home has no shared archive '{name}'. {told} An agent with archive='{name}' makes it."
                )
            if found == self.own.archive.archive_id:
                raise ConfigurationError(f"archive '{name}' is the agent's own already.")
            self._opening(str(found)).refuse_other_space()
            self._follow(connection, str(found), attached=True)

    def detach(self, name: str) -> bool:
        """Read a shared archive no longer; whether it was attached."""
        other = self.others().get(name)
        if other is None:
            return False
        with self._database.writing() as connection:
            connection.execute(
                delete(readings).where(
                    readings.c.agent_id == self._agent_id, readings.c.archive_id == other.archive.archive_id
                )
            )
        other.archive.close()
        self._others.pop(name, None)
        return True

    def __iter__(self) -> Iterator[Source]:
        """All documents, the agent's own first."""
        yield from self.own
        for name, other in self.others().items():
            yield from (replace(source, archive=name) for source in other)

    def any(self) -> bool:
        """Whether there is a document that can be opened. Where looking again would cost something, as of the turn's beginning."""
        state = self._database.state()
        if self._any is None or (state is not None and self._any[0] != state):
            self._look()
        return self._any is not None and self._any[1]

    def look_again(self) -> None:
        """What was seen of documents is no longer so."""
        self._any = None

    def find(self, name: str) -> tuple[Sources, Source]:
        """A document by its name, or by a part of it that no other name has; the agent's own before others'.

        Raises `ToolError` that names those that there are.
        """
        places: dict[str | None, Sources] = {None: self.own}
        places.update(self.others())
        wanted = name.strip()
        for archive, place in places.items():
            if (source := place.get(wanted)) is not None:
                return place, replace(source, archive=archive)
        all_of_them = list(self)
        alike = [source for source in all_of_them if wanted and wanted.casefold() in source.name.casefold()]
        if len(alike) == 1:
            return places[alike[0].archive], alike[0]
        known = alike or all_of_them
        told = ", ".join(listed(source.name, NAME_CHARS) for source in known[:MOST_NAMED])
        more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
        what = "there are" if alike else "there is no such source. There are"
        raise ToolError(
            f"{listed(wanted, NAME_CHARS)}: {what} {told}{more}." if known else "there are no sources."
        )

    def search(
        self, query: str, filters: PassageFilter = EVERYTHING, *, page: int = 0, page_size: int = 10
    ) -> Page[Found]:
        """As `Archive.find`, over all archives.

        Scores of different archives cannot be compared. So the best results of all archives come first, then the second
        best, and so on. Among these, results that share more words with the query come first.
        """
        others = self.others()
        if not others:
            return self.own.archive.find(query, filters, page, page_size)
        behind = (page + 1) * page_size
        found = [self.own.archive.find(query, filters, 0, behind)]
        for name, other in others.items():
            try:
                told = other.archive.find(query, filters, 0, behind)
            except StorageError as error:  # what is the agent's own can still be found
                logger.warning("archive '%s' cannot be searched: %s", name, error)
                continue
            found.append(replace(told, items=tuple(replace(hit, archive=name) for hit in told.items)))
        ranked = [
            (rank, -len(shared_words(query, searched(hit.passage))), place, hit)
            for place, each in enumerate(found)
            for rank, hit in enumerate(each.items)
        ]
        ranked.sort(key=lambda each: each[:3])
        items = tuple(hit for *_, hit in ranked[page * page_size : behind])
        return Page(items, lambda: sum(each.total for each in found), page, page_size)

    def passages(self) -> int:
        """How many passages the attached archives have."""
        return sum(other.archive.count() for other in self.others().values())

    # News

    def take_news(self) -> list[Message]:
        """Log an event that tells what became of documents since the last one, and give it; nothing where there is no news."""
        if not self._look():
            return []
        asked = {"agent": self._agent_id, "own": self.own.archive.archive_id}
        with self._database.writing() as connection:
            rows = _new.rows(connection, **asked)
            if not rows:
                return []
            names = {other.archive.archive_id: name for name, other in self.others().items()}
            told = self._told(connection, [(names.get(row.archive_id), row.name, row.what) for row in rows])
            for archive_id in {row.archive_id for row in rows}:
                newest = max(row.id for row in rows if row.archive_id == archive_id)
                self._follow(connection, archive_id, seen=newest)
            if not told:
                return []
            entries = append_entries(connection, self._agent_id, [Message.event("alert", told)])
        return [entry.message for entry in entries]

    def _look(self) -> bool:
        """Whether there is news; in the same question, whether there is any document."""
        state = self._database.state()
        with self._database.reading() as connection:
            own = self.own.archive.archive_id
            (found,) = _looked.rows(connection, agent=self._agent_id, own=own)
        self._any = state, bool(found.readable)
        return bool(found.new)

    def skip_news(self) -> None:
        """Take all that is there as known: for an agent that begins with another one's memory."""
        with self._database.writing() as connection:
            for archive_id in [
                self.own.archive.archive_id,
                *(o.archive.archive_id for o in self.others().values()),
            ]:
                newest = connection.scalar(select(func.max(news.c.id)).where(news.c.archive_id == archive_id))
                self._follow(connection, archive_id, seen=newest or 0)

    def hear_again(self) -> None:
        """Let everything that is there be told again: the agent has forgotten it."""
        self.look_again()
        with self._database.writing() as connection:
            connection.execute(update(readings).where(readings.c.agent_id == self._agent_id).values(seen=0))

    def copy_to(self, agent_id: str) -> None:
        """Let another agent read the archives that are attached to this one."""
        with self._database.writing() as connection:
            rows = connection.execute(
                select(readings).where(readings.c.agent_id == self._agent_id, readings.c.attached)
            ).all()
            for row in rows:
                connection.execute(
                    insert(readings).values(
                        agent_id=agent_id, archive_id=row.archive_id, attached=True, seen=row.seen
                    )
                )

    def _follow(
        self,
        connection: Connection,
        archive_id: str,
        *,
        attached: bool | None = None,
        seen: int | None = None,
    ) -> None:
        mine = and_(readings.c.agent_id == self._agent_id, readings.c.archive_id == archive_id)
        row = connection.execute(select(readings).where(mine)).first()
        if row is None:
            connection.execute(
                insert(readings).values(
                    agent_id=self._agent_id, archive_id=archive_id, attached=bool(attached), seen=seen or 0
                )
            )
            return
        values = {
            "attached": row.attached if attached is None else attached,
            "seen": row.seen if seen is None else max(seen, row.seen),
        }
        connection.execute(update(readings).where(mine).values(**values))

    def _told(self, connection: Connection, happened: Sequence[tuple[str | None, str, str]]) -> str:
        parts = []
        for what in ("came", "changed"):
            names = [(archive, name) for archive, name, how in happened if how == what]
            known = [
                (archive, row) for archive, name in names if (row := self._known(connection, archive, name))
            ]
            if known:
                count = "1 document" if len(known) == 1 else f"{len(known):,} documents"
                told = "; ".join(_of(source, archive) for archive, source in known[:MOST_NAMED])
                more = (
                    f"; and {len(known) - MOST_NAMED:,} more, see list_sources"
                    if len(known) > MOST_NAMED
                    else ""
                )
                parts.append(f"{count} {what}: {told}{more}.")
        gone = [name for _, name, how in happened if how == "gone"]
        if gone:
            told = ", ".join(listed(name, NAME_CHARS) for name in gone[:MOST_NAMED])
            more = f" and {len(gone) - MOST_NAMED:,} more" if len(gone) > MOST_NAMED else ""
            parts.append(f"No longer there: {told}{more}.")
        if any(how != "gone" for _, _, how in happened) and parts:
            parts.append(
                "archival_memory_search finds their passages, search_source those of one, open_source reads on. Cite source "
                "and page or heading when you answer from them."
            )
        return " ".join(["In archival memory:", *parts]) if parts else ""

    def _known(self, connection: Connection, archive: str | None, name: str) -> Source | None:
        place = self.own if archive is None else self.others()[archive]
        return place.in_transaction(connection, name)


def _of(source: Source, archive: str | None) -> str:
    where = f" in archive {listed(archive, NAME_CHARS)}" if archive else ""
    return f"{listed(source.name, NAME_CHARS)}{where} ({source.size})"


_attached = PreparedQuery(
    select(archives.c.name, archives.c.id)
    .select_from(readings.join(archives, archives.c.id == readings.c.archive_id))
    .where(readings.c.agent_id == bindparam("agent"), readings.c.attached)
    .order_by(archives.c.name)
)

_reads = or_(
    sources.c.archive_id == bindparam("own"),
    exists().where(
        readings.c.agent_id == bindparam("agent"),
        readings.c.attached,
        readings.c.archive_id == sources.c.archive_id,
    ),
)

_mine = and_(readings.c.agent_id == bindparam("agent"), readings.c.archive_id == news.c.archive_id)

_unseen = and_(
    or_(news.c.archive_id == bindparam("own"), readings.c.attached),
    news.c.id > func.coalesce(readings.c.seen, 0),
)

_new = PreparedQuery(
    select(news.c.id, news.c.archive_id, news.c.name, news.c.what)
    .select_from(news.outerjoin(readings, _mine))
    .where(_unseen)
    .order_by(news.c.id)
)

_looked = PreparedQuery(
    select(
        exists(select(sources.c.id).where(_reads, sources.c.digest.is_not(None))).label("readable"),
        exists(select(news.c.id).select_from(news.outerjoin(readings, _mine)).where(_unseen)).label("new"),
    )
)
"""Every turn asks this, so it is one question."""
