"""This module finds what an agent can read.

That is its own archive and the shared archives that are attached to it, with the documents in all of
them.

The agent writes to its own archive only. The agents of an attached archive do not see who reads it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlalchemy import bindparam, delete, select

from memgpt_autogen.errors import NotFoundError, StorageError, TakenError, ToolError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.news import MOST_NAMED, NAME_CHARS, DocumentNews, follow
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.passages import EVERYTHING, Found, Page, PassageFilter, searched
from memgpt_autogen.memory.storage.accounts.grants import granted
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import archives, readings
from memgpt_autogen.text.equal import equal_names, fold_alike
from memgpt_autogen.text.safe import clean_text, quote_name
from memgpt_autogen.text.shared_words import shared_words

logger = logging.getLogger(__name__)

OpenArchive = Callable[[str], Archive]
"""Opens an archive by its id."""


class ReadableArchives:
    """The archives that one agent reads."""

    def __init__(self, database: Database, agent_id: str, own: Archive, open_archive: OpenArchive) -> None:
        self._database = database
        self._agent_id = agent_id
        self._open_archive = open_archive
        self.own = ArchiveSources(database, own)
        self.news = DocumentNews(database, agent_id, self.own, self.others)
        self.given: dict[str, str] = {}
        """Archives that are read only in this process, by the names under which the agent knows them."""
        self.quoted: frozenset[str] = frozenset()
        """Those of them of which only passages with a source are read: the others are another's notes."""
        self._others: dict[str, ArchiveSources] = {}
        # which archives are attached, by name and id, in one state of the database
        self._attached: tuple[object, dict[str, str]] | None = None

    def unused(self) -> Archive | None:
        """Return the agent's own archive if it uses a shared one in its place."""
        return None if self.own.archive.archive_id == self._agent_id else self._open_archive(self._agent_id)

    def others(self) -> dict[str, ArchiveSources]:
        """The attached archives, by name."""
        state = self._database.state()
        if state is None or self._attached is None or self._attached[0] != state:
            with self._database.reading() as connection:
                rows = _ATTACHED.rows(connection, agent=self._agent_id)
            self._attached = state, {**self.given, **{str(row.name): str(row.id) for row in rows}}
        attached = self._attached[1]
        for name, archive_id in attached.items():
            known = self._others.get(name)
            # another user's archive that was taken away again may have had the same name
            if known is None or known.archive.archive_id != archive_id:
                self._others[name] = ArchiveSources(self._database, self._open_archive(archive_id))
        return {name: self._others[name] for name in attached}

    @repeatable
    def attach(self, name: str) -> None:
        """Read a shared archive of the home too.

        Raises `NotFoundError` if there is none of that name.
        """
        name = clean_text(name)
        with self._database.writing() as connection:
            mine = owned(archives, self._database)
            found = connection.scalar(select(archives.c.id).where(mine, archives.c.name == name))
            if found is None:
                names = [each for each in connection.scalars(select(archives.c.name).where(mine)) if each]
                equal = select(archives.c.id).where(mine, archives.c.name.in_(equal_names(name, names)))
                found = connection.scalar(equal)
            if found is None and (grant := granted(connection, self._database, "archive", name)):
                found = self._refuse_second(name, grant.id)
            if found is None:
                known = ", ".join(sorted(each for each in names if "\n" not in each))
                there = f"It has: {known}." if known else "It has none."
                raise NotFoundError(
                    f"this home has no shared archive '{name}'. {there} "
                    f"An agent with archive='{name}' makes it."
                )
            if found == self.own.archive.archive_id:
                raise TakenError(f"archive '{name}' is the agent's own already.")
            self._open_archive(str(found)).refuse_other_space()
            follow(connection, self._agent_id, str(found), attached=True)

    def _refuse_second(self, name: str, archive_id: str) -> str:
        """Return the id of another user's archive.

        Raises `TakenError` if the agent already reads another one of that name.
        """
        attached = self.others().get(name)
        if attached is not None and attached.archive.archive_id != archive_id:
            raise TakenError(f"the agent reads another archive '{name}' already. Detach it first.")
        return archive_id

    @repeatable
    def give(self, archive_id: str, name: str | None) -> None:
        """Read the archive of the agent whose client this one serves.

        With a `name`, that archive is the agent's own, and only passages with a source are read from it: the
        others are its notes.
        """
        if name is not None:
            self.given, self.quoted = {name: archive_id}, frozenset((name,))
            self._attached = None
        with self._database.writing() as connection:
            follow(connection, self._agent_id, archive_id, attached=True)

    @repeatable
    def detach(self, name: str) -> bool:
        """Stop reading a shared archive. Returns whether it was attached."""
        others = self.others()
        name = name if name in others else next(iter(equal_names(name, others)), name)
        other = others.get(name)
        if other is None:
            return False
        mine = readings.c.agent_id == self._agent_id, readings.c.archive_id == other.archive.archive_id
        with self._database.writing() as connection:
            connection.execute(delete(readings).where(*mine))
        other.archive.close()
        self._others.pop(name, None)
        return True

    def __iter__(self) -> Iterator[Source]:
        """Yield all documents, the agent's own first."""
        yield from self.own
        for name, other in self.others().items():
            yield from (replace(source, archive=name) for source in other)

    def find(self, name: str) -> tuple[ArchiveSources, Source]:
        """Return a document by its name, or by a part of the name that no other has.

        The agent's own come first. Raises `ToolError` that names the documents that there are.
        """
        places: dict[str | None, ArchiveSources] = {None: self.own}
        places.update(self.others())
        wanted = name.strip()
        for archive, place in places.items():
            if (source := place.get(wanted)) is not None:
                return place, replace(source, archive=archive)
        documents = list(self)
        form = fold_alike(wanted).strip()
        alike = [source for source in documents if form and form in fold_alike(source.name)]
        if len(alike) == 1:
            return places[alike[0].archive], alike[0]
        known = alike or documents
        if not known:
            raise ToolError("there are no sources.")
        names = ", ".join(quote_name(source.name, NAME_CHARS) for source in known[:MOST_NAMED])
        more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
        what = "there are" if alike else "there is no such source. There are"
        raise ToolError(f"{quote_name(wanted, NAME_CHARS)}: {what} {names}{more}.")

    def search(
        self, query: str, filters: PassageFilter = EVERYTHING, *, page: int = 0, page_size: int = 10
    ) -> Page[Found]:
        """Search as `Archive.find`, over all archives, and count the results.

        Scores of different archives cannot be compared. So the best results of all archives come first, then
        the second best, and so on. Among these, results that share more words with the query come first.
        """
        others = self.others()
        if not others:
            return self.own.archive.find(query, filters, page, page_size, counted=True)
        end = (page + 1) * page_size
        pages = [self.own.archive.find(query, filters, 0, end, counted=True)]
        for name, other in others.items():
            try:
                found = other.archive.find(query, filters, 0, end, trouble=pages[0].trouble, counted=True)
            except StorageError as error:  # the agent's own passages can still be found
                logger.warning("archive '%s' cannot be searched: %s", name, error)
                continue
            read = [hit for hit in found.items if name not in self.quoted or hit.passage.source]
            pages.append(replace(found, items=tuple(replace(hit, archive=name) for hit in read)))
        ranked = [
            (rank, -len(shared_words(query, searched(hit.passage))), place, hit)
            for place, found in enumerate(pages)
            for rank, hit in enumerate(found.items)
        ]
        ranked.sort(key=lambda each: each[:3])
        items = tuple(hit for *_, hit in ranked[page * page_size : end])
        trouble = next((found.trouble for found in pages if found.trouble), "")
        return Page(items, lambda: sum(found.total for found in pages), page, page_size, trouble)

    @repeatable
    def copy_to(self, agent_id: str) -> None:
        """Let another agent read the archives that are attached to this one."""
        mine = select(readings).where(readings.c.agent_id == self._agent_id, readings.c.attached)
        with self._database.writing() as connection:
            for row in connection.execute(mine).all():
                follow(connection, agent_id, row.archive_id, attached=True, seen=row.seen)


_ATTACHED = PreparedQuery(
    select(archives.c.name, archives.c.id)
    .select_from(readings.join(archives, archives.c.id == readings.c.archive_id))
    .where(readings.c.agent_id == bindparam("agent"), readings.c.attached)
    .order_by(archives.c.name)
)
