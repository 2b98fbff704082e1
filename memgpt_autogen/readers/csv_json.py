"""CSV and JSON: every value told with its name, so that a line can be found and read alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.sections import Part

ROWS_CHARS = 4000
"""How many characters of rows stand in one part."""

MOST_DEPTH = 40

NAME_CHARS = 60
"""The most characters of a column's name, which stands before each of its values."""


def read_csv(lines: Iterable[str], name: str, *, delimiter: str | None = None) -> Iterator[Part]:
    """Rows as `column: value; column: value`. The first row names the columns."""
    lines = iter(lines)
    first = next(lines, "")
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(_joined(first, lines), delimiter=delimiter or _delimiter(first))
    told: list[str] = []
    start = number = 0
    names: list[str] = []
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if not names:
                names = [_name(cell) or f"column {place}" for place, cell in enumerate(row, 1)]
                continue
            number += 1
            start = start or number
            told.append(_row(names, row))
            if sum(map(len, told)) > ROWS_CHARS:
                yield Part("\n".join(told), heading=_rows(start, number))
                told, start = [], 0
    except csv.Error as error:
        raise DocumentError(
            f"{name} is broken CSV after row {number}: {error}. Mend it, or save it anew."
        ) from error
    if told:
        yield Part("\n".join(told), heading=_rows(start, number))
    elif not number and names:
        yield Part("; ".join(names), heading="columns")


def read_json(text: str, name: str) -> Iterator[Part]:
    """Values as `path: value`, a part for each element of the outermost list or object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name} is broken JSON: {error}. Mend it, or give it as text.") from error
    yield from _gathered(_elements(found))


def read_json_lines(lines: Iterable[str], name: str) -> Iterator[Part]:
    def elements() -> Iterator[tuple[str, str]]:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DocumentError(
                    f"{name} is broken JSON in line {number}: {error}. Mend that line."
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
        yield "", _told(found)


def _gathered(elements: Iterable[tuple[str, str]]) -> Iterator[Part]:
    """Small elements together in one part, whose heading is the first one's and the last one's name."""
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
    """Every value that is no list or object, with the way to it."""
    if depth > MOST_DEPTH:
        yield f"{path}: {json.dumps(value, ensure_ascii=False)}"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        if all(not isinstance(inner, (dict, list)) for inner in value):
            if value:
                yield f"{path}: {', '.join(map(_told, value))}" if path else ", ".join(map(_told, value))
            return
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]", depth + 1)
    else:
        yield f"{path}: {_told(value)}" if path else _told(value)


def _told(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(cell: str) -> str:
    name = " ".join(cell.split())
    return name if len(name) <= NAME_CHARS else f"{name[: NAME_CHARS - 1]}…"


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
    """The likeliest of those that stand in the first line."""
    return max(",;\t|", key=line.count) if line else ","


def _joined(first: str, lines: Iterable[str]) -> Iterator[str]:
    yield first
    yield from lines
