"""Slides: the numbers of their lists, which no text has."""

from __future__ import annotations

import io

import pytest

from memgpt_autogen.readers.open import open_bytes

pptx = pytest.importorskip("pptx", reason="the package python-pptx is not installed")

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"


def test_the_numbers_of_a_list_on_a_slide_are_read() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Steps"
    frame = slide.placeholders[1].text_frame
    for text, level, kind, start in (
        ("Wash", 0, "arabicPeriod", None),
        ("by hand", 1, "alphaLcParenR", None),
        ("or not", 1, "alphaLcParenR", None),
        ("Cook", 0, "arabicPeriod", None),
        ("slowly", 1, "alphaLcParenR", None),
        ("Rest a little", 0, "", None),
        ("Serve", 0, "romanUcPeriod", "4"),
    ):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
        if kind:
            numbered = paragraph._p.get_or_add_pPr().makeelement(f"{{{DRAWING}}}buAutoNum", {"type": kind})
            paragraph._p.pPr.append(numbered)
            if start:
                numbered.set("startAt", start)
    packed = io.BytesIO()
    deck.save(packed)

    (section,) = open_bytes(packed.getvalue(), "steps.pptx").sections()

    assert [line for line in section.text.split("\n") if line] == [
        "1. Wash", "a) by hand", "b) or not", "2. Cook", "a) slowly", "Rest a little", "IV. Serve",
    ]  # fmt: skip


def test_a_comment_names_its_author_and_a_hidden_slide_is_named() -> None:
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Steps"
    slide._element.set("show", "0")
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    space = 'xmlns="http://schemas.openxmlformats.org/presentationml/2006/main"'
    for owner, kind, xml in (
        (deck.part, "commentAuthors", f'<cmAuthorLst {space}><cmAuthor id="7" name="Bo"/></cmAuthorLst>'),
        (slide.part, "comments", f'<cmLst {space}><cm authorId="7"><text>Ask Marta.</text></cm></cmLst>'),
    ):
        part = Part(PackURI(f"/ppt/{kind}1.xml"), "application/xml", deck.part.package, xml.encode())
        owner.relate_to(part, f"{related}/{kind}")
    packed = io.BytesIO()
    deck.save(packed)
    document = open_bytes(packed.getvalue(), "steps.pptx")

    (section,) = document.sections()

    assert section.text == "Comment by Bo: Ask Marta."
    assert document.notes == ["steps.pptx: slide 1 is hidden, and was read too."]
