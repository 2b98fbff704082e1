"""What the schemas of all areas have in common."""

from __future__ import annotations

from typing import Annotated, Generic, Optional, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from memgpt_autogen.memory.storage.tables import LARGEST
from memgpt_autogen.service.pages import MOST

T = TypeVar("T")


class Body(BaseModel):
    """A body of a request. A field that it does not have is an error, since it was meant to do something."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Answer(BaseModel):
    """An answer, read from an object of the package."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class PageOf(Answer, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: Optional[str]
    """The cursor of the next page; null at the end."""


Limit = Annotated[int, Query(ge=1, le=MOST, description="The most items of the page.")]
Cursor = Annotated[Optional[str], Query(max_length=500, description="`next` of the page before this one.")]

Seq = Annotated[int, Field(ge=0, le=LARGEST)]
"""The number of an entry of a log; 0 is the start."""
