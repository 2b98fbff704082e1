"""The schema of an entry's `extra` in a bundle: each key that this package reads has a type and a range.

Other keys belong to the program that wrote the entry, and can be any JSON values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Optional

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)
from typing_extensions import Self

from memgpt_autogen.images import IMAGE, MEDIA_TYPE
from memgpt_autogen.memory.context.block import LARGEST_LIMIT
from memgpt_autogen.memory.storage.log import Range
from memgpt_autogen.messages import Kind

# how deeply the values of an entry may be nested
MOST_DEEP = 100

# the characters of a name
MOST_NAME = 10_000

# the members of a chat, and the parts of a content
MOST_NAMES = 10_000

# as far from the ends of the calendar as a time must be, so that each time zone has it
FIRST_YEAR, LAST_YEAR = 2, 9998

# the bytes of an image
MOST_BYTES = 2**40


def _text(value: object) -> str:
    """Accept every text: pydantic's own check refuses lone surrogates, which the log keeps."""
    if not isinstance(value, str):
        raise ValueError("is not text")  # noqa: TRY004  # pydantic reports only a ValueError with its field
    return value


def _name(value: object) -> str:
    text = _text(value)
    if len(text) > MOST_NAME:
        raise ValueError(f"has {len(text):,} characters; the limit is {MOST_NAME:,}")
    return text


def _written(value: object) -> object:
    if not isinstance(value, str | datetime):
        raise ValueError("is a text such as 2026-05-03T12:00:00+00:00")  # noqa: TRY004 - what pydantic passes on
    return value


def _within(time: datetime) -> datetime:
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError(f"has the year {time.year}; the limits are {FIRST_YEAR} and {LAST_YEAR}")
    return time


def _ordered(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    before = 0
    for first, last in ranges:
        if not before < first <= last:
            raise ValueError(
                f"the range from {first} to {last} is not after {before}, or ends before it starts"
            )
        before = last
    return ranges


def _pair(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Exact = Annotated[str, PlainValidator(_text)]
Name = Annotated[str, PlainValidator(_name)]
Time = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written), AfterValidator(_within)]
BlockText = Annotated[str, Field(pattern="^[^\\x00]*$")]
Limit = Annotated[int, Field(ge=1, le=LARGEST_LIMIT)]
Seq = Annotated[int, Field(ge=1, le=2**31 - 1)]
Ranges = Annotated[list[Annotated[Range, BeforeValidator(_pair)]], AfterValidator(_ordered)]


class Extra(BaseModel):
    """What any entry can have: where it was said, and in which other form."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    chat: Annotated[Optional[list[Name]], Field(max_length=MOST_NAMES)] = None
    to: Optional[Name] = None
    by: Optional[Name] = None
    content: Optional[Any] = None
    delivered_as: Optional[Exact] = None
    heard_as: Optional[Name] = None
    copy_of: Optional[Seq] = None
    mark: Optional[Name] = None

    @property
    def seqs(self) -> Iterable[int | None]:
        """The entries that it names. They are earlier ones."""
        return (self.copy_of,)

    @model_validator(mode="after")
    def _has_images(self) -> Self:
        for part in self.content if isinstance(self.content, list) else ():
            if isinstance(part, Mapping) and part.get("type") == IMAGE and "sha256" in part:
                ImageReference.model_validate(dict(part))
        return self


class ImageReference(BaseModel):
    """A reference to an image."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    media_type: Annotated[str, Field(pattern=f"^{MEDIA_TYPE.pattern}$")]
    bytes: Annotated[int, Field(ge=0, le=MOST_BYTES)] = 0


class Move(Extra):
    """What an undo, a redo or a retry refers to."""

    undoes: Optional[Seq] = None
    redoes: Optional[Seq] = None
    takes_back: Optional[Seq] = None

    @property
    def seqs(self) -> Iterable[int | None]:
        return self.copy_of, self.undoes, self.redoes, self.takes_back


class EditExtra(Move):
    """An edit of a block, with the properties that a new block has."""

    before: Optional[BlockText]
    after: BlockText
    code: Optional[bool] = None
    limit: Limit = LARGEST_LIMIT
    description: BlockText = ""
    read_only: bool = False
    shared: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.after) > self.limit:
            raise ValueError(
                f"after has {len(self.after):,} characters, and the block's limit is {self.limit:,}"
            )
        return self


class ChangeExtra(Move):
    """What was hidden, and what is shown in its place."""

    what: Literal["pop", "rethink", "rewrite", "retry", "undo", "redo", "fork", "detach"]
    hides: Ranges = Field(default_factory=list)
    shows: Ranges = Field(default_factory=list)
    words: Annotated[list[Seq], Field(min_length=2, max_length=2)] = Field(default_factory=list)
    thought: bool = False
    source: Optional[Name] = None
    at: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0

    @property
    def covered(self) -> int:
        """How many entries it hides and shows."""
        return sum(last - first + 1 for first, last in (*self.hides, *self.shows))

    @property
    def seqs(self) -> Iterable[int | None]:
        named = (*self.words, self.at, *(last for _, last in (*self.hides[-1:], *self.shows[-1:])))
        return *super().seqs, *named

    @model_validator(mode="after")
    def _names_what_it_moves(self) -> Self:
        moved = {"undo": self.undoes, "redo": self.redoes}
        if self.what in moved and moved[self.what] is None:
            raise ValueError(f"what is {self.what}, but the change that it moves is not named")
        return self


FORMS: Mapping[Kind, type[Extra]] = {"edit": EditExtra, "change": ChangeExtra}


def check_extra(kind: Kind, seq: int, extra: Mapping[str, Any]) -> int:
    """Check what an entry says besides its text. Returns how many entries it hides and shows.

    Raises `ValueError` that names the keys, without their values, which may be someone's words.
    """
    if _is_deeper(extra, MOST_DEEP):
        raise ValueError(f"is nested more than {MOST_DEEP} levels deep")
    try:
        checked = FORMS.get(kind, Extra).model_validate(dict(extra))
    except ValidationError as error:
        raise ValueError(described(error)) from None
    later = [each for each in checked.seqs if each is not None and each >= seq]
    if later:
        raise ValueError(f"names the entry {later[0]}, which is not an earlier one")
    return checked.covered if isinstance(checked, ChangeExtra) else 0


def described(error: ValidationError) -> str:
    """Return where the error is and why, without the values, which may be someone's words."""
    return "; ".join(
        f"{'.'.join(str(part)[:80] for part in each['loc']) or 'all of it'}: {each['msg']}"
        for each in error.errors()[:5]
    )


def _is_deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth + 1):
        level = [
            each
            for outer in level
            for each in (outer.values() if isinstance(outer, Mapping) else outer)
            if isinstance(each, Mapping | list)
        ]
        if not level:
            return False
    return True
