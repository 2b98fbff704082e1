"""Make many files by one run of a converter."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Optional

from benchmarks.words_lost.drafts import Block, Draft, Table
from benchmarks.words_lost.forms import markdown_of
from benchmarks.words_lost.made import Maker
from benchmarks.words_lost.shown.libreoffice import soffice

Write = Callable[[Draft, Path], Optional[str]]
"""Writes a source file, and returns the words in it if it knows them."""


def by_libreoffice(
    kind: str, source: str, write: Write, *, form: str = "", files: int = 5, damaged: int = 2
) -> Maker:
    """Return a maker that writes files with the suffix `source`, and converts them by LibreOffice.

    `form` is the name of the output filter if the suffix alone does not say it.
    """

    def make(draft: Draft, path: Path) -> Optional[str]:
        return write(draft, path.with_suffix(source))

    def finish(paths: Sequence[Path]) -> None:
        for folder in sorted({path.parent for path in paths}):
            here = [path.with_suffix(source) for path in paths if path.parent == folder]
            soffice(f"{kind}:{form}" if form else kind, here, folder)
            for path in here:
                path.unlink()

    writer = f"LibreOffice from {source[1:]}"
    return Maker(kind, writer, f".{kind}", make, ("soffice",), finish, files, damaged)


def by_pandoc(kind: str, *, form: str = "", narrow: bool = False, files: int = 4, damaged: int = 1) -> Maker:
    """Return a maker that writes Markdown, and converts it by pandoc.

    With `narrow`, tables have three columns, so that a slide does not break their words.
    """

    def make(draft: Draft, path: Path) -> None:
        if narrow:
            draft = replace(draft, blocks=tuple(map(_narrow, draft.blocks)))
        subprocess.run(
            ["pandoc", "--from", "markdown", "--to", form or kind, "--standalone", "-o", str(path)],
            input=markdown_of(draft).encode(),
            check=True,
            capture_output=True,
        )

    return Maker(
        kind, f"pandoc ({form})" if form else "pandoc", f".{kind}", make, ("pandoc",), None, files, damaged
    )


def _narrow(block: Block) -> Block:
    if not isinstance(block, Table):
        return block
    return Table(block.header[:3], tuple(row[:3] for row in block.rows))
