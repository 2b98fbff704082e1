"""Make Word files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.words_lost.drafts import Block, Draft, Heading, Item, Listing, Paragraph, Table
from benchmarks.words_lost.made import Maker


def by_python_docx(draft: Draft, path: Path) -> str:
    """Write a draft with headings, lists, tables, a header and a footer."""
    import docx

    document = docx.Document()
    document.core_properties.title = draft.title
    document.add_heading(draft.title, 0)
    for block in draft.blocks:
        _add(document, block)
    section = document.sections[0]
    section.header.paragraphs[0].text = draft.header
    section.footer.paragraphs[0].text = draft.footer
    document.save(str(path))
    return "\n".join((_without_notes(draft), draft.header, draft.footer))


def _without_notes(draft: Draft) -> str:
    notes = {run.footnote for block in draft.of(Paragraph) for run in block.runs}
    return "\n".join(line for line in draft.text.split("\n") if line not in notes)


def _add(document: object, block: Block) -> None:
    from docx.document import Document

    assert isinstance(document, Document)
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


def _add_item(document: object, item: Item, style: str, depth: int = 1) -> None:
    from docx.document import Document

    assert isinstance(document, Document)
    document.add_paragraph(item.text, f"{style} {depth}" if depth > 1 else style)
    for listing in item.inside:
        for inner in listing.items:
            _add_item(
                document, inner, "List Number" if listing.numbered else "List Bullet", min(depth + 1, 3)
            )


MAKERS = [Maker("docx", "python-docx", ".docx", by_python_docx)]
