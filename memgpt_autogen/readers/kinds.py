"""Which kind of document something is: by its first bytes where these tell, else by its suffix."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal, Optional

Kind = Literal["text", "markdown", "html", "pdf", "docx", "pptx", "csv", "json", "jsonl", "email", "mailbox"]

SUFFIXES: dict[str, Kind] = {
    ".md": "markdown", ".markdown": "markdown", ".mdx": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".pdf": "pdf", ".docx": "docx", ".pptx": "pptx",
    ".csv": "csv", ".tsv": "csv",
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".ipynb": "json",
    ".eml": "email", ".mbox": "mailbox",
}  # fmt: skip

STREAMED: tuple[Kind, ...] = ("text", "markdown", "csv", "jsonl", "mailbox")
"""Kinds that are read line by line, and so may be of any size."""

UNREADABLE = {
    ".doc": "the old Word format; save it as .docx",
    ".ppt": "the old PowerPoint format; save it as .pptx",
    ".xls": "an Excel file; save it as .csv",
    ".xlsx": "an Excel file; save it as .csv",
    ".odt": "an OpenDocument file; save it as .docx",
    ".epub": "an EPUB book; unpack it and attach its HTML files",
    ".msg": "an Outlook message; save it as .eml",
}

MAGIC = (
    (b"\x89PNG", "an image"), (b"\xff\xd8\xff", "an image"), (b"GIF8", "an image"), (b"\x1f\x8b", "packed by gzip"),
    (b"7z\xbc\xaf", "packed by 7-Zip"), (b"Rar!", "packed by RAR"), (b"\x7fELF", "a program"), (b"MZ", "a program"),
    (b"SQLite format 3", "a database"), (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"), (b"OggS", "sound"),
    (b"ID3", "sound"),
)  # fmt: skip
"""How files that are no documents begin."""

TYPES: dict[str, Kind] = {
    "text/html": "html", "application/xhtml+xml": "html", "application/pdf": "pdf", "text/markdown": "markdown",
    "text/csv": "csv", "application/json": "json", "message/rfc822": "email", "application/mbox": "mailbox", "text/plain": "text",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
}  # fmt: skip
"""What servers call them."""


MAILBOX = re.compile(rb"From \S+ [^\n]*\d\d:\d\d:\d\d[^\n]*\d{4}\r?\n[!-9;-~]+:")
"""How a mailbox begins, also one without a suffix: a line for the first letter, then the letter."""


def kind_of(name: str, start: bytes, media_type: str = "") -> Optional[Kind]:
    """The kind of what has this name, first bytes and media type; None for what is binary and none of them."""
    suffix = PurePosixPath(name).suffix.lower()
    told = TYPES.get(media_type.partition(";")[0].strip().lower())
    if b"%PDF-" in start[:1024]:
        return "pdf"
    if start.startswith(b"PK\x03\x04"):
        return _packed(start) or (SUFFIXES.get(suffix) if suffix in (".docx", ".pptx") else None)
    if suffix in (".docx", ".pptx", ".pdf"):
        return SUFFIXES[suffix]  # its reader says what is wrong with it
    if any(start.startswith(magic) for magic, _ in MAGIC) or is_binary(start):
        return None
    if MAILBOX.match(start):
        return "mailbox"
    kind = SUFFIXES.get(suffix) or told
    looks = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if kind in (None, "text") and looks.startswith((b"<!doctype html", b"<html")):
        return "html"
    return kind or "text"


def what_is(name: str, start: bytes) -> str:
    """In words, what a file is that is no document."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in UNREADABLE:
        return UNREADABLE[suffix]
    found = [what for magic, what in MAGIC if start.startswith(magic)]
    return found[0] if found else "packed" if start.startswith(b"PK") else "binary"


def is_binary(start: bytes) -> bool:
    """Whether this begins something that is no text, UTF-16 with its mark included in texts."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    odd = sum(1 for byte in start if byte < 9 or 13 < byte < 27 or 27 < byte < 32)
    return b"\0" in start or odd * 20 > len(start)


def _packed(start: bytes) -> Optional[Kind]:
    """Which Office file, as far as the names of its first parts tell."""
    if b"word/" in start:
        return "docx"
    return "pptx" if b"ppt/" in start else None
