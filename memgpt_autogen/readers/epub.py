"""Read books (.epub): their chapters in the order of the book, as HTML."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import IO
from urllib.parse import unquote

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.encoding import declared_encoding, decoded
from memgpt_autogen.readers.html import read_html
from memgpt_autogen.readers.refusals import refuse_broken
from memgpt_autogen.readers.sections import Part
from memgpt_autogen.readers.xml import local_name, parse_xml
from memgpt_autogen.rendering.plain_text import counted

MOST_CHAPTER = 20_000_000


def read_epub(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield the text of each chapter. Raises `DocumentError` for a broken or protected book."""
    with (
        refuse_broken(f"{name} is a broken book", "Convert it again, such as by Calibre."),
        zipfile.ZipFile(file) as packed,
    ):
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
            yield Part("", note=f"{counted(lacking, 'chapter')} left out, because the file lacks the text")


def _check_rights(packed: zipfile.ZipFile, name: str) -> None:
    if "META-INF/rights.xml" in packed.namelist():
        raise DocumentError(f"{name} is protected against copying. Attach a copy without protection.")


def _chapters(packed: zipfile.ZipFile) -> Iterator[str]:
    """Yield the files of the book's spine in order."""
    container = parse_xml(packed.read("META-INF/container.xml"))
    root = next(node.get("full-path", "") for node in container.iter() if local_name(node) == "rootfile")
    book = parse_xml(packed.read(root))
    files = {node.get("id"): node.get("href", "") for node in book.iter() if local_name(node) == "item"}
    for node in book.iter():
        if local_name(node) == "itemref" and (file := files.get(node.get("idref"))):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(root), unquote(file)))
