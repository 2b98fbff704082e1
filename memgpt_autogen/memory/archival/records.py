"""Passages as records of plain JSON values, to move them to another archive.

They are checked when they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Annotated, Any, Optional

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from typing_extensions import Self

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.passages import (
    Passage,
    Piece,
    Place,
    distinct,
    document_id,
    name_of,
    part_id,
    section_id,
)
from memgpt_autogen.text.safe import clean_text

SOME = ("superseded_by", "place", "replaces", "replaced_by", "edition")
"""Fields that only some records have."""


def record(archive: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored passage without what follows from its text: without vectors and terms."""
    kept = {name: payload[name] for name in Record.model_fields if name not in ("archive", *SOME)}
    return {"archive": archive, **kept, **{name: payload[name] for name in SOME if payload.get(name)}}


def pieces(archive: str, records: Iterable[Mapping[str, Any]]) -> Iterator[Piece]:
    """Yield the records as pieces of this archive, each document as soon as all its parts were read.

    A section of an attached document gets the id that it would have if it was attached here. A whole document
    gets the id that its text has in this archive, so that inserting it again is recognised. A document that
    lacks parts comes at the end: from this archive under its own id, from another archive under an id that is
    made from it. What replaces others or was replaced comes last, so that the ids of both can be those of
    this archive; what is not among the records is left out of them.

    Raises `ConfigurationError` with the number of a record, from 1, that is not one.
    """
    waiting: dict[tuple[str, int], dict[int, Record]] = {}
    linked: list[tuple[str, Sequence[Record]]] = []

    def ready(parent: str, parts: Sequence[Record]) -> Iterator[Piece]:
        if any(part.replaces or part.replaced_by for part in parts):
            linked.append((parent, parts))
        else:
            yield from _pieces(parent, parts)

    for number, each in enumerate(records, 1):
        checked = _checked(number, each)
        key = checked.parent, checked.parts
        parts = waiting.setdefault(key, {})
        if parts.setdefault(checked.part, checked).text != checked.text:
            raise ConfigurationError(
                f"record {number} is part {checked.part} of document {checked.parent!r}, and so is an "
                f"earlier record with another text. Give each part once."
            )
        if len(parts) == checked.parts:
            whole = [parts[part] for part in sorted(waiting.pop(key))]
            yield from ready(_section(archive, whole[0]) or _whole(archive, whole), whole)
    for (parent, count), parts in waiting.items():
        found = [parts[part] for part in sorted(parts)]
        same = found[0].archive == archive
        named = parent if same else document_id(archive, parent, f"{count} parts")
        yield from ready(_section(archive, found[0]) or named, found)
    ids = {
        part_id(each.parent, each.part): part_id(parent, each.part)
        for parent, held in linked
        for each in held
    }
    for parent, held in linked:
        same = held[0].archive == archive  # what is not among the records may be in the archive
        yield from _pieces(parent, held, ids, keep=same)


def _section(archive: str, first: Record) -> str | None:
    place = first.place
    return section_id(archive, first.source, place.digest, place.section) if place else None


def _whole(archive: str, parts: Sequence[Record]) -> str:
    text = "".join(part.text + part.gap for part in parts).strip()
    return document_id(archive, parts[0].source, text, parts[0].edition)


def _utc(time: datetime) -> datetime:
    try:
        return time.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError("is not within the years 1 to 9999 in UTC") from error


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("is a text such as 2026-05-03T12:00:00+00:00")  # noqa: TRY004 - what pydantic passes on
    return value


# the characters of a passage, many times as many as one has that was split here
MOST_TEXT = 10_000_000

# the characters of a tag, of a document's name or its id, and the tags of a passage
MOST_NAME = 10_000
MOST_TAGS = 10_000

Name = Annotated[str, Field(max_length=MOST_NAME)]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
Text = Annotated[str, AfterValidator(clean_text)]
Ids = Annotated[list[Annotated[str, Field(pattern="^[0-9a-f-]{36}$")]], Field(max_length=MOST_TAGS)]
Time = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_text), AfterValidator(_utc)]


class RecordPlace(BaseModel):
    """A `Place` in a record."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    section: Count
    number: Count
    page: Optional[Count] = None
    heading: Optional[Text] = None
    lead: Text = ""
    kind: Annotated[str, Field(pattern="^[a-z]{1,16}$")] = "text"
    origin: Text = ""
    characters: Annotated[int, Field(ge=0, le=2**40)] = 0
    last: bool = False


class Record(BaseModel):
    """One passage. `archive` is where it was, if that is known."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    archive: Optional[Name] = None
    text: Annotated[Text, Field(max_length=MOST_TEXT)]
    gap: Annotated[Text, Field(max_length=MOST_TEXT)] = ""
    tags: Annotated[list[Name], Field(max_length=MOST_TAGS)] = Field(default_factory=list)
    source: Annotated[Optional[Name], AfterValidator(name_of)] = None
    created_at: Time
    parent: Annotated[Text, Field(max_length=MOST_NAME)]
    part: Count = 1
    parts: Count = 1
    superseded_by: Optional[Time] = None
    place: Optional[RecordPlace] = None
    replaces: Ids = Field(default_factory=list)
    replaced_by: Ids = Field(default_factory=list)
    edition: Count = 1

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.text.strip():
            raise ValueError("text is blank")
        if self.gap.strip():
            raise ValueError("gap is white space only")
        if self.part > self.parts:
            raise ValueError(f"there is no part {self.part} of {self.parts}")
        return self


def _checked(number: int, given: Mapping[str, Any]) -> Record:
    try:
        return Record.model_validate(dict(given))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'all of it'}: {each['msg']}" for each in error.errors()
        )
        raise ConfigurationError(
            f"record {number} is not a passage: {problems}. Leave it out, or correct it."
        ) from None
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"record {number} is not a passage but a {type(given).__name__}.") from error


def _pieces(
    parent: str,
    records: Sequence[Record],
    ids: Mapping[str, str] = MappingProxyType({}),
    *,
    keep: bool = True,
) -> Iterator[Piece]:
    """Yield the records of one document.

    `ids` has the ids that other passages get here. Others stay if they are to be kept, or are left out.
    """

    def links(given: Sequence[str]) -> tuple[str, ...]:
        return tuple(ids.get(id_, id_) for id_ in given if keep or id_ in ids)

    for each in records:
        passage = Passage(
            part_id(parent, each.part),
            each.text,
            distinct(each.tags),
            each.source,
            each.created_at,
            parent,
            each.part,
            each.parts,
            each.superseded_by,
            Place.from_json(each.place.model_dump()) if each.place else None,
            links(each.replaces),
            links(each.replaced_by),
            each.edition,
        )
        yield Piece(passage, each.gap)
