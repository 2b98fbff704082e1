"""Automatic numbers: what a page shows before items, headings and notes is read, though no text has it."""

from __future__ import annotations

import io
import zipfile

import pytest

from memgpt_autogen.readers.numbering import number_text
from memgpt_autogen.readers.open import open_bytes

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = " ".join(f'xmlns:{name}="{ODF}{name}:1.0"' for name in ("office", "text", "style", "table"))


def zipped(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def lines(content: bytes, name: str) -> list[str]:
    sections = open_bytes(content, name).sections()
    return [line for each in sections for line in (each.heading or "", *each.text.split("\n")) if line]


def docx(body: str, **parts: str) -> bytes:
    """A Word file with these parts, such as `numbering`."""
    related = "".join(
        f'<Relationship Id="r{name}" Type="{RELATED}/{name}" Target="{name}.xml"/>' for name in parts
    )
    return zipped(
        {
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
            "word/_rels/document.xml.rels": f"<Relationships>{related}</Relationships>",
            **{
                f"word/{name}.xml": f'<w:{name} xmlns:w="{WORD}">{part}</w:{name}>'
                for name, part in parts.items()
            },
        }
    )


def level(place: int, form: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def item(number: int, place: int, text: str, style: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    numbered = f'<w:numPr><w:ilvl w:val="{place}"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
    return f"<w:p><w:pPr>{named}{numbered}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


LISTS = (
    f'<w:abstractNum w:abstractNumId="7">{level(0, "decimal", "%1.")}{level(1, "lowerLetter", "%2)")}'
    f"{level(2, 'upperRoman', '%1.%2.%3')}</w:abstractNum>"
    f'<w:abstractNum w:abstractNumId="8">{level(0, "bullet", "")}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/>'
    "</w:lvlOverride></w:num>"
    '<w:num w:numId="3"><w:abstractNumId w:val="8"/></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="7"/></w:num>'
)


def test_the_items_of_a_word_list_have_the_numbers_that_the_page_shows() -> None:
    body = (
        item(1, 0, "salt")
        + item(1, 1, "coarse")
        + item(1, 1, "fine")
        + item(1, 2, "deep")
        + item(1, 0, "rice")
        + item(1, 1, "red")
        + item(3, 0, "tea")
        + item(4, 0, "goes on")
        + item(2, 0, "begins again")
        + item(2, 0, "and on")
        + item(0, 0, "no item")
    )

    assert lines(docx(body, numbering=LISTS), "list.docx") == [
        "1. salt", "a) coarse", "b) fine", "1.b.I deep", "2. rice", "a) red", "- tea", "3. goes on",
        "5. begins again", "6. and on", "no item",
    ]  # fmt: skip


def test_numbered_headings_of_word_keep_their_numbers() -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="1">'
        + level(0, "upperRoman", "Part %1", '<w:pStyle w:val="H1"/>')
        + level(1, "decimal", "%1.%2", '<w:pStyle w:val="H2"/><w:isLgl/>')
        + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    )
    styles = "".join(
        f'<w:style w:styleId="H{number}"><w:name w:val="heading {number}"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for number in (1, 2)
    )
    body = "".join(
        item(0, 0, text, style)
        for text, style in (("Tea", "H1"), ("Leaves", "H2"), ("Water", "H2"), ("It boils.", ""))
    )

    assert lines(docx(body, numbering=numbering, styles=styles), "tea.docx") == [
        "Part I Tea", "1.1 Leaves", "Part I Tea > 1.2 Water", "It boils.",
    ]  # fmt: skip


def test_the_notes_of_a_word_file_are_numbered_as_in_its_text() -> None:
    body = (
        "<w:p><w:r><w:t>Tea</w:t><w:footnoteReference w:id='4'/><w:t> is warm</w:t>"
        "<w:endnoteReference w:id='1'/><w:t>, rice too</w:t><w:footnoteReference w:id='2'/></w:r></w:p>"
    )
    note = "<w:{0} w:id='{1}'><w:p><w:r><w:t>{2}</w:t></w:r></w:p></w:{0}>"
    notes = note.format("footnote", 4, "leaves") + note.format("footnote", 2, "grain")

    content = docx(body, footnotes=notes, endnotes=note.format("endnote", 1, "the end"))

    assert lines(content, "notes.docx") == [
        "Tea[1] is warm[i], rice too[2]",
        "Footnote 1: leaves",
        "Endnote i: the end",
        "Footnote 2: grain",
    ]


def test_the_lists_and_headings_of_an_opendocument_text_have_their_numbers() -> None:
    styles = """<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"
        style:num-suffix="."/><text:outline-level-style text:level="2" style:num-format="1"
        text:display-levels="2"/></text:outline-style><text:list-style style:name="L">
        <text:list-level-style-number text:level="1" style:num-format="i" style:num-suffix=")"/>
        <text:list-level-style-number text:level="2" style:num-format="a" style:num-prefix="("
        style:num-suffix=")"/></text:list-style><text:list-style style:name="B">
        <text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>"""
    body = """<text:h text:outline-level="1">Tea</text:h><text:h text:outline-level="2">Leaves</text:h>
        <text:list text:style-name="L"><text:list-item><text:p>green</text:p><text:list><text:list-item>
        <text:p>sencha</text:p><text:p>more of it</text:p></text:list-item><text:list-item>
        <text:p>matcha</text:p></text:list-item></text:list></text:list-item>
        <text:list-header><text:p>a header</text:p>
        </text:list-header></text:list><text:list text:style-name="B"><text:list-item><text:p>a point</text:p>
        </text:list-item></text:list><text:list text:style-name="L" text:continue-numbering="true">
        <text:list-item><text:p>black</text:p></text:list-item></text:list><text:list text:style-name="L">
        <text:list-item text:start-value="4"><text:p>white</text:p></text:list-item></text:list>"""
    content = zipped(
        {
            "META-INF/manifest.xml": "<manifest/>",
            "styles.xml": f"<office:styles {NAMES}>{styles}</office:styles>",
            "content.xml": f"<office:text {NAMES}>{body}</office:text>",
        }
    )

    assert lines(content, "tea.odt") == [
        "1. Tea > 1.1 Leaves", "i) green", "(a) sencha", "more of it", "(b) matcha", "a header", "- a point",
        "ii) black", "iv) white",
    ]  # fmt: skip


def test_a_formula_in_an_opendocument_text_is_read() -> None:
    shown = "<mrow><mi>E</mi><mo>=</mo><mn>42</mn></mrow>"
    math = f"<math><semantics>{shown}<annotation>HIDDEN</annotation></semantics></math>"
    xlink = 'xmlns:draw="draw" xmlns:xlink="xlink"'
    body = f"<text:p>It is <draw:frame {xlink}><draw:object xlink:href='./Object 1'/></draw:frame></text:p>"
    content = zipped(
        {
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": f"<office:text {NAMES}>{body}</office:text>",
            "Object 1/content.xml": math,
        }
    )

    assert lines(content, "formula.odt") == ["It is", "E = 42"]


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (4, "lowerRoman", "iv"), (1994, "upperRoman", "MCMXCIV"), (27, "lowerLetter", "aa"),
        (28, "upperLetter", "BB"), (7, "decimalZero", "07"), (12, "ordinal", "12th"), (2, "ordinal", "2nd"),
        (3, "chineseCounting", "3"), (0, "lowerRoman", "0"), (9, "none", ""),
    ],
)  # fmt: skip
def test_a_number_is_written_in_the_form_of_its_list(number: int, form: str, shown: str) -> None:
    assert number_text(number, form) == shown
