"""What calamine does not read of a spreadsheet: the formats of numbers, comments and text boxes."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import StringIO
from itertools import chain
from typing import IO, Any, Protocol
from xml.etree import ElementTree as ET

from memgpt_autogen.readers.number_formats import BUILT_IN, shown_number
from memgpt_autogen.readers.word import paragraphs
from memgpt_autogen.readers.xml import child, local_name, parse_xml, value

MOST_REPEATED = 1000
"""A cell that is repeated more often is one that fills an empty sheet."""

ERROR_CELL = 5
"""xlrd's type of a cell with an error."""

ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
"""The errors of the old format, by their codes in section 2.5.10 of [MS-XLS]."""

TRUE = ("1", "true", "on")
"""How the XML of Excel writes that something is so."""

NUMBERS = ("float", "percentage", "currency", "boolean")

Place = tuple[int, int]
"""The row and the column of a cell, from 0."""

Shown = Callable[[Place, float], str | None]
"""Returns the text that a cell shows for its number; None if it is not known."""


class Formats(Protocol):
    """What a spreadsheet has besides the values of its cells."""

    known: bool
    """Whether the formats of numbers are known."""

    def of(self, sheet: str) -> Shown:
        """Return how a sheet shows its numbers."""

    def hidden(self, sheet: str) -> tuple[int, int]:
        """Return how many rows and columns with values are hidden, once `of` was called for this sheet."""

    def apart(self) -> Iterator[tuple[str, str]]:
        """Yield what is not in cells, such as comments, each kind with a heading."""


def open_formats(file: IO[bytes]) -> Formats:
    """Return the formats of a spreadsheet. Of .xlsb, and of .xls without xlrd, they are not known."""
    file.seek(0)
    if not zipfile.is_zipfile(file):
        return _old_excel(file)
    packed = zipfile.ZipFile(file)
    names = packed.namelist()
    if "content.xml" in names:
        return _OpenDocument(packed)
    return _Excel(packed) if "xl/workbook.xml" in names else _Unknown()


class _Unknown:
    known = False

    def of(self, sheet: str) -> Shown:  # noqa: ARG002  # as the others
        return lambda _place, _number: None

    def hidden(self, sheet: str) -> tuple[int, int]:  # noqa: ARG002  # as the others
        return 0, 0

    def apart(self) -> Iterator[tuple[str, str]]:
        return iter(())


class _Excel:
    """An .xlsx or .xlsm file."""

    known = True

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._names = packed.namelist()
        targets = self._targets("xl/workbook.xml")
        book = parse_xml(packed.read("xl/workbook.xml"))
        self._sheets = {
            value(node, "name"): targets.get(node.get(ID, ""), "")
            for node in book.iter()
            if local_name(node) == "sheet"
        }
        self._codes = self._read_styles() if "xl/styles.xml" in self._names else []
        self._hidden: dict[str, tuple[int, int]] = {}

    def of(self, sheet: str) -> Shown:
        codes: dict[Place, str] = {}
        errors: dict[Place, str] = {}
        for place, code, error in self._formatted(sheet):
            (errors if error else codes)[place] = error or code

        def shown(place: Place, number: float) -> str | None:
            return shown_number(number, codes[place]) if place in codes else errors.get(place)

        return shown

    def hidden(self, sheet: str) -> tuple[int, int]:
        return self._hidden.get(sheet, (0, 0))

    def apart(self) -> Iterator[tuple[str, str]]:
        for heading, names in (
            ("comments", re.compile(r"xl/(?:threadedComments/.*|comments/?[^/]*)\.xml")),
            (
                "text boxes and charts",
                re.compile(r"xl/(?:drawings|charts)/[^/]*\.xml|xl/diagrams/data.*\.xml"),
            ),
        ):
            found = [self._packed.read(name) for name in sorted(self._names) if names.fullmatch(name)]
            read = partial(_comments, self._people()) if heading == "comments" else paragraphs
            if text := "\n".join(dict.fromkeys(chain.from_iterable(map(read, found)))):
                yield heading, text

    def _people(self) -> dict[str, str]:
        """Return the people who comment, by their ids."""
        names = [name for name in self._names if re.fullmatch(r"xl/persons/[^/]*\.xml", name)]
        people = (node for name in names for node in parse_xml(self._packed.read(name)).iter())
        return {value(node, "id"): value(node, "displayName") for node in people}

    def _read_styles(self) -> list[str]:
        """Return the format of numbers of each style of cells; empty for none."""
        styles = parse_xml(self._packed.read("xl/styles.xml"))
        codes = dict(BUILT_IN)
        for node in child(styles, "numFmts"):
            if value(node, "numFmtId").isdecimal():
                codes[int(value(node, "numFmtId"))] = value(node, "formatCode")
        ids = (value(node, "numFmtId") for node in child(styles, "cellXfs"))
        return [codes.get(int(each), "") if each.isdecimal() else "" for each in ids]

    def _formatted(self, sheet: str) -> Iterator[tuple[Place, str, str]]:
        """Yield the cells whose numbers have a format, and those with an error, such as #N/A."""
        name = self._sheets.get(sheet, "")
        if name not in self._names:
            return
        rows, columns = 0, set[int]()
        hidden: list[range] = []
        with self._packed.open(name) as file:
            for _, node in ET.iterparse(file):  # noqa: S314  # expat bounds entities
                if local_name(node) == "c" and node.get("t", "n") == "n":
                    style, place = node.get("s", ""), _place(node.get("r", ""))
                    code = (
                        self._codes[int(style)] if style.isdecimal() and int(style) < len(self._codes) else ""
                    )
                    if code and place:
                        yield place, code, ""
                elif local_name(node) == "c" and node.get("t") == "e":
                    error = child(node, "v").text or ""
                    if error and (place := _place(node.get("r", ""))):
                        yield place, "", error
                elif local_name(node) == "col" and node.get("hidden") in TRUE:
                    hidden.append(range(int(node.get("min", "1")) - 1, int(node.get("max", "0"))))
                elif local_name(node) == "row":
                    filled = [cell for cell in node if len(cell)]
                    rows += bool(filled) and node.get("hidden") in TRUE
                    places = (_place(cell.get("r", "")) for cell in filled if hidden)
                    columns |= {at[1] for at in places if at and any(at[1] in each for each in hidden)}
                    node.clear()
        self._hidden[sheet] = rows, len(columns)

    def _targets(self, name: str) -> dict[str, str]:
        folder, file = posixpath.split(name)
        related = posixpath.join(folder, "_rels", f"{file}.rels")
        if related not in self._names:
            return {}
        return {
            each.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, each.get("Target", "")))[1:]
            for each in parse_xml(self._packed.read(related))
        }


def _old_excel(file: IO[bytes]) -> Formats:
    try:
        import xlrd
    except ImportError:
        return _Unknown()
    file.seek(0)
    try:
        return _OldExcel(
            xlrd.open_workbook(file_contents=file.read(), formatting_info=True, logfile=StringIO())
        )
    except Exception:  # noqa: BLE001  # calamine reads files that xlrd does not: their values are kept
        return _Unknown()


class _OldExcel:
    """An .xls file, by xlrd."""

    known = True

    def __init__(self, book: Any) -> None:
        self._book = book

    def of(self, sheet: str) -> Shown:
        if sheet not in self._book.sheet_names():
            return lambda _place, _number: None
        found = self._book.sheet_by_name(sheet)

        def shown(place: Place, number: float) -> str | None:
            row, column = place
            if row >= found.nrows or column >= found.ncols:
                return None
            if found.cell_type(row, column) == ERROR_CELL:
                return ERRORS.get(found.cell_value(row, column))
            style = self._book.xf_list[found.cell_xf_index(row, column)]
            return shown_number(number, self._book.format_map[style.format_key].format_str)

        return shown

    def hidden(self, sheet: str) -> tuple[int, int]:
        if sheet not in self._book.sheet_names():
            return 0, 0
        found = self._book.sheet_by_name(sheet)
        rows = [number for number, row in found.rowinfo_map.items() if row.hidden and number < found.nrows]
        columns = [number for number, column in found.colinfo_map.items() if column.hidden]
        return (
            sum(any(found.row_values(number)) for number in rows),
            sum(number < found.ncols and any(found.col_values(number)) for number in columns),
        )

    def apart(self) -> Iterator[tuple[str, str]]:
        found = (note for sheet in self._book.sheets() for note in sheet.cell_note_map.values())
        notes = (_by(note.author or "", note.text.strip()) for note in found)
        if text := "\n".join(filter(None, dict.fromkeys(notes))):
            yield "comments", text


class _OpenDocument:
    """An .ods file, whose cells have the text that they show."""

    known = True

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._content = parse_xml(packed.read("content.xml"))
        self._tables = {
            value(node, "name"): node for node in self._content.iter() if local_name(node) == "table"
        }

    def of(self, sheet: str) -> Shown:
        texts = dict(_texts_of_numbers(self._tables.get(sheet, ET.Element("nothing"))))
        return lambda place, _number: texts.get(place)

    def hidden(self, sheet: str) -> tuple[int, int]:
        rows, columns = 0, set[int]()
        hidden: list[range] = []
        reached = 0
        for node in self._tables.get(sheet, ET.Element("nothing")).iter():
            concealed = value(node, "visibility") in ("collapse", "filter")
            if local_name(node) == "table-column":
                before, reached = reached, reached + _repeated(node, "number-columns-repeated")
                hidden += [range(before, reached)] if concealed else []
            elif local_name(node) == "table-row":
                filled = [*_filled(node)]
                rows += min(_repeated(node, "number-rows-repeated"), MOST_REPEATED) * bool(
                    filled and concealed
                )
                columns |= {at for at in filled if any(at in each for each in hidden)}
        return rows, len(columns)

    def apart(self) -> Iterator[tuple[str, str]]:
        for heading, tag in (("comments", "annotation"), ("text boxes", "text-box")):
            found = (node for node in self._content.iter() if local_name(node) == tag)
            texts = (
                _by(child(node, "creator").text or "" if at == 0 else "", _text(each))
                for node in found
                for at, each in enumerate(part for part in node.iter() if local_name(part) == "p")
            )
            if text := "\n".join(filter(None, dict.fromkeys(texts))):
                yield heading, text


def _texts_of_numbers(table: ET.Element) -> Iterator[tuple[Place, str]]:
    row = 0
    for node in table.iter():
        if local_name(node) != "table-row":
            continue
        again = _repeated(node, "number-rows-repeated")
        column = 0
        for cell in node:
            wide = _repeated(cell, "number-columns-repeated")
            # LibreOffice marks an error by a second type, of its own
            kinds = {kind for key, kind in cell.attrib.items() if key.rpartition("}")[2] == "value-type"}
            if kinds & {*NUMBERS, "error"}:
                text = " ".join(_text(each) for each in cell if local_name(each) == "p")
                for place in range(min(again, MOST_REPEATED) * min(wide, MOST_REPEATED)):
                    down, right = divmod(place, min(wide, MOST_REPEATED))
                    yield (row + down, column + right), text
            column += wide
        row += again


def _repeated(node: ET.Element, name: str) -> int:
    count = value(node, name)
    return int(count) if count.isdecimal() else 1


def _filled(row: ET.Element) -> Iterator[int]:
    """Yield the columns of the cells of a row that have a value."""
    column = 0
    for cell in row:
        wide = _repeated(cell, "number-columns-repeated")
        if len(cell):
            yield from range(column, column + min(wide, MOST_REPEATED))
        column += wide


def _comments(people: Mapping[str, str], content: bytes) -> Iterator[str]:
    """Yield the texts of comments, of both kinds that Excel has, with who wrote them."""
    root = parse_xml(content)
    authors = [node.text or "" for node in child(root, "authors")]
    for node in root.iter():
        if local_name(node) in ("comment", "threadedComment"):
            texts = (each.text or "" for each in node.iter() if local_name(each) in ("t", "text"))
            number = value(node, "authorId")
            author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
            if text := "".join(texts).strip():
                yield _by(author or people.get(value(node, "personId"), ""), text)


def _by(author: str, text: str) -> str:
    """Return a comment with its author, unless it begins with the name, as most of Excel's do."""
    author = " ".join(author.split())
    # Excel gives the copy of a newer comment the id of that as its author
    return (
        text
        if not text or not author or author.startswith("tc=") or text.startswith(author)
        else (f"{author}: {text}")
    )


def _text(node: ET.Element) -> str:
    return " ".join("".join(node.itertext()).split())


def _place(reference: str) -> Place | None:
    """Return the place that a reference such as `AB12` names."""
    found = re.fullmatch(r"([A-Z]{1,3})(\d+)", reference)
    if not found:
        return None
    column = 0
    for letter in found.group(1):
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found.group(2)) - 1, column - 1


ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
