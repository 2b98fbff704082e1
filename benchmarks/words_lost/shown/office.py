"""The words of Office files, as LibreOffice exports them to text, to CSV, and to pages."""

from __future__ import annotations

import csv
import re
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks.words_lost.made import Reader, Refused, Words
from benchmarks.words_lost.shown.libreoffice import Export
from memgpt_autogen.text.equal import UNSPACED

RULES = {
    "deleted and hidden": "LibreOffice's text export has tracked deletions and hidden text. The drafts have "
    "these as the words `deletedword` and `hiddenword` with a number, and they are not counted.",
    "numbers of rich text": "A rich text file has the numbers of its lists as its writer showed them. "
    "LibreOffice counts again when it reads the file, and otherwise. These numbers are not counted.",
    "lines of slides": "A page with the notes of the speaker shows its slide again. So a line that is on "
    "several pages counts as often as it is on one of them, and a line of notes that has only words of its "
    "slide does not count.",
    "numbers of slides": "The number of a page, and the numbers at the axis of a chart, are "
    "LibreOffice's own. A line with one of these alone is not counted. In .pptx, it goes on counting a list "
    "after a paragraph without a number, where PowerPoint begins again, so numbers of lists are not counted.",
    "scripts on slides": "Words of scripts without spaces, and of those from right to left, are divided and "
    "joined on slides, so only what the writer was given is compared for these.",
    "days of sheets": "A day or a time in a sheet is compared as a day or a time: LibreOffice shows "
    "`05/03/2024` where the cell has this format, and `2024-05-03` is stored.",
    "sheet names": "The name of a sheet is in the name of the CSV file, and counts as a line.",
}
"""What is done with the words that a reader adds by itself."""

NOT_TO_BE_SEEN = re.compile(r"(?:deleted|hidden)word\d+")

OTHER_SCRIPTS = re.compile(f"{UNSPACED.pattern}|[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]+")

AXIS = ("0", "5", "10", "15", "20", "25")
"""The numbers at the axis of the chart that the drafts have."""

LIST_NUMBER = re.compile(r"^\s*(?:\d+|[a-z]|[ivx]+)[.)](?: |$)", re.MULTILINE)

_text = Export("txt:Text (encoded):UTF8", "txt")
_slides = Export('pdf:impress_pdf_Export:{"ExportNotesPages":{"type":"boolean","value":"true"}}', "pdf")
# as shown, quoted, all sheets; the numbers are those of LibreOffice's filter
_tables = Export("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1", "csv")


def text_shown(path: Path) -> Words:
    """Return the words of LibreOffice's text export, which has no headers, footers and text boxes."""
    found = _text.of(path)
    if not found:
        raise Refused("LibreOffice does not open it")
    return Words(NOT_TO_BE_SEEN.sub("", found[0].read_text(encoding="utf-8-sig")))


def rich_text_shown(path: Path) -> Words:
    """As `text_shown`, without the numbers of lists."""
    return Words(LIST_NUMBER.sub("", text_shown(path).text))


def numbered_slides_shown(path: Path) -> Words:
    """As `slides_shown`, without the numbers of lists."""
    return Words(LIST_NUMBER.sub("", slides_shown(path).text))


def slides_shown(path: Path) -> Words:
    """Return the words of the slides and of the notes of the speaker that LibreOffice prints."""
    return _printed(path, _slides)


def _printed(path: Path, export: Export) -> Words:
    found = export.of(path)
    if not found:
        raise Refused("LibreOffice does not open it")
    command = ["pdftotext", "-layout", "-enc", "UTF-8", str(found[0]), "-"]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    return Words(NOT_TO_BE_SEEN.sub("", OTHER_SCRIPTS.sub("\n", "\n".join(_once(text.split("\f"))))))


def _once(pages: list[str]) -> list[str]:
    """Return the lines of the pages, each as often as it is on one page.

    The pages of the notes come after those of the slides. They may break the lines of a slide otherwise.
    """
    slides = max(1, len(pages) // 2)
    kept: Counter[str] = Counter()
    for at, page in enumerate(pages):
        apart = re.sub(r" {2,}", "\n", page).splitlines()  # columns stay apart
        by_itself = {str(at % slides + 1), *AXIS}
        lines = Counter(line for each in apart if (line := " ".join(each.split())) not in by_itself)
        if at >= slides:
            on_slide = Counter(pages[at % slides].split())
            lines = Counter({line: lines[line] for line in lines if not Counter(line.split()) <= on_slide})
        kept |= lines
    return list(kept.elements())


def tables_shown(path: Path) -> Words:
    """Return the cells of all sheets, a line for each, and the names of the sheets."""
    found = _tables.of(path)
    if not found:
        raise Refused("LibreOffice does not open it")
    lines = []
    for file in found:
        lines.append(file.stem.removeprefix(f"{path.stem}-"))
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines += [_day_as_stored(cell) for row in csv.reader(opened) for cell in row]
    return Words("\n".join(lines))


def _day_as_stored(cell: str) -> str:
    """Return a cell with its day and time as they are stored. The drafts have no other forms of days."""
    return re.sub(r"\b(\d\d)/(\d\d)/(\d{4})\b", r"\3-\2-\1", cell)


TEXT = Reader("LibreOffice's text export", text_shown, ("soffice",), _text.prepare)

SLIDES = Reader("LibreOffice's slides, by pdftotext", slides_shown, ("soffice", "pdftotext"), _slides.prepare)

NUMBERED_SLIDES = replace(SLIDES, show=numbered_slides_shown)

TABLES = Reader("LibreOffice's CSV export", tables_shown, ("soffice",), _tables.prepare)

RICH_TEXT = Reader("LibreOffice's text export", rich_text_shown, ("soffice",), _text.prepare)

SHOWN = {
    **dict.fromkeys(("docx", "odt", "doc"), (TEXT,)),
    "rtf": (RICH_TEXT,),
    **dict.fromkeys(("odp", "ppt"), (SLIDES,)),
    "pptx": (NUMBERED_SLIDES,),
    **dict.fromkeys(("xlsx", "ods", "xls"), (TABLES,)),
}
