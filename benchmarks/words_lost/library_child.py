"""Read documents with one library and print its texts. It runs with the Python of the library's environment.

`benchmarks.words_lost.libraries` starts it, so it imports nothing of this project. It reads a path from each
line of its input and answers with one line of JSON. What the library prints itself goes to standard error.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOT_ITS_OWN = ("pip", "setuptools", "wheel")
"""Packages of every fresh environment, which do not count."""


@dataclass(frozen=True, slots=True)
class Library:
    """How to get the text of a document from one library, as its manual says."""

    package: str
    """Its name on PyPI."""
    suffixes: tuple[str, ...]
    """Of the files that it reads, as it says itself; empty for all files."""
    read: Callable[[Path], str]


def main() -> None:
    name, memory_mb = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _limit_memory(memory_mb)
    library = LIBRARIES[name]
    print(json.dumps(describe(library)), file=answers, flush=True)
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        start = time.perf_counter()
        answer: dict[str, Any] = {"text": None, "error": None}
        try:
            answer["text"] = library.read(path) or ""
        except Exception as error:  # noqa: BLE001  # what a library raises is what we measure
            answer["error"] = f"{type(error).__name__}: {error}"[:300]
        answer["seconds"] = time.perf_counter() - start
        print(json.dumps(answer), file=answers, flush=True)


def describe(library: Library) -> dict[str, Any]:
    """Return the library's version, and the number, size and licences of the packages of this environment."""
    packages = [
        each
        for each in importlib.metadata.distributions()
        if each.metadata["Name"].lower() not in NOT_ITS_OWN
    ]
    # a file that two packages list counts once
    files = {Path(str(file.locate())) for each in packages for file in each.files or ()}
    sizes = (file.stat().st_size for file in files if file.suffix != ".pyc" and file.is_file())
    return {
        "version": importlib.metadata.version(library.package),
        "packages": len(packages),
        "megabytes": round(sum(sizes) / 1e6, 1),
        "licences": {each.metadata["Name"]: _licence(each.metadata) for each in packages},
        "suffixes": list(library.suffixes),
    }


def _licence(metadata: Any) -> str:
    named = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    text = (metadata["License-Expression"] or metadata["License"] or "").strip().split("\n")[0]
    return text[:60] or ", ".join(named) or "?"


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    if sys.platform == "linux":  # elsewhere this limit means something else
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1_000_000, megabytes * 1_000_000))


def _import(name: str) -> Any:
    """Import a module that this project's environment need not have."""
    return importlib.import_module(name)


def _markup(path: Path) -> str:
    """Return the source of a text file, for a library that wants a string."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


# converters of many kinds


def by_markitdown(path: Path) -> str:
    made = _once("markitdown", lambda library: library.MarkItDown(enable_plugins=False))
    return str(made.convert(str(path)).text_content)


def by_kreuzberg(path: Path, form: str = "plain") -> str:
    library = _import("kreuzberg")
    options = library.ExtractionConfig(use_cache=False, output_format=form, disable_ocr=True)
    return str(library.extract_file_sync(str(path), config=options).content)


def by_kreuzberg_markdown(path: Path) -> str:
    return by_kreuzberg(path, "markdown")


def by_docling(path: Path) -> str:
    made = _once("docling.document_converter", lambda library: library.DocumentConverter())
    result = made.convert(str(path))
    # headers and footers are a layer that an export leaves out unless it is named
    layers = set(_import("docling_core.types.doc.document").ContentLayer)
    return str(result.document.export_to_text(included_content_layers=layers))


def by_unstructured(path: Path) -> str:
    # at its first text it downloads a model, which tells titles from sentences and changes no word
    spacy = _import("spacy")
    tokenize = _import("unstructured.nlp.tokenize")
    setattr(tokenize, "_get_nlp", lambda: _sentences(spacy))  # noqa: B010  # mypy and ruff know no such name
    return "\n".join(map(str, _import("unstructured.partition.auto").partition(str(path), strategy="fast")))


def by_pandoc(path: Path) -> str:
    return str(_import("pypandoc").convert_file(str(path), "plain", extra_args=["--wrap=none"]))


def _sentences(spacy: Any) -> Any:
    """Return a spaCy pipeline without a model, which ends sentences at full stops."""
    made = spacy.blank("en")
    made.add_pipe("sentencizer")
    return made


def _once(module: str, make: Callable[[Any], Any]) -> Any:
    """Return what `make` makes with a module, which is slow, and only make it once."""
    if module not in _MADE:
        _MADE[module] = make(_import(module))
    return _MADE[module]


_MADE: dict[str, Any] = {}


# word processing


def by_python_docx(path: Path) -> str:
    document = _import("docx").Document(str(path))
    return "\n".join(_python_docx_lines(document))


def _python_docx_lines(holder: Any) -> Iterator[str]:
    for each in holder.iter_inner_content():
        if hasattr(each, "rows"):
            for row in each.rows:
                for cell in row.cells:
                    yield from _python_docx_lines(cell)
        else:
            yield each.text


def by_docx2python(path: Path) -> str:
    with _import("docx2python").docx2python(str(path)) as document:
        return str(document.text)


def by_docx2txt(path: Path) -> str:
    return str(_import("docx2txt").process(str(path)))


def by_mammoth(path: Path) -> str:
    with path.open("rb") as file:
        return str(_import("mammoth").extract_raw_text(file).value)


def by_odfpy(path: Path) -> str:
    document = _import("odf.opendocument").load(str(path))
    text, extract = _import("odf.text"), _import("odf.teletype").extractText
    found = (each for kind in (text.H, text.P) for each in document.getElementsByType(kind))
    return "\n".join(str(extract(each)) for each in found)


def by_striprtf(path: Path) -> str:
    return str(_import("striprtf.striprtf").rtf_to_text(path.read_bytes().decode("latin-1"), errors="ignore"))


def by_ebooklib(path: Path) -> str:
    parse = _import("bs4").BeautifulSoup
    book = _import("ebooklib.epub").read_epub(str(path))
    documents = (book.get_item_with_id(name) for name, _ in book.spine)
    pages = (parse(each.get_content(), "html.parser") for each in documents if each)
    return "\n".join(page.get_text(" ") for page in pages)


# slides and sheets


def by_python_pptx(path: Path) -> str:
    slides = _import("pptx").Presentation(str(path)).slides
    return "\n".join(line for slide in slides for shape in slide.shapes for line in _pptx_lines(shape))


def _pptx_lines(shape: Any) -> Iterator[str]:
    if hasattr(shape, "shapes"):
        for each in shape.shapes:
            yield from _pptx_lines(each)
    if getattr(shape, "has_table", False):
        for row in shape.table.rows:
            yield "\t".join(cell.text for cell in row.cells)
    if shape.has_text_frame:
        yield shape.text_frame.text


def by_calamine(path: Path) -> str:
    book = _import("python_calamine").CalamineWorkbook.from_path(str(path))
    rows = (row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())
    return "\n".join(["\n".join(book.sheet_names), *("\t".join(map(str, row)) for row in rows)])


def by_openpyxl(path: Path) -> str:
    book = _import("openpyxl").load_workbook(str(path), data_only=True)
    rows = (row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True))
    cells = ("\t".join(str(value) for value in row if value is not None) for row in rows)
    return "\n".join([*book.sheetnames, *cells])


# pages


def by_beautifulsoup(path: Path) -> str:
    page = _import("bs4").BeautifulSoup(path.read_bytes(), "html.parser")
    for each in page(["script", "style", "template", "noscript"]):
        each.decompose()
    return str(page.get_text(" "))


def by_trafilatura(path: Path) -> str:
    library = _import("trafilatura")
    return str(library.extract(path.read_bytes(), favor_recall=True, include_tables=True) or "")


def by_html2text(path: Path) -> str:
    made = _import("html2text").HTML2Text(bodywidth=0)
    made.ignore_links, made.ignore_emphasis = True, True
    return str(made.handle(_markup(path)))


def by_inscriptis(path: Path) -> str:
    return str(_import("inscriptis").get_text(_markup(path)))


def by_selectolax(path: Path) -> str:
    page = _import("selectolax.lexbor").LexborHTMLParser(_markup(path))
    page.strip_tags(["script", "style", "template", "noscript"])
    return str(page.body.text(separator=" ") if page.body else "")


# PDF


def by_pypdf(path: Path) -> str:
    return "\n".join(page.extract_text() for page in _import("pypdf").PdfReader(str(path)).pages)


def by_pdfminer(path: Path) -> str:
    return str(_import("pdfminer.high_level").extract_text(str(path)))


def by_pymupdf(path: Path) -> str:
    with _import("pymupdf").open(str(path)) as document:
        return "\n".join(page.get_text() for page in document)


def by_pdfplumber(path: Path) -> str:
    with _import("pdfplumber").open(str(path)) as document:
        return "\n".join(page.extract_text() or "" for page in document.pages)


def by_pypdfium2(path: Path) -> str:
    document = _import("pypdfium2").PdfDocument(str(path))
    return "\n".join(page.get_textpage().get_text_range() for page in document)


# mail, dates, addresses, subtitles, notebooks


def by_mail_parser(path: Path) -> str:
    mail = _import("mailparser").parse_from_bytes(path.read_bytes())
    people = [f"{name} {address}" for name, address in (*mail.from_, *mail.to, *mail.cc)]
    return "\n".join([str(mail.subject), str(mail.date), *people, mail.body])


def by_icalendar(path: Path) -> str:
    calendars = _import("icalendar").Calendar.from_ical(path.read_bytes(), multiple=True)
    values = (value for calendar in calendars for _, value in calendar.property_items())
    return "\n".join(_icalendar_text(value) for value in values)


def _icalendar_text(value: Any) -> str:
    if isinstance(value, str):
        return " ".join([value, *map(str, getattr(value, "params", {}).values())])
    written = value.to_ical() if hasattr(value, "to_ical") else value
    return written.decode() if isinstance(written, bytes) else str(written)


def by_vobject(path: Path) -> str:
    read = _import("vobject").readComponents
    cards = read(_markup(path), transform=False, ignoreUnreadable=True, allowQP=True)
    return "\n".join(line for card in cards for line in _vobject_lines(card))


def _vobject_lines(card: Any) -> Iterator[str]:
    for line in card.lines():
        yield " ".join([str(line.value), *(value for values in line.params.values() for value in values)])
    for inner in card.components():
        yield from _vobject_lines(inner)


def by_webvtt(path: Path) -> str:
    captions = _import("webvtt").from_buffer(io.StringIO(_markup(path)), path.suffix[1:])
    return "\n".join(f"{each.start} {each.end} {each.voice or ''} {each.text}" for each in captions)


def by_nbconvert(path: Path) -> str:
    return str(_import("nbconvert").MarkdownExporter().from_filename(str(path))[0])


# encodings


def by_charset_normalizer(path: Path) -> str:
    best = _import("charset_normalizer").from_bytes(path.read_bytes()).best()
    return str(best or "")


def by_chardet(path: Path) -> str:
    content = path.read_bytes()
    guess = _import("chardet").detect(content)["encoding"]
    return content.decode(guess or "utf-8", errors="replace")


PAGES = (".html", ".htm", ".xhtml")

TEXTS = (".txt", ".md", ".log", ".csv", ".tsv")

PANDOC = (
    *(".docx", ".odt", ".epub", ".rtf", ".html", ".htm", ".xhtml", ".md", ".rst", ".tex", ".org", ".ipynb"),
    *(".csv", ".tsv", ".xlsx", ".pptx", ".opml", ".bib"),
)

LIBRARIES = {
    "markitdown": Library("markitdown", (), by_markitdown),
    "kreuzberg": Library("kreuzberg", (), by_kreuzberg),
    "kreuzberg-markdown": Library("kreuzberg", (), by_kreuzberg_markdown),
    "docling": Library("docling", (), by_docling),
    "unstructured": Library("unstructured", (), by_unstructured),
    "pandoc": Library("pypandoc_binary", PANDOC, by_pandoc),
    "python-docx": Library("python-docx", (".docx",), by_python_docx),
    "docx2python": Library("docx2python", (".docx",), by_docx2python),
    "docx2txt": Library("docx2txt", (".docx",), by_docx2txt),
    "mammoth": Library("mammoth", (".docx",), by_mammoth),
    "odfpy": Library("odfpy", (".odt", ".odp", ".ods"), by_odfpy),
    "striprtf": Library("striprtf", (".rtf",), by_striprtf),
    "EbookLib": Library("EbookLib", (".epub",), by_ebooklib),
    "python-pptx": Library("python-pptx", (".pptx",), by_python_pptx),
    "python-calamine": Library("python-calamine", (".xlsx", ".xls", ".xlsb", ".ods"), by_calamine),
    "openpyxl": Library("openpyxl", (".xlsx", ".xlsm"), by_openpyxl),
    "beautifulsoup4": Library("beautifulsoup4", PAGES, by_beautifulsoup),
    "trafilatura": Library("trafilatura", PAGES, by_trafilatura),
    "html2text": Library("html2text", PAGES, by_html2text),
    "inscriptis": Library("inscriptis", PAGES, by_inscriptis),
    "selectolax": Library("selectolax", PAGES, by_selectolax),
    "pypdf": Library("pypdf", (".pdf",), by_pypdf),
    "pdfminer.six": Library("pdfminer.six", (".pdf",), by_pdfminer),
    "pymupdf": Library("pymupdf", (".pdf",), by_pymupdf),
    "pdfplumber": Library("pdfplumber", (".pdf",), by_pdfplumber),
    "pypdfium2": Library("pypdfium2", (".pdf",), by_pypdfium2),
    "mail-parser": Library("mail-parser", (".eml",), by_mail_parser),
    "icalendar": Library("icalendar", (".ics",), by_icalendar),
    "vobject": Library("vobject", (".ics", ".vcf"), by_vobject),
    "webvtt-py": Library("webvtt-py", (".vtt", ".srt"), by_webvtt),
    "nbconvert": Library("nbconvert", (".ipynb",), by_nbconvert),
    "charset-normalizer": Library("charset-normalizer", TEXTS, by_charset_normalizer),
    "chardet": Library("chardet", TEXTS, by_chardet),
}

if __name__ == "__main__":
    main()
