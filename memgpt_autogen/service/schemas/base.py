"""What the schemas of all areas have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Optional, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from memgpt_autogen.memory.storage.tables import LARGEST

T = TypeVar("T")


class Body(BaseModel):
    """A body of a request. A field that it does not have is an error, since it was meant to do something.

    Values have the types that the OpenAPI file names: 1 is not true, and "1" is no number. A time is a
    `Moment`.
    """

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class Answer(BaseModel):
    """An answer, read from an object of the package."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class PageOf(Answer, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: Optional[str]
    """The cursor of the next page; null at the end."""


def _no_number(value: Any) -> Any:
    """Refuse a number, which Pydantic would take for seconds since 1970."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or "-" not in value.strip().lstrip("-"):
        raise ValueError("a time is a text with a zone, such as 2026-05-01T09:30:00Z")
    return value


Moment = Annotated[
    AwareDatetime,
    Strict(False),
    BeforeValidator(_no_number),
    Field(examples=["2026-05-01T09:30:00Z"]),
]
"""A time with its zone, in a request."""

Seq = Annotated[int, Field(ge=0, le=LARGEST)]
"""The number of an entry of a log; 0 is the start."""
