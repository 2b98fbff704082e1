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
    shown = [" ".join(_in_order(re.findall(r"<word [^>]*>(.*?)</word>", line))) for line in lines]
    if not shown:
        raise Refused("pdftotext shows no text")
    return Words("\n".join(shown))


def _in_order(found: list[str]) -> list[str]:
    """Return the words of a line as they are read. poppler gives words and letters from left to right."""
    line = [html.unescape(word) for word in found]
    leftwards = [bool(re.search(r"[\u0590-\u08ff\ufb1d-\ufefc]", word)) for word in line]
    line = [word[::-1] if reverse else word for word, reverse in zip(line, leftwards, strict=True)]
    return line[::-1] if sum(leftwards) * 2 > len(line) else line


SHOWN = {"pdf": (Reader("pdftotext", words_shown, ("pdftotext",)),)}
