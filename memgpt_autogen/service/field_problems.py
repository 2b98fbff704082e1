"""What is wrong with the parts of a request, named as whoever sent it wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

from memgpt_autogen.service.schemas.problems import FieldProblem

# how many parts an answer names, since a list of a body may have very many wrong values
_MOST = 50

# how much of a name that a caller has chosen is told
_LONGEST_NAME = 64

NO_CHARACTER = "it has a surrogate (U+D800 to U+DFFF), which is no character; send whole characters"
"""What is wrong with a text that UTF-8 cannot have."""

# pydantic's own words for these are about Python
_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "missing": "it is missing",
        "extra_forbidden": "there is no such field",
        "string_type": "a text is expected",
        "string_unicode": NO_CHARACTER,
        "list_type": "a list is expected",
        "dict_type": "an object is expected",
        "model_type": "an object is expected",
        "model_attributes_type": "an object is expected",
        "bool_type": "true or false is expected",
        "int_type": "a whole number is expected",
        "int_parsing": "a whole number is expected",
    }
)

# what Python's reader of JSON says, and what that means
_JSON: Mapping[str, str] = MappingProxyType(
    {
        "Expecting value": "a value is expected",
        "Expecting property name enclosed in double quotes": "a name in double quotes is expected",
        "Expecting ':' delimiter": "':' is expected",
        "Expecting ',' delimiter": "',' is expected, or the end of the object or list",
        "Illegal trailing comma before end of object": "nothing follows this comma",
        "Illegal trailing comma before end of array": "nothing follows this comma",
        "Extra data": "the end is expected, since the value is complete",
        "Unterminated string starting at": "the text that begins here has no end",
        "Invalid control character at": "a text has a control character; write a new line as \\n",
        "Invalid \\escape": "no such escape; write a backslash as \\\\",
        "Invalid \\uXXXX escape": "\\u is followed by four digits from 0 to f",
    }
)


UNKNOWN = object()
"""In place of what was sent, where that is no JSON value: then all names of pydantic are fields."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One error of pydantic, at a part of what was sent."""

    at: tuple[str, ...]
    """The part."""
    union: tuple[str, ...] | None
    """The part that may be of several kinds, if this error is about one of them."""
    kind: str
    """That one."""
    type: str
    message: str

    @property
    def is_of_another_kind(self) -> bool:
        """Whether the part is simply no value of this kind."""
        return self.at == self.union and self.type.endswith("_type")


def field_problems(errors: Iterable[Mapping[str, Any]], sent: Any = UNKNOWN) -> list[FieldProblem]:
    """Return what pydantic found wrong, without the values, which may be words of a person.

    `sent` is the JSON value of the body. Where a part may be of several kinds, pydantic names a kind as if
    it were a field, and tells what is wrong with each of them.
    """
    found = [_found(each, sent) for each in errors]
    told: dict[tuple[str, ...], list[str]] = {}
    for each in found:
        if each.is_of_another_kind and any(
            other.union == each.union and other.kind != each.kind and not other.is_of_another_kind
            for other in found
        ):
            continue
        messages = told.setdefault(each.at, [])
        if each.message not in messages:
            messages.append(each.message)
    return [
        FieldProblem(location=".".join(at), message=", or ".join(messages))
        for at, messages in islice(told.items(), _MOST)
    ]


def json_problem(document: str, at: int, message: str) -> FieldProblem:
    """Return where a body is no JSON, and what is expected there. `message` is that of Python's reader."""
    line = document.count("\n", 0, at) + 1
    column = at - (document.rfind("\n", 0, at) + 1) + 1
    expected = _JSON.get(message, message)
    return FieldProblem(location="body", message=f"no JSON at line {line}, column {column}: {expected}")


def invalid_request(errors: Sequence[FieldProblem]) -> str:
    """Return the detail of a request that is not valid."""
    detail = "; ".join(f"{each.location}: {each.message}" for each in errors[:5])
    more = f"; and {len(errors) - 5} more" if len(errors) > 5 else ""
    return f"the request is not valid: {detail}{more}"


def _found(error: Mapping[str, Any], sent: Any) -> _Found:
    place, *parts = error["loc"]
    at, value = [str(place)], sent if place == "body" else UNKNOWN
    union, kind = None, ""
    for number, part in enumerate(parts, 1):
        is_last = number == len(parts)
        is_part, inner = _inner(value, part)
        if is_part or value is UNKNOWN or (is_last and error["type"] == "missing"):
            name = str(part)
            at.append(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…")
            value = inner
        elif union is None:
            union, kind = tuple(at), str(part)
    return _Found(tuple(at), union, kind, error["type"], _message(error))


def _inner(value: Any, part: Any) -> tuple[bool, Any]:
    """Return whether a JSON value has this part, and the part."""
    if isinstance(value, Mapping):
        return part in value, value.get(part, UNKNOWN)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return True, value[part]
    return False, UNKNOWN


def _message(error: Mapping[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    return _MESSAGES.get(error["type"], message)
