"""Read PDF: the text of each page, by pypdf."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import IO, Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.sections import Part
from memgpt_autogen.rendering.plain_text import counted


def read_pdf(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield a part for each page, with its heading from the document's outline.

    Raises `DocumentError` also for a document of scanned pages, which has no text.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns about what it repairs
    pages_with_text = pages = 0
    try:
        reader = PdfReader(file)
        _check_password(reader, name)
        headings = _headings(reader)
        heading: str | None = None
        for pages, page in enumerate(reader.pages, 1):
            heading = headings.get(pages, heading)
            text = page.extract_text()
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
    if not pages_with_text:
        raise DocumentError(
            f"{name} has {counted(pages, 'page')} and no text: it seems to be scanned. "
            "Run text recognition on it, such as ocrmypdf."
        )


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
