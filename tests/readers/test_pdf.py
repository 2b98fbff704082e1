"""PDF: what is written on its pages, also beside the text."""

from __future__ import annotations

import io
import sys

import pytest
from document_files import pdf
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText

from memgpt_autogen.readers.open import Document, open_bytes


def text_of(document: Document) -> str:
    return "\n".join(section.text for section in document.sections())


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_actual_text(text: str) -> bytes:
    """Return a PDF that shows the letter x three times and says that it is this text."""
    hexadecimal = ("\ufeff" + text).encode("utf-16-be").hex()
    return pdf(f") Tj /Span << /ActualText <{hexadecimal}> >> BDC (xxx) Tj EMC (")


def test_notes_on_a_page_are_read() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Tea at four."))))
    writer.add_annotation(0, FreeText(text="Bring milk.", rect=(50, 20, 300, 60)))

    assert text_of(open_bytes(written(writer), "a.pdf")).split("\n") == ["Tea at four.", "Bring milk."]


def test_a_text_that_shapes_stand_for_is_read() -> None:
    document = open_bytes(with_actual_text("किताब"), "a.pdf")

    assert "किताब" in text_of(document)
    assert document.notes == []


def test_a_page_whose_shapes_could_not_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)

    document = open_bytes(with_actual_text("किताब"), "a.pdf")

    assert "xxx" in text_of(document)
    assert document.notes[0].startswith("a.pdf: 1 page may lack letters, first page 1")


@pytest.mark.parametrize(
    ("lines", "read"),
    [
        (("manipulation and manip-", "ulation"), "manipulation and manipulation"),
        (("a well-", "known tea"), "a well-\nknown tea"),
    ],
)
def test_a_word_that_is_divided_at_the_end_of_a_line_is_whole_if_it_is_known(
    lines: tuple[str, str], read: str
) -> None:
    document = open_bytes(pdf(") Tj 0 -20 Td (".join(lines)), "a.pdf")

    assert text_of(document) == read
