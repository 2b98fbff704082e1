"""The words of PDFs, as poppler's `pdftotext` shows them."""

from __future__ import annotations

import html
import re
import subprocess
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.words_lost.made import Reader, Refused, Words

LINE = re.compile(r"<line .*?</line>", re.DOTALL)

WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')

LIGATURE = re.compile("f[fil]+ | f[fil]+")

TOUCHES = 0.1
"""Words that are nearer than this share of their height are one if one of them is a ligature or a raised
letter, at which `pdftotext` divides."""

LOWER = 0.25
"""A word that is higher or lower by this share of its height is on another line."""

COLUMN = 0.38
"""A word that is further away than this share of its height is in another column."""

ALEF_LAM = re.compile("(?<=\u0627)([\u0622\u0623\u0625])\u0644")
"""The ligature of lam and alef, whose letters `pdftotext` turns around."""


def words_shown(path: Path) -> Words:
    """Show the words line by line, so those that a hyphen divides at a line's end stay divided."""
    made = subprocess.run(
        ["pdftotext", "-bbox-layout", "-enc", "UTF-8", str(path), "-"], check=False, capture_output=True
    )
    page = made.stdout.decode("utf-8", "replace")
    pages = [[_line(WORD.findall(line)) for line in LINE.findall(each)] for each in page.split("<page ")]
    if not any(pages):
        raise Refused("pdftotext shows no text")
    return Words("\n".join(_undivided(pages)))


def _undivided(pages: Sequence[Sequence[str]]) -> Iterator[str]:
    """Join the words that are divided at a line's end and stand undivided up to there, as they are stored."""
    known: set[str] = set()

    def join(found: re.Match[str]) -> str:
        whole = found.group(1) + found.group(2)
        return whole if whole.casefold() in known else found.group()

    for lines in pages:
        text = "\n".join(lines)
        known |= {word.casefold() for word in re.findall(r"[^\W\d_]{4,}", text)}
        yield re.sub(r"([^\W\d_]{2,})[-\u00ad\u2010]\n ?([^\W\d_]{2,})", join, text)


def _line(words: Sequence[tuple[str, ...]]) -> str:
    """Return a line. The words of one with words from right to left are not ordered."""
    text, end, height, above = "", 0.0, 0.0, 0.0
    space = "\n" if any(_is_from_right(html.unescape(word[-1])) for word in words) else " "
    for left, top, right, bottom, word in words:
        read = html.unescape(word)
        if _is_from_right(read):  # with places, `pdftotext` gives the letters from left to right
            read = ALEF_LAM.sub("\u0644\\1", read[::-1])
        raised = abs(float(bottom) - float(top) - height) > TOUCHES * height
        height = float(bottom) - float(top)
        near = abs(float(left) - end) < TOUCHES * height
        near = near and (raised or bool(LIGATURE.search(f"{text[-3:]} {read[:3]}")))
        lower = abs(float(top) - above) > LOWER * height or float(left) - end > COLUMN * height
        text += read if near else f"{chr(10) if lower else space}{read}"
        end, above = float(right), float(top)
    return text.strip()


def _is_from_right(word: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in word)


SHOWN = {"pdf": (Reader("pdftotext", words_shown, ("pdftotext",)),)}
