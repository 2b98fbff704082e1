"""Read OpenDocument texts and presentations (.odt, .odp), from their XML (ISO/IEC 26300)."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree as ET

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.numbering import BULLET
from memgpt_autogen.readers.opendocument_lists import Listed, OpenDocumentLists
from memgpt_autogen.readers.refusals import refuse_broken
from memgpt_autogen.readers.sections import HeadedText, Part
from memgpt_autogen.readers.word import AROUND, name_of_comment
from memgpt_autogen.readers.xml import child, local_name, parse_xml, value

UNSEEN = frozenset(
    "tracked-changes forms sequence-decls variable-decls user-field-decls table-column settings binary-data "
    "desc title creator date note-citation scripts font-face-decls automatic-styles meta "
    "event-listeners".split()
)
"""Elements that show nothing, such as deleted text."""

APART = ("note", "annotation", "text-box", "table", "object")
"""Elements inside a paragraph whose text follows it."""

SIGNS = ("mi", "mn", "mo", "mtext")
"""The elements of a formula that have text."""

BREAKS = {"tab": "\t", "line-break": "\n"}


def read_opendocument(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield paragraphs, lists and tables in order; each slide as a page; headers and footers at the end.

    The automatic numbers of lists and headings stand before their texts, as on the pages.
    """
    with (
        refuse_broken(f"{name} is a broken OpenDocument file", "Save it again."),
        zipfile.ZipFile(file) as packed,
    ):
        _check_password(packed, name)
        document = _OpenDocument(packed)
        yield from document.slides() if document.has_slides else document.texts()
        if texts := list(dict.fromkeys(document.around())):
            yield Part("\n\n".join(texts), heading=AROUND)


def _check_password(packed: zipfile.ZipFile, name: str) -> None:
    manifest = "META-INF/manifest.xml"
    if manifest in packed.namelist() and b"encryption-data" in packed.read(manifest):
        raise DocumentError(f"{name} is encrypted. Save it without a password and attach it again.")


class _OpenDocument:
    """A document, with its objects, such as formulas and charts."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._names = frozenset(packed.namelist())
        self._content = parse_xml(packed.read("content.xml"))
        self._styles = parse_xml(packed.read("styles.xml") if "styles.xml" in self._names else b"<none/>")
        self._lists = OpenDocumentLists(self._styles, self._content)
        self._slides = [node for node in self._content.iter() if local_name(node) == "page"]
        self.has_slides = bool(self._slides)

    def slides(self) -> Iterator[Part]:
        for number, slide in enumerate(self._slides, 1):
            yield Part("\n\n".join(text for _, text in self._blocks(slide)), page=number)

    def texts(self) -> Iterator[Part]:
        gathered = HeadedText()
        for level, text in self._blocks(self._content):
            if level is not None:
                yield from gathered.enter(level, text)
            else:
                yield from gathered.add(f"{text}\n\n")
        yield from gathered.end()

    def around(self) -> Iterator[str]:
        """Yield the texts of headers and footers."""
        for node in self._styles.iter():
            if local_name(node).startswith(("header", "footer")):
                yield from (text for _, text in self._blocks(node))

    def _blocks(
        self, node: ET.Element, listed: Listed | None = None, mark: str | None = None
    ) -> Iterator[tuple[int | None, str]]:
        """Yield the paragraphs with the level of those that are headings.

        `mark` stands before the first paragraph; None if the element is no item of a list.
        """
        for each in node:
            tag = local_name(each)
            if tag in ("h", "p"):
                yield from self._paragraph(each, mark)
                mark = "" if mark is not None else None
            elif tag == "list":
                yield from self._list(each, listed)
            elif tag == "table":
                if text := "\n".join(self._rows(each)):
                    yield None, text
            elif tag == "object":
                yield from self._object(each)
            elif tag == "annotation":
                text = "\n".join(text for _, text in self._blocks(each))
                if text:
                    yield None, f"{_name_of_note(each)}: {text}"
            elif tag not in UNSEEN:
                yield from self._blocks(each, listed, mark)

    def _list(self, node: ET.Element, around: Listed | None) -> Iterator[tuple[int | None, str]]:
        listed = self._lists.enter(node, around)
        for item in node:
            first = next(iter(item), None)
            # an item without a text of its own only holds the list in it
            mark = self._lists.mark(item, listed) if first is not None and local_name(first) != "list" else ""
            yield from self._blocks(item, listed, mark)

    def _paragraph(self, node: ET.Element, mark: str | None) -> Iterator[tuple[int | None, str]]:
        apart: list[ET.Element] = []
        text = "".join(_texts(node, apart)).strip()
        level = None
        if local_name(node) == "h":
            given = value(node, "outline-level")
            level = int(given) if given.isdecimal() else 1
            if mark is None:
                mark = self._lists.number_of_heading(node, level)
            elif mark == BULLET:
                mark = ""
        if text:
            yield level, f"{mark} {text}" if mark else text
        for each in apart:
            if local_name(each) == "object":
                yield from self._object(each)
                continue
            inner = [text for _, text in self._blocks(each)]
            if local_name(each) in ("note", "annotation") and inner:
                inner[0] = f"{_name_of_note(each)}: {inner[0]}"
            yield from ((None, text) for text in inner)

    def _object(self, node: ET.Element) -> Iterator[tuple[int | None, str]]:
        """Yield the text of a formula, a chart or an embedded document."""
        inside = posixpath.normpath(posixpath.join(value(node, "href"), "content.xml"))
        if inside not in self._names:
            yield from self._blocks(node)
            return
        content = parse_xml(self._packed.read(inside))
        if local_name(content) == "math":
            signs = (each.text or "" for each in content.iter() if local_name(each) in SIGNS)
            if text := " ".join(" ".join(signs).split()):
                yield None, text
        else:
            yield from ((None, text) for _, text in self._blocks(content))

    def _rows(self, table: ET.Element) -> Iterator[str]:
        for each in table:
            tag = local_name(each)
            if tag == "table-row":
                cells = [cell for cell in each if local_name(cell) in ("table-cell", "covered-table-cell")]
                texts = (" ".join(" ".join(text for _, text in self._blocks(cell)).split()) for cell in cells)
                if line := " | ".join(texts).strip(" |"):
                    yield line
            elif tag not in UNSEEN:
                yield from self._rows(each)


def _texts(node: ET.Element, apart: list[ET.Element]) -> Iterator[str]:
    yield node.text or ""
    for each in node:
        tag = local_name(each)
        if tag in APART:
            apart.append(each)
            if tag == "note":
                yield f"[{_citation(each)}]"
        elif tag == "s":
            count = value(each, "c")
            yield " " * (min(int(count), 80) if count.isdecimal() else 1)
        elif tag in BREAKS:
            yield BREAKS[tag]
        elif tag not in UNSEEN:
            yield from _texts(each, apart)
        yield each.tail or ""


def _citation(note: ET.Element) -> str:
    """Return the number or sign that refers to a note."""
    return "".join(child(note, "note-citation").itertext()).strip()


def _name_of_note(note: ET.Element) -> str:
    if local_name(note) == "annotation":
        return name_of_comment(child(note, "creator").text or "")
    return f"{(value(note, 'note-class') or 'footnote').capitalize()} {_citation(note)}".strip()
