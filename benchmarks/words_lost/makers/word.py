"""Make documents of word processors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.words_lost.drafts import Block, Draft, Heading, Item, Listing, Paragraph, Table
from benchmarks.words_lost.forms import filled, fodt_of, fodt_written, html_of
from benchmarks.words_lost.made import Maker
from benchmarks.words_lost.makers.converted import by_libreoffice, by_pandoc


def by_python_docx(draft: Draft, path: Path) -> str:
    """Write a draft with headings, lists, tables, a header and a footer."""
    document = _document(draft)
    document.save(str(path))
    return "\n".join((_without_notes(draft), draft.header, draft.footer))


def by_python_docx_fully(draft: Draft, path: Path) -> str:
    """As `by_python_docx`, with what Word writes and python-docx has no call for."""
    from docx.oxml import parse_xml

    document = _document(draft)
    number = draft.number
    end = document.element.body.sectPr
    for element in list(parse_xml(filled("word_elements.xml", number=number))):
        end.addprevious(element)
    written = filled("word_elements.txt", number=number).split("\n")
    paragraph = document.add_paragraph(f"Words with a comment {number}.")
    document.add_comment(paragraph.runs, text=draft.remark, author=draft.author, initials="X")
    table = document.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = f"Merged across {number}"
    table.cell(1, 0).merge(table.cell(2, 0)).text = f"Merged down {number}"
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = f"First header {number}"
    document.save(str(path))
    written += [
        f"Words with a comment {number}.", draft.remark, f"Merged across {number}", f"Merged down {number}",
        f"First header {number}",
    ]  # fmt: skip
    return "\n".join((_without_notes(draft), draft.header, draft.footer, *written))


def _document(draft: Draft) -> Any:
    import docx

    document = docx.Document()
    document.core_properties.title = draft.title
    document.add_heading(draft.title, 0)
    for block in draft.blocks:
        _add(document, block)
    section = document.sections[0]
    section.header.paragraphs[0].text = draft.header
    section.footer.paragraphs[0].text = draft.footer
    return document


def _without_notes(draft: Draft) -> str:
    notes = {run.footnote for block in draft.of(Paragraph) for run in block.runs}
    return "\n".join(line for line in draft.text.split("\n") if line not in notes)


def _add(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(block.text, block.level)
    elif isinstance(block, Paragraph):
        paragraph = document.add_paragraph()
        for run in block.runs:
            added = paragraph.add_run(run.text)
            added.bold, added.italic = run.bold, run.italic
    elif isinstance(block, Listing):
        for item in block.items:
            _add_item(document, item, "List Number" if block.numbered else "List Bullet")
    elif isinstance(block, Table):
        table = document.add_table(1 + len(block.rows), len(block.header))
        for row, cells in zip(table.rows, (block.header, *block.rows), strict=True):
            for cell, value in zip(row.cells, cells, strict=True):
                cell.text = str(value)


def _add_item(document: Any, item: Item, style: str, depth: int = 1) -> None:
    document.add_paragraph(item.text, f"{style} {depth}" if depth > 1 else style)
    for listing in item.inside:
        for inner in listing.items:
            _add_item(
                document, inner, "List Number" if listing.numbered else "List Bullet", min(depth + 1, 3)
            )


def _fodt(draft: Draft, path: Path) -> str:
    path.write_text(fodt_of(draft), encoding="utf-8")
    return fodt_written(draft)


def _html(draft: Draft, path: Path) -> str:
    path.write_text(html_of(draft), encoding="utf-8")
    return draft.text


def _docx(draft: Draft, path: Path) -> str:
    """As `by_python_docx_fully`. LibreOffice drops old boxes and formulas, so only some words are known."""
    by_python_docx_fully(draft, path)
    return "\n".join((draft.header, draft.footer, draft.remark, f"Boxed words {draft.number}"))


MAKERS = [
    Maker("docx", "python-docx", ".docx", by_python_docx, files=5),
    Maker("docx", "python-docx, all of Word's elements", ".docx", by_python_docx_fully, files=6, damaged=2),
    by_pandoc("docx"),
    by_libreoffice("docx", ".fodt", _fodt),
    by_libreoffice("docx", ".html", _html, form="MS Word 2007 XML", files=4, damaged=1),
    by_libreoffice("odt", ".fodt", _fodt),
    by_libreoffice("odt", ".docx", _docx, files=4, damaged=1),
    by_libreoffice("odt", ".html", _html, form="writer8", files=4, damaged=1),
    by_pandoc("odt"),
    by_libreoffice("rtf", ".fodt", _fodt),
    by_libreoffice("rtf", ".docx", _docx, files=4, damaged=1),
    by_libreoffice("rtf", ".html", _html, form="Rich Text Format", files=4, damaged=1),
    by_pandoc("rtf"),
    by_libreoffice("doc", ".docx", by_python_docx, files=2, damaged=0),
]
