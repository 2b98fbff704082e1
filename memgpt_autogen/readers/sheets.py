"""Read spreadsheets (.xlsx, .xlsm, .xlsb, .xls, .ods): the rows of each sheet, by calamine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from memgpt_autogen.readers.csv_json import table_parts
from memgpt_autogen.readers.refusals import refuse_broken, refuse_without
from memgpt_autogen.readers.sections import Part
from memgpt_autogen.readers.workbook import Shown, open_formats
from memgpt_autogen.rendering.plain_text import counted, shorten

UNFORMATTED = (
    "numbers stand without the formats of their cells, so 25% is 0.25; save it as .xlsx to keep them"
)

MOST_TITLE = 60
"""The most characters of a sheet's name in a note."""

ROUGH = timedelta(seconds=0.05)
"""Programs write a time as a number of days with six digits or more."""


def read_sheets(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield the rows of each sheet under its name, then comments and text boxes.

    Numbers are as their cells show them, where the file has their formats as XML. Days are written as
    2024-05-03. The values of formulas are those that were saved.
    """
    with refuse_without("python-calamine", f"{name} is a spreadsheet"):
        import python_calamine
    with refuse_broken(f"{name} is a broken or encrypted spreadsheet", "Save it again, without a password."):
        book = python_calamine.load_workbook(file)
        formats = open_formats(file)
        fractions = False
        for title, concealed in zip(book.sheet_names, _concealed(book), strict=True):
            sheet = book.get_sheet_by_name(title)
            left = (sheet.start or (0, 0))[
                1
            ]  # the rows begin at the first one, the columns at the first used
            shown = formats.of(title)
            rows = []
            for top, row in enumerate(sheet.iter_rows()):
                rows.append([_text(cell, (top, left + at), shown) for at, cell in enumerate(row)])
                fractions = fractions or any(isinstance(cell, float) and cell % 1 for cell in row)
            for part in table_parts(rows):
                yield Part(part.text, heading=" > ".join(filter(None, [title, part.heading])))
            if hidden := "the sheet" if concealed else _counted(*formats.hidden(title)):
                yield Part("", note=f"hidden, and read too: {hidden} “{shorten(title, MOST_TITLE)}”")
        for heading, text in formats.apart():
            yield Part(text, heading=heading)
        if fractions and not formats.known:
            yield Part("", note=UNFORMATTED)


def _concealed(book: Any) -> list[bool]:
    """Return which sheets a program does not show."""
    return [str(each.visible) != "SheetVisibleEnum.Visible" for each in book.sheets_metadata]


def _counted(rows: int, columns: int) -> str:
    """Return how much of a sheet is hidden, such as `2 rows of the sheet`; nothing if all is shown."""
    found = [counted(number, what) for number, what in ((rows, "row"), (columns, "column")) if number]
    return f"{' and '.join(found)} of the sheet" if found else ""


def _text(cell: Any, place: tuple[int, int], shown: Shown) -> str:
    """Return a cell as a sheet shows it: whole numbers without a point, days without midnight."""
    # calamine gives an empty text for an error such as #N/A
    if (isinstance(cell, (int, float)) or cell == "") and (text := shown(place, cell or 0)):
        return text
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        moment = _whole_second(cell)
        return moment.isoformat(" ") if moment.time() != time() else moment.date().isoformat()
    if isinstance(cell, time):
        return str(_whole_second(datetime.combine(date(2000, 1, 1), cell)).time())
    return str(cell)


def _whole_second(moment: datetime) -> datetime:
    """Return a time without what its number of days is too rough for: 09:30:00 and not 09:29:59.971."""
    whole = (moment + timedelta(seconds=0.5)).replace(microsecond=0)
    return whole if abs(whole - moment) < ROUGH else moment
