"""Read PDF: the text of each page, by pypdf.

Some programs draw shapes and say beside them what text these are (/ActualText), as for scripts whose letters
join. pypdf does not read it, so pages with it are read by pypdfium2, unless they have words from right to
left, which pypdf orders better.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import IO, Any

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.sections import Part
from memgpt_autogen.rendering.plain_text import counted

PDFIUM = Lock("the reader of PDFs")
"""pypdfium2 may be used by one thread at a time."""

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

WORD = re.compile(r"[^\W\d_]{4,}")

DIVIDED = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,})[-\u00ad\u2010]\n([^\W\d_]{2,})[^\S\n]?")


def read_pdf(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield a part for each page, with its heading from the document's outline.

    Raises `DocumentError` also for a document of scanned pages, which has no text.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns about what it repairs
    pages_with_text = pages = 0
    actual, divided = _ActualTexts(file), _DividedWords()
    try:
        reader = PdfReader(file)
        _check_password(reader, name)
        headings = _headings(reader)
        heading: str | None = None
        for pages, page in enumerate(reader.pages, 1):
            heading = headings.get(pages, heading)
            text = divided.joined(actual.text(page, pages) + "".join(_annotations(page)))
            pages_with_text += bool(text.strip())
            yield Part(text, page=pages, heading=heading)
    except DocumentError:
        raise
    except DependencyError as error:
        raise DocumentError(
            f"{name} is encrypted with AES, which needs the package cryptography. "
            "Install it if the file needs no password, or save the file without encryption."
        ) from error
    except Exception as error:  # pypdf raises any kind of error for a broken file
        after = f" after page {pages}" if pages else ""
        raise DocumentError(
            f"{name} is a broken PDF{after}: {error or type(error).__name__}. "
            "Save it again, or repair it with qpdf."
        ) from error
    if actual.unread:
        pages_named = (
            f"{counted(len(actual.unread), 'page')} may lack letters, first page {actual.unread[0]:,}"
        )
        need = (
            " without pypdfium2: pip install 'memgpt-autogen[documents]'"
            if not find_spec("pypdfium2")
            else ""
        )
        yield Part("", note=f"{pages_named}: the text of some shapes was not read{need}")
    if not pages_with_text:
        raise DocumentError(
            f"{name} has {counted(pages, 'page')} and no text: it seems to be scanned. "
            "Run text recognition on it, such as ocrmypdf."
        )


class _ActualTexts:
    """Reads the pages that say what text their shapes are."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._document: Any = None
        self.unread: list[int] = []
        """The pages that were not read so: pypdfium2 is missing or does not open the document, or they have
        words from right to left."""

    def text(self, page: Any, number: int) -> str:
        """Return the text of a page, whose number counts from 1."""
        text: str = page.extract_text()
        if not _says_what_shapes_are(page):
            return text
        if RIGHT_TO_LEFT.search(text):
            self.unread.append(number)
            return text
        try:
            with PDFIUM:
                import pypdfium2

                if self._document is None:
                    self._file.seek(0)
                    self._document = pypdfium2.PdfDocument(self._file.read())
                actual: str = self._document[number - 1].get_textpage().get_text_bounded()
        except Exception:  # noqa: BLE001 - any kind of error for a broken file, and pypdf has read it
            self.unread.append(number)
            return text
        actual = actual.replace("\r\n", "\n").replace("\ufffe", "-")  # a hyphen at the end of a line
        return actual if actual.strip() else text


def _says_what_shapes_are(page: Any) -> bool:
    contents = page.get_contents()
    named = (page.get("/Resources") or {}).get("/Properties") or {}
    return (contents is not None and b"/ActualText" in contents.get_data()) or any(
        "/ActualText" in each.get_object() for each in named.values()
    )


def _annotations(page: Any) -> Iterator[str]:
    """Yield the notes that are written on a page, and the values of its form fields."""
    for each in page.get("/Annots") or ():
        found = each.get_object()
        kind = found.get("/Subtype")
        shown = (
            found.get("/Contents") if kind == "/FreeText" else found.get("/V") if kind == "/Widget" else None
        )
        if isinstance(shown, str) and shown.strip() and not shown.startswith("/"):
            yield f"\n{shown.strip()}"


class _DividedWords:
    """Joins words that are divided at the end of a line, if they stand undivided elsewhere up to there."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def joined(self, text: str) -> str:
        self._known.update(word.casefold() for word in WORD.findall(text))
        return DIVIDED.sub(self._join, text)

    def _join(self, found: re.Match[str]) -> str:
        whole = found.group(1) + found.group(2)
        return f"{whole}\n" if whole.casefold() in self._known else found.group()


def _check_password(reader: Any, name: str) -> None:
    if reader.is_encrypted and not reader.decrypt(""):
        raise DocumentError(f"{name} is encrypted with a password. Save it without one and attach it again.")


def _headings(reader: Any) -> dict[int, str]:
    """Return the heading of each page that begins an entry of the outline; none if that cannot be read."""
    found: dict[int, str] = {}

    def walk(entries: object, above: tuple[str, ...]) -> None:
        last = above
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, list):
                walk(entry, last)
                continue
            page = reader.get_destination_page_number(entry)
            last = (*above, str(entry.title or "").strip())
            if page is not None and page >= 0:
                found.setdefault(page + 1, " > ".join(filter(None, last)))

    try:
        walk(reader.outline, ())
    except Exception:  # noqa: BLE001 - the pages can be read without an outline
        return {}
    return found
