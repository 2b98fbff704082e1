"""Open a document, from a file, a text or a fetched page: check its kind and size, and compute its digest."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import IO

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.assets import is_asset, is_asset_folder, is_generated, is_project
from memgpt_autogen.readers.cards import read_cards
from memgpt_autogen.readers.chats.open import in_archive, read_chat
from memgpt_autogen.readers.code import read_code
from memgpt_autogen.readers.csv_json import read_csv, read_json, read_json_lines
from memgpt_autogen.readers.data_uris import DataUris
from memgpt_autogen.readers.encoding import BLOCK, Encoding, known_encoding, recognise_encoding
from memgpt_autogen.readers.epub import read_epub
from memgpt_autogen.readers.html import read_html
from memgpt_autogen.readers.kinds import STREAMED, Kind, kind_of, what_is
from memgpt_autogen.readers.latex import read_latex
from memgpt_autogen.readers.mail import MOST_LETTER, read_mail, read_mailbox, read_web_archive
from memgpt_autogen.readers.notebook import read_notebook
from memgpt_autogen.readers.office import check_zip, read_docx, read_pptx
from memgpt_autogen.readers.opendocument import read_opendocument
from memgpt_autogen.readers.packed import mended
from memgpt_autogen.readers.pdf import read_pdf
from memgpt_autogen.readers.plain_markup import read_asciidoc, read_org
from memgpt_autogen.readers.refusals import refuse_broken
from memgpt_autogen.readers.rst import read_rst
from memgpt_autogen.readers.rtf import read_rtf
from memgpt_autogen.readers.sections import Part, Section, sections
from memgpt_autogen.readers.sheets import read_sheets
from memgpt_autogen.readers.subtitles import read_subtitles
from memgpt_autogen.readers.text import MOST_LINE, read_markdown, read_text
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.safe import clean_text

START = 8192
"""The kind is recognised by so many bytes at the start."""

MOST_STREAMED = 4_000_000_000
MOST_WHOLE: Mapping[Kind, int] = {
    "html": 20_000_000,
    "json": 100_000_000,
    "email": MOST_LETTER,
    "pdf": 200_000_000,
    "docx": 200_000_000,
    "pptx": 200_000_000,
    "sheets": 200_000_000,
    "opendocument": 200_000_000,
    "epub": 200_000_000,
    "notebook": 100_000_000,
    "rtf": 100_000_000,
    "webarchive": MOST_LETTER,
    "calendar": 20_000_000,
    "contacts": 20_000_000,
    "chat": MOST_STREAMED,  # the readers of what is no stream have limits of their own
    "rst": 20_000_000,
    "latex": 20_000_000,
}
"""The most bytes of kinds that are read as a whole. Reading HTML takes twenty times its size in memory."""

BINARY: Mapping[Kind, Callable[[IO[bytes], str], Iterator[Part]]] = {
    "pdf": read_pdf,
    "docx": read_docx,
    "pptx": read_pptx,
    "sheets": read_sheets,
    "opendocument": read_opendocument,
    "epub": read_epub,
}

PACKED: tuple[Kind, ...] = ("docx", "pptx", "opendocument", "epub")

TEXTS: Mapping[Kind, Callable[[str, str], Iterator[Part]]] = {
    "json": read_json,
    "notebook": read_notebook,
    "calendar": read_cards,
    "contacts": read_cards,
}
"""The readers of texts that are read as a whole."""

MARKUP: Mapping[Kind, Callable[[str], Iterator[Part]]] = {
    "html": read_html,
    "rst": read_rst,
    "latex": read_latex,
}
"""The readers that need no name, because they refuse nothing."""

LINES: Mapping[Kind, Callable[[Iterable[str]], Iterator[Part]]] = {
    "text": read_text,
    "markdown": read_markdown,
    "subtitles": read_subtitles,
    "org": read_org,
    "asciidoc": read_asciidoc,
}
"""The readers of texts that are read line by line."""

ENCODED_INSIDE: tuple[Kind, ...] = (*BINARY, "email", "mailbox", "webarchive", "rtf", "chat")
"""Kinds that say themselves how their texts are encoded."""

MOST_NOTES = 10
"""The most notes about a document in the report of its load."""

MOST_RECORD = 100_000_000
"""How many characters a line of CSV or JSON Lines may have, which is read as a whole."""

MOST_DEPTH = 3
"""How many letters an attachment may be in, one inside the other."""


@dataclass(frozen=True)
class Document:
    """A document that can be read any number of times."""

    name: str
    """Its name in an archive and in citations."""
    origin: str
    """A path or a web address; empty for a text."""
    kind: Kind
    digest: str
    """The SHA-256 of its content."""
    size: int
    """In bytes."""
    open: Callable[[], IO[bytes]]
    encoding: str = "utf-8"
    depth: int = 0
    """How many letters it is in."""
    remark: str = ""
    """What the person should know about its encoding."""
    notes: list[str] = field(default_factory=list, compare=False)
    """What was left out, or is unsure. This is known once the sections are read."""

    @property
    def _file_name(self) -> str:
        return (self.origin or self.name).replace("\\", "/").rpartition("/")[2]

    def sections(self) -> Iterator[Section]:
        """Read and yield the sections in order. Raises `DocumentError` if it is broken or has no text."""
        number = 0
        self.notes.clear()
        with refuse_broken(f"{self.name} cannot be read", "Save it again, or convert it to plain text."):
            for section in sections(self._noted()):
                number = section.number
                yield section
        if not number:
            raise DocumentError(f"{self.name} is empty: there is no text in it. Nothing was attached.")

    def _noted(self) -> Iterator[Part]:
        said: set[str] = set()
        for part in self.parts():
            if part.note and part.note not in said:
                said.add(part.note)
                if len(said) <= MOST_NOTES:
                    self.notes.append(f"{self.name}: {part.note}.")
            yield part
        if (more := len(said) - MOST_NOTES) > 0:
            self.notes.append(f"{self.name}: {counted(more, 'more note')}.")

    def parts(self) -> Iterator[Part]:
        """Yield the parts as the reader of its kind does."""
        if self.remark:
            yield Part("", note=self.remark)
        with self.open() as file:
            if self.kind in STREAMED:
                yield from self._streamed(file)
            elif self.kind in BINARY:
                yield from self._binary(file)
            elif self.kind == "chat":
                yield from read_chat(self.open, self.name, self.origin, self.size)
            elif self.kind == "email":
                yield from read_mail(file.read(), self.name, self._attached)
            elif self.kind == "webarchive":
                yield from read_web_archive(file.read().rstrip(b"\0"), self.name)
            elif self.kind == "rtf":
                yield from read_rtf(file.read(), self.name)
            else:
                text = file.read().decode(self.encoding, "replace").lstrip("\ufeff").rstrip("\0")
                yield from self._whole(text)

    def _binary(self, file: IO[bytes]) -> Iterator[Part]:
        if self.kind in PACKED:
            check_zip(file, self.name, "book" if self.kind == "epub" else "Office file")
        elif self.kind == "pdf" or not zipfile.is_zipfile(file):
            file.seek(0)
            yield from BINARY[self.kind](file, self.name)
            return
        # python-pptx reads the pictures too
        with mended(file, self.name, everything=self.kind == "pptx") as (whole, note):
            if note:
                yield Part("", note=note)
            yield from BINARY[self.kind](whole, self.name)

    def _whole(self, text: str) -> Iterator[Part]:
        if self.kind in MARKUP:
            yield from MARKUP[self.kind](text)
            return
        uris = DataUris()
        yield from TEXTS[self.kind](uris.without(text) if self.kind == "json" else text, self.name)
        if uris.note:
            yield Part("", note=uris.note)

    def _streamed(self, file: IO[bytes]) -> Iterator[Part]:
        if self.kind == "mailbox":
            yield from read_mailbox(iter(partial(file.readline, BLOCK), b""), self.name, self._attached)
            return
        text = io.TextIOWrapper(file, encoding=self.encoding, errors="replace", newline=None)
        # a file without line ends is read in pieces
        uris = DataUris()
        most = MOST_RECORD if self.kind in ("csv", "jsonl") else MOST_LINE
        lines = _whole_words(iter(partial(text.readline, most), ""), most)
        # the lines of code are counted, so none is left out whole
        lines = map(uris.without, lines) if self.kind == "code" else uris.lines(lines)
        yield from self._lines(lines)
        if uris.note:
            yield Part("", note=uris.note)

    def _lines(self, lines: Iterator[str]) -> Iterator[Part]:
        if self.kind == "csv":
            tabs = self._file_name.lower().endswith(".tsv")
            return read_csv(lines, self.name, delimiter="\t" if tabs else None)
        if self.kind == "jsonl":
            return read_json_lines(lines, self.name)
        if self.kind == "code":
            return read_code(lines, self._file_name)
        return LINES[self.kind](lines)

    def _attached(self, content: bytes, name: str, media_type: str) -> Iterator[Part]:
        if self.depth >= MOST_DEPTH:
            raise DocumentError(
                f"{name} is inside {MOST_DEPTH} letters, one in the other. Save it as a file of its own."
            )
        inside = open_bytes(content, name, media_type=media_type)
        return replace(inside, depth=self.depth + 1).parts()


SENT = tuple("name origin kind digest size encoding depth remark".split())
"""The fields of a document that another process gets."""


def _whole_words(pieces: Iterator[str], most: int) -> Iterator[str]:
    """Yield the lines. One that is read in pieces of `most` characters is cut between words."""
    begun = ""
    for piece in pieces:
        text = begun + piece
        begun = ""
        if (
            len(piece) == most
            and not text.endswith("\n")
            and (end := max(text.rfind(" "), text.rfind("\t")) + 1)
        ):
            text, begun = text[:end], text[end:]
        text = text.rstrip("\0") if text.endswith("\0") else text
        yield text.replace("\0", "\ufffd")  # some versions of Python refuse a CSV with it
    if begun := begun.rstrip("\0"):
        yield begun


def open_file(path: Path, name: str | None = None) -> Document:
    """Open the document at a path. This reads the file once, for its digest.

    Raises `DocumentError` if it does not exist, is empty or binary, or is too large for its kind.
    """
    name = clean_text(name or path.name)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(START)
            kind = _check_kind(name, start, size, "", path.name, lambda: path)
            file.seek(0)
            digest, encoding = _read_through(file, kind)
    except OSError as error:
        raise DocumentError(
            f"{path} cannot be read: {error.strerror or error}. Check the path and its permissions."
        ) from error
    return Document(
        name,
        str(path.absolute()),
        kind,
        digest,
        size,
        lambda: path.open("rb"),
        encoding.name,
        remark=encoding.note,
    )


def open_bytes(content: bytes, name: str, *, origin: str = "", media_type: str = "") -> Document:
    """Open a document that is in memory, such as a fetched page."""
    name = clean_text(name)
    kind = _check_kind(name, content[:START], len(content), media_type, name, lambda: io.BytesIO(content))
    digest, encoding = _read_through(io.BytesIO(content), kind)
    declared = known_encoding(media_type.partition("charset=")[2].partition(";")[0])
    if declared and kind not in ENCODED_INSIDE:
        with suppress(UnicodeDecodeError):
            content.decode(declared)
            encoding = Encoding(declared)
    return Document(
        name,
        origin,
        kind,
        digest,
        len(content),
        lambda: io.BytesIO(content),
        encoding.name,
        remark=encoding.note,
    )


def open_text(text: str, name: str | None = None) -> Document:
    """Open a text as a Markdown document. Plain text is Markdown too."""
    content = clean_text(text).encode()
    digest = hashlib.sha256(content).hexdigest()
    name = clean_text(name or f"text {digest[:8]}")
    if not text.strip():
        raise DocumentError(f"{name} is empty: there is no text in it. Nothing was attached.")
    return Document(name, "", "markdown", digest, len(content), lambda: io.BytesIO(content))


def files_below(
    folder: Path,
    *,
    skipped: list[Path] | None = None,
    failed: list[tuple[Path, str]] | None = None,
    project: bool = False,
) -> Iterator[Path]:
    """Yield the files of a folder and its subfolders in alphabetical order, without hidden ones.

    Links to folders are not followed. With `skipped`, files that are no documents, such as style sheets and
    images, generated source code, and folders without documents are put there. Without it, every file is
    yielded. With `failed`, folders that cannot be read are put there, each with the error.
    `project` says that the folder is in a project of source code.
    """
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        text = f"the folder {folder} cannot be read: {error.strerror or error}. Check its permissions."
        if failed is None:
            raise DocumentError(text) from error
        failed.append((folder, text))
        return
    project = project or (skipped is not None and is_project(folder))
    for path in inside:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if skipped is not None and is_asset_folder(path, project=project):
                skipped.append(path)
            elif not path.is_symlink():
                yield from files_below(path, skipped=skipped, failed=failed, project=project)
        elif path.is_file():
            if skipped is not None and (is_asset(path) or is_generated(path)):
                skipped.append(path)
            else:
                yield path


def _check_kind(
    name: str,
    start: bytes,
    size: int,
    media_type: str,
    file_name: str,
    source: Callable[[], Path | IO[bytes]],
) -> Kind:
    if not size:
        raise DocumentError(f"{name} is empty: it has 0 bytes. Nothing was attached.")
    kind = kind_of(file_name, start, media_type)
    if kind is None and start.startswith(b"PK\x03\x04") and in_archive(source, name):
        kind = "chat"
    if kind is None:
        raise DocumentError(f"{name} is not a supported document: it is {what_is(file_name, start)}.")
    most = MOST_STREAMED if kind in STREAMED else MOST_WHOLE[kind]
    if size > most:
        raise DocumentError(
            f"{name} is too large: it has {size:,} bytes, and a document of its kind ({kind}) "
            f"may have {most:,}. Split it."
        )
    return kind


def _read_through(file: IO[bytes], kind: Kind) -> tuple[str, Encoding]:
    """Return the digest of a file, and the encoding of its whole content."""
    seen = hashlib.sha256()
    nuls = at_end = 0
    while block := file.read(BLOCK):
        seen.update(block)
        nuls += (found := block.count(b"\0"))
        if found:  # some disks and servers add them at the end
            bare = len(block.rstrip(b"\0"))
            at_end = len(block) - bare + (0 if bare else at_end)
        else:
            at_end = 0
    if kind in ENCODED_INSIDE:
        return seen.hexdigest(), Encoding("utf-8")
    encoding = recognise_encoding(file, declares=kind == "html")
    if nuls > at_end and not encoding.name.startswith(("utf-16", "utf-32")):
        note = f"it has {counted(nuls - at_end, 'NUL character')}, shown as \ufffd"
        encoding = Encoding(encoding.name, f"{encoding.note}; {note}" if encoding.note else note)
    return seen.hexdigest(), encoding
