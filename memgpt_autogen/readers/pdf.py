"""PDF: the text of each page, by pypdf."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import IO

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.sections import Part


def read_pdf(file: IO[bytes], name: str) -> Iterator[Part]:
    """A part a page, below the heading that the document's outline has for it.

    A document of scanned pages has no text; that is an error, which says so.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of what it mends
    told = pages = 0
    locked = False
    try:
        reader = PdfReader(file)
        locked = reader.is_encrypted and not reader.decrypt("")
        headings = {} if locked else _headings(reader)
        heading: str | None = None
        for page in () if locked else reader.pages:
            pages += 1
            heading = headings.get(pages, heading)
            text = page.extract_text()
            told += bool(text.strip())
            yield Part(text, page=pages, heading=heading)
    except DependencyError as error:
        raise DocumentError(
            f"{name} is encrypted by AES, which pypdf reads with the package cryptography. Save the file without encryption, "
            f"or install that package if it needs no password."
        ) from error
    except Exception as error:  # a broken file makes pypdf raise whatever comes of it
        after = f" after page {pages}" if pages else ""
        raise DocumentError(
            f"{name} is a broken PDF{after}: {error or type(error).__name__}. Save it anew, or repair it with qpdf."
        ) from error
    if locked:
        raise DocumentError(f"{name} is encrypted with a password. Save it without one and attach it again.")
    if not told:
        raise DocumentError(
            f"{name} has {pages} pages and no text: it seems to be scanned. Run text recognition on it, such as ocrmypdf."
        )


def _headings(reader: object) -> dict[int, str]:
    """Which entry of the outline begins on which page, the last of each page; none where the outline cannot be read."""
    from pypdf import PdfReader

    assert isinstance(reader, PdfReader)  # noqa: S101  for the type only
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
    except Exception:  # noqa: BLE001  the pages are what matters
        return {}
    return found
