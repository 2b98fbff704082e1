"""Spreadsheets: cells as they are shown, and what is not in cells."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from memgpt_autogen.readers.number_formats import shown_number
from memgpt_autogen.readers.open import open_bytes

pytest.importorskip("python_calamine", reason="the package python-calamine is not installed")

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = " ".join(f'xmlns:{name}="{ODF}{name}:1.0"' for name in ("office", "text", "table"))


@pytest.mark.parametrize(
    ("number", "code", "shown"),
    [
        (0.25, "0%", "25%"), (0.1234, "0.0%", "12.3%"), (12345.6, "#,##0.00", "12,345.60"),
        (12345.6, '#,##0.00 "EUR"', "12,345.60 EUR"), (-3.5, "[$€-407]#,##0.00;[Red]-#,##0.00", "-3.50"),
        (3.5, "[$€-407]#,##0.00;[Red]-#,##0.00", "€3.50"), (123, "000000", "000123"), (-7, "0.0", "-7.0"),
        (0.5, "#.##", ".5"), (1234567, '#,##0.0,,"M"', "1.2M"), (2.675, "0.00", "2.68"),
        (-2.5, "$#,##0.00_);($#,##0.00)", "($2.50)"), (5, "#,##0\\ _€", "5"),
        (1.5, "General", None), (45000.0, "yyyy-mm-dd", None), (0.5, "h:mm", None), (0.5, "# ?/?", None),
        (5.0, "0.00E+00", None), (5.0, "@", None), (5.0, "", None),
    ],
)  # fmt: skip
def test_a_number_is_shown_as_its_cell_shows_it(number: float, code: str, shown: str | None) -> None:
    assert shown_number(number, code) == shown


def test_the_numbers_of_a_sheet_have_their_formats_and_its_comments_and_boxes_are_read() -> None:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Rates")
        sheet.write_row(2, 1, ["name", "share", "price", "unused"])
        sheet.write(3, 1, "tea")
        sheet.write(3, 2, 0.25, book.add_format({"num_format": "0%"}))
        sheet.write(3, 3, 1234.5, book.add_format({"num_format": 4}))
        sheet.write(4, 1, "rice")
        sheet.write(4, 2, 0.5)
        sheet.write_comment(3, 1, "Ask Marta")
        sheet.insert_textbox(6, 1, "Boxed words")

    sections = [(each.heading, each.text) for each in open_bytes(packed.getvalue(), "a.xlsx").sections()]

    assert sections[0] == (
        "Rates > rows 1 to 2",
        "name: tea; share: 25%; price: 1,234.50\nname: rice; share: 0.5\ncolumns without values: unused",
    )
    assert ("text boxes and charts", "Boxed words") in sections
    assert any(heading == "comments" and "Ask Marta" in text for heading, text in sections)


def hidden_in_excel() -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        prices = book.add_worksheet("Prices")
        prices.write_row(0, 0, ["name", "price", "margin"])
        for row, line in enumerate([("tea", 3, 1), ("rice", 2, 1), ("salt", 1, 1)], 1):
            prices.write_row(row, 0, line)
        prices.set_row(2, None, None, {"hidden": True})
        prices.set_row(9, None, None, {"hidden": True})  # nothing is in it
        prices.set_column("C:XFD", None, None, {"hidden": True})
        book.add_worksheet("Costs").write(0, 0, "secret")
        book.get_worksheet_by_name("Costs").hide()
        book.add_worksheet("Deep").write(0, 0, "deeper")
        book.get_worksheet_by_name("Deep").very_hidden()
    return packed.getvalue()


def hidden_in_opendocument() -> bytes:
    def cell(text: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    rows = "".join(
        f"<table:table-row{about}>{''.join(map(cell, line))}</table:table-row>"
        for about, line in (
            ("", ("name", "price", "margin")),
            ("", ("tea", "3", "1")),
            (' table:visibility="filter"', ("rice", "2", "1")),
            ("", ("salt", "1", "1")),
        )
    )
    columns = (
        '<table:table-column table:number-columns-repeated="2"/><table:table-column '
        'table:visibility="collapse" table:number-columns-repeated="1000"/>'
    )
    hides = (
        '<office:automatic-styles><style:style xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
        'style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>'
        "</office:automatic-styles>"
    )
    costs = "".join(
        f'<table:table table:name="{name}" table:style-name="h"><table:table-row>{cell(text)}'
        "</table:table-row></table:table>"
        for name, text in (("Costs", "secret"), ("Deep", "deeper"))
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr(
            "content.xml",
            f"<office:document-content {NAMES}>{hides}<office:body><office:spreadsheet>"
            f'<table:table table:name="Prices">{columns}{rows}</table:table>{costs}'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "name"), [(hidden_in_excel(), "a.xlsx"), (hidden_in_opendocument(), "a.ods")]
)
def test_what_is_hidden_is_read_and_the_load_says_so(content: bytes, name: str) -> None:
    document = open_bytes(content, name)

    text = "\n".join(section.text for section in document.sections())

    assert all(word in text for word in ("rice", "margin", "secret", "deeper"))
    assert document.notes == [
        f"{name}: hidden, and read too: 1 row and 1 column of the sheet “Prices”.",
        f"{name}: hidden, and read too: the sheet “Costs”.",
        f"{name}: hidden, and read too: the sheet “Deep”.",
    ]


def test_a_comment_names_its_author() -> None:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Rates")
        sheet.write(0, 0, "tea")
        sheet.write_comment(0, 0, "Ask Marta", {"author": "Bo"})
        sheet.write_comment(1, 0, "Bo: or Ada", {"author": "Bo"})
        sheet.write_comment(2, 0, "no one's")

    sections = {each.heading: each.text for each in open_bytes(packed.getvalue(), "a.xlsx").sections()}

    assert sections["comments"] == "Bo: Ask Marta\nBo: or Ada\nno one's"


OLD_EXCEL = Path(__file__).parents[1] / "data" / "formats.xls"


def test_the_numbers_of_an_old_excel_sheet_have_their_formats_too() -> None:
    pytest.importorskip("xlrd", reason="the package xlrd is not installed")
    document = open_bytes(OLD_EXCEL.read_bytes(), "a.xls")

    sections = [(each.heading, each.text) for each in document.sections()]

    assert sections == [
        (
            "Rates > rows 1 to 2",
            "name: tea; share: 25%; price: 1,234.50; day: 2024-05-03\nname: rice; share: 0.5",
        ),
        ("comments", "Ask Marta"),
    ]
    assert document.notes == []


def test_an_old_excel_sheet_is_read_without_xlrd_too_and_a_note_tells_of_its_formats(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "xlrd", None)
    document = open_bytes(OLD_EXCEL.read_bytes(), "a.xls")

    sections = list(document.sections())

    assert "share: 0.25" in sections[0].text
    assert "numbers stand without the formats of their cells" in document.notes[0]


def test_the_numbers_of_an_opendocument_sheet_are_those_that_it_shows() -> None:
    def cell(about: str, text: str) -> str:
        return f"<table:table-cell office:value-type={about}><text:p>{text}</text:p></table:table-cell>"

    names = cell("'string'", "share") + cell("'string'", "price")
    values = cell("'percentage' office:value='0.25'", "25 %") + cell(
        "'currency' office:value='7.5'", "7,50 €"
    )
    rows = (
        f"<table:table-row>{names}</table:table-row>"
        f"<table:table-row table:number-rows-repeated='2'>{values}</table:table-row>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {NAMES}><office:body><office:spreadsheet><table:table "
            f'table:name="Rates">{rows}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )

    (section,) = open_bytes(packed.getvalue(), "a.ods").sections()

    assert section.text.split("\n") == ["share: 25 %; price: 7,50 €"] * 2


def test_times_are_those_that_a_sheet_shows() -> None:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Times")
        sheet.write(0, 0, 45415.395833, book.add_format({"num_format": "dd.mm.yyyy hh:mm"}))
        sheet.write(1, 0, 45415.999999, book.add_format({"num_format": "dd.mm.yyyy hh:mm"}))
        sheet.write(2, 0, 0.395833, book.add_format({"num_format": "hh:mm"}))

    (section,) = open_bytes(packed.getvalue(), "a.xlsx").sections()

    assert section.text.split() == ["2024-05-03", "09:30:00", "2024-05-03", "23:59:59.914000", "09:30:00"]


def test_the_errors_of_formulas_are_words_that_a_sheet_shows() -> None:
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["item", "price"])
        sheet.write_row(1, 0, ["lamp", 48])
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        sheet.write(2, 0, "kettle")

    found = list(open_bytes(kept.getvalue(), "prices.xlsx").sections())

    assert found[0].text == "item: lamp; price: 48\nitem: kettle; price: #DIV/0!"
