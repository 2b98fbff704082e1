"""Read CSV and JSON as lines of names and values, so that each line can be found and understood alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.sections import Part
from memgpt_autogen.rendering.plain_text import shorten

ROWS_CHARS = 4000
"""A part ends after so many characters of rows or elements."""

MOST_DEPTH = 40
"""Values that are nested deeper are given as JSON."""

NAME_CHARS = 60
"""The most characters of a column's name, which is repeated before each value."""


def read_csv(lines: Iterable[str], name: str, *, delimiter: str | None = None) -> Iterator[Part]:
    """Yield the rows as `column: value; column: value`. The first row contains the names of the columns."""
    lines = iter(lines)
    first = next(lines, "")
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(chain([first], lines), delimiter=delimiter or _delimiter(first))
    texts: list[str] = []
    start = number = 0
    names: list[str] = []
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if not names:
                names = [
                    shorten(" ".join(cell.split()), NAME_CHARS) or f"column {place}"
                    for place, cell in enumerate(row, 1)
                ]
                continue
            number += 1
            start = start or number
            texts.append(_row(names, row))
            if sum(map(len, texts)) > ROWS_CHARS:
                yield Part("\n".join(texts), heading=_rows(start, number))
                texts, start = [], 0
    except csv.Error as error:
        raise DocumentError(
            f"{name} is broken CSV after row {number}: {error}. Correct it, or save it again."
        ) from error
    if texts:
        yield Part("\n".join(texts), heading=_rows(start, number))
    elif not number and names:
        yield Part("; ".join(names), heading="columns")


def read_json(text: str, name: str) -> Iterator[Part]:
    """Yield the values as `path: value`. Small elements of the outermost list or object share a part."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name} is broken JSON: {error}. Correct it, or give it as text.") from error
    yield from _gathered(_elements(found))


def read_json_lines(lines: Iterable[str], name: str) -> Iterator[Part]:
    """Yield the values of each line as `path: value`."""

    def elements() -> Iterator[tuple[str, str]]:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DocumentError(
                    f"{name} is broken JSON in line {number}: {error}. Correct this line."
                ) from error
            yield f"line {number}", "\n".join(_leaves(found))

    yield from _gathered(elements())


def _elements(found: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield str(key), "\n".join(_leaves(value, str(key)))
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield f"[{number}]", "\n".join(_leaves(value))
    else:
        yield "", _format_value(found)


def _gathered(elements: Iterable[tuple[str, str]]) -> Iterator[Part]:
    """Yield parts of several small elements. The heading has the names of the first and the last one."""
    texts: list[str] = []
    first = last = ""
    for name, text in elements:
        if not text.strip():
            continue
        if texts and sum(map(len, texts)) + len(text) > ROWS_CHARS:
            yield Part("\n\n".join(texts), heading=_span(first, last))
            texts = []
        first = first if texts else name
        last = name
        texts.append(text)
    if texts:
        yield Part("\n\n".join(texts), heading=_span(first, last))


def _leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """Yield every value that is not a list or an object, with its path."""
    prefix = f"{path}: " if path else ""
    if depth > MOST_DEPTH:
        yield f"{path}: {json.dumps(value, ensure_ascii=False)}"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        if all(not isinstance(inner, (dict, list)) for inner in value):
            if value:
                yield prefix + ", ".join(map(_format_value, value))
            return
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]", depth + 1)
    else:
        yield prefix + _format_value(value)


def _format_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(names: list[str], row: list[str]) -> str:
    cells = [
        f"{names[place] if place < len(names) else f'column {place + 1}'}: {' '.join(cell.split())}"
        for place, cell in enumerate(row)
        if cell.strip()
    ]
    return "; ".join(cells)


def _rows(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"


def _span(first: str, last: str) -> str | None:
    return (first if first == last else f"{first} to {last}") or None


def _delimiter(line: str) -> str:
    """Return the most frequent delimiter of the first line."""
    return max(",;\t|", key=line.count) if line else ","
