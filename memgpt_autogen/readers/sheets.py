"""Read spreadsheets (.xlsx, .xlsm, .xlsb, .xls, .ods), by calamine: the rows of each sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import IO, Any

from memgpt_autogen.readers.csv_json import table_parts
from memgpt_autogen.readers.refusals import refuse_broken, refuse_without
from memgpt_autogen.readers.sections import Part


def read_sheets(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield the rows of each sheet under its name. The values of formulas are those that were saved."""
    with refuse_without("python-calamine", f"{name} is a spreadsheet"):
        import python_calamine
    with refuse_broken(f"{name} is a broken or encrypted spreadsheet", "Save it again, without a password."):
        book = python_calamine.load_workbook(file)
        for sheet in book.sheet_names:
            rows = [[_text(cell) for cell in row] for row in book.get_sheet_by_name(sheet).iter_rows()]
            for part in table_parts(rows):
                yield Part(part.text, heading=" > ".join(filter(None, [sheet, part.heading])))


def _text(cell: Any) -> str:
    """Return a cell as a sheet shows it: whole numbers without a point, days without midnight."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    return str(cell)
