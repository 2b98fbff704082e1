"""Documents as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Optional

from memgpt_autogen.service.documents import DocumentKinds
from memgpt_autogen.service.schemas.base import Answer


class DocumentKindAnswer(Answer):
    """A kind of document that can be loaded."""

    kind: str
    suffixes: list[str]


class DocumentKindsAnswer(Answer):
    """What can be loaded. Other files are read as text if they are text."""

    kinds: list[DocumentKindAnswer]
    unreadable: dict[str, str]
    """Suffixes of what cannot be read, each with what it is and what to do."""
    upload_bytes: Optional[int]
    """The most bytes of a request that uploads a file; null where there is no such limit."""
    fetched_bytes: int
    """The most bytes of what is fetched from an address."""

    @classmethod
    def of(cls, found: DocumentKinds, *, upload_bytes: int | None) -> DocumentKindsAnswer:
        return cls(
            kinds=[DocumentKindAnswer(kind=each.kind, suffixes=list(each.suffixes)) for each in found.kinds],
            unreadable=dict(found.unreadable),
            upload_bytes=upload_bytes,
            fetched_bytes=found.fetched_bytes,
        )


class HeadingAnswer(Answer):
    """Where a heading, or a page without one, begins in a document."""

    first: int
    """The number of its first passage."""
    page: Optional[int]
    heading: Optional[str]


class UseAnswer(Answer):
    """An entry of the log that has something of a document."""

    seq: int
    time: datetime
    how: Literal["found", "opened", "named"]
    """`found`: a search of the agent found passages of it; `opened`: the agent read in it; `named`: somebody
    said its name."""
    speaker: Optional[str]
    """Who named it; null for the agent itself."""
    passages: list[int]
    """The numbers of the passages that were found or opened."""
    text: str
    """What was said around the name; of a result, its first line."""
