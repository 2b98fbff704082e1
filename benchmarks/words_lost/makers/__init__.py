"""The makers, a module for each group of kinds. Each module has a list `MAKERS`."""

from __future__ import annotations

from benchmarks.words_lost.made import Maker
from benchmarks.words_lost.makers import books, letters, pages, pdf, plain, sheets, slides, tables, word

MAKERS: list[Maker] = [
    *word.MAKERS,
    *sheets.MAKERS,
    *slides.MAKERS,
    *books.MAKERS,
    *pages.MAKERS,
    *letters.MAKERS,
    *pdf.MAKERS,
    *tables.MAKERS,
    *plain.MAKERS,
]
