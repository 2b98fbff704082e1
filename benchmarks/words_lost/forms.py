"""Write drafts in the forms that converters read: HTML, Markdown, and flat OpenDocument."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from benchmarks.words_lost.drafts import Block, Draft, Heading, Item, Listing, Paragraph, Run

TEMPLATES = Path(__file__).with_name("templates")


def html_of(draft: Draft) -> str:
    """Return a page with headings, lists, tables and formats. Footnotes follow at the end."""
    notes = [run.footnote for block in draft.of(Paragraph) for run in block.runs if run.footnote]
    body = "\n".join(map(_html, draft.blocks))
    below = "".join(f"<p>{escape(note)}</p>\n" for note in notes)
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{escape(draft.title)}</title></head>\n'
        f"<body>\n<h1>{escape(draft.title)}</h1>\n{body}\n{below}</body></html>\n"
    )


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        level = min(block.level + 1, 6)
        return f"<h{level}>{escape(block.text)}</h{level}>"
    if isinstance(block, Paragraph):
        return f"<p>{''.join(map(_html_run, block.runs))}</p>"
    if isinstance(block, Listing):
        tag = "ol" if block.numbered else "ul"
        return f"<{tag}>{''.join(map(_html_item, block.items))}</{tag}>"
    head = "".join(f"<th>{escape(name)}</th>" for name in block.header)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>\n" for row in block.rows
    )
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>"


def _html_run(run: Run) -> str:
    text = escape(run.text)
    if run.bold:
        text = f"<b>{text}</b>"
    if run.italic:
        text = f"<em>{text}</em>"
    return f'<a href="{escape(run.link)}">{text}</a>' if run.link else text


def _html_item(item: Item) -> str:
    return f"<li>{escape(item.text)}{''.join(map(_html, item.inside))}</li>"


def markdown_of(draft: Draft) -> str:
    """Return Markdown as pandoc reads it, with footnotes and tables."""
    notes: list[str] = []
    body = "\n\n".join(_markdown(block, notes) for block in draft.blocks)
    below = "\n\n".join(f"[^{number}]: {_mark(note)}" for number, note in enumerate(notes, 1))
    return f"% {_mark(draft.title)}\n\n{body}\n\n{below}\n"


def _markdown(block: Block, notes: list[str]) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_mark(block.text)}"
    if isinstance(block, Paragraph):
        return "".join(_markdown_run(run, notes) for run in block.runs)
    if isinstance(block, Listing):
        return _markdown_list(block, "")
    rows = [block.header, ["---"] * len(block.header), *block.rows]
    first, rule, *rest = ["| " + " | ".join(_mark(str(cell)) for cell in row) + " |" for row in rows]
    return "\n".join([first, rule.replace("\\", ""), *rest])


def _markdown_list(listing: Listing, indent: str) -> str:
    lines = []
    for number, item in enumerate(listing.items, 1):
        mark = f"{number}." if listing.numbered else "-"
        lines.append(f"{indent}{mark}  {_mark(item.text)}")
        lines += [_markdown_list(inner, f"{indent}    ") for inner in item.inside]
    return "\n".join(lines)


def _markdown_run(run: Run, notes: list[str]) -> str:
    text = _mark(run.text.rstrip())
    space = run.text[len(run.text.rstrip()) :]
    if text and run.bold:
        text = f"**{text}**"
    if text and run.italic:
        text = f"*{text}*"
    if run.link:
        text = f"[{text}]({run.link})"
    if run.footnote:
        notes.append(run.footnote)
        text += f"[^{len(notes)}]"
    return text + space


def _mark(text: str) -> str:
    """Return a text with what has a meaning in Markdown escaped."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>#+!|$~^@\"'" else char for char in text)


def filled(template: str, **values: object) -> str:
    """Return a file of the folder `templates` with these values for its names, which follow a `$`."""
    return Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(values)


def fodt_of(draft: Draft) -> str:
    """Return a flat OpenDocument text with what a writer of such documents uses.

    It has a header and a footer, automatic numbers of lists and (in every second draft) of headings,
    footnotes, a comment, a text box, a tracked insertion and deletion, fields, hidden text, and a table
    with merged cells and a table inside.
    """
    given = {name: escape(getattr(draft, name)) for name in ("title", "author", "header", "footer", "remark")}
    body = "\n".join(map(_fodt, draft.blocks))
    outline = filled("outline.xml") if draft.number % 2 else ""
    return filled("text.fodt", number=draft.number, body=body, outline=outline, **given)


def fodt_written(draft: Draft) -> str:
    """Return the words that are on the pages of `fodt_of`, without automatic numbers."""
    n = draft.number
    return "\n".join(
        (
            draft.text,
            draft.header,
            draft.footer,
            draft.remark,
            f"Boxed words {n}",
            f"Inserted words {n}",
            f"Merged cell {n}",
            f"Inner left {n}",
            f"Inner right {n}",
            f"Field by {draft.author}",
        )
    )


def _fodt(block: Block) -> str:
    if isinstance(block, Heading):
        level = f'text:outline-level="{block.level}" text:style-name="Heading_20_{block.level}"'
        return f"<text:h {level}>{escape(block.text)}</text:h>"
    if isinstance(block, Paragraph):
        return f"<text:p>{''.join(map(_fodt_run, block.runs))}</text:p>"
    if isinstance(block, Listing):
        return _fodt_list(block)
    rows: list[tuple[object, ...]] = [block.header, *block.rows]
    return (
        "<table:table>"
        f'<table:table-column table:number-columns-repeated="{len(block.header)}"/>'
        + "".join("<table:table-row>" + "".join(map(_fodt_cell, row)) + "</table:table-row>" for row in rows)
        + "</table:table>"
    )


def _fodt_cell(value: object) -> str:
    return f"<table:table-cell><text:p>{escape(str(value))}</text:p></table:table-cell>"


def _fodt_list(block: Listing) -> str:
    style = "LN" if block.numbered else "LB"
    texts = (
        f"<text:p>{escape(item.text)}</text:p>{''.join(map(_fodt_list, item.inside))}" for item in block.items
    )
    items = "".join(f"<text:list-item>{text}</text:list-item>" for text in texts)
    return f'<text:list text:style-name="{style}">{items}</text:list>'


def _fodt_run(run: Run) -> str:
    text = escape(run.text)
    if text.endswith(" "):
        text = f"{text[:-1]}<text:s/>"
    if run.bold:
        text = f'<text:span text:style-name="B">{text}</text:span>'
    if run.italic:
        text = f'<text:span text:style-name="I">{text}</text:span>'
    if run.link:
        text = f'<text:a xlink:type="simple" xlink:href="{escape(run.link)}">{text}</text:a>'
    if run.footnote:
        text += (
            '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
            f"<text:p>{escape(run.footnote)}</text:p></text:note-body></text:note>"
        )
    return text
