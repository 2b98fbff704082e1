"""The cells of CSV files. The delimiter and the encoding are in the names of the files."""

from __future__ import annotations

import csv
from pathlib import Path

from benchmarks.words_lost.made import Reader, Refused, Words


def cells(path: Path) -> Words:
    """Show each cell in a line of its own."""
    delimiter, encoding = path.suffixes[-3:-1]
    text = path.read_bytes().decode(encoding[1:], "replace").lstrip("\ufeff")
    if text.startswith("sep="):  # Excel takes it, and hides it
        delimiter, text = f".{ord(text[4])}", text.partition("\n")[2]
    mark = chr(int(delimiter[1:])) if delimiter != ".0" else ","
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=mark))
    except csv.Error as error:
        raise Refused(f"Python's csv does not read it: {error}") from error
    return Words("\n".join(" ".join(cell.split()) for row in rows for cell in row))


SHOWN = {"csv": (Reader("Python's csv", cells),)}
