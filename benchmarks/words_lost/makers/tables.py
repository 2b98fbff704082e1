"""Make CSV files: by Python's csv in its dialects, by LibreOffice, and by hand as programs export them.

The name of a file has its delimiter, as a number, and its encoding before the suffix: `a.59.cp1252.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.words_lost.drafts import Cell, Draft, Table
from benchmarks.words_lost.made import Maker
from benchmarks.words_lost.shown.libreoffice import soffice

COMMA, SEMICOLON, TAB, PIPE = map(ord, ",;\t|")

ABOVE = ("", "sep=;\n", "Sales of the year, all shops\n\n", "# exported by a program\n", '"Report, of all"\n')


def by_csv(delimiter: int, encoding: str, quoting: int, draft: Draft, path: Path) -> None:
    """Write a table with line ends, quotes and delimiters in its cells, blank cells and a blank column."""
    with path.open("w", encoding=encoding, newline="", errors="replace") as file:
        writer: Any = csv.writer(file, delimiter=chr(delimiter), quoting=quoting)
        writer.writerows(_rows(draft))


def _rows(draft: Draft) -> Iterator[Sequence[Cell]]:
    table = max(draft.of(Table), key=lambda each: len(each.header))
    yield (*table.header, "Note, if any", "Blank column")
    for number, row in enumerate(table.rows):
        note = ("two\nlines", 'a "quoted" word', "a, b; c", "", "x|y")[number % 5]
        yield (*row, note, "")


def decimal_commas(draft: Draft, path: Path) -> None:
    rows = [[str(cell).replace(".", ",") for cell in row] for row in _rows(draft)]
    with path.open("w", encoding="cp1252", newline="", errors="replace") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def with_title(draft: Draft, path: Path) -> None:
    """Write lines above a table, as programs export it."""
    above = ABOVE[draft.number % len(ABOVE)]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(above)
        csv.writer(file, delimiter=";" if above.startswith("sep") else ",").writerows(_rows(draft))


def without_names(draft: Draft, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(list(_rows(draft))[1:])


def uneven(draft: Draft, path: Path) -> None:
    """Write several tables below each other, with rows of other lengths between them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for table in draft.of(Table):
            writer.writerow([f"Table of {table.header[0]}"])
            writer.writerows([table.header, *table.rows])
            writer.writerow([])
            writer.writerow(["Total", "", len(table.rows), "and", "more", "cells", "than", "names"])


def workbook(draft: Draft, path: Path) -> None:
    """Write the workbook that LibreOffice exports as CSV."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path.with_suffix(".xlsx"))) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(_rows(draft)):
            sheet.write_row(
                number, 0, [cell if isinstance(cell, (int, float)) else str(cell) for cell in row]
            )


def by_libreoffice(delimiter: int, charset: int, paths: Sequence[Path]) -> None:
    books = [path.with_suffix(".xlsx") for path in paths]
    soffice(f"csv:Text - txt - csv (StarCalc):{delimiter},34,{charset}", books, paths[0].parent)
    for book in books:
        book.unlink()


LIBREOFFICE = {"utf-8": 76, "cp1252": 1, "cp1250": 33, "utf-16": 65535}
"""LibreOffice's numbers of encodings."""


def _makers() -> Iterator[Maker]:
    for delimiter, encoding, quoting in (
        (COMMA, "utf-8", csv.QUOTE_MINIMAL),
        (SEMICOLON, "cp1252", csv.QUOTE_MINIMAL),
        (COMMA, "utf-8-sig", csv.QUOTE_ALL),
        (PIPE, "utf-8", csv.QUOTE_NONNUMERIC),
        (SEMICOLON, "utf-16", csv.QUOTE_ALL),
        (TAB, "utf-16-le", csv.QUOTE_MINIMAL),
    ):
        make = partial(by_csv, delimiter, encoding, quoting)
        writer = f"Python's csv, {chr(delimiter)!r}, {encoding}"
        yield Maker("csv", writer, f".{delimiter}.{encoding}.csv", make, files=3)
    yield Maker("csv", "Python's csv, tabs", ".9.utf-8.tsv", partial(by_csv, TAB, "utf-8", csv.QUOTE_MINIMAL))
    for (encoding, number), delimiter in zip(
        list(LIBREOFFICE.items())[:3], (COMMA, SEMICOLON, TAB), strict=True
    ):
        finish = partial(by_libreoffice, delimiter, number)
        writer = f"LibreOffice, {chr(delimiter)!r}, {encoding}"
        yield Maker("csv", writer, f".{delimiter}.{encoding}.csv", workbook, ("soffice",), finish, files=3)


MAKERS = [
    *_makers(),
    Maker("csv", "by hand, decimal commas", ".59.cp1252.csv", decimal_commas, files=3),
    Maker("csv", "by hand, a title", ".0.utf-8.csv", with_title, files=5),
    Maker("csv", "by hand, no names", ".44.utf-8.csv", without_names, files=3, damaged=0),
    Maker("csv", "by hand, uneven", ".44.utf-8.csv", uneven, files=3, damaged=0),
]
