"""Make PDFs: by LibreOffice, Chromium, matplotlib, groff, and pypdf (forms and notes)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

from benchmarks.words_lost.drafts import Draft, Heading, Paragraph, Table
from benchmarks.words_lost.made import Maker
from benchmarks.words_lost.makers.pages import (
    BROWSER,
    by_chromium,
    by_libreoffice,
    source,
    source_site,
    source_word,
)

FOLDERS = ("/usr/share/doc", "/usr/share/texmf", "/opt", "/usr/lib/libreoffice")


def by_matplotlib(kind: int, draft: Draft, path: Path) -> None:
    """Write pages of text and a chart, with fonts embedded as Type 3 or Type 42."""
    import matplotlib as mpl

    mpl.use("pdf")
    from matplotlib import pyplot as plt

    with mpl.rc_context({"pdf.fonttype": kind}):
        figure = plt.figure(figsize=(8, 11))
        for place, block in enumerate([*draft.of(Heading), *draft.of(Paragraph)][:12]):
            figure.text(0.1, 0.95 - place * 0.045, _latin(block.text)[:70])
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.2))
        table: Table = draft.of(Table)[0]
        axes.bar([_latin(str(row[0])) for row in table.rows], [1.5] * len(table.rows))
        axes.set_title(_latin(draft.title))
        axes.set_xlabel("Products sold")
        figure.savefig(path)
        plt.close(figure)


def _latin(text: str) -> str:
    return text.encode("latin-1", "ignore").decode("latin-1").replace("$", "")


def by_groff(draft: Draft, path: Path) -> None:
    lines = [".TL", _groff(draft.title), ".AU", _groff(draft.author)]
    for block in draft.blocks:
        if isinstance(block, Heading):
            lines += [f".NH {block.level}", _groff(block.text)]
        elif isinstance(block, Paragraph):
            lines += [".PP", _groff(block.text)]
        elif isinstance(block, Table):
            lines += [
                ".LP",
                ".nf",
                *(_groff("   ".join(map(str, row))) for row in (block.header, *block.rows)),
                ".fi",
            ]
    # pages of PostScript's fonts, with words divided at the ends of lines
    made = subprocess.run(
        ["groff", "-k", "-ms", "-Tpdf"],
        check=False,
        input="\n".join(lines).encode(),
        capture_output=True,
    )
    if made.stdout.startswith(b"%PDF"):
        path.write_bytes(made.stdout)


def _groff(text: str) -> str:
    return _latin(text).replace("\\", "\\e").lstrip(".'") or "x"


def form(draft: Draft, path: Path) -> None:
    """Add a filled form field and a note to a page of text."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.annotations import FreeText

    by_matplotlib(42, draft, path)
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.add_metadata({"/Title": draft.title})
    note = FreeText(text=f"Free note {draft.number}", rect=(50, 20, 300, 60), font_size="12pt")
    writer.add_annotation(0, note)
    writer.add_outline_item(draft.title, 0)
    writer.write(path)


def real(draft: Draft, path: Path) -> None:
    """Copy a PDF of those that stand on this machine."""
    if files := real_files():
        shutil.copyfile(files[draft.number % len(files)], path)


@lru_cache
def real_files() -> Sequence[Path]:
    import sysconfig

    folders = (*map(Path, FOLDERS), Path(sysconfig.get_path("purelib")))
    found = (file for folder in folders for file in sorted(folder.rglob("*.pdf")))
    return [file for file in found if file.is_file() and 3000 < file.stat().st_size < 3_000_000][:20]


MAKERS = [
    Maker(
        "pdf",
        "LibreOffice",
        ".pdf",
        source_word,
        ("soffice",),
        partial(by_libreoffice, "pdf", ".docx"),
        files=6,
    ),
    Maker("pdf", "Chromium", ".pdf", source, BROWSER, by_chromium, files=6),
    Maker("pdf", "Chromium, a site", ".pdf", source_site, BROWSER, by_chromium, files=3, damaged=0),
    *(
        Maker("pdf", f"matplotlib, Type {each}", ".pdf", partial(by_matplotlib, each), files=2)
        for each in (3, 42)
    ),
    Maker("pdf", "groff", ".pdf", by_groff, ("groff",), files=4),
    Maker("pdf", "pypdf, a note", ".pdf", form, files=2, damaged=0),
    Maker("pdf", "real files", ".pdf", real, ("pdftotext",), files=10, damaged=0),
]
