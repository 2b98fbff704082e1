"""Opening a document: a file or what was fetched, checked and known by its digest, its sections ready to be read."""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.csv_json import read_csv, read_json, read_json_lines
from memgpt_autogen.readers.html import read_html
from memgpt_autogen.readers.kinds import STREAMED, Kind, kind_of, what_is
from memgpt_autogen.readers.mail import MOST_LETTER, read_mail, read_mailbox
from memgpt_autogen.readers.office import read_docx, read_pptx
from memgpt_autogen.readers.pdf import read_pdf
from memgpt_autogen.readers.sections import Part, Section, sections
from memgpt_autogen.readers.text import MOST_LINE, read_markdown, read_text
from memgpt_autogen.text.safe import clean_text

START = 8192
"""Bytes by which a kind is recognised."""

MOST_STREAMED = 4_000_000_000
MOST_WHOLE: Mapping[Kind, int] = {
    "html": 20_000_000,
    "json": 100_000_000,
    "email": MOST_LETTER,
    "pdf": 200_000_000,
    "docx": 200_000_000,
    "pptx": 200_000_000,
}
"""Bytes of documents whose kind has to be read as a whole; a page of HTML takes twenty times its size while it is read."""

BLOCK = 1 << 20

MOST_DEPTH = 3
"""Letters in which an attachment may stand, one in the other."""


@dataclass(frozen=True)
class Document:
    """Something that can be read, as often as one likes."""

    name: str
    """What it is called in an archive, and in citations."""
    origin: str
    """Where it is from: a path, an address, or empty for a text that was given."""
    kind: Kind
    digest: str
    """Tells its content from any other."""
    size: int
    """In bytes."""
    open: Callable[[], IO[bytes]]
    encoding: str = "utf-8"
    depth: int = 0
    """In how many letters it came."""

    def sections(self) -> Iterator[Section]:
        """Its text in order, read as it is asked for. Raises `DocumentError` where it is broken or has no text."""
        number = 0
        for section in sections(self.parts()):
            number = section.number
            yield section
        if not number:
            raise DocumentError(f"{self.name} is empty: there is no text in it. Nothing was attached.")

    def parts(self) -> Iterator[Part]:
        """Its text as the reader of its kind gives it."""
        with self.open() as file:
            if self.kind == "mailbox":
                yield from read_mailbox(iter(partial(file.readline, BLOCK), b""), self.name, self._attached)
            elif self.kind in STREAMED:
                yield from self._streamed(_lines(file, self.encoding))
            elif self.kind == "pdf":
                yield from read_pdf(file, self.name)
            elif self.kind == "docx":
                yield from read_docx(file, self.name)
            elif self.kind == "pptx":
                yield from read_pptx(file, self.name)
            elif self.kind == "email":
                yield from read_mail(file.read(), self.name, self._attached)
            elif self.kind == "json":
                yield from read_json(file.read().decode(self.encoding, "replace").lstrip("\ufeff"), self.name)
            else:
                yield from read_html(
                    file.read(), encoding=None if self.encoding == "cp1252" else self.encoding
                )

    def _attached(self, content: bytes, name: str, media_type: str) -> Iterator[Part]:
        if self.depth >= MOST_DEPTH:
            raise DocumentError(f"{name} is in a letter in a letter, {MOST_DEPTH} deep. Save it apart.")
        inside = open_bytes(content, name, media_type=media_type)
        return replace(inside, depth=self.depth + 1).parts()

    def _streamed(self, lines: Iterator[str]) -> Iterator[Part]:
        if self.kind == "csv":
            return read_csv(
                lines, self.name, delimiter="\t" if self.origin.lower().endswith(".tsv") else None
            )
        if self.kind == "jsonl":
            return read_json_lines(lines, self.name)
        return read_markdown(lines) if self.kind == "markdown" else read_text(lines)


def open_file(path: Path, name: str | None = None) -> Document:
    """The document at a path. It is read once now, for its digest.

    Raises `DocumentError` for what is not there, is empty or binary, or is too large for its kind.
    """
    name = clean_text(name or path.name)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(START)
            kind = _checked(name, start, size, "", path.name)
            file.seek(0)
            digest, encoding = _read_through(file)
    except OSError as error:
        raise DocumentError(
            f"{path} cannot be read: {error.strerror or error}. Check the path and its rights."
        ) from error
    return Document(name, str(path.absolute()), kind, digest, size, lambda: path.open("rb"), encoding)


def open_bytes(content: bytes, name: str, *, origin: str = "", media_type: str = "") -> Document:
    """A document that is in memory already, such as a page that was fetched."""
    name = clean_text(name)
    kind = _checked(name, content[:START], len(content), media_type, name)
    digest, encoding = _read_through(io.BytesIO(content))
    told = media_type.partition("charset=")[2].partition(";")[0].strip(" \"'")
    if told and kind in ("html", "text", "markdown", "csv"):
        with suppress(LookupError):
            encoding = codecs.lookup(told).name
    return Document(name, origin, kind, digest, len(content), lambda: io.BytesIO(content), encoding)


def open_text(text: str, name: str | None = None) -> Document:
    """A text as a document, read as Markdown, which plain text is too."""
    content = clean_text(text).encode()
    digest = hashlib.sha256(content).hexdigest()
    name = clean_text(name or f"text {digest[:8]}")
    if not text.strip():
        raise DocumentError(f"{name} is empty: there is no text in it. Nothing was attached.")
    return Document(name, "", "markdown", digest, len(content), lambda: io.BytesIO(content))


def files_below(folder: Path) -> Iterator[Path]:
    """The files of a folder and the folders in it, in the order of the alphabet; what is hidden is left out.

    Links to folders are not followed.
    """
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise DocumentError(
            f"the folder {folder} cannot be read: {error.strerror or error}. Check its rights."
        ) from error
    for path in inside:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if not path.is_symlink():
                yield from files_below(path)
        elif path.is_file():
            yield path


def _checked(name: str, start: bytes, size: int, media_type: str, file_name: str) -> Kind:
    if not size:
        raise DocumentError(f"{name} is empty: it has 0 bytes. Nothing was attached.")
    kind = kind_of(file_name, start, media_type)
    if kind is None:
        raise DocumentError(f"{name} is no document that can be read: it is {what_is(file_name, start)}.")
    most = MOST_STREAMED if kind in STREAMED else MOST_WHOLE[kind]
    if size > most:
        raise DocumentError(
            f"{name} is too large: {size:,} bytes; a document of its kind ({kind}) may have {most:,}. Split it."
        )
    return kind


def _read_through(file: IO[bytes]) -> tuple[str, str]:
    """The digest, and the encoding that the whole of it can be read in."""
    seen = hashlib.sha256()
    first = file.read(BLOCK)
    encoding = "utf-16" if first.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = first
    while block:
        seen.update(block)
        if encoding == "utf-8-sig":
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                encoding = "cp1252"
        block = file.read(BLOCK)
    return seen.hexdigest(), encoding


def _lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    """The lines of a file, or pieces of those that are as long as books."""
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
    while line := text.readline(MOST_LINE):
        yield line
