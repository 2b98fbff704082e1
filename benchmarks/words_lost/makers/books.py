"""Make books."""

from __future__ import annotations

from pathlib import Path

from benchmarks.words_lost.drafts import Block, Draft, Heading, Paragraph
from benchmarks.words_lost.forms import fodt_of, html_of
from benchmarks.words_lost.made import Maker
from benchmarks.words_lost.makers.converted import by_libreoffice, by_pandoc


def by_ebooklib(draft: Draft, path: Path) -> str:
    """Write a book with a chapter for each heading, a table of contents, and a remark that is no chapter."""
    from ebooklib import epub

    book = epub.EpubBook()
    book.set_identifier(f"draft {draft.number}")
    book.set_title(draft.title)
    book.set_language("en")
    book.add_author(draft.author)
    chapters = []
    groups: list[list[Block]] = []
    for block in draft.blocks:
        if isinstance(block, Heading) or not groups:
            groups.append([])
        groups[-1].append(block)
    for number, blocks in enumerate(groups, 1):
        part = Draft(
            number,
            f"Chapter {number}",
            draft.author,
            draft.day,
            tuple(blocks),
            draft.header,
            draft.footer,
            draft.remark,
        )
        chapter = epub.EpubHtml(
            title=f"Chapter {number}", file_name=f"text/chapter {number}.xhtml", lang="en"
        )
        chapter.content = html_of(part)
        book.add_item(chapter)
        chapters.append(chapter)
    book.toc = tuple(chapters)
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = chapters
    epub.write_epub(str(path), book)
    notes = {run.footnote for block in draft.of(Paragraph) for run in block.runs}
    return "\n".join(notes)


def _fodt(draft: Draft, path: Path) -> None:
    path.write_text(fodt_of(draft), encoding="utf-8")


MAKERS = [
    by_pandoc("epub", form="epub3"),
    by_pandoc("epub", form="epub2"),
    by_libreoffice("epub", ".fodt", _fodt, files=4, damaged=1),
    Maker("epub", "ebooklib", ".epub", by_ebooklib, files=4, modules=("ebooklib",)),
]
