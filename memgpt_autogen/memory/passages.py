"""Passages as values: what is stored in an archive, what a search returns, and pages of both."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.memory.signals import Signals
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.rendering.search_results import Result, results_html, results_text
from memgpt_autogen.text.safe import clean_text

T = TypeVar("T")

TagMatch = Literal["any", "all"]


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a passage in an attached document. All places together describe the whole document."""

    digest: str
    """A hash of the document's content."""
    section: int
    """The number of the section, from 1. The passages of a section have the same parent."""
    number: int
    """The number of the passage in the whole document, from 1."""
    page: int | None = None
    heading: str | None = None
    lead: str = ""
    """The end of the passage before, so that a search finds a text that the cut between the two divides."""
    kind: str = "text"
    origin: str = ""
    """The path or address that it was read from."""
    characters: int = 0
    """How many characters the document had up to the end of this section."""
    last: bool = False
    """Whether the document ends with this section."""

    def as_json(self) -> dict[str, Any]:
        """Return the fields that are known."""
        return {
            name: value for name in self.__slots__ if (value := getattr(self, name)) not in (None, "", False)
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any] | None) -> Place | None:
        return (
            None if found is None else cls(**{name: found[name] for name in cls.__slots__ if name in found})
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """A text in an archive: a whole document, or one part of it."""

    id: str
    text: str
    tags: tuple[str, ...]
    source: str | None
    created_at: datetime
    """When it was first inserted, or the time that was given then; in UTC."""
    parent: str
    """The id of the document; `Archive.document` joins its parts."""
    part: int = 1
    """Counts from 1."""
    parts: int = 1
    superseded_by: datetime | None = None
    """Since when another passage replaces it; None if nobody marked it."""
    place: Place | None = None
    """Its place in an attached document; None for a text that was inserted."""
    replaces: tuple[str, ...] = ()
    """The ids of the passages that it was inserted to replace."""
    replaced_by: tuple[str, ...] = ()
    """The ids of the passages that were inserted to replace it; several if it was replaced several times."""
    edition: int = 1
    """Which insertion of the same text it is: a text that was replaced, and is true again, gets another."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to insert, of any length."""

    text: str
    tags: Sequence[str] = ()
    source: str | None = None
    created_at: datetime | None = None
    replaces: Sequence[str] = ()
    """The ids of passages of the same archive that are no longer true."""

    def __post_init__(self) -> None:
        text = clean_text(self.text).strip()
        if not text:
            raise ToolError("there is no text to insert. Write what to remember.")
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "tags", distinct(self.tags))
        object.__setattr__(self, "source", name_of(self.source))
        object.__setattr__(self, "created_at", utc("created_at", self.created_at))
        object.__setattr__(self, "replaces", ids_of(self.replaces))


@dataclass(frozen=True, slots=True)
class PassageFilter:
    """Which passages are meant: those that meet every condition that is given."""

    tags: Sequence[str] = ()
    tag_match_mode: TagMatch = "any"
    """Whether a passage needs any of the tags, or all of them."""
    sources: Sequence[str] = ()
    """A passage comes from one of these."""
    start: datetime | None = None
    end: datetime | None = None
    """Both ends are inclusive."""
    as_of: datetime | None = None
    """As it was then: a passage was inserted by this time, and no other had replaced it by then."""

    def checked(self) -> PassageFilter:
        """Return the filter with clean names and with its times in UTC. `end` is not after `as_of`.

        Raises `ConfigurationError` for a time without a time zone, `ToolError` for a start after the end.
        """
        if self == EVERYTHING:
            return self
        start, end, as_of = utc("start", self.start), utc("end", self.end), utc("as_of", self.as_of)
        if as_of and (end is None or as_of < end):
            if start and start > as_of:
                raise ToolError(
                    f"start {start.isoformat()} is after as_of {as_of.isoformat()}: nothing of that time was "
                    "known then. Give an earlier start, or a later as_of."
                )
            end = as_of
        if start and end and start > end:
            raise ToolError(f"start {start.isoformat()} is after end {end.isoformat()}. Swap them.")
        return replace(
            self,
            tags=distinct(self.tags),
            sources=distinct(self.sources),
            start=start,
            end=end,
            as_of=as_of,
        )


EVERYTHING = PassageFilter()


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage with the white space that follows it in its document."""

    passage: Passage
    gap: str


NO_SIGNALS = Signals()


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with the reason it was found."""

    passage: Passage
    score: float
    """A larger score is better.

    Scores are comparable within one search only. A score is BM25, or the fused reciprocal ranks of a
    hybrid search.
    """
    why: str
    """`words: tea, budget` that it shares with the query, or `meaning`."""
    archive: str | None = None
    """The attached archive that it was found in; None for the agent's own."""
    signals: Signals = field(default=NO_SIGNALS, repr=False, compare=False)
    """What `why` says, one by one."""
    newest: tuple[Passage, ...] = ()
    """What replaces the passage now: the newest of its chain. Empty if nothing does, and with `as_of`.

    There are several if several passages were inserted to replace it.
    """


@dataclass(frozen=True, slots=True)
class Report:
    """The result of an archive's check."""

    readable: int
    expected: int | None
    """How many there should be; None if that is unknown."""
    unreadable: tuple[str, ...] = ()
    """The ids of passages that are there but cannot be read."""
    trouble: tuple[str, ...] = ()
    """What else is wrong, in words."""
    pending: int = 0
    """How many have no vector yet; that is no damage."""
    mismatch: str = ""
    """Why it cannot be searched, though it is complete: it is in the space of another embedding model."""

    @property
    def complete(self) -> bool:
        """Whether everything can be read and found."""
        return not (self.unreadable or self.trouble) and self.readable >= (self.expected or 0)

    @property
    def sound(self) -> bool:
        """Whether it is complete, and in the space of the configured embedder."""
        return self.complete and not self.mismatch


@dataclass(frozen=True, slots=True)
class Lag:
    """The passages that are found by their words only, until they are embedded."""

    pending: int
    since: datetime | None = None
    """The time of the oldest of them."""
    trouble: str | None = None
    """The embedder's last error, if it failed since its last success."""

    def __str__(self) -> str:
        if not self.pending:
            return "every passage is embedded"
        since = f" since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        error = f" ({self.trouble})" if self.trouble else ""
        return f"{counted(self.pending, 'passage')} not embedded yet{since}{error}"


@dataclass(frozen=True, slots=True)
class Repaired:
    """The result of an archive's repair, in passages."""

    kept: int
    lost: int
    """At least this many could not be read, before any were refilled."""
    refilled: int
    damaged: Path | None
    """Where the damaged folder is kept; None if there was none."""


def searched_text(payload: Mapping[str, Any]) -> str:
    """Return the text by which a passage is found: heading, end of the passage before, and its own text."""
    place = payload.get("place")
    if not place:
        return str(payload["text"])
    return "\n".join(part for part in (place.get("heading"), place.get("lead"), payload["text"]) if part)


def searched(passage: Passage) -> str:
    """As `searched_text`, for a passage."""
    return searched_text({"text": passage.text, "place": passage.place and passage.place.as_json()})


@dataclass(frozen=True, repr=False)
class Page(Generic[T]):
    """One page; `page` counts from 0. A page after the last one is empty."""

    items: tuple[T, ...]
    counted: int | Callable[[], int] = field(repr=False)
    page: int
    page_size: int
    trouble: str = ""
    """Why the search went by words only, though there is an embedder; empty if nothing is wrong."""

    def __post_init__(self) -> None:
        if self.page < 0 or self.page_size < 1:
            raise ToolError(
                f"there is no page {self.page} of {self.page_size} results: "
                "pages count from 0 and have at least 1 result."
            )

    @cached_property
    def total(self) -> int:
        """How many there are on all pages; exact, and counted when it is first read."""
        return self.counted if isinstance(self.counted, int) else self.counted()

    @property
    def pages(self) -> int:
        return math.ceil(self.total / self.page_size)

    def __str__(self) -> str:
        return results_text("archival", self._about(), self._results())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return results_html("archival", "archival", self._about(), self._results(), "source and tags")

    def _about(self) -> tuple[str, ...]:
        # counting may take as long as the search, so an unknown total stays unknown
        known = isinstance(self.counted, int) or "total" in self.__dict__
        limited = f"by words only: {self.trouble}" if self.trouble else ""
        if not known:
            return counted(len(self.items), "passage"), f"page {self.page}", limited
        return f"{self.total:,} found", f"page {self.page} of 0 to {max(self.pages - 1, 0)}", limited

    def _results(self) -> list[Result]:
        return [_result(item) for item in self.items if isinstance(item, (Found, Passage))]


def document_id(archive: str, source: str | None, text: str, edition: int = 1) -> str:
    """Return a document's id. The same text from the same source is one document of an archive.

    If it was replaced and is stored again, that is another `edition` of it.
    """
    return _uuid(archive, source, text, *(() if edition == 1 else (edition,)))


def section_id(archive: str, source: str | None, digest: str, section: int) -> str:
    """Return the `parent` of the passages of one section of a document."""
    return _uuid(archive, source, digest, section)


def part_id(parent: str, part: int) -> str:
    """Return a passage's id, from that of its document."""
    return _uuid(parent, part)


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names in order, without repeated and blank ones. A single text is one name."""
    given = (names,) if isinstance(names, str) else names
    return tuple(dict.fromkeys(name for each in given if (name := name_of(each))))


def ids_of(given: str | Passage | Sequence[str | Passage]) -> tuple[str, ...]:
    """Return the distinct ids of passages, which may be given themselves."""
    several = (given,) if isinstance(given, (str, Passage)) else given
    return distinct([each.id if isinstance(each, Passage) else each for each in several])


def name_of(text: str | None) -> str | None:
    """Return a tag or source as it is stored; None for a blank one."""
    return clean_text(text).strip() or None if text is not None else None


def utc(name: str, time: datetime | None) -> datetime | None:
    """Return a time in UTC. Raises `ConfigurationError` if it has no time zone."""
    if time is None:
        return None
    if time.tzinfo is None:
        raise ConfigurationError(
            f"{name}={time.isoformat()} has no time zone. Give it one, such as tzinfo=timezone.utc."
        )
    return time.astimezone(timezone.utc)


def _result(item: Found | Passage) -> Result:
    passage = item.passage if isinstance(item, Found) else item
    part = f" ({passage.part}/{passage.parts})" if passage.parts > 1 else ""
    until = passage.superseded_by
    return Result(
        passage.created_at,
        f"{passage.source or '(no source)'}{part}",
        passage.text,
        item.score if isinstance(item, Found) else 0.0,
        item.why if isinstance(item, Found) else "",
        passage.tags,
        f"superseded {until:%Y-%m-%d %H:%M}" if until else "",
    )


NAMESPACE = uuid.UUID("6a0d5c5e-53f4-4c1c-9f0e-0e7d6b8d2f31")


def _uuid(*parts: str | int | None) -> str:
    return str(uuid.uuid5(NAMESPACE, json.dumps(parts)))
