"""Automatic numbers: what a page shows before the items of lists and before headings, and no text has."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree as ET

from memgpt_autogen.readers.xml import child, local_name, value

BULLET = "-"
"""What stands for every kind of bullet."""

MOST_LEVELS = 10

ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """How the items on one level of a list are numbered."""

    form: str = "decimal"
    """The form of the number, by Word's name for it, such as `lowerRoman`; `bullet` and `none` have none."""
    text: str = "%1."
    """The number of each level stands where its `%` is, and counts from 1."""
    start: int = 1
    restarts: bool = True
    """Whether it begins again after an item of a level above it."""
    plain: bool = False
    """Whether the numbers of all levels are in figures."""


class Counter:
    """Counts the items of one list, or of several that go on counting where the other one was."""

    def __init__(self, levels: Mapping[int, Level], counts: dict[int, int] | None = None) -> None:
        self.levels = dict(levels)
        self._counts: dict[int, int] = {} if counts is None else counts

    def with_levels(self, changed: Mapping[int, Level]) -> Counter:
        """Return the counter of a list that goes on counting, and that looks different."""
        return Counter({**self.levels, **changed}, self._counts)

    def start(self, level: int, number: int) -> None:
        """Let the next item of a level have this number."""
        self._counts[level] = number - 1

    def mark(self, level: int) -> str:
        """Count an item of a level, from 0, and return what stands before it, such as `2.1`."""
        for below in [each for each in self._counts if each > level]:
            if self.levels.get(below, Level()).restarts:
                del self._counts[below]
        own = self.levels.get(level, Level(form="none", text=""))
        self._counts[level] = self._counts.get(level, own.start - 1) + 1
        if own.form == "bullet":
            return BULLET
        return re.sub(r"%(\d+)", lambda found: self._number(int(found.group(1)) - 1, own), own.text).strip()

    def _number(self, level: int, own: Level) -> str:
        shown = self.levels.get(level, Level())
        count = self._counts.setdefault(level, shown.start)
        return number_text(count, "decimal" if own.plain and shown.form != "none" else shown.form)


class WordNumbers:
    """The numbers of a Word file's lists, which stand in its part `numbering.xml`."""

    def __init__(self, numbering: ET.Element, style_lists: Mapping[str, str]) -> None:
        """`style_lists` has the number of the list for each style that has one."""
        self._lists: dict[str, Counter] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._styled: dict[str, int] = {}
        abstract: dict[str, Counter] = {}
        linked: dict[str, str] = {}
        for node in numbering:
            if local_name(node) == "abstractNum":
                key = value(node, "abstractNumId")
                abstract[key] = Counter(dict(self._levels(node)))
                linked[key] = value(child(node, "numStyleLink"), "val")
        lists = [node for node in numbering if local_name(node) == "num"]
        for node in lists:
            self._add(node, abstract)
        for node in lists:  # a list may be that of a style
            style = linked.get(value(child(node, "abstractNumId"), "val"), "")
            if style and (other := self._lists.get(style_lists.get(style, ""))):
                self._lists[value(node, "numId")] = other

    def mark(self, number: str, level: int | None, style: str = "") -> str | None:
        """Count an item of the list of this number, and return what stands before it; None if it is unknown.

        Without a level, the level is that of the style.
        """
        counter = self._lists.get(number)
        if counter is None:
            return None
        if level is None:
            level = self._styled.get(style, 0)
        if (number, level) in self._starts:  # this list begins here, with a number of its own
            counter.start(level, self._starts.pop((number, level)))
        return counter.mark(level)

    def _levels(self, node: ET.Element) -> Iterable[tuple[int, Level]]:
        for each in node:
            if local_name(each) == "lvl":
                place = _whole(value(each, "ilvl"), 0)
                if style := value(child(each, "pStyle"), "val"):
                    self._styled[style] = place
                yield place, _word_level(each)

    def _add(self, node: ET.Element, abstract: Mapping[str, Counter]) -> None:
        number = value(node, "numId")
        counter = abstract.get(value(child(node, "abstractNumId"), "val"), Counter({}))
        own = {}
        for each in node:
            if local_name(each) == "lvlOverride":
                place = _whole(value(each, "ilvl"), 0)
                if start := value(child(each, "startOverride"), "val"):
                    self._starts[number, place] = _whole(start, 1)
                if len(changed := child(each, "lvl")):
                    own[place] = _word_level(changed)
        self._lists[number] = counter.with_levels(own) if own else counter


@dataclass(slots=True)
class NoteNumbers:
    """Counts the footnotes, and the endnotes, of a document."""

    forms: dict[str, str]
    _counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def next(self, kind: str) -> str:
        self._counts[kind] += 1
        return number_text(self._counts[kind], self.forms.get(kind, "decimal"))


def number_text(number: int, form: str) -> str:
    """Return a number in a form of Word's. A form that is not known here gives figures."""
    return _FORMS.get(form, str)(number)


def slide_level(kind: str, start: int) -> Level:
    """Return the level for PowerPoint's name of a kind of numbers, such as `alphaLcParenR`."""
    form = next((form for name, form in _SLIDE_FORMS.items() if kind.startswith(name)), "decimal")
    text = next((text for name, text in _SLIDE_TEXTS.items() if kind.endswith(name)), "%1.")
    return Level(form, text, start)


def _word_level(node: ET.Element) -> Level:
    found = Level(
        value(child(node, "numFmt"), "val") or "decimal",
        value(child(node, "lvlText"), "val"),
        _whole(value(child(node, "start"), "val"), 0 if len(child(node, "start").attrib) else 1),
        value(child(node, "lvlRestart"), "val") != "0",
    )
    plain = child(node, "isLgl")
    return replace(found, plain=plain.tag != "nothing" and value(plain, "val") not in ("0", "false"))


def _whole(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else otherwise


def _letters(number: int) -> str:
    """Return a, b, ..., z, aa, bb, and so on."""
    if number < 1 or number > 26 * 30:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    if number < 1 or number > 32_767:
        return str(number)
    text = ""
    for value_of, letters in ROMAN:
        count, number = divmod(number, value_of)
        text += letters * count
    return text


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_FORMS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "decimalZero": lambda number: f"{number:02}",
    "ordinal": _ordinal,
    "none": lambda _: "",
    "bullet": lambda _: "",
}

_SLIDE_FORMS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}

_SLIDE_TEXTS = {"ParenBoth": "(%1)", "ParenR": "%1)", "Plain": "%1", "Minus": "- %1 -"}
