"""The styles of a Word file, as far as they say what a paragraph is: a heading, or an item of a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from memgpt_autogen.readers.xml import child, value

HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


class WordStyles:
    """What the styles say, by their ids. A style has what the style has that it is based on."""

    def __init__(self, styles: ET.Element) -> None:
        self.levels: dict[str, int] = {}
        """The levels of headings; 0 is the title."""
        self.lists: dict[str, str] = {}
        """The numbers of lists."""
        self.list_levels: dict[str, str] = {}
        self.listed: set[str] = set()
        """The styles whose names say that they are for lists."""
        based = {value(style, "styleId"): value(child(style, "basedOn"), "val") for style in styles}
        for style in styles:
            self._read(style)
        for key in based:
            for above in _chain(key, based):
                if above in self.levels:
                    self.levels.setdefault(key, self.levels[above])
                if above in self.lists:
                    self.lists.setdefault(key, self.lists[above])
                if above in self.list_levels:
                    self.list_levels.setdefault(key, self.list_levels[above])

    def _read(self, style: ET.Element) -> None:
        key, name = value(style, "styleId"), value(child(style, "name"), "val")
        own = child(style, "pPr")
        level = outline_level(own)
        if found := HEADING.match(name):
            level = int(found.group(1))
        elif name.lower() == "title":
            level = 0
        if level is not None:
            self.levels[key] = level
        if name.startswith("List"):
            self.listed.add(key)
        numbered = child(own, "numPr")
        if number := value(child(numbered, "numId"), "val"):
            self.lists[key] = number
        if place := value(child(numbered, "ilvl"), "val"):
            self.list_levels[key] = place


def outline_level(properties: ET.Element) -> int | None:
    """Return the level of a heading that the properties of a paragraph or style have."""
    level = value(child(properties, "outlineLvl"), "val")
    return int(level) + 1 if level.isdecimal() else None


def _chain(key: str, based: dict[str, str]) -> Iterator[str]:
    """Yield the styles that a style is based on, the nearest first."""
    seen = {key}
    while (key := based.get(key, "")) and key not in seen:
        seen.add(key)
        yield key
