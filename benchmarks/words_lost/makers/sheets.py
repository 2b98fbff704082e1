"""Make spreadsheets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from benchmarks.words_lost.drafts import Cell, Draft, Paragraph, Table
from benchmarks.words_lost.made import Maker
from benchmarks.words_lost.makers.converted import by_libreoffice

FORMATS = {
    "Share": "0%",
    "Rate": "0.0%",
    "Amount": "#,##0.00",
    "Euro": '#,##0.00 "EUR"',
    "Start": "yyyy-mm-dd hh:mm",
    "Hour": "hh:mm",
    "Day": "yyyy-mm-dd",
    "Local": "dd/mm/yyyy",
    "Number": "000000",
    "Kept": "General",
}


def measures(draft: Draft) -> Iterator[dict[str, object]]:
    """Yield rows with a value for each format."""
    chance = random.Random(draft.number)
    for _ in range(chance.randint(3, 7)):
        day = date(2018, 1, 1) + timedelta(days=chance.randrange(2000))
        yield {
            "Share": chance.randint(1, 99) / 100,
            "Rate": chance.randint(1, 999) / 1000,
            "Amount": round(chance.uniform(1000, 99999), 2),
            "Euro": round(chance.uniform(1000, 99999), 2),
            "Start": datetime.combine(day, time(chance.randrange(1, 24), chance.randrange(1, 60))),
            "Hour": time(chance.randrange(24), chance.randrange(1, 60)),
            "Day": day,
            "Local": day + timedelta(days=3),
            "Number": chance.randint(1, 99999),
            "Kept": chance.choice([1.5, 12, "yes", -3]),
        }


def shown(name: str, value: object) -> str:
    """Return what a cell with one of the formats shows, with days as they are stored."""
    written: dict[str, Callable[[Any], str]] = {
        "Share": "{:.0%}".format,
        "Rate": "{:.1%}".format,
        "Amount": "{:,.2f}".format,
        "Euro": "{:,.2f} EUR".format,
        "Start": "{:%Y-%m-%d %H:%M}".format,
        "Hour": "{:%H:%M}".format,
        "Number": "{:06}".format,
    }
    return written.get(name, _general)(value)


def _general(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def by_xlsxwriter(draft: Draft, path: Path) -> str:
    """Write a sheet for each table, one of formats and merged cells, one of texts, and a hidden one."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"remove_timezone": True})
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, table in enumerate(draft.of(Table), 1):
        sheet = book.add_worksheet(f"Table {number}")
        first = 0
        if number % 2:
            sheet.write(0, 0, f"{draft.title}, table {number}", bold)
            first = 2
        sheet.write_row(first, 0, table.header, bold)
        for row, cells in enumerate(table.rows, first + 1):
            for column, value in enumerate(cells):
                if isinstance(value, date):
                    sheet.write_datetime(row, column, datetime.combine(value, time()), day)
                else:
                    sheet.write(row, column, value)
    sheet = book.add_worksheet("Formats")
    sheet.write_row(0, 0, list(FORMATS))
    for row, values in enumerate(measures(draft), 1):
        for column, (name, value) in enumerate(values.items()):
            sheet.write(row, column, value, book.add_format({"num_format": FORMATS[name]}))
    sheet = book.add_worksheet("Texts")
    sheet.merge_range(0, 0, 0, 3, f"Merged words {draft.number}", bold)
    for row, paragraph in enumerate(draft.of(Paragraph), 1):
        sheet.write_rich_string(row, 0, "Rich ", bold, "bold", f" text {row}")
        sheet.write_string(row, 1, paragraph.text)
        sheet.write_formula(row, 2, f"=LEN(B{row + 1})", value=len(paragraph.text))
    sheet.write_url(0, 5, "https://example.org/x", string=f"A link {draft.number}")
    sheet.write_comment(1, 0, draft.remark)
    sheet.insert_textbox(3, 7, f"Boxed words {draft.number}")
    hidden = book.add_worksheet("Hidden")
    hidden.hide()
    hidden.write(0, 0, f"Words of a hidden sheet {draft.number}")
    book.close()
    tables = (cell for table in draft.of(Table) for row in (table.header, *table.rows) for cell in row)
    formats = (shown(name, value) for values in measures(draft) for name, value in values.items())
    texts = (paragraph.text for paragraph in draft.of(Paragraph))
    return "\n".join(
        (
            *map(_general, tables), *FORMATS, *formats, *texts, "Texts", "Hidden",
            f"Merged words {draft.number}", f"A link {draft.number}",
            f"Words of a hidden sheet {draft.number}",
        )
    )  # fmt: skip


def by_openpyxl(draft: Draft, path: Path) -> None:
    """Write all tables below each other on one sheet, and the formats on another one."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "All tables"
    for table in draft.of(Table):
        sheet.append(table.header)
        for row in table.rows:
            sheet.append(row)
        sheet.append([])
    formats = book.create_sheet("Formats")
    formats.append(list(FORMATS))
    for values in measures(draft):
        formats.append(list(values.values()))
        for cell, name in zip(formats[formats.max_row], FORMATS, strict=True):
            cell.number_format = FORMATS[name]
    book.save(str(path))


def as_csv(draft: Draft, path: Path) -> None:
    """Write the largest table as CSV, which LibreOffice makes a sheet of."""
    import csv

    table: Table = max(draft.of(Table), key=lambda each: len(each.rows))
    rows: list[tuple[Cell, ...]] = [table.header, *table.rows]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


MAKERS = [
    Maker("xlsx", "xlsxwriter", ".xlsx", by_xlsxwriter, files=5, damaged=2),
    Maker("xlsx", "openpyxl", ".xlsx", by_openpyxl, files=5, modules=("openpyxl",)),
    by_libreoffice("xlsx", ".csv", as_csv, files=4, damaged=1),
    by_libreoffice("ods", ".xlsx", by_xlsxwriter, files=5),
    by_libreoffice("xls", ".xlsx", by_xlsxwriter, files=5),
]
