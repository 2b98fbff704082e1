"""Word and PowerPoint files, by python-docx and python-pptx."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.sections import SECTION_CHARS, Outline, Part

MOST_UNPACKED = 1_000_000_000
MOST_RATIO = 500
"""What is packed smaller than this is a bomb."""


def read_docx(file: IO[bytes], name: str) -> Iterator[Part]:
    """Paragraphs and tables in their order, below the headings that Word's styles say."""
    try:
        import docx
        from docx.table import Table
    except ImportError as error:
        raise _missing(name, "Word", "python-docx") from error
    _check_zip(file, name)
    outline = Outline()
    texts: list[str] = []
    try:
        document = docx.Document(file)
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                texts.append(_table(block))
                continue
            level = _level(block)
            if level is not None and block.text.strip():
                if any(text.strip() for text in texts):
                    yield Part("\n\n".join(texts), heading=outline.path)
                texts = []
                outline.enter(level, block.text)
            elif block.text.strip():
                texts.append(f"- {block.text}" if _listed(block) else block.text)
            if sum(map(len, texts)) > SECTION_CHARS:
                yield Part("\n\n".join(texts), heading=outline.path)
                texts = []
    except Exception as error:  # a broken file makes it raise whatever comes of it
        raise _broken(name, "Word", error) from error
    yield Part("\n\n".join(texts), heading=outline.path)


def read_pptx(file: IO[bytes], name: str) -> Iterator[Part]:
    """A part a slide: its title as heading, its texts, tables and notes; the slide's number is the page."""
    try:
        import pptx
    except ImportError as error:
        raise _missing(name, "PowerPoint", "python-pptx") from error
    _check_zip(file, name)
    try:
        for number, slide in enumerate(pptx.Presentation(file).slides, 1):
            title = slide.shapes.title
            heading = title.text_frame.text.strip() if title is not None else ""
            texts = [text for shape in slide.shapes if shape != title for text in _shape(shape)]
            notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
            if notes is not None and notes.text.strip():
                texts.append(f"Notes: {notes.text}")
            yield Part("\n\n".join(texts) or heading, page=number, heading=heading or None)
    except Exception as error:  # as above
        raise _broken(name, "PowerPoint", error) from error


def _level(paragraph: Any) -> int | None:
    style = (paragraph.style.name if paragraph.style is not None else "") or ""
    if style == "Title":
        return 0
    found = re.match(r"(?:Heading|heading) (\d)", style)
    return int(found.group(1)) if found else None


def _listed(paragraph: Any) -> bool:
    return ((paragraph.style.name if paragraph.style is not None else "") or "").startswith("List")


def _table(table: Any) -> str:
    return "\n".join(" | ".join(" ".join(cell.text.split()) for cell in row.cells) for row in table.rows)


def _shape(shape: Any) -> Iterator[str]:
    if getattr(shape, "shapes", None) is not None:  # a group
        for inner in shape.shapes:
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield _table(shape.table)
    elif getattr(shape, "has_text_frame", False) and shape.text_frame.text.strip():
        yield shape.text_frame.text


def _check_zip(file: IO[bytes], name: str) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            infos = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        file.seek(0)
        if file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise DocumentError(
                f"{name} is encrypted, or of the old Office format. Save it as .docx or .pptx without a password."
            ) from error
        raise DocumentError(f"{name} is a broken Office file: {error}. Save it anew.") from error
    unpacked = sum(info.file_size for info in infos)
    packed_size = sum(info.compress_size for info in infos)
    if unpacked > MOST_UNPACKED or (unpacked > 10_000_000 and unpacked > MOST_RATIO * packed_size):
        raise DocumentError(
            f"{name} unpacks to {unpacked:,} bytes, which no honest file of its size does. It was not read."
        )
    file.seek(0)


def _missing(name: str, what: str, package: str) -> DocumentError:
    return DocumentError(
        f"{name} is a {what} file, which is read by {package}: pip install 'memgpt-autogen[documents]'."
    )


def _broken(name: str, what: str, error: Exception) -> DocumentError:
    return DocumentError(f"{name} is a broken {what} file: {error or type(error).__name__}. Save it anew.")
