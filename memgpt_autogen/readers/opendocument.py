"""Read OpenDocument texts and presentations (.odt, .odp), from their XML (ISO/IEC 26300)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree as ET

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.refusals import refuse_broken
from memgpt_autogen.readers.sections import HeadedText, Part
from memgpt_autogen.readers.word import AROUND
from memgpt_autogen.readers.xml import local_name, parse_xml

UNSEEN = frozenset(
    "tracked-changes forms sequence-decls variable-decls user-field-decls table-column settings binary-data "
    "desc title creator date scripts font-face-decls automatic-styles meta event-listeners".split()
)
"""Elements that show nothing, such as deleted text."""

APART = ("note", "annotation", "text-box")
"""Elements inside a paragraph whose text follows it."""

BREAKS = {"tab": "\t", "line-break": "\n"}


def read_opendocument(file: IO[bytes], name: str) -> Iterator[Part]:
    """Yield paragraphs, lists and tables in order; each slide as a page; headers and footers at the end."""
    with (
        refuse_broken(f"{name} is a broken OpenDocument file", "Save it again."),
        zipfile.ZipFile(file) as packed,
    ):
        _check_password(packed, name)
        content = parse_xml(packed.read("content.xml"))
        styles = packed.read("styles.xml") if "styles.xml" in packed.namelist() else b"<none/>"
        around = parse_xml(styles)
    slides = [node for node in content.iter() if local_name(node) == "page"]
    for number, slide in enumerate(slides, 1):
        yield Part("\n\n".join(text for _, text in _blocks(slide)), page=number)
    if not slides:
        gathered = HeadedText()
        for level, text in _blocks(content):
            if level is not None:
                yield from gathered.enter(level, text)
            else:
                yield from gathered.add(f"{text}\n\n")
        yield from gathered.end()
    found = (node for node in around.iter() if local_name(node).startswith(("header", "footer")))
    texts = [text for node in found for _, text in _blocks(node)]
    if texts:
        yield Part("\n\n".join(dict.fromkeys(texts)), heading=AROUND)


def _check_password(packed: zipfile.ZipFile, name: str) -> None:
    if b"encryption-data" in packed.read("META-INF/manifest.xml"):
        raise DocumentError(f"{name} is encrypted. Save it without a password and attach it again.")


def _blocks(node: ET.Element, mark: str = "") -> Iterator[tuple[int | None, str]]:
    """Yield the paragraphs with the level of those that are headings; `mark` is before those of a list."""
    for child in node:
        tag = local_name(child)
        if tag in ("h", "p"):
            apart: list[ET.Element] = []
            text = "".join(_texts(child, apart)).strip()
            level = next((value for key, value in child.attrib.items() if key.endswith("outline-level")), "1")
            if text:
                yield (int(level) if level.isdecimal() else 1, text) if tag == "h" else (None, mark + text)
            for each in apart:
                yield from ((None, inner) for _, inner in _blocks(each))
        elif tag == "table":
            if text := "\n".join(_rows(child)):
                yield None, text
        elif tag not in UNSEEN:
            yield from _blocks(child, "- " if tag in ("list-item", "list-header") else mark)


def _rows(table: ET.Element) -> Iterator[str]:
    for child in table:
        tag = local_name(child)
        if tag == "table-row":
            cells = [each for each in child if local_name(each) in ("table-cell", "covered-table-cell")]
            texts = (" ".join(" ".join(text for _, text in _blocks(cell)).split()) for cell in cells)
            if line := " | ".join(texts).strip(" |"):
                yield line
        elif tag not in UNSEEN:
            yield from _rows(child)


def _texts(node: ET.Element, apart: list[ET.Element]) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        tag = local_name(child)
        if tag in APART:
            apart.append(child)
        elif tag == "s":
            count = next((value for key, value in child.attrib.items() if key.endswith("}c")), "1")
            yield " " * (min(int(count), 80) if count.isdecimal() else 1)
        elif tag == "ruby":
            yield from _texts(child, apart)
        elif tag in BREAKS:
            yield BREAKS[tag]
        elif tag == "table":
            apart.append(child)
        elif tag not in UNSEEN:
            yield from _texts(child, apart)
        yield child.tail or ""
