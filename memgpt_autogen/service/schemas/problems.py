"""Problems: what every error contains, as RFC 9457 describes it."""

from __future__ import annotations

from typing import Optional

from pydantic import BaseModel, ConfigDict, Field


class FieldProblem(BaseModel):
    """What is wrong with one part of a request."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    location: str
    """Where it is, such as `body.name`."""
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = "about:blank"
    title: str
    """The name of the status."""
    status: int
    detail: str
    """What happened, and what to do."""
    instance: str
    """The path of the request."""
    request_id: str
    kind: Optional[str] = Field(default=None)
    """The error of the Python package that it is, such as `TakenError`; absent where it is of HTTP."""
    errors: Optional[list[FieldProblem]] = Field(default=None)
    """The parts of the request that are not valid."""
    current: Optional[str] = Field(default=None)
    """The text as it is, where another one was expected."""
    yours: Optional[str] = Field(default=None)
    """The text that was not written because of that."""
