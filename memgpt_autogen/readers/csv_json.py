"""Read CSV and JSON as lines of names and values, so that each line can be found and understood alone."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.notebook import is_notebook, notebook_parts
from memgpt_autogen.readers.sections import Part
from memgpt_autogen.readers.table import TableStart, start_of_rows, table_start
from memgpt_autogen.rendering.plain_text import shorten

ROWS_CHARS = 4000
"""A part ends after so many characters of rows or elements."""

MOST_DEPTH = 40
"""Values that are nested deeper are given as JSON."""

MOST_SAMPLE = 60
"""The delimiter and the names of the columns are found in so many first lines."""

MOST_NAMED = 5
"""The most broken lines that a note names."""

NAME_CHARS = 60
"""The most characters of a column's name, which is repeated before each value."""


def read_csv(lines: Iterable[str], name: str, *, delimiter: str | None = None) -> Iterator[Part]:
    """Yield the rows as `column: value; column: value`, after the lines above the table.

    The names of the columns are those of its first row, if that has names and not values.
    """
    lines = iter(lines)
    first = list(islice(lines, MOST_SAMPLE))
    start = table_start(first, delimiter)
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(chain(first[start.lines :], lines), delimiter=start.delimiter)
    try:
        yield from _table(rows, start)
    except csv.Error as error:
        line = start.lines + rows.line_num
        raise DocumentError(
            f"{name} is broken CSV in line {line}: {error}. Correct it, or save it again."
        ) from error


def table_parts(rows: Sequence[Sequence[str]]) -> Iterator[Part]:
    """Yield the rows of a sheet as those of a CSV file."""
    start = start_of_rows(rows)
    yield from _table(rows[start.lines :], start)


def _table(rows: Iterable[Sequence[str]], start: TableStart) -> Iterator[Part]:
    """Yield the rows, with what is above them in the first part."""
    names = [shorten(each, NAME_CHARS) for each in start.names]
    cut = [each for each, name in zip(start.names, names, strict=True) if not _words(each) <= _words(name)]
    texts = [*start.above, *cut]
    texts += [""] if texts else []
    begin = number = 0
    unused = dict(enumerate(start.names))
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        number += 1
        unused = {
            place: name for place, name in unused.items() if not "".join(row[place : place + 1]).strip()
        }
        begin = begin or number
        texts.append(_row(names, row))
        if sum(map(len, texts)) > ROWS_CHARS:
            yield Part("\n".join(texts), heading=_rows(begin, number))
            texts, begin = [], 0
    if number and (blank := ", ".join(filter(None, unused.values()))):
        texts.append(f"columns without values: {blank}")
        begin = begin or number
    if begin:
        yield Part("\n".join(texts), heading=_rows(begin, number))
    elif not number:
        yield Part("\n".join([*texts, "; ".join(filter(None, start.names))]), heading="columns")


def read_json(text: str, name: str) -> Iterator[Part]:
    """Yield the values as `path: value`. Small elements of the outermost list or object share a part."""
    try:
        found = _parsed(text)
    except (ValueError, RecursionError) as error:
        if _has_lines(text):
            yield from read_json_lines(text.splitlines(), name)
            return
        raise DocumentError(f"{name} is broken JSON: {error}. Correct it, or give it as text.") from error
    if is_notebook(found):
        yield from notebook_parts(found, name)
    else:
        yield from _gathered(_elements(found))


def read_json_lines(lines: Iterable[str], name: str) -> Iterator[Part]:
    """Yield the values of each line as `path: value`. A line that is broken stays as it is, and is noted."""
    broken: list[int] = []
    """The first of them."""
    read = unread = 0
    said = ""

    def elements() -> Iterator[tuple[str, str]]:
        nonlocal read, unread, said
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                text = "\n".join(_leaves(_parsed(line)))
                read += 1
            except (ValueError, RecursionError) as error:
                text, said = line.strip(), said or str(getattr(error, "msg", error))
                unread += 1
                if unread <= MOST_NAMED:
                    broken.append(number)
            yield f"line {number}", text

    yield from _gathered(elements())
    if not unread:
        return
    if not read:
        raise DocumentError(
            f"{name} is broken JSON in line {broken[0]}: {said}. No line of it can be read. Correct it, or "
            "give it as text."
        )
    shown = ", ".join(f"{number:,}" for number in broken)
    more = f" and {unread - len(broken):,} more" if unread > len(broken) else ""
    what = f"line {shown} is" if unread == 1 else f"lines {shown}{more} are"
    yield Part("", note=f"{what} broken JSON, and kept as text ({said})")


def _parsed(text: str) -> Any:
    """Return a value of JSON, with numbers with a point as they are written: 1.10 is not 1.1."""
    return json.loads(text, parse_float=str, object_pairs_hook=_every_pair, strict=False)


def _has_lines(text: str) -> bool:
    """Whether this is no JSON, but the first of its lines is one: many programs call JSON Lines .json."""
    first, _, rest = text.strip().partition("\n")
    try:
        return bool(rest) and isinstance(_parsed(first), (dict, list))
    except (ValueError, RecursionError):
        return False


def _every_pair(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. A key that it has twice keeps both values, as `key` and `key (2)`."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    found, times = {}, Counter[str]()
    for key, value in pairs:
        times[key] += 1
        found[key if times[key] == 1 else f"{key} ({times[key]})"] = value
    return found


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
        if not value and path:
            yield f"{prefix}{{}}"
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        if all(not isinstance(inner, (dict, list)) for inner in value):
            if value or path:
                yield prefix + (", ".join(map(_format_value, value)) or "[]")
            return
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]", depth + 1)
    else:
        yield prefix + _format_value(value)


def _format_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(names: Sequence[str], row: Sequence[str]) -> str:
    cells = []
    for place, cell in enumerate(row):
        if value := " ".join(cell.split()):
            column = names[place] if place < len(names) else ""
            cells.append(f"{column}: {value}" if column else value)
    return "; ".join(cells)


def _words(text: str) -> set[str]:
    return set(text.split())


def _rows(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"


def _span(first: str, last: str) -> str | None:
    return (first if first == last else f"{first} to {last}") or None
