"""The words of PDFs, as poppler's `pdftotext` shows them."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

from benchmarks.words_lost.made import Reader, Refused, Words


def words_shown(path: Path) -> Words:
    """Show the words line by line, so those that a hyphen divides at a line's end stay divided."""
    made = subprocess.run(
        ["pdftotext", "-bbox-layout", "-enc", "UTF-8", str(path), "-"],
        check=False,
        capture_output=True,
    )
    page = made.stdout.decode("utf-8", "replace")
    lines = re.findall(r"<line .*?</line>", page, re.DOTALL)
    shown = [" ".join(map(html.unescape, re.findall(r"<word [^>]*>(.*?)</word>", line))) for line in lines]
    if not shown:
        raise Refused("pdftotext shows no text")
    return Words("\n".join(shown))


SHOWN = {"pdf": (Reader("pdftotext", words_shown, ("pdftotext",)),)}
