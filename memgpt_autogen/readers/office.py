"""Read Word and PowerPoint files, by python-docx and python-pptx."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.sections import SECTION_CHARS, Outline, Part

MOST_UNPACKED = 1_000_000_000
MOST_RATIO = 500
"""A file that is compressed more than this is a zip bomb."""


def read_docx(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield paragraphs and tables in order. Word's styles mark the headings."""
    outline = Outline()
    texts: list[str] = []
    with _translate_errors(name, "Word", "python-docx"):
        import docx
        from docx.table import Table

        _check_zip(file, name)
        for block in docx.Document(file).iter_inner_content():
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
    yield Part("\n\n".join(texts), heading=outline.path)


def read_pptx(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield a part for each slide: its texts, tables and notes, its title as heading, its number as page."""
    with _translate_errors(name, "PowerPoint", "python-pptx"):
        import pptx

        _check_zip(file, name)
        for number, slide in enumerate(pptx.Presentation(file).slides, 1):
            title = slide.shapes.title
            heading = title.text_frame.text.strip() if title is not None else ""
            texts = [text for shape in slide.shapes if shape != title for text in _shape(shape)]
            notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
            if notes is not None and notes.text.strip():
                texts.append(f"Notes: {notes.text}")
            yield Part("\n\n".join(texts) or heading, page=number, heading=heading or None)


@contextmanager
def _translate_errors(name: str, what: str, package: str) -> Iterator[None]:
    try:
        yield
    except DocumentError:
        raise
    except ImportError as error:
        raise DocumentError(
            f"{name} is a {what} file, which needs {package}: pip install 'memgpt-autogen[documents]'."
        ) from error
    except Exception as error:  # the packages raise any kind of error for a broken file
        raise DocumentError(
            f"{name} is a broken {what} file: {error or type(error).__name__}. Save it again."
        ) from error


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
                f"{name} is encrypted, or has the old Office format. "
                "Save it as .docx or .pptx without a password."
            ) from error
        raise DocumentError(f"{name} is a broken Office file: {error}. Save it again.") from error
    unpacked = sum(info.file_size for info in infos)
    packed_size = sum(info.compress_size for info in infos)
    if unpacked > MOST_UNPACKED or (unpacked > 10_000_000 and unpacked > MOST_RATIO * packed_size):
        raise DocumentError(
            f"{name} has {unpacked:,} bytes when it is unpacked, which is far too many for its size. "
            "It was not read."
        )
    file.seek(0)
