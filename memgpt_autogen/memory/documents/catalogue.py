"""The catalogue of the documents in archives, as SQL holds it; the passages tell all of it, and make it anew."""

from __future__ import annotations

import uuid
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
    """0 where its kind has no pages."""
    characters: int
    attached_at: datetime
    ready: bool = True
    """Whether it is there whole; False while it is loaded, and after a load that broke off."""
    archive: str | None = None
    """The shared archive that it is in; None for the agent's own."""

    @property
    def size(self) -> str:
        """How large it is, in words."""
        counts = [(self.passages, "passage"), (self.pages, "page"), (self.characters, "character")]
        return ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in counts if count)

    def __str__(self) -> str:
        where = f" in archive '{self.archive}'" if self.archive else ""
        return f"{self.name}{where}: {self.size if self.ready else 'not loaded to its end yet'}"


@dataclass(frozen=True, slots=True)
class Run:
    """Passages of a source that follow each other, as they are read."""

    source: Source
    pieces: tuple[Piece, ...]

    @property
    def numbers(self) -> tuple[int, int]:
        """The first one's and the last one's."""
        return placed(self.pieces[0].passage).number, placed(self.pieces[-1].passage).number

    @property
    def next(self) -> int | None:
        """The number of the passage that follows; None at the end."""
        after = self.numbers[1] + 1
        return after if after <= self.source.passages else None


@dataclass(slots=True)
class SectionSeen:
    """What the passages of a section tell of it."""

    page: int | None
    heading: str | None
    first: int
    parts: int
    characters: int
    count: int = 0


class Seen:
    """What the passages of one version of a source tell of it."""

    def __init__(self, passage: Passage) -> None:
        self.place = placed(passage)
        self.at = passage.created_at
        self.last = False
        self.sections: dict[int, SectionSeen] = {}

    def add(self, passage: Passage) -> None:
        place = placed(passage)
        self.last = self.last or place.last
        section = self.sections.setdefault(
            place.section,
            SectionSeen(
                place.page, place.heading, place.number - passage.part + 1, passage.parts, place.characters
            ),
        )
        section.count += 1

    @property
    def complete(self) -> bool:
        """Whether all passages are there that the document had."""
        return self.last and all(
            number in self.sections and self.sections[number].count == self.sections[number].parts
            for number in range(1, max(self.sections) + 1)
        )


Versions = Mapping[str, Mapping[str, Seen]]
"""What was seen of each source, by its name and the digest of its content."""


def versions_in(passages: Iterable[Passage]) -> Versions:
    found: dict[str, dict[str, Seen]] = {}
    for passage in passages:
        if passage.source is not None:
            digest = placed(passage).digest
            found.setdefault(passage.source, {}).setdefault(digest, Seen(passage)).add(passage)
    return found


def rewrite(connection: Connection, archive_id: str, found: Versions, *, told: bool = False) -> None:
    """Make the catalogue of an archive what its passages tell; what is being loaded is left alone.

    `told`: what was not in it is news to those who read the archive.
    """
    mine = sources.c.archive_id == archive_id
    known = {row.name: row for row in connection.execute(select(sources).where(mine))}
    for name, versions in found.items():
        row = known.pop(name, None)
        if row is not None and row.loading is not None:
            continue
        kept = versions.get(row.digest) if row is not None and row.digest else None
        seen = kept or max(versions.values(), key=lambda each: (each.last, each.at))
        connection.execute(delete(sources).where(mine, sources.c.name == name))
        _write(connection, archive_id, name, seen, whole=kept is not None or seen.last)
        if told and row is None:
            tell(connection, archive_id, name, "came")
    for name, row in known.items():
        if row.loading is None:
            connection.execute(delete(sources).where(mine, sources.c.name == name))


def tell(connection: Connection, archive_id: str, name: str, what: str) -> None:
    """Put it among the news, in place of what was told of this source before."""
    connection.execute(delete(news).where(news.c.archive_id == archive_id, news.c.name == name))
    connection.execute(insert(news).values(archive_id=archive_id, name=name, what=what))


def source_id(archive_id: str, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{archive_id}\n{name}"))


def source_of(row: Row[Any]) -> Source:
    return Source(
        row.name, row.origin, row.kind, row.passages, row.sections, row.pages, row.characters, from_column(row.attached_at),
        ready=row.loading is None,
    )  # fmt: skip


def sections_of(row: Row[Any], digest: str | None) -> tuple[ColumnElement[bool], ...]:
    return source_sections.c.source_id == row.id, source_sections.c.digest == (digest or "")


def placed(passage: Passage) -> Place:
    assert passage.place is not None  # noqa: S101  only passages of documents come here
    return passage.place


def _write(connection: Connection, archive_id: str, name: str, seen: Seen, *, whole: bool) -> None:
    made = source_id(archive_id, name)
    connection.execute(
        insert(sources).values(
            id=made, archive_id=archive_id, name=name, origin=seen.place.origin, kind=seen.place.kind,
            digest=seen.place.digest if whole else None, loading=None if whole else seen.place.digest,
            passages=sum(each.count for each in seen.sections.values()), sections=len(seen.sections),
            pages=max((each.page or 0 for each in seen.sections.values()), default=0),
            characters=max(each.characters for each in seen.sections.values()), attached_at=to_column(seen.at),
        )
    )  # fmt: skip
    connection.execute(
        insert(source_sections),
        [
            {
                "source_id": made, "digest": seen.place.digest, "number": number, "page": each.page,
                "heading": each.heading, "first": each.first, "passages": each.parts, "characters": each.characters,
                "stored": seen.complete,
            }
            for number, each in seen.sections.items()
        ],
    )  # fmt: skip
