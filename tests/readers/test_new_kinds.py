"""Spreadsheets, OpenDocument, books and subtitles."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import datetime

import pytest
import xlsxwriter

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.open import open_bytes

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
PREFIXES = ("office", "text", "table", "drawing", "style")
NAMES = " ".join(f'xmlns:{"draw" if name == "drawing" else name}="{ODF}{name}:1.0"' for name in PREFIXES)


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def read(content: bytes, name: str) -> list[tuple[str | None, str]]:
    return [(section.heading, section.text) for section in open_bytes(content, name).sections()]


@pytest.mark.parametrize("name", ["prices.xlsx", "prices.bin"])
def test_the_sheets_of_a_spreadsheet_are_read_with_their_columns(name: str) -> None:
    pytest.importorskip("python_calamine", reason="the package python-calamine is not installed")
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        lamps, notes = book.add_worksheet("Lamps"), book.add_worksheet("Notes")
        lamps.write_row(0, 0, ["Price list"])
        lamps.write_row(2, 0, ["article", "price", "since"])
        lamps.write_row(3, 0, ["heron lamp", 48])
        lamps.write_datetime(
            3, 2, datetime.fromisoformat("2024-05-03"), book.add_format({"num_format": "yyyy-mm-dd"})
        )
        lamps.write_row(4, 0, ["owl lamp", 52.5])
        notes.write(0, 0, "Ask Marta")

    assert read(packed.getvalue(), name) == [
        (
            "Lamps > rows 1 to 2",
            "Price list\n\narticle: heron lamp; price: 48; since: 2024-05-03\narticle: owl lamp; price: 52.5",
        ),
        ("Notes > columns", "Ask Marta"),
    ]


def odt(body: str, **more: str) -> bytes:
    content = f"<office:document-content {NAMES}><office:body>{body}</office:body></office:document-content>"
    files = {"mimetype": "application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": "<manifest/>"}
    return zipped(**files, **{"content.xml": content}, **more)


def test_an_opendocument_text_is_read_as_its_pages_show_it() -> None:
    body = """<office:text><text:tracked-changes><text:p>DELETED</text:p></text:tracked-changes>
        <text:h text:outline-level="1">Lease</text:h>
        <text:p>Flat<text:s text:c="2"/>12<text:note><text:note-citation>1</text:note-citation>
        <text:note-body><text:p>A note</text:p></text:note-body></text:note><draw:frame><draw:text-box>
        <text:p>In a box</text:p></draw:text-box></draw:frame> is <text:span>let</text:span></text:p>
        <text:list><text:list-item><text:p>keys</text:p></text:list-item></text:list>
        <table:table><table:table-row><table:table-cell><text:p>heron</text:p></table:table-cell>
        <table:table-cell><text:p>48</text:p></table:table-cell></table:table-row></table:table>
        <text:h text:outline-level="2">Roof</text:h></office:text>"""
    header = "<style:header><text:p>Contract K-2291</text:p></style:header>"
    styles = f"<office:styles {NAMES}>{header}</office:styles>"

    assert read(odt(body, **{"styles.xml": styles}), "lease.odt") == [
        ("Lease", "Flat  12[1] is let\n\nFootnote 1: A note\n\nIn a box\n\n- keys\n\nheron | 48\n\nRoof"),
        ("headers and footers", "Contract K-2291"),
    ]


def test_a_comment_of_an_opendocument_text_names_its_author() -> None:
    comment = (
        '<office:annotation><dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Bo</dc:creator>'
        "<text:p>Ask Marta.</text:p></office:annotation>"
    )
    body = f"<office:text><text:p>The rent{comment} is due.</text:p>{comment}</office:text>"

    assert read(odt(body), "lease.odt") == [
        (None, "The rent is due.\n\nComment by Bo: Ask Marta.\n\nComment by Bo: Ask Marta.")
    ]


def test_a_presentation_in_opendocument_has_pages() -> None:
    slide = (
        "<draw:page><draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></draw:page>"
    )
    content = odt(f"<office:presentation>{slide.format('One')}{slide.format('Two')}</office:presentation>")

    assert [(each.page, each.text) for each in open_bytes(content, "a.odp").sections()] == [
        (1, "One"),
        (2, "Two"),
    ]


def test_a_book_is_read_chapter_by_chapter() -> None:
    items = "".join(f'<item id="c{number}" href="text/c%20{number}.xhtml"/>' for number in (1, 2, 3))
    refs = "".join(f'<itemref idref="c{number}"/>' for number in (2, 1, 3))
    book = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfile full-path="OEBPS/book.opf"/></container>',
        "OEBPS/book.opf": f"<package><manifest>{items}</manifest><spine>{refs}</spine></package>",
        "OEBPS/text/c 1.xhtml": "<html><body><h1>One</h1><p>Tea.</p></body></html>",
        "OEBPS/text/c 2.xhtml": "<html><body><h1>Two</h1><p>Coffee.</p></body></html>",
    }
    document = open_bytes(zipped(**book), "book.bin")

    assert document.kind == "epub"
    assert [(each.heading, each.text) for each in document.sections()] == [
        ("Two", "Coffee."),
        ("One", "Tea."),
    ]
    assert document.notes == ["book.bin: 1 chapter left out, because the file lacks the text."]


SRT = """1
00:00:01,000 --> 00:00:03,000
<i>The ferry leaves</i>

2
00:00:03,500 --> 00:00:05,000
from pier nine.
"""
VTT = """WEBVTT

NOTE made by hand

00:01.000 --> 00:03.000 align:left
<v Marta Ilves>When does it leave?

intro
00:04.000 --> 00:05.000
<v Bo>At nine &amp; ten.</v>
"""


def test_subtitles_say_who_spoke_and_when() -> None:
    assert read(SRT.encode(), "a.srt") == [
        ("00:00:01 to 00:00:03", "00:00:01 The ferry leaves from pier nine.")
    ]
    assert read(VTT.encode(), "a.vtt") == [
        ("00:01 to 00:04", "00:01 Marta Ilves: When does it leave?\n00:04 Bo: At nine & ten."),
        (None, "NOTE made by hand"),
    ]


@pytest.mark.parametrize(
    "name", ["a.srt", "a.vtt", "a.odt", "a.epub", "a.xlsx", "a.rtf", "a.ics", "a.vcf", "a.mht", "a.ipynb"]
)
def test_a_damaged_file_of_a_newer_kind_is_read_or_refused(name: str) -> None:
    samples = {
        "a.srt": SRT.encode(),
        "a.vtt": VTT.encode(),
        "a.odt": odt("<office:text><text:p>Lease</text:p></office:text>"),
        "a.epub": zipped(**{"META-INF/container.xml": "<container><rootfile/></container>"}),
        "a.xlsx": zipped(**{"xl/workbook.xml": "<workbook/>", "[Content_Types].xml": "<Types/>"}),
        "a.rtf": rb"{\rtf1\ansi{\fonttbl{\f0 Calibri;}}\pard M\'fcnchen \u8364?\par}",
        "a.ics": b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20240503T100000Z\nEND:VEVENT\nEND:VCALENDAR\n",
        "a.vcf": b"BEGIN:VCARD\nVERSION:2.1\nN:Ilves\nNOTE;ENCODING=QUOTED-PRINTABLE:x=\ny\nEND:VCARD\n",
        "a.mht": b"Content-Type: multipart/related; boundary=B\n\n--B\nContent-Type: text/html\n\nx\n--B--",
        "a.ipynb": b'{"cells": [{"cell_type": "code", "source": ["x"], "outputs": []}], "nbformat": 4}',
    }
    whole = samples[name]
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        for damaged in (
            whole[:place],
            whole[:place] + whole[place + 3 :],
            whole[:place] + b"\xff\0;" + whole[place:],
        ):
            with suppress(DocumentError):
                list(open_bytes(damaged, name).sections())
