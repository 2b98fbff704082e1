"""What archival memory asks of Qdrant: Edge in this process, a server, or the client's local mode.

A passage is one point. Its id is a UUID; the index of a conversation has numbers where no other archive
shares its ids. Its vectors are `words` (sparse: hashed terms, with the IDF
modifier) and, where an embedder is configured, `meaning` (dense, cosine). A passage that has no `meaning` yet
is pending. The payload is the passage itself, because Qdrant is the archive and not a cache of it:

| field           | type            | what it is                                                         |
| --------------- | --------------- | ------------------------------------------------------------------ |
| `archive`       | keyword, tenant | the archive that it belongs to; every filter begins with it        |
| `text`          | text            | the passage                                                        |
| `gap`           | text            | the white space between this and the next passage of its document  |
| `tags`          | keywords        |                                                                    |
| `source`        | keyword or null | where it came from, such as a file's name                          |
| `created_at`    | datetime        | RFC 3339 in UTC, with microseconds                                 |
| `parent`        | keyword         | the id of the document that it is a part of                        |
| `part`          | integer         | which part it is, from 1                                           |
| `parts`         | integer         | how many parts the document has                                    |
| `terms`         | integers        | the indices of its `words`, to count who shares a word (see below) |
| `model`         | keyword or null | the embedding model of its `meaning`; null without one             |
| `dimension`     | integer         | the length of its `meaning`; 0 without one                         |
| `superseded_by` | datetime        | only if a newer passage was said to take its place                 |
| `replaced_by`   | uuids           | only then: the passages that take its place                        |
| `replaces`      | uuids           | only of a passage that takes the place of these                    |
| `edition`       | integer         | only of a text that is stored again after it was replaced: 2, 3    |
| `place`         | object          | only of attached documents: digest, page, heading and more         |

A server always has `terms`. An embedded archive has them if the first entry that was inserted had them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from memgpt_autogen.errors import StorageError
from memgpt_autogen.llm.embedders.local import is_same_model
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.passages import EVERYTHING, PassageFilter, part_id

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Space:
    """The embedding space of an archive. Without a model, the archive is lexical."""

    model: str | None = None
    dimension: int = 0

    def __str__(self) -> str:
        return f"'{self.model}' ({self.dimension} dimensions)" if self.model else "no embedding model"

    def is_same(self, other: Space) -> bool:
        """Return whether vectors of both can be compared, also if the model's folder has another name now."""
        return self.dimension == other.dimension and is_same_model(self.model, other.model)


@dataclass(frozen=True, slots=True)
class Scope:
    """One archive in one space: all that a write may touch."""

    archive: str
    space: Space


@dataclass(frozen=True, slots=True)
class Where:
    """The passages of one archive that meet every given condition. No condition can mean "of any archive"."""

    scope: Scope
    filters: PassageFilter = EVERYTHING
    ids: tuple[str, ...] | None = None
    numbers: tuple[int, ...] | None = None
    """The ids, in an archive whose ids are numbers."""
    parent: str | None = None
    terms: tuple[int, ...] = ()
    """At least one of these is in the passage's `words`."""
    every: tuple[tuple[int, ...], ...] = ()
    """Of each of these groups, at least one is in the passage's `words`. The archive must have `terms`."""
    lacking: tuple[int, ...] = ()
    """None of these is in the passage's `words`."""
    pending: bool = False
    """Only passages that have no `meaning` yet, in a space with a model."""
    without: tuple[str, ...] = ()
    """The ids of passages that are left out."""


@dataclass(frozen=True, slots=True)
class Point:
    """A passage that is written to the index."""

    id: str
    payload: Mapping[str, Any]
    words: Mapping[int, float]
    meaning: Sequence[float] | None = None

    @classmethod
    def from_record(cls, record: Any) -> Point:
        """Convert a record of Qdrant Edge or of `qdrant-client`, without its words."""
        return cls(str(record.id), record.payload or {}, {}, (record.vector or {}).get("meaning"))


@dataclass(frozen=True, slots=True)
class Stored:
    """A passage that was read from the index, without its `terms`."""

    id: str
    payload: Mapping[str, Any]

    @classmethod
    def from_record(cls, record: Any) -> Stored:
        """Convert a record of Qdrant Edge or of `qdrant-client`."""
        return cls(str(record.id), record.payload or {})


@dataclass(frozen=True, slots=True)
class Question:
    """What an archive is asked for: the best `limit` by words, or the nearest by meaning.

    Without both, it is asked for passages in the order of their ids.
    """

    where: Where
    limit: int
    words: Mapping[int, float] | None = None
    meaning: Sequence[float] | None = None
    fields: tuple[str, ...] = ()
    """What of the payload comes with each hit."""
    whole: int = 0
    """So many of the best hits come as they are stored, if the index is distant."""


@dataclass(frozen=True, slots=True)
class Hit:
    id: str
    score: float
    payload: Mapping[str, Any] | None = None
    """The fields that the question asked for."""
    stored: Stored | None = None
    """The whole passage, of the hits that were to come as they are stored."""


NUMBER_BITS = 48
"""How long the number is that ends an id."""


def number_in(id_: str) -> int:
    """Return the number that an id is, or that ends a UUID: its last twelve hexadecimal digits."""
    return int(id_) if id_.isdecimal() else int(id_[-NUMBER_BITS // 4 :], 16)


@dataclass(frozen=True, slots=True)
class Damage:
    """What of an archive's files can be read."""

    readable: int
    expected: int | None = None
    """How many passages there were after the last change; None if it is unknown."""
    unreadable: tuple[str, ...] = ()
    """The ids of passages that exist and cannot be read."""
    trouble: str | None = None
    """The error of Qdrant when the archive was opened as usual."""
    vectors: int = 0
    """How many readable passages have a damaged vector. A repair embeds them again."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The result of a repair."""

    damage: Damage
    kept: Path | None = None
    """The damaged folder."""
    orphans: tuple[Stored, ...] = ()
    """Passages without a readable `meaning`, which are therefore not in the index."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """These options are for a Qdrant server and for the collections that we create there.

    None leaves the choice to the server.
    """

    timeout_seconds: int = 10
    shards: int | None = None
    replicas: int | None = None
    write_consistency: int | None = None
    """How many replicas must have a write before it is acknowledged."""
    on_disk_payload: bool | None = None


class TooLargeError(StorageError):
    """Passages that the server cannot take, each alone. Everything else of the same call is stored."""

    def __init__(self, text: str, ids: Sequence[str]) -> None:
        super().__init__(text)
        self.ids = tuple(ids)


class Rebuild(Protocol):
    """A rebuild is a copy of an archive in another space, where no reader sees it.

    A new `Rebuild` continues an incomplete copy.
    """

    def lacking(self, size: int) -> Iterator[list[Stored]]:
        """Yield the passages that the copy lacks, or that differ there, up to `size` at a time."""

    def add(self, entries: Sequence[Point]) -> None:
        """Add entries to the copy."""

    def swap(self) -> bool:
        """Put the copy in the archive's place. Returns False if it lacks what was written meanwhile."""


class PassageIndex(Protocol):
    """Stores passages. Every failure of Qdrant is a `StorageError`. Any thread may call any method."""

    @property
    def distant(self) -> bool:
        """Whether each call is a trip to a server."""

    @property
    def separate(self) -> bool:
        """Whether each archive is stored alone, so that its ids may be numbers that others have, too.

        Such an id is given as a text of decimal digits.
        """

    def expect(self, embedder: Embedder | None) -> None:
        """Note an embedder whose archives may be here; None for archives that are searched by words.

        With a key that may not list a server's collections, only those of such embedders are looked at.
        """

    def space(self, archive: str) -> Space | None:
        """Return the space of the archive's passages; None while it is empty."""

    def seen(self, archive: str) -> Space | None:
        """Return the space as this process saw it last, without a trip if it did.

        Another process may have emptied or re-embedded the archive since. Then searches find nothing.
        """

    def insert(self, scope: Scope, entries: Sequence[Point]) -> None:
        """Add entries, or overwrite those with the same id.

        When it returns they are flushed and can be found. Raises `TooLargeError`, with all others stored, for
        entries that the server cannot take.
        """

    def can_add(self, scope: Scope) -> bool:
        """Return whether `add` can be tried: the index is distant, and this process has inserted before."""

    def add(self, scope: Scope, entries: Sequence[Point]) -> list[Stored] | None:
        """Add entries in one trip, and leave those whose ids are there as they are.

        Returns what is there under these ids: of an entry that was added, it may be that entry or nothing.
        Returns None, with nothing added, if the archive is not where it was, or the entries are too large.
        """

    def extend(self, scope: Scope, entries: Sequence[Point], mark: Point, parent: str) -> bool:
        """Add entries, or overwrite them, and give the point `mark` its new payload, in one trip.

        The mark stays as it is if its `parent` is another one than this, and is not made if it is missing.
        Returns False, with nothing added, where `add` would return None.
        """

    def place(self, scope: Scope, placed: Sequence[tuple[Stored, Sequence[float]]]) -> None:
        """Give pending passages their `meaning`.

        Passages that were deleted, changed or embedded meanwhile stay as they are.
        """

    def reword(self, scope: Scope, points: Sequence[Point]) -> None:
        """Replace the `words` of passages. What else they have, such as their `meaning`, stays.

        Passages that were deleted or changed meanwhile stay as they are.
        """

    def relink(self, scope: Scope, links: Mapping[str, Mapping[str, Any]]) -> None:
        """Write these fields of the payload of passages, by their ids. What else they have stays."""

    def count(self, where: Where, *, exact: bool = True) -> int:
        """Count passages. An estimate costs almost nothing, and may be wrong by some percent."""

    def read(self, where: Where, ids: Sequence[str]) -> list[Stored]:
        """Return the passages with these ids that are in the archive, whatever else `where` asks for."""

    def page(self, scope: Scope, first: str | None, limit: int) -> tuple[list[Point], str | None]:
        """Return the first passages from this id on, in the order of ids, and the id of the next page.

        They have their `meaning`, and no `words`, which follow from the text. There are none if the archive
        is not in this space any more.
        """

    def times(self, where: Where, ids: Sequence[str]) -> dict[str, str]:
        """Return when passages were created, as in the payload.

        The order of these texts is the order of time.
        """

    def oldest(self, where: Where, limit: int) -> list[Stored]:
        """Return the first `limit` by `created_at`. The order among equal times is undefined."""

    def newest(self, where: Where, limit: int) -> list[Stored]:
        """Return the last `limit` by `created_at`, the newest first."""

    def ask(self, questions: Sequence[Question]) -> list[list[Hit]]:
        """Answer questions about one archive, all in one trip to a server; each best first.

        By words, these are passages that share a word, and the scores are BM25 with the archive's own IDF. By
        meaning, they are cosines.
        """

    def scores(self, questions: Sequence[Question]) -> list[dict[int, float]]:
        """Answer questions as `ask` does: the score of each hit by the number that ends its id (`number_in`).

        It is for many hits, of whose ids nothing else is of interest.
        """

    def ahead(self, call: Callable[[], T]) -> Callable[[], T]:
        """Return a function that returns what `call` returns, or raises what it raises.

        If the index is distant, the call begins now, beside what follows. Otherwise it begins when its result
        is asked for.
        """

    def tally(self, where: Where, field: Literal["tags", "source"]) -> dict[str, int]:
        """Return how many passages have each value."""

    def delete(self, where: Where) -> None:
        """Delete passages. They are gone when it returns."""

    def rewrite(self, archive: str, *, optimise: bool = False) -> None:
        """Rewrite the files so that they contain nothing deleted.

        A server does that by itself, some time later.

        `optimise` also builds the graphs that make large archives fast. It can stop all threads for long.
        """

    def rebuild(self, archive: str, space: Space) -> Rebuild:
        """Start or continue a copy of all passages in another space, or with new vectors in the same one."""

    def survey(self, archive: str, space: Space) -> Damage:
        """Try to read everything. `space` is used if the archive's own cannot be read."""

    def salvage(self, archive: str, space: Space) -> Salvaged:
        """Make a sound archive of what can be read, and keep the damaged files."""

    def kept(self, archive: str) -> Sequence[Path]:
        """Return the damaged folders of this archive that repairs have kept."""

    def discard_kept(self, archive: str) -> None:
        """Delete the damaged folders of this archive that repairs have kept."""

    def ownerless(self, archives: Iterable[str]) -> Sequence[Path]:
        """Return the folders of archives that are none of these, such as of a fork that was killed."""

    def other_home(self, archive: str) -> str | None:
        """Return in words that a server's archive is that of the home which this one is a copy of.

        None if it is not, and for embedded archives.
        """

    def when_back(self, call: Callable[[], object]) -> bool:
        """Call this once, in a thread, when a server that is away answers again.

        Returns False if it is not away, and for embedded archives.
        """

    def close(self, archive: str | None = None) -> None:
        """Release the folders and connections that only this archive uses, or all.

        The next use opens them again.
        """


def still_pending(
    placed: Sequence[tuple[Stored, Sequence[float]]], pending: Iterable[Any]
) -> Iterator[tuple[str, list[float]]]:
    """Yield the id and vector of each passage that is still `pending` in Qdrant with the same text."""
    texts = {each.id: each.payload.get("text") for each in map(Stored.from_record, pending)}
    for stored, meaning in placed:
        if stored.id in texts and texts[stored.id] == stored.payload.get("text"):
            yield stored.id, list(meaning)


def still_same(points: Sequence[Point], found: Iterable[Any]) -> list[Point]:
    """Return the points whose text is still that of the record in Qdrant."""
    texts = {each.id: each.payload.get("text") for each in map(Stored.from_record, found)}
    return [point for point in points if point.id in texts and texts[point.id] == point.payload.get("text")]


def without_same(passages: Iterable[Stored], copies: Iterable[Any]) -> list[Stored]:
    """Return the passages that no record of `copies` has, apart from the fields that depend on the index."""
    copied = {each.id: each.payload for each in map(Stored.from_record, copies)}
    return [
        each
        for each in passages
        if each.id not in copied
        or any(each.payload.get(f) != copied[each.id].get(f) for f in PASSAGE)
        or any((each.payload.get(f) or None) != (copied[each.id].get(f) or None) for f in CHANGED)
    ]


def is_passage(stored: Stored) -> bool:
    """Return whether the payload has every field of a passage, and the id that belongs to it."""
    payload = stored.payload
    return (
        all(isinstance(payload.get(field), kind) for field, kind in PASSAGE.items())
        and part_id(payload["parent"], payload["part"]) == stored.id
    )


CHANGED = ("superseded_by", "replaces", "replaced_by")
"""What changes of a passage that stays, apart from the fields that every passage has. Empty is as missing."""

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
