"""Bars: how full something is, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memgpt_autogen.rendering.markup import Markup, tag

FILL, NEARLY_FULL = "#4c8fd6", "#d9822b"
"""Colours that are told apart on dark and light."""

NEARLY = 0.9
"""From this share on a bar is nearly full."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a stacked bar; `note` stands beside its number."""

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
    """How much of a limit is used; another colour says that it is nearly full."""
    color = NEARLY_FULL if used >= NEARLY * limit else FILL
    return plain_bar(used, limit, what=what, color=color)


def plain_bar(used: int, limit: int, *, what: str = "", color: str = FILL) -> Markup:
    """A part of a whole."""
    return tag(
        "div",
        tag("span", style=f"width:{_percent(used, limit)};background:{color}"),
        class_="bar thin",
        role="img",
        aria_label=f"{what} {used:,} of {limit:,}".strip(),
        title=f"{used:,} of {limit:,}",
    )


def stacked_bar(sections: Sequence[Section], whole: int, marks: Sequence[Mark] = ()) -> Markup:
    """Sections side by side in a whole, with thresholds; what they leave is free. Sections beyond the whole are cut."""
    parts = [
        tag(
            "span",
            style=f"width:{_percent(section.size, max(whole, 1))};background:{section.color}",
            title=f"{section.name}: {section.size:,}",
        )
        for section in sections
    ]
    lines = [
        tag("i", style=f"left:{_percent(mark.size, max(whole, 1))}", title=f"{mark.name}: {mark.size:,}")
        for mark in marks
    ]
    used = sum(section.size for section in sections)
    return tag("div", *parts, *lines, class_="bar", role="img", aria_label=f"{used:,} of {whole:,}")


def swatch(color: str | None = None) -> Markup:
    """The sign of a section in a legend; without a colour, that of a threshold."""
    if color is None:
        return tag("span", class_="swatch line")
    return tag("span", class_="swatch", style=f"background:{color}")


def _percent(size: int, whole: int) -> str:
    return f"{100 * min(max(size / whole if whole else 1.0, 0.0), 1.0):.2f}%"
