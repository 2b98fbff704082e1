"""Texts of a request that cannot be sent as UTF-8, and headers that are more than ASCII."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from memgpt_autogen.client.errors import invalid
from memgpt_autogen.client.operation import Operation
from memgpt_autogen.service.field_problems import NO_CHARACTER
from memgpt_autogen.service.schemas.problems import FieldProblem
from memgpt_autogen.text.safe import clean_text

_SURROGATE = re.compile(r"[\ud800-\udfff]")

_NO_ASCII = "a header has letters, digits and signs of ASCII only"


def check_texts(operation: Operation[Any], values: Mapping[str, Any]) -> None:
    """Raise the error that a server would answer, if it could read such a text."""
    wrong: list[FieldProblem] = []
    for each in operation.parameters:
        place = "body" if each.place == "form" else each.place
        at, value = f"{place}.{each.sent}", values.get(each.name)
        if each.place == "header" and value is not None and not _is_plain(str(value)):
            wrong.append(FieldProblem(location=at, message=_NO_ASCII))
        elif each.sent != "file":  # a file's name is cleaned, and its content is no text
            wrong += [FieldProblem(location=found, message=NO_CHARACTER) for found in _found(at, value)]
    for name, value in operation.of_body(values).items():
        wrong += [
            FieldProblem(location=found, message=NO_CHARACTER) for found in _found(f"body.{name}", value)
        ]
    if wrong:
        raise invalid(wrong)


def _found(at: str, value: Any) -> Iterator[str]:
    """Yield where a value has a surrogate."""
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            yield at
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if _SURROGATE.search(str(name)):
                yield at
            yield from _found(f"{at}.{clean_text(str(name))}", each)
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value):
            yield from _found(f"{at}.{number}", each)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
