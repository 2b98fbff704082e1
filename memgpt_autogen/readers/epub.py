"""Read books (.epub): their chapters in the order of the book, as HTML."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import IO
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.encoding import declared_encoding, decoded
from memgpt_autogen.readers.html import read_html
from memgpt_autogen.readers.sections import Part
from memgpt_autogen.rendering.plain_text import counted

MOST_CHAPTER = 20_000_000


def read_epub(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield the text of each chapter. Raises `DocumentError` for a broken or protected book."""
    try:
        with zipfile.ZipFile(file) as packed:
            _check_rights(packed, name)
            lacking = 0
            for chapter in _chapters(packed):
                if chapter not in packed.namelist() or packed.getinfo(chapter).file_size > MOST_CHAPTER:
                    lacking += 1
                    continue
                content = packed.read(chapter)
                text, _ = decoded(content, declared_encoding(content[:2000]))
                for part in read_html(text):
                    note = f"{posixpath.basename(chapter)}: {part.note}" if part.note else ""
                    yield replace(part, note=note)
            if lacking:
                yield Part(
                    "", note=f"{counted(lacking, 'chapter')} left out, because the file lacks the text"
                )
    except DocumentError:
        raise
    except Exception as error:  # a broken file raises any kind of error
        raise DocumentError(
            f"{name} is a broken book: {error or type(error).__name__}. Convert it again, such as by Calibre."
        ) from error


def _check_rights(packed: zipfile.ZipFile, name: str) -> None:
    if "META-INF/rights.xml" in packed.namelist():
        raise DocumentError(f"{name} is protected against copying. Attach a copy without protection.")


def _chapters(packed: zipfile.ZipFile) -> Iterator[str]:
    """Yield the files of the book's spine in order."""
    container = _tree(packed.read("META-INF/container.xml"))
    root = next(node.get("full-path", "") for node in container.iter() if _local(node) == "rootfile")
    book = _tree(packed.read(root))
    files = {node.get("id"): node.get("href", "") for node in book.iter() if _local(node) == "item"}
    for node in book.iter():
        if _local(node) == "itemref" and (file := files.get(node.get("idref"))):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(root), unquote(file)))


def _tree(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314  # expat bounds entities, and reads no files


def _local(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]
