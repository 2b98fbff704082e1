"""Find the table in a CSV file: its delimiter, the lines above it, and the row that names its columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

DELIMITERS = ";\t|,"
"""The first one is taken of those that fit as well: a comma may be a decimal comma."""

MOST_ABOVE = 30
"""The row of names is one of so many first rows, or it is the first."""

MOST_ROWS = 60
"""The names of a sheet's columns are found in so many first rows."""

NUMBER = re.compile(r"[-+(]?[$€£¥]?\s?\d[\d.,' \u00a0]*\s?[%$€£¥)]?(?:[eE][-+]?\d+)?")
VALUE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?|[^\s@]+@[^\s@]+\.\w+|https?://\S+|"
    r"[-+(]?[$€£¥]\s?\d.*|\d[\d.,]*\s?[%€$£¥]|\d{5,}|-?\d+[.,]\d+"
)
"""A date, a time, an address, an amount, a long or a broken number: what names no column."""

REMARK = re.compile(r"#\s+\S+|#\w.*\s")


@dataclass(frozen=True, slots=True)
class TableStart:
    """How a table begins."""

    delimiter: str
    above: tuple[str, ...]
    """The lines above the table, such as its title."""
    names: tuple[str, ...]
    """The names of the columns; empty if no row has them."""
    lines: int
    """How many lines of the file these are."""


def table_start(lines: Sequence[str], delimiter: str | None = None) -> TableStart:
    """Return the start of the table in the first lines of a file."""
    skipped = 0
    if lines and (
        said := re.match(r"\ufeff?\"?sep=(.)\"?\s*$", lines[0])
    ):  # as Excel writes it, and hides it
        delimiter, skipped = said.group(1), 1
    found = delimiter or _delimiter(lines[skipped:])
    start = _start(list(_rows(lines[skipped:], found)))
    return replace(start, delimiter=found, lines=skipped + start.lines)


def start_of_rows(rows: Sequence[Sequence[str]]) -> TableStart:
    """Return the start of the table in the rows of a sheet; `lines` are rows then."""
    numbered = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    return _start(numbered[:MOST_ROWS])


def _start(rows: Sequence[tuple[int, Sequence[str]]]) -> TableStart:
    first = _first(rows, _width([row for _, row in rows]))
    texts = (" ".join(filter(None, map(_flat, row))) for _, row in rows[:first])
    above = tuple(filter(None, texts))
    if first < len(rows):
        number, row = rows[first]
        if _names_columns(row, [later for _, later in rows[first + 1 :]]):
            return TableStart("", above, tuple(_flat(cell) for cell in row), number)
    return TableStart("", above, (), rows[first - 1][0] if first else 0)


def _flat(cell: str) -> str:
    return " ".join(cell.split()).lstrip("\ufeff")


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with the number of their last line."""
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error:  # the whole file is read later, and the error is raised then
        return


def _length(row: Sequence[str]) -> int:
    """The number of cells up to the last one that is not blank."""
    return max((place for place, cell in enumerate(row, 1) if cell.strip()), default=0)


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Return the usual number of columns; the larger one if two are as frequent."""
    lengths = Counter(_length(row) for row in rows)
    return max(lengths, key=lambda length: (lengths[length], length), default=0)


def _delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter that divides most of the rows into the same number of cells."""

    text = "\n".join(lines)
    decimal = text.count(",") == len(re.findall(r"(?<=\d),(?=\d)", text))

    def fit(delimiter: str) -> tuple[float, bool, int]:
        rows = [row for _, row in _rows(lines, delimiter)]
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if not widths:
            return 0.0, False, 0
        width, count = max(widths.items(), key=lambda each: (each[1], each[0]))
        table = [row for row in rows if len(row) == width]
        after_blank = all(cell[:1] == " " for row in table for cell in row[1:])
        if after_blank and len(rows[0]) == 1:  # the commas are in sentences below a name
            return 0.0, False, 0
        return count / len(rows), not (delimiter == "," and decimal), width

    return max(DELIMITERS, key=fit)


def _first(rows: Sequence[tuple[int, Sequence[str]]], width: int) -> int:
    """Return the place of the first row of the table, after a title and remarks."""
    for place, (_, row) in enumerate(rows[:MOST_ABOVE]):
        filled = sum(bool(cell.strip()) for cell in row)
        later = rows[place + 1][1] if place + 1 < len(rows) else []
        is_remark = REMARK.match(row[0]) and _length(later) >= width and _texts(later)
        if _length(row) >= width and not (filled == 1 and width > 2) and not is_remark:
            return place
    return 0


def _texts(row: Sequence[str]) -> bool:
    return not any(NUMBER.fullmatch(cell.strip()) or VALUE.fullmatch(cell.strip()) for cell in row)


def _names_columns(row: Sequence[str], later: Sequence[Sequence[str]]) -> bool:
    """Whether a row has the names of the columns and not values."""
    cells = [_flat(cell) for cell in row]
    if any(VALUE.fullmatch(cell) for cell in cells) and not _counts_up(cells):
        return False
    numbers = [place for place, cell in enumerate(cells) if NUMBER.fullmatch(cell)]
    if numbers and not _counts_up(cells):
        return False
    if any([_flat(cell) for cell in each] == cells for each in later):  # tables, one after the other
        return True
    # a text that comes again in its column is a value
    again = sum(
        bool(cell) and any(place < len(each) and _flat(each[place]) == cell for each in later)
        for place, cell in enumerate(cells)
    )
    return again == 0


def _counts_up(cells: Sequence[str]) -> bool:
    """Whether the numbers in a row are years or places that follow each other, which name columns."""
    numbers = [int(cell) for cell in cells if re.fullmatch(r"\d{1,4}", cell)]
    others = [cell for cell in cells if NUMBER.fullmatch(cell) or VALUE.fullmatch(cell)]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(numbers) == len(others) and (
        (len(numbers) > 1 and len(steps) == 1 and steps != {0})
        or (len(numbers) == 1 and 1800 <= numbers[0] <= 2200)
    )
