"""The independent readers, a module for each group of kinds. Each module has a dictionary `SHOWN`.

A kind has one reader or several. The first one whose programs are there is used, and each of the further
ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.words_lost.made import Reader
from benchmarks.words_lost.shown import books, letters, office, pages, pdf, plain, tables

SHOWN: Mapping[str, tuple[Reader, ...]] = {
    **office.SHOWN,
    **books.SHOWN,
    **pages.SHOWN,
    **letters.SHOWN,
    **pdf.SHOWN,
    **tables.SHOWN,
    **plain.SHOWN,
}
