"""Mend the zip archives that documents are, where a part is damaged: its checksum is wrong, or it is cut."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from xml.etree import ElementTree as ET

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.xml import parse_xml

TEXTS = (".xml", ".rels", ".xhtml", ".html", ".htm", ".opf")
"""The suffixes of parts that have words."""

MAIN = frozenset(
    "word/document.xml content.xml ppt/presentation.xml xl/workbook.xml META-INF/container.xml".split()
)
"""The parts without which a document has no text."""

BLOCK = 1 << 20

MOST_CHECKED = 200_000_000
"""Larger parts are not checked before they are read."""

MOST_NAMED = 3
"""The most damaged parts that a note names."""


@contextmanager
def mended(file: IO[bytes], name: str, *, everything: bool = False) -> Iterator[tuple[IO[bytes], str]]:
    """Give an archive whose parts can all be read, and a note of what is damaged in the document.

    A damaged part is what can still be unpacked of it. One that is no XML any more, and should be, is left
    out. Without `everything`, only parts that have words are looked at; with it, each part that is left out
    is there and empty, as python-pptx wants it. Raises `DocumentError` where the main
    part cannot be read.
    """
    with zipfile.ZipFile(file) as packed:
        looked_at = (info for info in packed.infolist() if everything or info.filename.endswith(TEXTS))
        damaged = {info.filename for info in looked_at if _is_damaged(packed, info)}
        if damaged:
            with tempfile.TemporaryFile() as copy:
                lost = _copy(packed, file, damaged, copy, leaves_out=not everything)
                if main := MAIN.intersection(lost):
                    raise DocumentError(
                        f"{name} cannot be read: its part {min(main)} is damaged. Save it again, or take "
                        "an older copy."
                    )
                copy.seek(0)
                yield copy, _note(damaged - lost, lost)
            return
    file.seek(0)
    yield file, ""


def _is_damaged(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    if info.is_dir() or info.flag_bits & 1 or info.file_size > MOST_CHECKED:
        return False
    try:
        with packed.open(info) as part:
            while part.read(BLOCK):
                pass
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return True
    except (NotImplementedError, OSError, ValueError):  # the reader of the document says what this is
        return False
    return False


def _copy(
    packed: zipfile.ZipFile, file: IO[bytes], damaged: set[str], copy: IO[bytes], *, leaves_out: bool
) -> set[str]:
    """Write an archive with what can be read of the damaged parts. Return those that cannot be read."""
    lost: set[str] = set()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name in dict.fromkeys(packed.namelist()):
            info = packed.getinfo(name)
            if info.is_dir() or info.flag_bits & 1:
                continue
            content = _unpacked(file, info) if name in damaged else packed.read(info)
            if name in damaged and name.endswith((".xml", ".rels")) and not _is_xml(content):
                lost.add(name)
                if leaves_out:
                    continue
                content = b"<damaged/>"
            made.writestr(name, content)
    return lost


def _unpacked(file: IO[bytes], info: zipfile.ZipInfo) -> bytes:
    """Return what can be unpacked of a part, with no look at its checksum."""
    file.seek(info.header_offset)
    header = file.read(30)
    if header[:4] != b"PK\x03\x04":
        return b""
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    raw = file.read(info.compress_size)
    if info.compress_type == zipfile.ZIP_STORED:
        return raw
    unpacker, found = zlib.decompressobj(-zlib.MAX_WBITS), bytearray()
    for start in range(0, len(raw), 4096):
        room = info.file_size - len(found)
        if room <= 0 or unpacker.eof:
            break
        try:
            found += unpacker.decompress(unpacker.unconsumed_tail + raw[start : start + 4096], room)
        except zlib.error:
            break
    return bytes(found)


def _is_xml(content: bytes) -> bool:
    try:
        parse_xml(content)
    except (ET.ParseError, ValueError, LookupError):
        return False
    return True


def _note(read: set[str], lost: set[str]) -> str:
    said = []
    if read:
        said.append(f"damaged, and read as far as it can be: {_listed(read)}")
    if lost:
        said.append(f"damaged, and left out: {_listed(lost)}")
    return "; ".join(said)


def _listed(names: set[str]) -> str:
    shown = sorted(names)
    more = [f"{len(shown) - MOST_NAMED:,} more"] if shown[MOST_NAMED:] else []
    return ", ".join([*shown[:MOST_NAMED], *more])
