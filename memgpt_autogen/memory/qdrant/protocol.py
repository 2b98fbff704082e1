"""What archival memory asks of Qdrant, whichever answers: Edge in the process, a server, or the client's local mode.

A passage is one point. Its id is a UUID, its vectors are `words` (sparse: hashed terms, with the IDF modifier) and, where an
embedder is configured, `meaning` (dense, cosine), which may follow later: a passage without it is pending. Its payload is the passage itself, since Qdrant is the archive and not a
cache of it:

| field        | type              | what it is                                                                     |
|--------------|-------------------|--------------------------------------------------------------------------------|
| `archive`    | keyword, tenant   | the archive that it belongs to; every filter begins with it                     |
| `text`       | text              | the passage                                                                    |
| `gap`        | text              | the white space between this passage and the next of its document              |
| `tags`       | keywords          |                                                                                |
| `source`     | keyword or null   | where it came from, such as a file's name                                      |
| `created_at` | datetime          | RFC 3339 in UTC, with microseconds                                             |
| `parent`     | keyword           | the id of the document that it is a part of                                    |
| `part`       | integer           | which part it is, from 1                                                       |
| `parts`      | integer           | how many parts the document has                                                |
| `terms`      | integers          | the indices of its `words` vector, where who shares a word is counted often: on a server, and wherever the first entry that is inserted has them |
| `model`      | keyword or null   | the embedding model of its `meaning`; null without one                         |
| `dimension`  | integer           | the length of its `meaning`; 0 without one                                     |
| `superseded_by` | datetime       | only where something newer was said to take its place                          |
| `place`      | object            | only of documents that were attached: digest, page, heading and the like, see `Place` |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from memgpt_autogen.memory.passages import EVERYTHING, PassageFilter, part_id


@dataclass(frozen=True, slots=True)
class Space:
    """The embedding space that an archive lives in; without a model, the archive is lexical."""

    model: str | None = None
    dimension: int = 0

    def __str__(self) -> str:
        return f"'{self.model}' ({self.dimension} dimensions)" if self.model else "no embedding model"


@dataclass(frozen=True, slots=True)
class Scope:
    """One archive in one space: all that a write may touch."""

    archive: str
    space: Space


@dataclass(frozen=True, slots=True)
class Where:
    """The passages of one archive that meet every condition that is given. There is no way to say "of any archive"."""

    scope: Scope
    filters: PassageFilter = EVERYTHING
    ids: tuple[str, ...] | None = None
    parent: str | None = None
    terms: tuple[int, ...] = ()
    """At least one of these is in the passage's `words`."""
    pending: bool = False
    """Only those that have no `meaning` yet, in a space with a model."""
    without: tuple[str, ...] = ()
    """The ids of passages that do not fit, whatever else holds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage on its way into the index."""

    id: str
    payload: Mapping[str, Any]
    words: Mapping[int, float]
    meaning: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A passage as the index has it, `terms` left out."""

    id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Damage:
    """What of an archive's files can be read."""

    readable: int
    expected: int | None = None
    """How many there were after the last change; None where nobody knows."""
    unreadable: tuple[str, ...] = ()
    """The ids of passages that are there and cannot be read."""
    trouble: str | None = None
    """What Qdrant said when the archive was opened as usual."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What a repair made of an archive."""

    damage: Damage
    kept: Path | None = None
    """The damaged folder."""
    orphans: tuple[Stored, ...] = ()
    """Passages that have no readable `meaning`, and so are not in the index."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """How a Qdrant server is asked, and how it spreads a collection that it makes for us; None leaves that to the server."""

    timeout_seconds: int = 10
    shards: int | None = None
    replicas: int | None = None
    write_consistency: int | None = None
    """How many replicas must have a write before it is acknowledged."""
    on_disk_payload: bool | None = None


class Rebuild(Protocol):
    """An archive's copy in another space, made where no reader of the archive looks. A new one goes on with what is there."""

    def lacking(self, size: int) -> Iterator[list[Stored]]:
        """The passages that the copy lacks or has otherwise, up to `size` at a time."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Into the copy."""

    def swap(self) -> bool:
        """Put the copy in the archive's place; False if it lacks what was written meanwhile."""


class PassageIndex(Protocol):
    """Keeps passages. Every failure of Qdrant is a `StorageError`; every method may be called from any thread."""

    def space(self, archive: str) -> Space | None:
        """The space that the archive was filled in; None while it is empty."""

    def insert(self, scope: Scope, entries: Sequence[Entry]) -> None:
        """Add or overwrite by id. On return the entries are flushed and can be found."""

    def place(self, scope: Scope, placed: Sequence[tuple[Stored, Sequence[float]]]) -> None:
        """Give passages the `meaning` that they wait for. One that is gone, is another text or has got one is left as it is."""

    def count(self, where: Where, *, exact: bool = True) -> int:
        """How many. An estimate costs next to nothing, and may be off by some percent."""

    def read(self, where: Where, ids: Sequence[str]) -> list[Stored]:
        """Those of the ids that are in the archive, whatever else `where` asks for."""

    def times(self, where: Where, ids: Sequence[str]) -> dict[str, str]:
        """When these of the archive were created, as in the payload, so that the order of these is the order of time."""

    def oldest(self, where: Where, limit: int) -> list[Stored]:
        """The first `limit` by `created_at`. Among equals, which come first is open."""

    def by_words(self, where: Where, words: Mapping[int, float], limit: int) -> list[Hit]:
        """The best `limit` by BM25, of those that share a word. IDF is the archive's own."""

    def by_each_word(self, where: Where, words: Sequence[int], limit: int) -> list[dict[str, float]]:
        """For each of the words alone, the best `limit` by BM25: their ids and scores. IDF is the archive's own."""

    def by_meaning(self, where: Where, meaning: Sequence[float], limit: int) -> list[Hit]:
        """The nearest `limit`; their scores are cosines."""

    def tally(self, where: Where, field: Literal["tags", "source"]) -> dict[str, int]:
        """How many passages have each value."""

    def delete(self, where: Where) -> None:
        """Gone on return."""

    def rewrite(self, archive: str, *, optimise: bool = False) -> None:
        """Write the files anew, so that nothing deleted is left in them; a server does that by itself, and in its own time.

        `optimise` also builds the graphs that make large archives fast, which can stop all threads for long.
        """

    def rebuild(self, archive: str, space: Space) -> Rebuild:
        """Begin, or go on, to put all passages into another space, or into the same one anew."""

    def survey(self, archive: str, space: Space) -> Damage:
        """Try to read everything. `space` is a guess, for the case that the archive's own cannot be read."""

    def salvage(self, archive: str, space: Space) -> Salvaged:
        """Make a sound archive of what can be read, and keep the damaged files aside."""

    def close(self, archive: str | None = None) -> None:
        """Give the folders and connections back that only this archive uses, or all; the next use opens them again."""


def same_passage(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two payloads differ at most in what another index makes of the same passage."""
    return all(one.get(field) == other.get(field) for field in PASSAGE)


def is_passage(stored: Stored) -> bool:
    """Whether everything is there that a passage has, under the id that it should have."""
    payload = stored.payload
    return (
        all(isinstance(payload.get(field), kind) for field, kind in PASSAGE.items())
        and part_id(payload["parent"], payload["part"]) == stored.id
    )


PASSAGE: Mapping[str, Any] = {
    "text": str,
    "gap": str,
    "tags": list,
    "source": (str, type(None)),
    "created_at": str,
    "parent": str,
    "part": int,
    "parts": int,
}
