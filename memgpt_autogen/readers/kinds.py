"""Which kind of document something is: by its first bytes where these tell, else by its suffix."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath
from typing import Literal, Optional

from memgpt_autogen.readers.chats.recognise import chat_form
from memgpt_autogen.readers.encoding import wide_encoding
from memgpt_autogen.readers.languages import is_code

Kind = Literal[
    "text", "markdown", "html", "pdf", "docx", "pptx", "csv", "json", "jsonl", "email", "mailbox",
    "notebook", "rtf", "webarchive", "calendar", "contacts", "sheets", "opendocument", "epub", "subtitles",
    "chat", "code", "rst", "latex", "org", "asciidoc",
]  # fmt: skip

SUFFIXES: dict[str, Kind] = {
    ".md": "markdown", ".markdown": "markdown", ".mdx": "markdown",
    ".qmd": "markdown", ".rmd": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".pdf": "pdf", ".docx": "docx", ".pptx": "pptx",
    ".csv": "csv", ".tsv": "csv",
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".ipynb": "notebook",
    ".eml": "email", ".emlx": "email", ".mbox": "mailbox", ".mht": "webarchive", ".mhtml": "webarchive",
    ".rtf": "rtf", ".ics": "calendar", ".vcs": "calendar", ".vcf": "contacts", ".vcard": "contacts",
    ".xlsx": "sheets", ".xlsm": "sheets", ".xlsb": "sheets", ".xls": "sheets", ".ods": "sheets",
    ".odt": "opendocument", ".odp": "opendocument", ".ott": "opendocument", ".epub": "epub",
    ".vtt": "subtitles", ".srt": "subtitles",
    ".rst": "rst", ".rest": "rst", ".tex": "latex", ".latex": "latex", ".ltx": "latex", ".org": "org",
    ".adoc": "asciidoc", ".asciidoc": "asciidoc",
}  # fmt: skip

TEXT_SUFFIXES = (".txt", ".text", ".log")

STREAMED: tuple[Kind, ...] = (
    "text", "markdown", "csv", "jsonl", "mailbox", "subtitles", "code", "org", "asciidoc",
)  # fmt: skip
"""Kinds that are read line by line, so a file may be large."""

PACKED = tuple(".docx .pptx .xlsx .xlsm .ods .odt .odp .ott .epub".split())
"""The suffixes of kinds that are zip archives."""

UNREADABLE = {
    ".doc": "the old Word format; save it as .docx",
    ".ppt": "the old PowerPoint format; save it as .pptx",
    ".msg": "an Outlook message; save it as .eml",
    ".ps": "a PostScript file; convert it with ps2pdf",
    ".eps": "a PostScript file; convert it with ps2pdf",
    ".webarchive": "a page saved by Safari; save it as .html",
    ".fodt": "an OpenDocument file; save it as .docx",
    ".fods": "an OpenDocument file; save it as .csv",
    ".fb2": "a FictionBook; convert it to .html",
    ".wpd": "a WordPerfect file; save it as .docx",
    ".abw": "an AbiWord file; save it as .docx",
}

MAGIC = (
    (b"\x89PNG", "an image"), (b"\xff\xd8\xff", "an image"), (b"GIF8", "an image"),
    (b"\x1f\x8b", "packed by gzip"), (b"7z\xbc\xaf", "packed by 7-Zip"), (b"Rar!", "packed by RAR"),
    (b"\x7fELF", "a program"), (b"MZ", "a program"), (b"SQLite format 3", "a database"),
    (b"%!PS", "a PostScript file; convert it with ps2pdf"), (b"bplist00", "a binary property list"),
    (b"-----BEGIN PGP MESSAGE", "encrypted by PGP; decrypt it first"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"), (b"OggS", "sound"), (b"ID3", "sound"),
)  # fmt: skip
"""The first bytes of files that are not documents."""

TYPES: dict[str, Kind] = {
    "text/html": "html", "application/xhtml+xml": "html", "text/plain": "text", "text/markdown": "markdown",
    "text/csv": "csv", "application/json": "json", "application/pdf": "pdf",
    "message/rfc822": "email", "application/mbox": "mailbox", "multipart/related": "webarchive",
    "application/x-ipynb+json": "notebook", "text/rtf": "rtf", "application/rtf": "rtf",
    "text/calendar": "calendar", "text/vcard": "contacts", "text/x-vcard": "contacts",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "sheets", "text/vtt": "subtitles",
    "application/vnd.oasis.opendocument.text": "opendocument", "application/epub+zip": "epub",
    "application/vnd.oasis.opendocument.spreadsheet": "sheets", "application/vnd.ms-excel": "sheets",
    "text/x-rst": "rst", "text/prs.fallenstein.rst": "rst", "text/x-tex": "latex",
    "application/x-tex": "latex", "application/x-latex": "latex", "text/asciidoc": "asciidoc",
    "text/org": "org",
}  # fmt: skip
"""The media types that servers send."""

MAILBOX = re.compile(rb"From \S{1,300} [^\n]{0,200}?\d\d:\d\d:\d\d[^\n]{0,40}?\d{4}\r?\n[!-9;-~]+:")
"""The start of a mailbox, also of one without a suffix: a line before the first letter, then the letter."""


FEW_BYTES = 200
"""In a text of fewer bytes, one NUL is a large share."""

CHAT_KINDS = (None, "text", "json", "csv", "html")
"""The kinds of files that can be exports of chats."""

BEGINNINGS: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"\s*\{\\rtf\d"), "rtf"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN:VCALENDAR\s", re.IGNORECASE), "calendar"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN:VCARD\s", re.IGNORECASE), "contacts"),
    (
        re.compile(rb"From: <Saved by [^>\n]*>|[^\0]{0,2000}^Snapshot-Content-Location:", re.MULTILINE),
        "webarchive",
    ),
)
"""How a file begins that is this, also if its suffix says something else."""


def kind_of(name: str, start: bytes, media_type: str = "") -> Optional[Kind]:
    """Return the kind of a file with this name, start and media type; None for other binary files."""
    suffix = PurePosixPath(name).suffix.lower()
    declared = TYPES.get(media_type.partition(";")[0].strip().lower())
    if b"%PDF-" in start[:1024]:
        return "pdf"
    if start.startswith(b"PK\x03\x04"):
        return _packed(start) or (SUFFIXES[suffix] if suffix in PACKED or suffix == ".xlsb" else None)
    if suffix in (*PACKED, ".pdf") or (suffix == ".xls" and start.startswith(b"\xd0\xcf\x11\xe0")):
        return SUFFIXES[suffix]  # the reader's error explains what is wrong
    named_text = suffix in SUFFIXES or suffix in TEXT_SUFFIXES
    if any(start.startswith(magic) for magic, _ in MAGIC) or is_binary(start, named_text=named_text):
        return None
    if suffix in UNREADABLE and suffix not in (".doc", ".ppt"):
        return None
    named = SUFFIXES.get(suffix) or ("code" if is_code(name, start) else None)
    # an address may end as a file does: example.org
    found = declared if declared and (named is None or declared == "html") else named
    if begun := _begun(start, found):
        return begun
    looks = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if found in (None, "text") and looks.startswith((b"<!doctype html", b"<html")):
        return "html"
    return found or "text"


def _begun(start: bytes, found: Optional[Kind]) -> Optional[Kind]:
    """Return the kind of a text whose start tells it, whatever its suffix says; None for other texts."""
    if MAILBOX.match(start):
        return "mailbox"
    for begins, kind in BEGINNINGS:
        if begins.match(start):
            return kind
    return "chat" if found in CHAT_KINDS and chat_form(start) else None


def what_is(name: str, start: bytes) -> str:
    """Return in words what a file is that is not a document."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in UNREADABLE:
        return UNREADABLE[suffix]
    found = [what for magic, what in MAGIC if start.startswith(magic)]
    return found[0] if found else "packed" if start.startswith(b"PK") else "binary"


def is_binary(start: bytes, *, named_text: bool = False) -> bool:
    """Whether this is the start of a binary file. Text in UTF-16 or UTF-32 is not binary.

    Nor is text with a few NULs, if it is UTF-8 or its name says that it is text.
    """
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")) or wide_encoding(start):
        return False
    start = start.rstrip(b"\0")  # some disks and servers add such bytes at the end
    odd = sum(1 for byte in start if byte < 9 or 13 < byte < 27 or 27 < byte < 32)
    most = len(start) // (5 if b"\0" in start and len(start) < FEW_BYTES else 20)
    return not start or odd > most or (b"\0" in start and not (named_text or _is_utf8(start)))


def _is_utf8(start: bytes) -> bool:
    """Whether bytes are UTF-8, which may be cut at their end."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def _packed(start: bytes) -> Optional[Kind]:
    """Return the kind of an Office file if the names of its first parts show it."""
    if b"word/" in start:
        return "docx"
    named = re.match(rb"PK.{28}mimetypeapplication/([\w.+-]+)", start, re.DOTALL)
    if named:
        kind = named.group(1)
        if kind.startswith(b"epub"):
            return "epub"
        if kind.startswith(b"vnd.oasis.opendocument"):
            return "sheets" if b"spreadsheet" in kind else "opendocument"
    return "pptx" if b"ppt/" in start else "sheets" if b"xl/" in start else None
