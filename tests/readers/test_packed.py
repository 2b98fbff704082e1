"""Documents that are zip archives are read although a part is damaged, and the load names the part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx
import pytest
import xlsxwriter

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.open import open_bytes


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Travel", level=1)
    document.add_paragraph("The ferry leaves at nine.")
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def slides() -> bytes:
    pptx = pytest.importorskip("pptx")
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "The ferry leaves at nine."
    made = io.BytesIO()
    show.save(made)
    return made.getvalue()


def sheet() -> bytes:
    pytest.importorskip("python_calamine")
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet("Ferries").write(0, 0, "The ferry leaves at nine.")
    return made.getvalue()


def text() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        spaces = " ".join(
            f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text")
        )
        body = f"<r {spaces}><office:text><text:p>The ferry leaves at nine.</text:p></office:text></r>"
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", body)
        packed.writestr("styles.xml", f"<styles {spaces}/>")
    return made.getvalue()


def with_wrong_checksum(content: bytes, part: str) -> bytes:
    """The file with another checksum of a part, in both places where it stands."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        right = packed.getinfo(part).CRC.to_bytes(4, "little")
    assert right in content
    return content.replace(right, bytes(byte ^ 0xFF for byte in right))


def with_noise(content: bytes, part: str) -> bytes:
    """The file with other bytes in place of a part's own."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        info = packed.getinfo(part)
    begin = info.header_offset + 30 + len(part.encode())
    return content[:begin] + b"\xff" * info.compress_size + content[begin + info.compress_size :]


@pytest.mark.parametrize(
    ("make", "name", "part"),
    [
        (word, "a.docx", "word/styles.xml"),
        (word, "a.docx", "word/document.xml"),
        (word, "a.docx", "word/numbering.xml"),
        (slides, "a.pptx", "ppt/theme/theme1.xml"),
        (slides, "a.pptx", "ppt/slides/slide1.xml"),
        (slides, "a.pptx", "docProps/app.xml"),
        (sheet, "a.xlsx", "xl/styles.xml"),
        (text, "a.odt", "styles.xml"),
        (text, "a.odt", "content.xml"),
    ],
)
def test_a_part_with_a_wrong_checksum_is_read_and_named(
    make: Callable[[], bytes], name: str, part: str
) -> None:
    document = open_bytes(with_wrong_checksum(make(), part), name)

    sections = list(document.sections())

    assert any("The ferry leaves at nine." in f"{each.heading} {each.text}" for each in sections)
    assert document.notes == [f"{name}: damaged, and read as far as it can be: {part}."]


@pytest.mark.parametrize(
    ("make", "name", "part"),
    [
        (word, "a.docx", "word/styles.xml"),
        (sheet, "a.xlsx", "xl/styles.xml"),
        (text, "a.odt", "styles.xml"),
        (text, "a.odt", "META-INF/manifest.xml"),
    ],
)
def test_a_part_that_cannot_be_unpacked_is_left_out_and_named(
    make: Callable[[], bytes], name: str, part: str
) -> None:
    document = open_bytes(with_noise(make(), part), name)

    (section,) = document.sections()

    assert section.text.endswith("The ferry leaves at nine.")
    assert document.notes == [f"{name}: damaged, and left out: {part}."]


def test_a_document_whose_main_part_is_lost_is_refused() -> None:
    document = open_bytes(with_noise(word(), "word/document.xml"), "a.docx")

    with pytest.raises(
        DocumentError, match=r"a\.docx cannot be read: its part word/document\.xml is damaged"
    ):
        list(document.sections())


def test_a_whole_document_has_no_note() -> None:
    document = open_bytes(word(), "a.docx")

    assert [section.text for section in document.sections()] == ["The ferry leaves at nine."]
    assert document.notes == []
