"""Ingest: load one document into an archive, as passages that know their place.

A load first writes the sections that it is going to store to the catalogue, then it stores their passages,
then it marks the sections as stored. So an interrupted load resumes where it stopped. Ids follow from
archive, name, content and place, so nothing is stored twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.store import BATCH
from memgpt_autogen.memory.documents.catalogue import (
    Source,
    add_news,
    place_of,
    section_row,
    sections_of,
    source_id,
    source_of,
    source_row,
)
from memgpt_autogen.memory.passages import Piece, Place, distinct, name_of, part_id, section_id
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import source_sections, sources, to_column
from memgpt_autogen.messages import now
from memgpt_autogen.readers.open import Document
from memgpt_autogen.readers.sections import Section
from memgpt_autogen.text.chunking import PAUSES
from memgpt_autogen.text.names import LONGEST_SOURCE_NAME, check_source_name

LEAD_CHARS = 200
"""The most characters of a passage by which the next one is found too."""

Outcome = Literal["came", "changed", "unchanged"]

LoadProgress = Callable[[int, int], object]
"""Called while a document is loaded, with the number of its characters and passages that are stored."""


class Ingest:
    """The load of one document into one archive."""

    def __init__(
        self,
        database: Database,
        archive: Archive,
        document: Document,
        *,
        tags: Sequence[str] = (),
        wait: bool = True,
        progress: LoadProgress | None = None,
    ) -> None:
        self._database = database
        self._archive = archive
        self._document = document
        self._tags = distinct(tags)
        self._wait = wait
        self._progress = progress

    def run(self, *, named: bool = False) -> tuple[Source, Outcome]:
        """Store the document, or nothing if it is in the archive already with the same content and tags.

        A document of the same name and origin is replaced; with `named`, one of the same name. The same
        content under another name, or from another place, is a document of its own. An interrupted load is
        resumed. Raises `DocumentError` for a document that cannot be read; the archive is then as it
        was.
        """
        with self._database.reading() as connection:
            found = self._row(connection, self._name(connection, named=named))
        if found is not None and found.digest == self._document.digest and found.loading is None:
            tagged = self._keeps_tags(found)
            if self._is_whole(found, again=not tagged) and tagged:
                return self._known(found), "unchanged"
        row, done, passages, characters = self._begin(named=named)
        try:
            self._store(row, done, passages, characters)
        except DocumentError:
            self._give_up(row)
            raise
        return self._finish(row)

    @property
    def _in_archive(self) -> ColumnElement[bool]:
        return sources.c.archive_id == self._archive.archive_id

    def _row(self, connection: Connection, name: str) -> Row[Any] | None:
        return source_row(connection, self._archive.archive_id, name)

    @repeatable
    def _known(self, row: Row[Any]) -> Source:
        """Return a source that is there already. If its file was moved, the new path is kept."""
        if row.origin == self._document.origin:
            return source_of(row)
        with self._database.writing() as connection:
            moved = update(sources).where(sources.c.id == row.id).values(origin=self._document.origin)
            connection.execute(moved)
            found = self._row(connection, row.name)
        return source_of(found if found is not None else row)

    def _keeps_tags(self, row: Row[Any]) -> bool:
        """Whether the passages have the given tags already. If not, they are stored again with both."""
        if not self._tags:
            return True
        parent = section_id(self._archive.archive_id, row.name, row.digest, 1)
        pieces = self._archive.section(parent, 1)
        known = pieces[0].passage.tags if pieces else ()
        self._tags = distinct([*known, *self._tags])
        return set(self._tags) == set(known)

    @repeatable
    def _is_whole(self, row: Row[Any], *, again: bool = False) -> bool:
        """Whether all passages are still in the archive: some may have been deleted or forgotten.

        If not, or with `again`, they are stored again.
        """
        whole = sections_of(row, row.digest)
        lacking = select(source_sections.c.number).where(*whole, ~source_sections.c.stored).limit(1)
        with self._database.reading() as connection:
            stored = connection.execute(lacking).first() is None
            expected = connection.scalar(select(func.sum(source_sections.c.passages)).where(*whole)) or 0
        there = self._archive.count(sources=[row.name])
        if not again and stored and there >= expected:
            return True
        with self._database.writing() as connection:  # so that it is loaded again
            every = source_sections.c.source_id == row.id
            connection.execute(update(source_sections).where(every).values(stored=False))
            if not there:  # it was deleted in the archive itself, and comes as a new one
                connection.execute(update(sources).where(sources.c.id == row.id).values(digest=None))
        return False

    @repeatable
    def _begin(self, *, named: bool) -> tuple[Row[Any], int, int, int]:
        """Return the row of this load, and how many sections, passages and characters are stored already.

        The row is that of an interrupted load, or of the document that is replaced, or a new one.
        """
        document, archive_id = self._document, self._archive.archive_id
        with self._database.writing(alone=True) as connection:
            name = self._name(connection, named=named)
            row = self._row(connection, name)
            values = {"origin": document.origin, "kind": document.kind, "loading": document.digest}
            if row is None:
                new = {"id": source_id(archive_id, name), "archive_id": archive_id, "name": name}
                values["attached_at"] = to_column(now())
                counts = dict.fromkeys(("passages", "sections", "pages", "characters"), 0)
                connection.execute(insert(sources).values(**new, **values, **counts))
            else:
                connection.execute(update(sources).where(sources.c.id == row.id).values(**values))
            found = self._row(connection, name)
            assert found is not None  # noqa: S101  # it was just written
            stored = select(
                func.count(),
                func.coalesce(func.sum(source_sections.c.passages), 0),
                func.coalesce(func.max(source_sections.c.characters), 0),
            ).where(*sections_of(found, document.digest), source_sections.c.stored)
            done, passages, characters = connection.execute(stored).one()
        if passages and self._archive.count(sources=[name]) < passages:  # some were deleted since
            done, passages, characters = 0, 0, 0
        return found, done, passages, characters

    def _name(self, connection: Connection, *, named: bool) -> str:
        """Return the document's name.

        A file that is a source already keeps its name, unless it is given another one. If another document
        has the name, the folders of this one are put before it.
        """
        document = self._document
        name = name_of(document.name) or "document"
        if named:
            check_source_name(name)
            return name
        if len(name) > LONGEST_SOURCE_NAME:  # such as an address with a long query
            name = f"{name[: LONGEST_SOURCE_NAME - 11]} ({document.digest[:8]})"
        if document.origin.rstrip("/").endswith(document.name):  # so nobody gave the name
            here = select(sources.c.name).where(self._in_archive, sources.c.origin == document.origin)
            names = sorted(str(each) for each in connection.scalars(here)) if document.origin else []
            if names and name not in names:
                return names[0]
        parts = [part for part in PurePath(document.origin).parts if part != "/"]
        folders = parts[: -max(1, name.count("/") + 1)]
        while (row := self._row(connection, name)) is not None and not self._is_same(row):
            if not folders or len(name) + len(folders[-1]) >= LONGEST_SOURCE_NAME:
                name = name[: LONGEST_SOURCE_NAME - 11]
                return f"{name} ({document.digest[:8]})"
            name = f"{folders.pop()}/{name}"
        return name

    def _is_same(self, row: Row[Any]) -> bool:
        """Whether a source is this document: from the same place, or from a file that was moved here."""
        document = self._document
        if row.origin == document.origin:
            return True
        from_file = bool(row.origin and document.origin) and "://" not in f"{row.origin}{document.origin}"
        same = document.digest in (row.digest, row.loading)
        return from_file and same and not Path(row.origin).exists()

    def _store(self, row: Row[Any], done: int, passages: int, characters: int) -> None:
        """Store the sections that follow the first `done` ones."""
        batch: list[list[Piece]] = []
        waiting, time = 0, now()
        for section in islice(self._document.sections(), done, None):
            characters += len(section.text)
            # archives are listed in the order of time, so each section is a little later than the one before
            created_at = time + timedelta(microseconds=len(batch))
            pieces = self._pieces(row.name, section, created_at, passages + 1, characters)
            batch.append(pieces)
            passages += len(pieces)
            waiting += len(pieces)
            if waiting >= BATCH:
                self._flush(row, batch)
                batch, waiting, time = [], 0, now()
                if self._progress:
                    self._progress(characters, passages)
        if batch:
            self._flush(row, batch)
        if self._progress:
            self._progress(characters, passages)

    def _pieces(
        self, name: str, section: Section, created_at: datetime, first: int, characters: int
    ) -> list[Piece]:
        """Return the passages of a section. `first` is the number of the first one in the document."""
        document = self._document
        parent = section_id(self._archive.archive_id, name, document.digest, section.number)
        place = Place(
            document.digest,
            section.number,
            first,
            section.page,
            section.heading,
            kind=document.kind,
            origin=document.origin,
            characters=characters,
            last=section.last,
        )
        lead = ""
        pieces: list[Piece] = []
        for piece in self._archive.split(
            parent, section.text, self._tags, name, created_at, exact=section.exact
        ):
            passage = replace(piece.passage, place=replace(place, number=first + len(pieces), lead=lead))
            pieces.append(Piece(passage, piece.gap))
            lead = _lead(passage.text)
        return pieces

    @repeatable
    def _flush(self, row: Row[Any], batch: Sequence[Sequence[Piece]]) -> None:
        """Store sections. `batch` has the passages of each."""
        places = [place_of(pieces[0].passage) for pieces in batch]
        rows = [
            section_row(row.id, place, place.number, len(pieces), stored=False)
            for place, pieces in zip(places, batch, strict=True)
        ]
        numbers = source_sections.c.number.between(places[0].section, places[-1].section)
        written = *sections_of(row, self._document.digest), numbers
        with self._database.writing() as connection:
            connection.execute(delete(source_sections).where(*written))
            connection.execute(insert(source_sections), rows)
        self._archive.put(list(chain.from_iterable(batch)), wait=self._wait)
        with self._database.writing() as connection:
            connection.execute(update(source_sections).where(*written).values(stored=True))

    @repeatable
    def _finish(self, row: Row[Any]) -> tuple[Source, Outcome]:
        # the passages of an earlier version go first: after a crash this is only done again
        self._drop(row, source_sections.c.digest != row.loading)
        outcome: Outcome = "changed" if row.digest else "came"
        counts = select(
            func.count().label("sections"),
            func.sum(source_sections.c.passages).label("passages"),
            func.coalesce(func.max(source_sections.c.page), 0).label("pages"),
            func.max(source_sections.c.characters).label("characters"),
        ).where(*sections_of(row, row.loading))
        with self._database.writing() as connection:
            counted = connection.execute(counts).one()._asdict()
            values = {**counted, "digest": row.loading, "loading": None, "attached_at": to_column(now())}
            connection.execute(update(sources).where(sources.c.id == row.id).values(values))
            add_news(connection, self._archive.archive_id, row.name, outcome)
            found = self._row(connection, row.name)
        assert found is not None  # noqa: S101  # it was just written
        return source_of(found), outcome

    @repeatable
    def _give_up(self, row: Row[Any]) -> None:
        """Restore what was there before."""
        self._drop(row, source_sections.c.digest == row.loading)
        with self._database.writing() as connection:
            if row.digest is None:
                connection.execute(delete(sources).where(sources.c.id == row.id))
            else:
                connection.execute(update(sources).where(sources.c.id == row.id).values(loading=None))

    def _drop(self, row: Row[Any], which: ColumnElement[bool]) -> None:
        """Delete the passages of some sections, then these sections."""
        condition = and_(source_sections.c.source_id == row.id, which)
        columns = source_sections.c.digest, source_sections.c.number, source_sections.c.passages
        with self._database.reading() as connection:
            gone = connection.execute(select(*columns).where(condition)).all()
        if not gone:
            return
        ids: list[str] = []
        for digest, number, count in gone:
            parent = section_id(self._archive.archive_id, row.name, digest, number)
            ids += [part_id(parent, part) for part in range(1, count + 1)]
        self._archive.drop(ids)
        with self._database.writing() as connection:
            connection.execute(delete(source_sections).where(condition))


def _lead(text: str) -> str:
    """Return the last sentences of a passage, or its last words if they are long."""
    tail = text[-LEAD_CHARS:]
    if len(tail) == len(text):
        return text
    for pause in PAUSES[1:]:
        places = [place.start() for place in pause.finditer(tail) if place.start() < len(tail) - 20]
        if places:
            return tail[places[0] :].strip()
    return tail.strip()
