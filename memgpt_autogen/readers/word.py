"""Read Word files: all that their pages show, from the XML of their parts (ISO/IEC 29500)."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO
from xml.etree import ElementTree as ET

from memgpt_autogen.readers.numbering import BULLET, NoteNumbers, WordNumbers
from memgpt_autogen.readers.sections import HeadedText, Part
from memgpt_autogen.readers.word_styles import WordStyles, outline_level
from memgpt_autogen.readers.xml import child, local_name, parse_xml, value
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
        if any(map(_is_hidden, word.body.iter())):
            yield Part("", note="some of its text is hidden, and was read too")
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
            (kind, value(note, "id")): note
            for kind in set(REFERENCES.values())
            for name in self._related(main, kind).values()
            for note in self._parsed(name)
        }
        self._styles = WordStyles(self._single(main, "styles"))
        self._numbers = WordNumbers(self._single(main, "numbering"), self._styles.lists)
        settings = self._single(main, "settings")
        parts = [node for node in self.body.iter() if local_name(node) == "sectPr"]
        self._note_numbers = NoteNumbers(dict(_forms_of_notes([settings, *parts])))

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
            if tag in ("p", "r", "oMath"):  # some programs write runs and formulas outside of paragraphs
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
            level, mark = self._format(node)
            yield level, f"{mark} {text}" if mark else text
        for box in inside.boxes:
            yield from ((None, each) for _, each in self.blocks(box))
        for reference, number in inside.notes:
            note = self._notes.get(reference)
            text = "\n".join(text for _, text in self.blocks(note if note is not None else ()))
            if text and note is not None:
                yield None, f"{_named(reference[0], number or value(note, 'author'))}: {text}"

    def _read(self, node: ET.Element, inside: _Inside) -> None:
        """Read the text of a paragraph or a part of one."""
        for each in node:
            tag = local_name(each)
            if tag in SHOWN:
                inside.texts.append(SHOWN[tag](each))
            elif tag == "txbxContent":
                inside.boxes.append(each)
            elif tag in REFERENCES:
                self._refer(REFERENCES[tag], each, inside)
            elif tag == "AlternateContent":
                self._read(self._alternative(each), inside)
            elif tag == "ruby":
                self._read(child(each, "rubyBase"), inside)
                inside.texts.append("(")
                self._read(child(each, "rt"), inside)
                inside.texts.append(")")
            elif tag not in UNSEEN:
                self._read(each, inside)

    def _refer(self, kind: str, reference: ET.Element, inside: _Inside) -> None:
        number = ""
        if kind != "comments" and not value(reference, "customMarkFollows"):
            number = self._note_numbers.next(kind)
            inside.texts.append(f"[{number}]")
        inside.notes.append(((kind, value(reference, "id")), number))

    def _alternative(self, node: ET.Element) -> ET.Element:
        """Return the first of several forms of the same content that has text."""
        has_text = (
            each
            for each in node
            if any(
                local_name(inner) in ("t", "textpath") and SHOWN[local_name(inner)](inner)
                for inner in each.iter()
            )
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

    def _format(self, paragraph: ET.Element) -> tuple[int | None, str]:
        """Return the level of a heading, and the number or bullet before the text."""
        own = child(paragraph, "pPr")
        style = value(child(own, "pStyle"), "val")
        level = outline_level(own)
        if level is None:
            level = self._styles.levels.get(style)
        level = level if level is not None and level < 10 else None
        numbered = child(own, "numPr")
        number = value(child(numbered, "numId"), "val") or self._styles.lists.get(style, "")
        place = value(child(numbered, "ilvl"), "val") or self._styles.list_levels.get(style, "")
        mark = self._numbers.mark(number, int(place) if place.isdecimal() else None, style)
        if mark is None and number != "0" and (number or style in self._styles.listed):
            mark = BULLET
        return level, "" if level is not None and mark == BULLET else mark or ""

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

    def _single(self, name: str, kind: str) -> ET.Element:
        """Return the part of a kind that a part has one of; an empty element if there is none."""
        return next(map(self._parsed, self._related(name, kind).values()), ET.Element("nothing"))

    def _parsed(self, name: str) -> ET.Element:
        return parse_xml(self._packed.read(name))


class _Inside:
    """What is in a paragraph."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.boxes: list[ET.Element] = []
        self.notes: list[tuple[tuple[str, str], str]] = []
        """The kind, id and number of each."""


def _within(node: ET.Element, tag: str) -> Iterator[ET.Element]:
    """Yield the rows or cells of a table, also those in content controls and revisions."""
    for each in node:
        if local_name(each) == tag:
            yield each
        elif local_name(each) not in UNSEEN and local_name(each) not in ("tbl", "p"):
            yield from _within(each, tag)


def _forms_of_notes(properties: Iterable[ET.Element]) -> Iterator[tuple[str, str]]:
    """Yield the kinds of notes with the forms of their numbers. The last one of a kind counts."""
    yield "endnotes", "lowerRoman"
    for each in properties:
        for kind, name in (("footnotes", "footnotePr"), ("endnotes", "endnotePr")):
            if form := value(child(child(each, name), "numFmt"), "val"):
                yield kind, form


def _is_hidden(node: ET.Element) -> bool:
    """Whether an element is a run of text that Word does not show."""
    if local_name(node) != "r" or not any(local_name(each) == "t" for each in node):
        return False
    mark = child(child(node, "rPr"), "vanish")
    return local_name(mark) == "vanish" and value(mark, "val") not in ("0", "false", "off")


def _symbol(node: ET.Element) -> str:
    """Return a character of a symbol font, if Unicode has it."""
    try:
        letter = chr(int(value(node, "char"), 16))
    except (ValueError, OverflowError):
        return ""
    return "" if "\ue000" <= letter <= "\uf8ff" else letter


def _chosen(choice: ET.Element) -> str:
    """Return the shown entry of a list in an old form."""
    entries = [value(each, "val") for each in choice if local_name(each) == "listEntry"]
    number = value(child(choice, "result"), "val") or value(child(choice, "default"), "val") or "0"
    return entries[int(number)] if number.isdecimal() and int(number) < len(entries) else ""


def _named(kind: str, number: str) -> str:
    """Return the name of a note, such as `Footnote 2`, or of a comment, with who wrote it."""
    if kind == "comments":
        return name_of_comment(number)
    return f"{kind.removesuffix('s').capitalize()} {number}".strip()


def name_of_comment(author: str) -> str:
    """Return what stands before a comment: `Comment by Ann`, or `Comment` if nobody is named."""
    author = " ".join(author.split())
    return f"Comment by {author}" if author else "Comment"


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
    "textpath": lambda node: value(node, "string"),  # letters that are drawn, such as a watermark
    "ddList": _chosen,
}
"""The elements that are text, and their texts."""
