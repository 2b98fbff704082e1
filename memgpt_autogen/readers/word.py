"""Read Word files: all that their pages show, from the XML of their parts (ISO/IEC 29500)."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO
from xml.etree import ElementTree as ET

from memgpt_autogen.readers.sections import HeadedText, Part
from memgpt_autogen.readers.xml import local_name, parse_xml
from memgpt_autogen.rendering.plain_text import counted

UNSEEN = frozenset(
    "del moveFrom delText instrText delInstrText pPr rPr tblPr trPr tcPr sdtPr sdtEndPr rubyPr sectPr "
    "fldData docPartObj".split()
)
"""Elements that show nothing: deleted text, instructions of fields, and formats."""

REFERENCES = {
    "footnoteReference": "footnotes",
    "endnoteReference": "endnotes",
    "commentReference": "comments",
}

HEADING = re.compile(r"heading (\d)", re.IGNORECASE)

AROUND = "headers and footers"
"""The heading of what is on every page."""

DRAWN = "charts and diagrams"


def read_word(file: IO[bytes]) -> Iterator[Part]:
    """Yield paragraphs and tables in order, with the notes and text boxes of each after it.

    Word's styles and outline levels mark the headings. The texts at the top and the bottom of the pages
    follow at the end, and the words of charts and diagrams. Text that is marked as deleted is not read.
    """
    with zipfile.ZipFile(file) as packed:
        word = _Word(packed)
        text = HeadedText()
        for level, block in word.blocks(word.body):
            if level is not None:
                yield from text.enter(level, block)
            else:
                yield from text.add(f"{block}\n\n")
        yield from text.end()
        for heading, names in ((AROUND, word.around), (DRAWN, word.drawn)):
            if found := "\n\n".join(dict.fromkeys(filter(None, map(word.text_of, names)))):
                yield Part(found, heading=heading)
        if embedded := [name for name in packed.namelist() if "/embeddings/" in name] + word.chunks:
            yield Part("", note=f"{counted(len(embedded), 'embedded file')} left out")


def paragraphs(content: bytes) -> Iterator[str]:
    """Yield the paragraphs and labels in a part that is drawn, such as a slide, a chart or a diagram."""
    for node in parse_xml(content).iter():
        tag = local_name(node)
        if tag == "p":
            text = "".join(each.text or "" for each in node.iter() if local_name(each) == "t").strip()
        elif tag in ("v", "text"):
            text = "" if _is_number(node.text or "") else (node.text or "").strip()
        else:
            continue
        if text:
            yield text


class _Word:
    """The parts of a Word file."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._names = frozenset(packed.namelist())
        main = next(iter(self._related("", "officeDocument").values()), "word/document.xml")
        self.body = self._parsed(main)
        self.around = list(self._related(main, "header", "footer").values())
        self.drawn = list(self._related(main, "chart", "diagramData").values())
        self.chunks: list[str] = list(self._related(main, "aFChunk").values())
        """Documents of other kinds that are embedded as a part of the text."""
        self._notes = {
            (kind, _value(note, "id")): note
            for kind in set(REFERENCES.values())
            for name in self._related(main, kind).values()
            for note in self._parsed(name)
        }
        self._levels: dict[str, int] = {}
        self._lists: set[str] = set()
        for name in self._related(main, "styles").values():
            self._read_styles(self._parsed(name))

    def text_of(self, name: str) -> str:
        """Return the whole text of a part."""
        part = self._parsed(name)
        if local_name(part) in ("hdr", "ftr"):
            return "\n\n".join(text for _, text in self.blocks(part))
        return "\n".join(dict.fromkeys(paragraphs(self._packed.read(name))))

    def blocks(self, root: Iterable[ET.Element]) -> Iterator[tuple[int | None, str]]:
        """Yield the paragraphs and tables with the level of those that are headings."""
        for node in root:
            tag = local_name(node)
            if tag == "p":
                yield from self._paragraph(node)
            elif tag == "tbl":
                yield from self._table(node)
            elif tag == "AlternateContent":
                yield from self.blocks(self._alternative(node))
            elif tag not in UNSEEN:
                yield from self.blocks(node)

    def _paragraph(self, node: ET.Element) -> Iterator[tuple[int | None, str]]:
        inside = _Inside()
        self._read(node, inside)
        if text := "".join(inside.texts).strip():
            level, listed = self._format(node)
            yield level, f"- {text}" if listed and level is None else text
        for box in inside.boxes:
            yield from ((None, each) for _, each in self.blocks(box))
        for reference in inside.notes:
            note = self._notes.get(reference)
            text = "\n".join(text for _, text in self.blocks(note if note is not None else ()))
            if text:
                yield None, f"{reference[0].removesuffix('s').capitalize()}: {text}"

    def _read(self, node: ET.Element, inside: _Inside) -> None:
        """Read the text of a paragraph or a part of one."""
        for child in node:
            tag = local_name(child)
            if tag in SHOWN:
                inside.texts.append(SHOWN[tag](child))
            elif tag == "txbxContent":
                inside.boxes.append(child)
            elif tag in REFERENCES:
                inside.notes.append((REFERENCES[tag], _value(child, "id")))
            elif tag == "AlternateContent":
                self._read(self._alternative(child), inside)
            elif tag == "ruby":
                self._read(_child(child, "rubyBase"), inside)
                inside.texts.append("(")
                self._read(_child(child, "rt"), inside)
                inside.texts.append(")")
            elif tag not in UNSEEN:
                self._read(child, inside)

    def _alternative(self, node: ET.Element) -> ET.Element:
        """Return the first of several forms of the same content that has text."""
        has_text = (
            each for each in node if any(local_name(inner) == "t" and inner.text for inner in each.iter())
        )
        return next(has_text, ET.Element("nothing"))

    def _table(self, table: ET.Element) -> Iterator[tuple[int | None, str]]:
        rows = [list(_within(row, "tc")) for row in _within(table, "tr")]
        if all(len(cells) == 1 for cells in rows):  # a frame around text
            for (cell,) in rows:
                yield from self.blocks(cell)
            return
        lines = (
            " | ".join(" ".join(" ".join(text for _, text in self.blocks(cell)).split()) for cell in cells)
            for cells in rows
        )
        if text := "\n".join(line for line in lines if line.strip(" |")):
            yield None, text

    def _format(self, paragraph: ET.Element) -> tuple[int | None, bool]:
        """Return the level of a heading, and whether a paragraph is in a list."""
        own = _child(paragraph, "pPr")
        style = _value(_child(own, "pStyle"), "val")
        level = _outline_level(own)
        if level is None:
            level = self._levels.get(style)
        listed = style in self._lists or len(_child(own, "numPr")) > 0
        return (level if level is not None and level < 10 else None), listed

    def _read_styles(self, styles: ET.Element) -> None:
        based: dict[str, str] = {}
        for style in styles:
            key, name = _value(style, "styleId"), _value(_child(style, "name"), "val")
            own = _child(style, "pPr")
            based[key] = _value(_child(style, "basedOn"), "val")
            level = _outline_level(own)
            if found := HEADING.match(name):
                level = int(found.group(1))
            elif name.lower() == "title":
                level = 0
            if level is not None:
                self._levels[key] = level
            if name.startswith("List") or (level is None and len(_child(own, "numPr")) > 0):
                self._lists.add(key)
        for key in based:
            for levels in (above for above in _chain(key, based) if above in self._levels):
                self._levels.setdefault(key, self._levels[levels])

    def _related(self, name: str, *kinds: str) -> dict[str, str]:
        """Return the parts that a part refers to as one of these kinds, by the id of the reference."""
        folder, file = posixpath.split(name)
        references = posixpath.join(folder, "_rels", f"{file}.rels")
        if references not in self._names:
            return {}
        found = {}
        for each in self._parsed(references):
            target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", "")))[1:]
            if each.get("Type", "").rpartition("/")[2] in kinds and target in self._names:
                found[each.get("Id", "")] = target
        return found

    def _parsed(self, name: str) -> ET.Element:
        return parse_xml(self._packed.read(name))


class _Inside:
    """What is in a paragraph."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.boxes: list[ET.Element] = []
        self.notes: list[tuple[str, str]] = []


def _child(node: ET.Element, tag: str) -> ET.Element:
    """Return the child of this name; an empty element if there is none."""
    return next((each for each in node if local_name(each) == tag), ET.Element("nothing"))


def _within(node: ET.Element, tag: str) -> Iterator[ET.Element]:
    """Yield the rows or cells of a table, also those in content controls and revisions."""
    for child in node:
        if local_name(child) == tag:
            yield child
        elif local_name(child) not in UNSEEN and local_name(child) not in ("tbl", "p"):
            yield from _within(child, tag)


def _value(node: ET.Element, name: str) -> str:
    return next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == name), "")


def _outline_level(properties: ET.Element) -> int | None:
    value = _value(_child(properties, "outlineLvl"), "val")
    return int(value) + 1 if value.isdecimal() else None


def _chain(key: str, based: dict[str, str]) -> Iterator[str]:
    """Yield the styles that a style is based on, the nearest first."""
    seen = {key}
    while (key := based.get(key, "")) and key not in seen:
        seen.add(key)
        yield key


def _symbol(node: ET.Element) -> str:
    """Return a character of a symbol font, if Unicode has it."""
    try:
        letter = chr(int(_value(node, "char"), 16))
    except (ValueError, OverflowError):
        return ""
    return "" if "\ue000" <= letter <= "\uf8ff" else letter


def _chosen(choice: ET.Element) -> str:
    """Return the shown entry of a list in an old form."""
    entries = [_value(each, "val") for each in choice if local_name(each) == "listEntry"]
    number = _value(_child(choice, "result"), "val") or _value(_child(choice, "default"), "val") or "0"
    return entries[int(number)] if number.isdecimal() and int(number) < len(entries) else ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


SHOWN: dict[str, Callable[[ET.Element], str]] = {
    "t": lambda node: node.text or "",
    "tab": lambda _: "\t",
    "ptab": lambda _: "\t",
    "br": lambda _: "\n",
    "cr": lambda _: "\n",
    "noBreakHyphen": lambda _: "-",
    "sym": _symbol,
    "ddList": _chosen,
}
"""The elements that are text, and their texts."""
