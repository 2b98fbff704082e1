"""The catalogue of the documents in archives, in SQL.

It contains nothing that the passages do not say, so it can be made again.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from memgpt_autogen.memory.passages import NAMESPACE, Passage, Piece, Place
from memgpt_autogen.memory.storage.tables import from_column, news, source_sections, sources, to_column


@dataclass(frozen=True, slots=True)
class Source:
    """A document in an archive."""

    name: str
    origin: str
    """The path or address that it was read from; empty for a text that was given."""
    kind: str
    passages: int
    sections: int
    pages: int
    """0 if documents of its kind have no pages."""
    characters: int
    attached_at: datetime
    ready: bool = True
    """Whether the whole document is there.

    False while it is loaded, and after a load that was interrupted.
    """
    archive: str | None = None
    """The shared archive that it is in; None for the agent's own."""

    @property
    def size(self) -> str:
        """How large it is, in words."""
        counts = [(self.passages, "passage"), (self.pages, "page"), (self.characters, "character")]
        return ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in counts if count)

    def __str__(self) -> str:
        where = f" in archive '{self.archive}'" if self.archive else ""
        return f"{self.name}{where}: {self.size if self.ready else 'not completely loaded yet'}"


@dataclass(frozen=True, slots=True)
class PassageRun:
    """Passages of a source that follow each other."""

    source: Source
    pieces: tuple[Piece, ...]

    @property
    def numbers(self) -> tuple[int, int]:
        """The numbers of the first and the last passage."""
        return place_of(self.pieces[0].passage).number, place_of(self.pieces[-1].passage).number

    @property
    def next(self) -> int | None:
        """The number of the passage that follows; None at the end."""
        after = self.numbers[1] + 1
        return after if after <= self.source.passages else None


class SourceVersion:
    """What the passages of one version of a source say about it."""

    def __init__(self, passage: Passage) -> None:
        self.place = place_of(passage)
        self.created_at = passage.created_at
        self.last = False
        self.sections: dict[int, tuple[Place, int, int]] = {}
        """For each section: the place of a passage, the number of the first passage, how many there were."""
        self.counts: Counter[int] = Counter()
        """How many passages of each section are there."""

    def add(self, passage: Passage) -> None:
        place = place_of(passage)
        self.last = self.last or place.last
        self.sections[place.section] = place, place.number - passage.part + 1, passage.parts
        self.counts[place.section] += 1

    @property
    def complete(self) -> bool:
        """Whether all passages of the document are there."""
        return self.last and all(
            number in self.sections and self.counts[number] == self.sections[number][2]
            for number in range(1, max(self.sections) + 1)
        )


Versions = Mapping[str, Mapping[str, SourceVersion]]
"""The versions of each source, by its name and the digest of the content."""


def versions_in(passages: Iterable[Passage]) -> Versions:
    found: dict[str, dict[str, SourceVersion]] = {}
    for passage in passages:
        if passage.source is not None:
            digest = place_of(passage).digest
            found.setdefault(passage.source, {}).setdefault(digest, SourceVersion(passage)).add(passage)
    return found


def rewrite(connection: Connection, archive_id: str, found: Versions, *, announce: bool = False) -> None:
    """Write the catalogue of an archive from the versions in its passages.

    Documents that are being loaded are left alone. With `announce`, a document that was not in the
    catalogue is news for the agents that read the archive.
    """
    in_archive = sources.c.archive_id == archive_id
    known = {row.name: row for row in connection.execute(select(sources).where(in_archive))}
    for name, versions in found.items():
        row = known.pop(name, None)
        if row is not None and row.loading is not None:
            continue
        kept = versions.get(row.digest) if row is not None and row.digest else None
        version = kept or max(versions.values(), key=lambda each: (each.last, each.created_at))
        connection.execute(delete(sources).where(in_archive, sources.c.name == name))
        _write(connection, archive_id, name, version, whole=kept is not None or version.last)
        if announce and row is None:
            add_news(connection, archive_id, name, "came")
    for name, row in known.items():
        if row.loading is None:
            connection.execute(delete(sources).where(in_archive, sources.c.name == name))


def add_news(connection: Connection, archive_id: str, name: str, what: str) -> None:
    """Add to the news what happened to a source, in place of earlier news of it."""
    connection.execute(delete(news).where(news.c.archive_id == archive_id, news.c.name == name))
    connection.execute(insert(news).values(archive_id=archive_id, name=name, what=what))


def source_id(archive_id: str, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{archive_id}\n{name}"))


def source_row(connection: Connection, archive_id: str, name: str) -> Row[Any] | None:
    named = select(sources).where(sources.c.archive_id == archive_id, sources.c.name == name)
    return connection.execute(named).first()


def source_of(row: Row[Any]) -> Source:
    counts = row.passages, row.sections, row.pages, row.characters
    attached_at = from_column(row.attached_at)
    return Source(row.name, row.origin, row.kind, *counts, attached_at, ready=row.loading is None)


def sections_of(row: Row[Any], digest: str | None) -> tuple[ColumnElement[bool], ...]:
    """Conditions for the sections of one version of a source."""
    return source_sections.c.source_id == row.id, source_sections.c.digest == (digest or "")


def section_row(source: str, place: Place, first: int, passages: int, *, stored: bool) -> dict[str, Any]:
    """Return the row of the section at this place. `first` is the number of its first passage."""
    return {
        "source_id": source,
        "digest": place.digest,
        "number": place.section,
        "page": place.page,
        "heading": place.heading,
        "first": first,
        "passages": passages,
        "characters": place.characters,
        "stored": stored,
    }


def place_of(passage: Passage) -> Place:
    assert passage.place is not None  # noqa: S101  # callers give passages of documents only
    return passage.place


def _write(
    connection: Connection, archive_id: str, name: str, version: SourceVersion, *, whole: bool
) -> None:
    place, sections = version.place, version.sections
    source = source_id(archive_id, name)
    row = {
        "id": source,
        "archive_id": archive_id,
        "name": name,
        "origin": place.origin,
        "kind": place.kind,
        "digest": place.digest if whole else None,
        "loading": None if whole else place.digest,
        "passages": version.counts.total(),
        "sections": len(sections),
        "pages": max(each.page or 0 for each, *_ in sections.values()),
        "characters": max(each.characters for each, *_ in sections.values()),
        "attached_at": to_column(version.created_at),
    }
    connection.execute(insert(sources).values(row))
    section_rows = [
        section_row(source, each, first, parts, stored=version.complete)
        for each, first, parts in sections.values()
    ]
    connection.execute(insert(source_sections), section_rows)
