"""The words of Office files, as LibreOffice exports them to text, to CSV, and to pages."""

from __future__ import annotations

import csv
import re
import subprocess
from collections import Counter
from pathlib import Path

from benchmarks.words_lost.made import Reader, Refused, Words
from benchmarks.words_lost.shown.libreoffice import Export
from memgpt_autogen.text.equal import UNSPACED

RULES = {
    "deleted and hidden": "LibreOffice's text export has tracked deletions and hidden text. The drafts have "
    "these as the words `deletedword` and `hiddenword` with a number, and they are not counted.",
    "numbers of rich text": "A rich text file has the numbers of its lists as its writer showed them. "
    "LibreOffice counts again when it reads the file, and otherwise. These numbers are not counted.",
    "lines of pages": "A line that is on several pages, apart from its numbers, is a header or footer and "
    "counts once, without its numbers.",
    "broken lines": "On pages, a line that ends in a script without spaces goes on in the next line.",
    "sheet names": "The name of a sheet is in the name of the CSV file, and counts as a line.",
}
"""What is done with the words that a reader adds by itself."""

NOT_TO_BE_SEEN = re.compile(r"(?:deleted|hidden)word\d+")

LIST_NUMBER = re.compile(r"^\s*(?:\d+|[a-z]|[ivx]+)[.)] ", re.MULTILINE)

_text = Export("txt:Text (encoded):UTF8", "txt")
_slides = Export('pdf:impress_pdf_Export:{"ExportNotesPages":{"type":"boolean","value":"true"}}', "pdf")
# as shown, quoted, all sheets; the numbers are those of LibreOffice's filter
_tables = Export("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "csv")


def text_shown(path: Path) -> Words:
    """Return the words of LibreOffice's text export, which has no headers, footers and text boxes."""
    found = _text.of(path)
    if not found:
        raise Refused("LibreOffice does not open it")
    return Words(NOT_TO_BE_SEEN.sub("", found[0].read_text(encoding="utf-8-sig")))


def rich_text_shown(path: Path) -> Words:
    """As `text_shown`, without the numbers of lists."""
    return Words(LIST_NUMBER.sub("", text_shown(path).text))


def slides_shown(path: Path) -> Words:
    """Return the words of the slides and of the notes of the speaker that LibreOffice prints."""
    return _printed(path, _slides)


def _printed(path: Path, export: Export) -> Words:
    found = export.of(path)
    if not found:
        raise Refused("LibreOffice does not open it")
    command = ["pdftotext", "-enc", "UTF-8", str(found[0]), "-"]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    return Words(NOT_TO_BE_SEEN.sub("", _unbroken("\n".join(_once(text.split("\f"))))))


def _once(pages: list[str]) -> list[str]:
    """Return the lines of the pages; those of headers and footers once."""
    split = [page.splitlines() for page in pages]
    on = Counter(without for lines in split for without in {_numberless(line) for line in lines})
    kept, seen = [], set()
    for line in (line for lines in split for line in lines):
        bare = _numberless(line)
        if on[bare] < 2:
            kept.append(line)
        elif bare not in seen:
            seen.add(bare)
            kept.append(bare)
    return kept


def _numberless(line: str) -> str:
    return " ".join(re.sub(r"\d+", " ", line).split())


def _unbroken(text: str) -> str:
    """Join lines of scripts without spaces, which are broken between any two letters."""
    letter = UNSPACED.pattern.removesuffix("+")
    return re.sub(rf"(?<={letter})\n(?={letter})", "", text)


def tables_shown(path: Path) -> Words:
    """Return the cells of all sheets, a line for each, and the names of the sheets."""
    found = _tables.of(path)
    if not found:
        raise Refused("LibreOffice does not open it")
    lines = []
    for file in found:
        lines.append(file.stem.removeprefix(f"{path.stem}-"))
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines += [cell for row in csv.reader(opened) for cell in row]
    return Words("\n".join(lines))


TEXT = Reader("LibreOffice's text export", text_shown, ("soffice",), _text.prepare)

SLIDES = Reader("LibreOffice's slides, by pdftotext", slides_shown, ("soffice", "pdftotext"), _slides.prepare)

TABLES = Reader("LibreOffice's CSV export", tables_shown, ("soffice",), _tables.prepare)

RICH_TEXT = Reader("LibreOffice's text export", rich_text_shown, ("soffice",), _text.prepare)

SHOWN = {
    **dict.fromkeys(("docx", "odt", "doc"), (TEXT,)),
    "rtf": (RICH_TEXT,),
    **dict.fromkeys(("pptx", "odp", "ppt"), (SLIDES,)),
    **dict.fromkeys(("xlsx", "ods", "xls"), (TABLES,)),
}
