"""An operation of the API: its request, and what it answers. The methods of all clients are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import IO, Any, Generic, Literal, Optional, TypeVar, Union

from pydantic import BaseModel, TypeAdapter

T = TypeVar("T")

Place = Literal["path", "query", "header", "form"]

UploadedFile = Union[str, "PathLike[str]", bytes, IO[bytes], tuple[str, Union[bytes, IO[bytes]]]]
"""A file that is sent: a path, its bytes, an open file, or a name with one of the last two."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of a request that is not in a JSON body."""

    name: str
    """The argument of the method."""
    sent: str
    """Its name in the request."""
    place: Place
    type: Any
    """Its type with its limits, as pydantic reads it."""


@dataclass(frozen=True)
class Operation(Generic[T]):
    """One operation, as the OpenAPI file describes it."""

    name: str
    """The method of a client, and the `operationId`."""
    method: str
    path: str
    """Under the address of a server, with names in braces."""
    parameters: tuple[Parameter, ...] = ()
    body: Optional[type[BaseModel]] = None
    area: str = ""
    """Its part of the API, which the audit names."""
    also: tuple[int, ...] = ()
    """The statuses of failure whose answer is of the same type."""
    answer: Any = None
    """The type of the answer; None where there is none. `Path` is a file, and `str` a text."""

    def at(self, place: Place, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that are sent at this place, by the names that they have there."""
        given = {each.sent: values.get(each.name) for each in self.parameters if each.place == place}
        return {name: value for name, value in given.items() if value is not None}

    def of_body(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of the body that are given."""
        if self.body is None:
            return {}
        return {name: values[name] for name in self.body.model_fields if values.get(name) is not None}

    @cached_property
    def reader(self) -> TypeAdapter[T]:
        """Reads the JSON of an answer."""
        return TypeAdapter(self.answer)


class Caller:
    """What the operations of a client are called by."""

    def _call(self, operation: Operation[T], values: dict[str, Any]) -> T:
        raise NotImplementedError


class AsyncCaller:
    """What the operations of a client on an event loop are called by."""

    async def _call(self, operation: Operation[T], values: dict[str, Any]) -> T:
        raise NotImplementedError
