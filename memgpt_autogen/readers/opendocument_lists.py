"""The lists and the numbered headings of an OpenDocument file: what stands before which paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from memgpt_autogen.readers.numbering import BULLET, MOST_LEVELS, Counter, Level
from memgpt_autogen.readers.xml import local_name, value

FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
"""Word's names of the forms of numbers."""

UNSAID = {level: Level(text=f"%{level + 1}.") for level in range(MOST_LEVELS)}
"""The levels that the style of a list says nothing of."""

PLACES = re.compile(r"%(\d+)%")


@dataclass(frozen=True, slots=True)
class Listed:
    """The list that a paragraph is in."""

    style: str
    counter: Counter
    level: int
    """Counts from 0."""


class OpenDocumentLists:
    """The lists and the outline of one document, which are asked in its order."""

    def __init__(self, *roots: ET.Element) -> None:
        """`roots` are the parts that have styles."""
        self._styles: dict[str, dict[int, Level]] = {}
        self._style_of_paragraph: dict[str, str] = {}
        outline: dict[int, Level] = {}
        for node in (node for root in roots for node in root.iter()):
            tag = local_name(node)
            if tag == "list-style":
                self._styles[value(node, "name")] = {**UNSAID, **dict(_levels(node))}
            elif tag == "outline-style":
                outline = dict(_levels(node))
            elif tag == "style" and value(node, "family") == "paragraph":
                name = next((key for key in node.attrib if key.endswith("}list-style-name")), None)
                if name is not None:
                    self._style_of_paragraph[value(node, "name")] = node.attrib[name]
        self._outline = Counter(outline)
        self._by_style: dict[str, Counter] = {}
        self._by_id: dict[str, Counter] = {}

    def enter(self, node: ET.Element, around: Listed | None) -> Listed:
        """Return the list that an element `list` begins, which may be in another list."""
        style = value(node, "style-name") or (around.style if around else _style_of_first(node, self))
        level = around.level + 1 if around else 0
        if around and around.style == style:
            counter = around.counter
        elif (known := value(node, "continue-list")) in self._by_id:
            counter = self._by_id[known]
        elif value(node, "continue-numbering") == "true" and style in self._by_style:
            counter = self._by_style[style]
        else:
            counter = Counter(self._styles.get(style, {}))
        self._by_style[style] = counter
        if key := value(node, "id"):
            self._by_id[key] = counter
        return Listed(style, counter, level)

    def mark(self, item: ET.Element, listed: Listed) -> str:
        """Count an item, and return the number or the bullet before its first paragraph."""
        if local_name(item) == "list-header":
            return ""
        if (start := value(item, "start-value")).isdecimal():
            listed.counter.start(listed.level, int(start))
        return listed.counter.mark(listed.level) if listed.counter.levels else BULLET

    def number_of_heading(self, heading: ET.Element, level: int) -> str:
        """Count a heading that is in no list, and return its number if headings have one."""
        own = self._style_of_paragraph.get(value(heading, "style-name"))
        if value(heading, "is-list-header") == "true" or own == "":
            return ""
        if (start := value(heading, "start-value")).isdecimal():
            self._outline.start(level - 1, int(start))
        return self._outline.mark(level - 1)

    def style_of_paragraph(self, paragraph: ET.Element) -> str:
        return self._style_of_paragraph.get(value(paragraph, "style-name"), "")


def _style_of_first(node: ET.Element, lists: OpenDocumentLists) -> str:
    """Return the style of a list that only its first paragraph names."""
    texts = (each for each in node.iter() if local_name(each) in ("p", "h"))
    return next((style for each in texts if (style := lists.style_of_paragraph(each))), "")


def _levels(style: ET.Element) -> Iterable[tuple[int, Level]]:
    for node in style:
        place = value(node, "level")
        if not place.isdecimal():
            continue
        if not local_name(node).endswith(("number", "outline-level-style")):
            yield int(place) - 1, Level("bullet")
        elif not value(node, "num-format"):
            prefix, suffix = value(node, "num-prefix"), value(node, "num-suffix")
            yield int(place) - 1, Level("none", prefix + suffix)
        else:
            start = value(node, "start-value")
            form = FORMS.get(value(node, "num-format"), "decimal")
            yield int(place) - 1, Level(form, _text(node, int(place)), int(start) if start.isdecimal() else 1)


def _text(node: ET.Element, place: int) -> str:
    """Return the number as Word writes it, with a `%` before the number of each level."""
    if given := value(node, "num-list-format"):
        return PLACES.sub(r"%\1", given)
    shown = value(node, "display-levels")
    levels = min(int(shown), place) if shown.isdecimal() else 1
    numbers = ".".join(f"%{level}" for level in range(place - levels + 1, place + 1))
    return value(node, "num-prefix") + numbers + value(node, "num-suffix")
