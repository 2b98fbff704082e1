"""The sources of an archive: documents as passages that know their place, and a catalogue of them in SQL.

The archive holds everything; the catalogue is what makes it quick to list, to open and to go on with. A load writes what it is
about to store, stores it, and notes that: whoever dies in between goes on there. Ids follow from archive, name, content and
place, so nothing is there twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import PurePath
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.archival.store import BATCH
from memgpt_autogen.memory.documents.catalogue import (
    Run,
    Source,
    placed,
    rewrite,
    sections_of,
    source_id,
    source_of,
    tell,
    versions_in,
)
from memgpt_autogen.memory.passages import (
    Passage,
    Piece,
    Place,
    distinct,
    name_of,
    part_id,
    section_id,
)
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import news, source_sections, sources, to_column
from memgpt_autogen.messages import now
from memgpt_autogen.readers.open import Document
from memgpt_autogen.readers.sections import Section
from memgpt_autogen.text.chunking import PAUSES, split

LEAD_CHARS = 200
"""The most characters of a passage that the next one is found by too."""

How = Literal["came", "changed", "unchanged"]

Passed = Callable[[int, int], object]
"""Called while a document is loaded with how many characters and passages of it are in."""


class Sources:
    """The documents of one archive, which may be several agents'."""

    def __init__(self, database: Database, archive: Archive) -> None:
        self._database = database
        self.archive = archive
        self._mine = sources.c.archive_id == archive.archive_id

    def __iter__(self) -> Iterator[Source]:
        """In the order of their names. What was deleted in the archive itself is noticed here."""
        rows = self._rows()
        held = self.archive.sources() if rows else {}
        if any(row.loading is None and held.get(row.name, 0) < row.passages for row in rows):
            self.refresh()
            rows = self._rows()
        return iter([source_of(row) for row in rows])

    def get(self, name: str) -> Source | None:
        with self._database.reading() as connection:
            return self.in_transaction(connection, name_of(name) or "")

    def in_transaction(self, connection: Connection, name: str) -> Source | None:
        row = self._row(connection, name)
        return source_of(row) if row else None

    def load(
        self,
        document: Document,
        *,
        named: bool = False,
        tags: Sequence[str] = (),
        wait: bool = True,
        passed: Passed | None = None,
    ) -> tuple[Source, How]:
        """Store a document, or nothing where its content is here already, under whatever name.

        One of the same name and origin is replaced; with `named`, one of the same name. A load that broke off goes on. Raises
        `DocumentError` for a document that cannot be read, with the archive as it was.
        """
        with self._database.reading() as connection:
            same = and_(self._mine, sources.c.digest == document.digest, sources.c.loading.is_(None))
            known = connection.execute(select(sources).where(same).limit(1)).first()
        if known is not None and self._is_whole(known):
            return source_of(known), "unchanged"
        row = self._begin(document, named=named)
        try:
            self._store(row, document, distinct(tags), wait=wait, passed=passed)
        except DocumentError:
            self._give_up(row)
            raise
        return self._finish(row)

    def remove(self, name: str) -> Source | None:
        """Take a source away with all its passages, and give it; None where there is none."""
        source = self.get(name)
        if source is None:
            return None
        self.archive.delete_source(source.name)
        with self._database.writing() as connection:
            connection.execute(delete(sources).where(self._mine, sources.c.name == source.name))
            tell(connection, self.archive.archive_id, source.name, "gone")
        return source

    def forget(self, name: str) -> None:
        """Leave no trace of a source whose passages are gone for good."""
        with self._database.writing() as connection:
            connection.execute(delete(sources).where(self._mine, sources.c.name == name))
            connection.execute(
                delete(news).where(news.c.archive_id == self.archive.archive_id, news.c.name == name)
            )

    def clear(self) -> None:
        """Forget all of them; the passages are the archive's to clear."""
        with self._database.writing() as connection:
            connection.execute(delete(sources).where(self._mine))
            connection.execute(delete(news).where(news.c.archive_id == self.archive.archive_id))

    def outline(self, source: Source, most: int = 40) -> list[tuple[int, int | None, str | None]]:
        """The first passage, page and heading of each place where a heading begins, or where there are none, of each page."""
        with self._database.reading() as connection:
            row = self._row(connection, source.name)
            if row is None:
                return []
            found: list[tuple[int, int | None, str | None]] = []
            rows = connection.execute(
                select(source_sections)
                .where(*sections_of(row, row.digest))
                .order_by(source_sections.c.number)
            )
            for section in rows:
                new = (section.page, None) if section.heading is None else (None, section.heading)
                before = found[-1] if found else None
                if before is None or new != ((before[1], None) if before[2] is None else (None, before[2])):
                    found.append((section.first, section.page, section.heading))
                if len(found) >= most:
                    break
        return found

    def start(self, source: Source, *, page: int | None = None, heading: str | None = None) -> int | None:
        """The number of the passage where a page or a heading begins; None where the source has none such.

        A heading fits that is the one asked for, else one that has its words.
        """
        with self._database.reading() as connection:
            row = self._row(connection, source.name)
            if row is None:
                return None
            where = list(sections_of(row, row.digest))
            if page is not None:
                where.append(source_sections.c.page == page)
            rows = connection.execute(
                select(source_sections.c.first, source_sections.c.heading)
                .where(*where)
                .order_by(source_sections.c.number)
            )
            if heading is None:
                found = rows.first()
                return None if found is None else int(found.first)
            wanted = _words(heading)
            best: tuple[int, int] | None = None
            for found in rows:
                fit = _fit(wanted, found.heading or "")
                if fit and (best is None or fit > best[0]):
                    best = fit, int(found.first)
        return best[1] if best else None

    def read(self, source: Source, start: int, *, chars: int) -> Run:
        """The passages from number `start` on, as many as `chars` have room for, and at least one where there is one."""
        found: list[Piece] = []
        left = chars
        for piece in self._from(source.name, start):
            if found and len(piece.passage.text) > left:
                break
            found.append(piece)
            left -= len(piece.passage.text)
        return Run(source, tuple(found))

    def refresh(self, *, told: bool = False) -> None:
        """Make the catalogue anew from the passages: after an import, a fork, a repair or a forgetting.

        What is being loaded is left alone. `told`: what was not in the catalogue is news to those who read the archive.
        """
        found = versions_in(self.archive.placed())
        with self._database.writing() as connection:
            rewrite(connection, self.archive.archive_id, found, told=told)

    # How a load goes

    def _begin(self, document: Document, *, named: bool) -> Row[Any]:
        """The row of what is loaded now: one that broke off, the one that it replaces, or a new one."""
        with self._database.writing(alone=True) as connection:
            broken_off = connection.execute(
                select(sources).where(self._mine, sources.c.loading == document.digest)
            ).first()
            name = broken_off.name if broken_off else self._name(connection, document, named=named)
            row = broken_off or self._row(connection, name)
            values = {"origin": document.origin, "kind": document.kind, "loading": document.digest}
            if row is None:
                connection.execute(
                    insert(sources).values(
                        id=source_id(self.archive.archive_id, name), archive_id=self.archive.archive_id, name=name, digest=None, **values, **NONE,
                        attached_at=to_column(now()),
                    )
                )  # fmt: skip
            else:
                connection.execute(update(sources).where(sources.c.id == row.id).values(**values))
            found = self._row(connection, name)
        assert found is not None  # noqa: S101  it was written a line ago
        return found

    def _name(self, connection: Connection, document: Document, *, named: bool) -> str:
        """The document's name, made longer by the folders it is in where another document has it."""
        name = name_of(document.name) or "document"
        if named:
            return name
        folders = [part for part in PurePath(document.origin).parts if part != "/"][
            : -max(1, name.count("/") + 1)
        ]
        while (row := self._row(connection, name)) is not None and row.origin != document.origin:
            if not folders:
                return f"{name} ({document.digest[:8]})"
            name = f"{folders.pop()}/{name}"
        return name

    def _store(
        self, row: Row[Any], document: Document, tags: tuple[str, ...], *, wait: bool, passed: Passed | None
    ) -> None:
        with self._database.reading() as connection:
            held = select(
                func.count(),
                func.coalesce(func.sum(source_sections.c.passages), 0),
                func.max(source_sections.c.characters),
            ).where(*sections_of(row, document.digest), source_sections.c.stored)
            done, passages, characters = connection.execute(held).one()
        if self.archive.count(sources=[row.name]) < passages:  # some were deleted since
            done, passages, characters = 0, 0, 0
        characters = characters or 0
        left = islice(document.sections(), done, None)
        batch: list[tuple[Section, list[Piece], int]] = []
        waiting = 0
        for section in left:
            characters += len(section.text)
            pieces = self._pieces(row.name, document, section, tags, passages + 1, characters)
            batch.append((section, pieces, characters))
            passages += len(pieces)
            waiting += len(pieces)
            if waiting >= BATCH:
                self._flush(row, document.digest, batch, wait=wait)
                batch, waiting = [], 0
                if passed:
                    passed(characters, passages)
        self._flush(row, document.digest, batch, wait=wait)
        if passed:
            passed(characters, passages)

    def _pieces(
        self,
        name: str,
        document: Document,
        section: Section,
        tags: tuple[str, ...],
        first: int,
        characters: int,
    ) -> list[Piece]:
        parent = section_id(self.archive.archive_id, name, document.digest, section.number)
        cut = split(section.text, self.archive.passage_chars)
        place = Place(
            document.digest, section.number, first, section.page, section.heading, "", document.kind, document.origin,
            characters, section.last,
        )  # fmt: skip
        time, lead, pieces = now(), "", []
        for part, (text, gap) in enumerate(cut, 1):
            stands = replace(place, number=first + part - 1, lead=lead)
            passage = Passage(
                part_id(parent, part), text, tags, name, time, parent, part, len(cut), None, stands
            )
            pieces.append(Piece(passage, gap))
            lead = _lead(text)
        return pieces

    def _flush(
        self, row: Row[Any], digest: str, batch: Sequence[tuple[Section, list[Piece], int]], *, wait: bool
    ) -> None:
        if not batch:
            return
        numbers = source_sections.c.number.between(batch[0][0].number, batch[-1][0].number)
        with self._database.writing() as connection:
            connection.execute(delete(source_sections).where(*sections_of(row, digest), numbers))
            connection.execute(
                insert(source_sections),
                [
                    {
                        "source_id": row.id, "digest": digest, "number": section.number, "page": section.page,
                        "heading": section.heading, "first": placed(pieces[0].passage).number, "passages": len(pieces),
                        "characters": characters, "stored": False,
                    }
                    for section, pieces, characters in batch
                ],
            )  # fmt: skip
        # in the order of time, which an archive is listed by, the sections stand in their own
        base = now()
        timed = [
            replace(piece, passage=replace(piece.passage, created_at=base + timedelta(microseconds=place)))
            for place, (_, pieces, _) in enumerate(batch)
            for piece in pieces
        ]
        self.archive.put(timed, wait=wait)
        with self._database.writing() as connection:
            connection.execute(
                update(source_sections).where(*sections_of(row, digest), numbers).values(stored=True)
            )

    def _finish(self, row: Row[Any]) -> tuple[Source, How]:
        """The passages of what was there before go first: whoever dies now only has to come here again."""
        self._drop(row, source_sections.c.digest != row.loading)
        how: How = "changed" if row.digest else "came"
        with self._database.writing() as connection:
            whole = sections_of(row, row.loading)
            counts = select(
                func.count().label("sections"),
                func.sum(source_sections.c.passages).label("passages"),
                func.coalesce(func.max(source_sections.c.page), 0).label("pages"),
                func.max(source_sections.c.characters).label("characters"),
            ).where(*whole)
            counted = connection.execute(counts).one()
            connection.execute(
                update(sources)
                .where(sources.c.id == row.id)
                .values(
                    digest=row.loading, loading=None, sections=counted.sections, passages=counted.passages,
                    pages=counted.pages, characters=counted.characters, attached_at=to_column(now()),
                )
            )  # fmt: skip
            tell(connection, self.archive.archive_id, row.name, how)
            found = self._row(connection, row.name)
        assert found is not None  # noqa: S101  it was written a line ago
        return source_of(found), how

    def _give_up(self, row: Row[Any]) -> None:
        """Back to what was there before."""
        self._drop(row, source_sections.c.digest == row.loading)
        with self._database.writing() as connection:
            if row.digest is None:
                connection.execute(delete(sources).where(sources.c.id == row.id))
            else:
                connection.execute(update(sources).where(sources.c.id == row.id).values(loading=None))

    def _drop(self, row: Row[Any], which: ColumnElement[bool]) -> None:
        """Delete the passages of some sections, then what is known of these."""
        condition = and_(source_sections.c.source_id == row.id, which)
        with self._database.reading() as connection:
            gone = connection.execute(
                select(source_sections.c.digest, source_sections.c.number, source_sections.c.passages).where(
                    condition
                )
            ).all()
        ids: list[str] = []
        for digest, number, count in gone:
            parent = section_id(self.archive.archive_id, row.name, digest, number)
            ids += [part_id(parent, part) for part in range(1, count + 1)]
        self.archive.drop(ids)
        with self._database.writing() as connection:
            connection.execute(delete(source_sections).where(condition))

    # How it is read

    def _from(self, name: str, start: int) -> Iterator[Piece]:
        """The passages from this number on, section by section."""
        with self._database.reading() as connection:
            row = self._row(connection, name)
        if row is None or row.digest is None:
            return
        number = max(1, start)
        while True:
            with self._database.reading() as connection:
                section = connection.execute(
                    select(source_sections)
                    .where(*sections_of(row, row.digest), source_sections.c.first <= number)
                    .order_by(source_sections.c.first.desc())
                    .limit(1)
                ).first()
            if section is None or number >= section.first + section.passages:
                return
            parent = section_id(self.archive.archive_id, row.name, row.digest, section.number)
            for piece in self.archive.section(parent, section.passages):
                if placed(piece.passage).number >= number:
                    yield piece
            number = section.first + section.passages

    def _rows(self) -> Sequence[Row[Any]]:
        with self._database.reading() as connection:
            rows = connection.execute(select(sources).where(self._mine)).all()
        return sorted(rows, key=lambda row: str(row.name))  # databases sort by their locale

    def _row(self, connection: Connection, name: str) -> Row[Any] | None:
        return connection.execute(select(sources).where(self._mine, sources.c.name == name)).first()

    def _is_whole(self, row: Row[Any]) -> bool:
        """Whether the archive still has all of it: some may have been deleted or forgotten."""
        lacking = (
            select(source_sections.c.number)
            .where(*sections_of(row, row.digest), ~source_sections.c.stored)
            .limit(1)
        )
        passages = select(func.sum(source_sections.c.passages)).where(*sections_of(row, row.digest))
        with self._database.reading() as connection:
            whole = connection.execute(lacking).first() is None
            expected = connection.scalar(passages) or 0
        if whole and self.archive.count(sources=[row.name]) >= expected:
            return True
        with self._database.writing() as connection:  # what is left is loaded again
            connection.execute(
                update(source_sections).where(source_sections.c.source_id == row.id).values(stored=False)
            )
        return False


NONE: Mapping[str, int] = {"passages": 0, "sections": 0, "pages": 0, "characters": 0}


def _lead(text: str) -> str:
    """The last sentence or sentences of a passage, or its last words where they are long."""
    tail = text[-LEAD_CHARS:]
    if len(tail) == len(text):
        return text
    for pause in PAUSES[1:]:
        places = [place.start() for place in pause.finditer(tail) if place.start() < len(tail) - 20]
        if places:
            return tail[places[0] :].strip()
    return tail.strip()


def _words(text: str) -> list[str]:
    return [word.strip(".,:;()").casefold() for word in text.replace(">", " ").split()]


def _fit(wanted: Sequence[str], heading: str) -> int:
    """How well a heading is the one asked for; 0 where it is not."""
    path = [_words(part) for part in heading.split(" > ")]
    if wanted == _words(heading) or wanted == path[-1]:
        return 4
    if any(wanted == part for part in path):
        return 3
    if any(wanted == part[: len(wanted)] for part in path):
        return 2
    return 1 if wanted and set(wanted) <= set(_words(heading)) else 0
