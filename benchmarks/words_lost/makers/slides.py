"""Make slides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.words_lost.drafts import Draft, Heading, Listing, Paragraph, Table
from benchmarks.words_lost.made import Maker
from benchmarks.words_lost.makers.converted import by_libreoffice, by_pandoc


def by_python_pptx(draft: Draft, path: Path) -> str:
    """Write slides with titles, bullets, notes, tables, grouped shapes and a chart."""
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Cm, Pt

    deck = pptx.Presentation()
    written = [draft.title, draft.author]
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = draft.title
    slide.placeholders[1].text = draft.author
    for heading in draft.of(Heading)[:4]:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = heading.text
        written.append(heading.text)
    for place, listing in enumerate(draft.of(Listing)):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = f"List {place} of {draft.number}"
        written.append(f"List {place} of {draft.number}")
        frame = slide.placeholders[1].text_frame
        _add_items(frame, listing, 0, written)
        slide.notes_slide.notes_text_frame.text = f"Said of list {place}: {draft.remark}"
        written.append(f"Said of list {place}: {draft.remark}")
    for paragraph in draft.of(Paragraph)[:3]:
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        frame = slide.shapes.add_textbox(Cm(2), Cm(2), Cm(20), Cm(12)).text_frame
        frame.word_wrap = True
        for run in paragraph.runs:
            added = frame.paragraphs[0].add_run()
            added.text, added.font.bold, added.font.size = run.text, run.bold, Pt(12)
        written.append(paragraph.text)
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    group = slide.shapes.add_group_shape()
    for place in range(3):
        text = f"Grouped words {draft.number} {place}"
        group.shapes.add_textbox(Cm(2), Cm(2 + 2 * place), Cm(12), Cm(2)).text_frame.text = text
        written.append(text)
    inner = group.shapes.add_group_shape()
    inner.shapes.add_textbox(Cm(2), Cm(10), Cm(12), Cm(2)).text_frame.text = f"Deeper words {draft.number}"
    written.append(f"Deeper words {draft.number}")
    for place, table in enumerate(draft.of(Table)[:2]):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"Table {place} of {draft.number}"
        written.append(f"Table {place} of {draft.number}")
        rows: list[tuple[Any, ...]] = [table.header, *table.rows]
        shape = slide.shapes.add_table(len(rows), len(table.header), Cm(1), Cm(4), Cm(23), Cm(1))
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                shape.table.cell(at, column).text = str(value)
                shape.table.cell(at, column).text_frame.paragraphs[0].runs[0].font.size = Pt(9)
                written.append(str(value))
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = f"Chart of {draft.number}"
    data = CategoryChartData()
    data.categories = ["North", "South", "West"]
    data.add_series("Sold pieces", (19, 21, 16))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(2), Cm(4), Cm(18), Cm(10), data)
    written += [f"Chart of {draft.number}", "North", "South", "West", "Sold pieces"]
    deck.save(str(path))
    return "\n".join(written)


def _add_items(frame: Any, listing: Listing, level: int, written: list[str]) -> None:
    from pptx.util import Pt

    for item in listing.items:
        paragraph = frame.paragraphs[0] if not frame.text and not level else frame.add_paragraph()
        paragraph.text, paragraph.level = item.text, level
        paragraph.runs[0].font.size = Pt(12)
        written.append(item.text)
        for inner in item.inside:
            _add_items(frame, inner, level + 1, written)


MAKERS = [
    Maker("pptx", "python-pptx", ".pptx", by_python_pptx, files=5, damaged=2),
    by_pandoc("pptx", narrow=True),
    by_libreoffice("odp", ".pptx", by_python_pptx),
    by_libreoffice("ppt", ".pptx", by_python_pptx, files=2, damaged=0),
]
