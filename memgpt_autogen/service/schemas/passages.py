"""Passages of archival memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Optional

from pydantic import Field, model_validator

from memgpt_autogen.memory.passages import Passage
from memgpt_autogen.service.passages import PassageEdit, passage_revision
from memgpt_autogen.service.schemas.base import Answer, Body, Moment

Tags = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=50)]

Text = Annotated[str, Field(min_length=1, max_length=500_000)]

PassageId = Annotated[str, Field(max_length=64)]

SourceName = Annotated[str, Field(max_length=1000)]


class PassageAnswer(Answer):
    """A text in an archive: a whole one, or a part of a long one."""

    id: str
    text: str
    tags: list[str]
    source: Optional[str]
    created_at: datetime
    parent: str
    """The id of the whole text."""
    part: int
    """Counts from 1."""
    parts: int
    superseded_by: Optional[datetime]
    """Since when another passage replaces it; null if none does."""
    replaces: list[str]
    """The ids of the passages that it was inserted to replace."""
    replaced_by: list[str]
    """The ids of the passages that were inserted to replace it."""
    page: Optional[int]
    """The page of the document."""
    heading: Optional[str]
    number: Optional[int]
    """Its number in the document, from 1; null for a text that was inserted."""
    revision: str
    """For `If-Match`: it is another one after each change."""

    @classmethod
    def of(cls, passage: Passage) -> PassageAnswer:
        place = passage.place
        return cls(
            id=passage.id,
            text=passage.text,
            tags=list(passage.tags),
            source=passage.source,
            created_at=passage.created_at,
            parent=passage.parent,
            part=passage.part,
            parts=passage.parts,
            superseded_by=passage.superseded_by,
            replaces=list(passage.replaces),
            replaced_by=list(passage.replaced_by),
            page=None if place is None else place.page,
            heading=None if place is None else place.heading,
            number=None if place is None else place.number,
            revision=passage_revision(passage),
        )


class NewPassage(Body):
    """A text to store. A long one becomes several passages."""

    text: Text
    tags: Annotated[Tags, Field(default_factory=list)]
    source: Optional[SourceName] = None
    created_at: Optional[Moment] = None
    """Its time; now by default."""
    replaces: Annotated[list[PassageId], Field(max_length=50, default_factory=list)]
    """The ids of passages of the same archive that it makes outdated. They stay, and are marked."""


class NewPassages(Answer):
    """The passages of a text."""

    items: list[PassageAnswer]


class PassageVersions(Answer):
    """A passage with all that it replaces and all that replaces it."""

    items: list[PassageAnswer]
    """Oldest first."""
    dependents: list[PassageAnswer]
    """Passages that may be outdated since this one was replaced, at most five: a hint from their words."""

    @classmethod
    def of(cls, versions: Sequence[Passage], dependents: Sequence[Passage]) -> PassageVersions:
        return cls(
            items=list(map(PassageAnswer.of, versions)), dependents=list(map(PassageAnswer.of, dependents))
        )


class PassageChange(Body):
    """What changes of a passage."""

    text: Optional[Text] = None
    """With another text it is another passage, with another id, of the same time."""
    source: Optional[SourceName] = None
    """Another source makes it another passage too; an empty one is none."""
    tags: Optional[Tags] = None
    """All tags that it has then."""
    superseded: Optional[bool] = None
    """Whether it is marked as no longer true."""

    @model_validator(mode="after")
    def _changes(self) -> PassageChange:
        if all(each is None for each in self.model_dump().values()):
            raise ValueError("nothing is given that changes")
        return self

    def edit(self) -> PassageEdit:
        return PassageEdit(**self.model_dump())
