"""Bars that show how full something is, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memgpt_autogen.rendering.markup import Markup, tag

FILL, NEARLY_FULL = "#4c8fd6", "#d9822b"
"""Colours that differ clearly on dark and on light backgrounds."""

NEARLY = 0.9
"""A bar with this share or more is nearly full."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a stacked bar; `note` is shown next to its number."""

    name: str
    size: int
    color: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A threshold on a stacked bar."""

    name: str
    size: int


def fill_bar(used: int, limit: int, *, what: str = "") -> Markup:
    """Return how much of a limit is used; another colour shows that it is nearly full."""
    color = NEARLY_FULL if used >= NEARLY * limit else FILL
    return plain_bar(used, limit, what=what, color=color)


def plain_bar(used: int, limit: int, *, what: str = "", color: str = FILL) -> Markup:
    """Return how much of a whole a part is."""
    return tag(
        "div",
        tag("span", style=f"width:{_percent(used, limit)};background:{color}"),
        class_="bar thin",
        role="img",
        aria_label=f"{what} {used:,} of {limit:,}".strip(),
        title=f"{used:,} of {limit:,}",
    )


def stacked_bar(sections: Sequence[Section], whole: int, marks: Sequence[Mark] = ()) -> Markup:
    """Return sections next to each other in a whole, with thresholds; sections beyond the whole are cut."""
    full = max(whole, 1)
    parts = [
        tag(
            "span",
            style=f"width:{_percent(s.size, full)};background:{s.color}",
            title=f"{s.name}: {s.size:,}",
        )
        for s in sections
    ]
    lines = [
        tag("i", style=f"left:{_percent(mark.size, full)}", title=f"{mark.name}: {mark.size:,}")
        for mark in marks
    ]
    used = sum(section.size for section in sections)
    return tag("div", *parts, *lines, class_="bar", role="img", aria_label=f"{used:,} of {whole:,}")


def swatch(color: str | None = None) -> Markup:
    """Return the symbol of a section in a legend; without a colour, the symbol of a threshold."""
    if color is None:
        return tag("span", class_="swatch line")
    return tag("span", class_="swatch", style=f"background:{color}")


def _percent(size: int, whole: int) -> str:
    return f"{100 * min(max(size / whole if whole else 1.0, 0.0), 1.0):.2f}%"
