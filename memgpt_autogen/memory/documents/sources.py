"""The documents of one archive: load, list, find, read and delete them.

The archive contains everything. The catalogue in SQL makes it fast to list documents, to open them and to
read on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, select, update

from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.documents.catalogue import (
    PassageRun,
    Source,
    add_news,
    place_of,
    rewrite,
    sections_of,
    source_of,
    source_row,
    versions_in,
)
from memgpt_autogen.memory.documents.ingest import Ingest, LoadProgress, Outcome
from memgpt_autogen.memory.passages import Passage, Piece, name_of, section_id
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import LARGEST, news, source_sections, sources
from memgpt_autogen.readers.open import Document
from memgpt_autogen.readers.sections import without_lines
from memgpt_autogen.text.equal import is_equal
from memgpt_autogen.text.letters import search_form


class ArchiveSources:
    """The documents of one archive. Several agents may share it."""

    def __init__(self, database: Database, archive: Archive) -> None:
        self._database = database
        self.archive = archive
        self._in_archive = sources.c.archive_id == archive.archive_id
        self._news_of_archive = news.c.archive_id == archive.archive_id

    def __iter__(self) -> Iterator[Source]:
        """Yield them in the order of their names, as the archive has them now. Looking changes nothing.

        Sources without passages are left out, such as one that was deleted in the archive itself.
        """
        rows = self._rows()
        passages = self.archive.sources() if rows else {}
        for row in rows:
            source, count = source_of(row), passages.get(row.name, 0)
            if row.loading is not None or count >= row.passages:
                yield source
            elif count:
                yield replace(source, passages=count)

    def get(self, name: str) -> Source | None:
        """Return the source of this name, or else the only one whose name is equal to readers, or None."""
        name = name_of(name) or ""
        with self._database.reading() as connection:
            found = self.get_with(connection, name)
            if found is not None or not name:
                return found
            names = connection.scalars(select(sources.c.name).where(self._in_archive)).all()
            equal = [each for each in names if is_equal(each, name)]
            return self.get_with(connection, equal[0]) if len(equal) == 1 else None

    def get_with(self, connection: Connection, name: str) -> Source | None:
        """As `get`, in a transaction that is open."""
        row = self._row(connection, name)
        return source_of(row) if row else None

    def load(
        self,
        document: Document,
        *,
        named: bool = False,
        tags: Sequence[str] = (),
        wait: bool = True,
        progress: LoadProgress | None = None,
    ) -> tuple[Source, Outcome]:
        """Store a document; see `Ingest.run`."""
        ingest = Ingest(self._database, self.archive, document, tags=tags, wait=wait, progress=progress)
        return ingest.run(named=named)

    @repeatable
    def remove(self, name: str) -> Source | None:
        """Delete a source with all its passages, and return it; None if there is none."""
        source = self.get(name)
        if source is None:
            return None
        self.archive.delete_source(source.name)
        with self._database.writing() as connection:
            connection.execute(delete(sources).where(self._in_archive, sources.c.name == source.name))
            add_news(connection, self.archive.archive_id, source.name, "gone")
        return source

    @repeatable
    def forget(self, is_gone: Callable[[str], bool], without_words: Callable[[str], str]) -> None:
        """Remove from the catalogue and the news what was forgotten, after the passages.

        `is_gone` says whether a name or a heading is forgotten, `without_words` returns a path without the
        words.
        """
        self.refresh()
        passages = self.archive.sources()
        with self._database.writing() as connection:
            for row in connection.execute(select(sources).where(self._in_archive)).all():
                if is_gone(row.name) and not passages.get(row.name):
                    connection.execute(delete(sources).where(sources.c.id == row.id))
                elif (origin := without_words(row.origin)) != row.origin:
                    connection.execute(update(sources).where(sources.c.id == row.id).values(origin=origin))
            self._cut_headings(connection, is_gone)
            for row in connection.execute(select(news).where(self._news_of_archive)).all():
                if is_gone(row.name) and not passages.get(row.name):
                    connection.execute(delete(news).where(news.c.id == row.id))

    def _cut_headings(self, connection: Connection, is_gone: Callable[[str], bool]) -> None:
        """Remove headings from sections without passages, which an interrupted load has left."""
        mine = source_sections.c.source_id.in_(select(sources.c.id).where(self._in_archive))
        headed = select(source_sections).where(mine, source_sections.c.heading.is_not(None))
        for row in connection.execute(headed).all():
            if is_gone(row.heading):
                section = and_(
                    source_sections.c.source_id == row.source_id,
                    source_sections.c.digest == row.digest,
                    source_sections.c.number == row.number,
                )
                connection.execute(update(source_sections).where(section).values(heading=None))

    @repeatable
    def clear(self) -> None:
        """Delete the catalogue and the news; the passages are left to the archive."""
        with self._database.writing() as connection:
            connection.execute(delete(sources).where(self._in_archive))
            connection.execute(delete(news).where(self._news_of_archive))

    def outline(self, source: Source, most: int = 40) -> list[tuple[int, int | None, str | None]]:
        """Return the first passage, the page and the heading of each place where a heading begins.

        Pages without a heading are listed by page.
        """
        found: list[tuple[int, int | None, str | None]] = []
        with self._database.reading() as connection:
            row = self._row(connection, source.name)
            if row is None:
                return []
            version = select(source_sections).where(*sections_of(row, row.digest))
            before: tuple[int | None, str | None] | None = None
            for section in connection.execute(version.order_by(source_sections.c.number)):
                new = (section.page, None) if section.heading is None else (None, section.heading)
                if new != before:
                    found.append((section.first, section.page, section.heading))
                before = new
                if len(found) >= most:
                    break
        return found

    def start(self, source: Source, *, page: int | None = None, heading: str | None = None) -> int | None:
        """Return the number of the passage where a page or a heading begins.

        Returns None if the source has no such one. The heading that is equal to the given one is taken,
        or else one that contains its words.
        """
        columns = source_sections.c.first, source_sections.c.heading
        with self._database.reading() as connection:
            row = self._row(connection, source.name)
            if row is None:
                return None
            where = list(sections_of(row, row.digest))
            if page is not None:
                where.append(source_sections.c.page == min(page, LARGEST))
            ordered = select(*columns).where(*where).order_by(source_sections.c.number)
            rows = connection.execute(ordered)
            if heading is None:
                first = rows.first()
                return None if first is None else int(first.first)
            headings = [(found.heading or "", int(found.first)) for found in rows]
        for wanted in (heading, _PATH.sub(" > ", _without_call(heading))):  # also `Store.add()`
            fits = [(_fit(wanted, each), first) for each, first in headings]
            fit, start = max(fits, key=lambda each: each[0], default=(0, 0))
            if fit:
                return start
        return None

    def read(self, source: Source, start: int, *, chars: int) -> PassageRun:
        """Return the passages from number `start` on, as many as fit into `chars`.

        Returns at least one if there is one.
        """
        found: list[Piece] = []
        left = chars
        for piece in self._from(source.name, start):
            if found and len(piece.passage.text) > left:
                break
            found.append(piece)
            left -= len(piece.passage.text)
        return PassageRun(source, tuple(found))

    def passages(self, source: Source, start: int, most: int) -> list[Passage]:
        """Return at most so many passages in their order, from number `start` on."""
        return [piece.passage for piece in islice(self._from(source.name, start), most)]

    @repeatable
    def refresh(self, *, announce: bool = False) -> None:
        """Make the catalogue again from the passages.

        This is for the time after an import, a fork or a repair, or after something was forgotten.
        Documents that are being loaded are left alone. With `announce`, a document that was not in the
        catalogue is news for the agents that read the archive.
        """
        found = versions_in(self.archive.placed())
        with self._database.writing() as connection:
            rewrite(connection, self.archive.archive_id, found, announce=announce)

    def _from(self, name: str, start: int) -> Iterator[Piece]:
        """Yield the passages from this number on, section by section."""
        with self._database.reading() as connection:
            row = self._row(connection, name)
        if row is None or row.digest is None:
            return
        first = source_sections.c.first
        number = min(max(1, start), LARGEST)
        while True:
            before = select(source_sections).where(*sections_of(row, row.digest), first <= number)
            with self._database.reading() as connection:
                section = connection.execute(before.order_by(first.desc()).limit(1)).first()
            if section is None or number >= section.first + section.passages:
                return
            parent = section_id(self.archive.archive_id, row.name, row.digest, section.number)
            for piece in self.archive.section(parent, section.passages):
                if place_of(piece.passage).number >= number:
                    yield piece
            number = section.first + section.passages

    def _rows(self) -> Sequence[Row[Any]]:
        with self._database.reading() as connection:
            rows = connection.execute(select(sources).where(self._in_archive)).all()
        return sorted(rows, key=lambda row: str(row.name))  # databases sort by their locale

    def _row(self, connection: Connection, name: str) -> Row[Any] | None:
        return source_row(connection, self.archive.archive_id, name)


def _words(text: str) -> list[str]:
    return [word.strip(".,:;()") for word in search_form(text).replace(">", " ").split()]


_PATH = re.compile(r"(?:(?<!\s)\s+)?(?:::|->|[.#>])\s*")  # between the names of a class and a method


def _fit(wanted: str, heading: str) -> int:
    """How well a heading matches the wanted one; 0 if it does not."""
    words, path = _words(wanted), without_lines(heading)
    parts = [_words(part) for part in path.split(" > ")]
    if words in (_words(heading), _words(path), parts[-1]):
        return 4
    if any(words == part for part in parts):
        return 3
    if any(words == part[: len(words)] for part in parts):
        return 2
    return 1 if words and set(words) <= set(_words(heading)) else 0


def _without_call(heading: str) -> str:
    """Return `Store.add` for `Store.add(name)`."""
    bare = heading.rstrip()
    return bare.partition("(")[0] if bare.endswith(")") and "(" in bare else heading
