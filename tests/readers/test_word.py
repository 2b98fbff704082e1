"""Word files: what their pages show is read, wherever it is in the XML."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from memgpt_autogen.readers.open import open_bytes, open_file
from memgpt_autogen.readers.sections import Section

W = nsdecls("w")
BOX = "<w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:txbxContent>"
DRAWN = (
    '<w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox>{}</v:textbox></v:shape></w:pict>'
)
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
NEW_BOX = (
    f"<mc:AlternateContent {MC}><mc:Choice Requires='wps'><w:drawing>{BOX}</w:drawing></mc:Choice>"
    f"<mc:Fallback>{DRAWN.format(BOX)}</mc:Fallback></mc:AlternateContent>"
)

_DRAWN_LETTERS = "<v:textpath string='WORDS'/>"


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


INSIDE = {
    "inserted": f"<w:ins w:id='1' w:author='x'>{run('WORDS')}</w:ins>",
    "moved here": f"<w:moveTo w:id='1' w:author='x'>{run('WORDS')}</w:moveTo>",
    "a content control": f"<w:sdt><w:sdtContent>{run('WORDS')}</w:sdtContent></w:sdt>",
    "a link": f"<w:hyperlink w:anchor='x'>{run('WORDS')}</w:hyperlink>",
    "a field": f"<w:fldSimple w:instr='DATE'>{run('WORDS')}</w:fldSimple>",
    "a long field": "<w:r><w:fldChar w:fldCharType='begin'/><w:instrText>HIDDEN</w:instrText>"
    f"<w:fldChar w:fldCharType='separate'/></w:r>{run('WORDS')}",
    "a chosen entry": "<w:r><w:fldChar w:fldCharType='begin'><w:ffData><w:ddList><w:result w:val='1'/>"
    "<w:listEntry w:val='HIDDEN'/><w:listEntry w:val='WORDS'/></w:ddList></w:ffData></w:fldChar></w:r>",
    "a smart tag": f"<w:smartTag w:element='x'>{run('WORDS')}</w:smartTag>",
    "an old text box": f"<w:r>{DRAWN.format(BOX.format('WORDS'))}</w:r>",
    "a text box": f"<w:r>{NEW_BOX.replace('{}', 'WORDS')}</w:r>",
    "a formula": "<m:oMath xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'>"
    "<m:r><m:t>WORDS</m:t></m:r></m:oMath>",
    "a watermark": f"<w:r>{DRAWN.format('').replace('<v:textbox></v:textbox>', _DRAWN_LETTERS)}</w:r>",
    "deleted besides": "<w:del w:id='1' w:author='x'><w:r><w:delText>HIDDEN</w:delText></w:r></w:del>"
    + run("WORDS"),
    "ruby": f"<w:r><w:ruby><w:rt>{run('read')}</w:rt><w:rubyBase>{run('WORDS')}</w:rubyBase></w:ruby></w:r>",
}


def read(document: docx.document.Document, tmp_path: Path) -> list[Section]:
    document.save(str(tmp_path / "a.docx"))
    return list(open_file(tmp_path / "a.docx").sections())


@pytest.mark.parametrize("kind", INSIDE)
def test_what_a_paragraph_shows_is_read_once(kind: str, tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Before ")._p.extend(parse_xml(f"<w:p {W}>{INSIDE[kind]}</w:p>"))
    document.element.body.insert(
        1, parse_xml(f"<w:sdt {W}><w:sdtContent><w:p>{run('Control')}</w:p></w:sdtContent></w:sdt>")
    )

    (section,) = read(document, tmp_path)

    assert section.text.startswith("Before")
    assert section.text.count("WORDS") == 1
    assert "HIDDEN" not in section.text
    assert section.text.endswith("Control")


@pytest.mark.parametrize("kind", ["inserted", "a link", "a formula", "a text box"])
def test_what_stands_outside_of_paragraphs_is_read(kind: str, tmp_path: Path) -> None:
    document = docx.Document()
    document.element.body.insert(
        0, parse_xml(f"<w:sdt {W}><w:sdtContent>{INSIDE[kind]}</w:sdtContent></w:sdt>")
    )

    (section,) = read(document, tmp_path)

    assert section.text == "WORDS"


def test_the_paragraphs_of_a_text_box_stay_apart(tmp_path: Path) -> None:
    box = BOX.format("one").replace("</w:p>", f"</w:p><w:p>{run('two')}</w:p>")
    document = docx.Document()
    document.add_paragraph("Before")._p.extend(parse_xml(f"<w:p {W}><w:r>{DRAWN.format(box)}</w:r></w:p>"))

    (section,) = read(document, tmp_path)

    assert section.text == "Before\n\none\n\ntwo"


def test_tables_in_tables_are_read_and_frames_are_no_tables(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(1, 2)
    table.cell(0, 0).text = "heron"
    table.cell(0, 1).add_table(1, 1).cell(0, 0).text = "tiled kitchen"
    frame = document.add_table(1, 1).cell(0, 0)
    frame.add_paragraph("Prices", style="Heading 1")
    frame.add_paragraph("48 euros")

    assert [(section.heading, section.text) for section in read(document, tmp_path)] == [
        (None, "heron | tiled kitchen"),
        ("Prices", "48 euros"),
    ]


def test_headers_and_footers_are_read_once_at_the_end(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Lease")
    document.sections[0].header.paragraphs[0].text = "Contract K-2291"
    document.sections[0].footer.paragraphs[0].text = "Ilves & Co"
    document.add_section().header.is_linked_to_previous = False
    document.sections[1].header.paragraphs[0].text = "Contract K-2291"

    (_, around) = read(document, tmp_path)

    assert around.heading == "headers and footers"
    assert sorted(around.text.split("\n\n")) == ["Contract K-2291", "Ilves & Co"]


def test_notes_and_comments_follow_their_paragraph(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("The rent is due.")
    document.add_comment(paragraph.runs, text="Ask Marta.", author="Bo")
    document.add_paragraph("End.")

    (section,) = read(document, tmp_path)

    assert section.text == "The rent is due.\n\nComment by Bo: Ask Marta.\n\nEnd."


def test_hidden_text_is_read_and_the_load_says_so(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Seen.").add_run(" Unseen.").font.hidden = True
    document.save(str(tmp_path / "a.docx"))
    opened = open_file(tmp_path / "a.docx")

    assert [section.text for section in opened.sections()] == ["Seen. Unseen."]
    assert opened.notes == ["a.docx: some of its text is hidden, and was read too."]


def test_a_section_says_how_its_notes_are_numbered(tmp_path: Path) -> None:
    """The properties of a section stand in the body, and count like the settings."""
    from memgpt_autogen.readers.word import _forms_of_notes

    form = parse_xml(f'<w:sectPr {W}><w:footnotePr><w:numFmt w:val="upperLetter"/></w:footnotePr></w:sectPr>')

    assert dict(_forms_of_notes([form]))["footnotes"] == "upperLetter"


def test_a_style_of_ones_own_with_an_outline_level_is_a_heading(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("Clause", 1)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Keys", style="Clause")
    document.add_paragraph("Three sets.")
    document.add_paragraph("Roof", style="Clause")
    document.add_paragraph("Pets", style="Clause")

    assert [(section.heading, section.text) for section in read(document, tmp_path)] == [
        ("Keys", "Three sets."),
        (None, "Roof\n\nPets"),
    ]


def test_a_strict_file_is_read_too(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Lease of flat 12")
    document.save(str(tmp_path / "a.docx"))
    strict = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "a.docx") as packed, zipfile.ZipFile(strict, "w") as written:
        for name in packed.namelist():
            content = packed.read(name)
            for old, new in (
                (b"http://schemas.openxmlformats.org/wordprocessingml/2006/main", b"http://purl.oclc.org/ooxml/wordprocessingml/main"),
                (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
            ):  # fmt: skip
                content = content.replace(old, new)
            written.writestr(name, content)

    (section,) = open_bytes(strict.getvalue(), "a.docx").sections()

    assert section.text == "Lease of flat 12"
