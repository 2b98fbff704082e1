"""Read HTML: the text that a reader of the page would read, with the headings above it."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from memgpt_autogen.readers.sections import HeadedText, Part
from memgpt_autogen.rendering.plain_text import counted, shorten

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

UNSEEN = "script style noscript template iframe canvas object audio video datalist title rp".split()
"""Elements whose text no reader of the page sees."""

AROUND = {"nav": "menu", "footer": "footer", "button": "button"}
"""Elements around the text of a page. They are left out, and the load says so."""

MOST_LEFT_OUT = 3
"""The most elements that a note names."""

MOST_NAMED = 60
"""The most characters of what was left out that are quoted."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}

BLOCKS = frozenset(
    "address article blockquote body br dd details div dl dt fieldset figcaption figure header hr li main ol "
    "p pre section summary table tbody td tfoot th thead tr ul".split()
)


def parsed_page(content: str | bytes, encoding: str | None = None) -> BeautifulSoup:
    """Return a page as a tree. Without `encoding`, the page is read as it declares, or as is most likely."""
    from bs4 import BeautifulSoup

    logging.getLogger("bs4.dammit").setLevel(logging.ERROR)  # it warns about characters that it replaces
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # text that looks like a URL, and XML, are fine
        given = encoding if isinstance(content, bytes) else None
        return BeautifulSoup(content, "html.parser", from_encoding=given)


def read_html(content: str | bytes, *, encoding: str | None = None) -> Iterator[Part]:
    """Yield the page's `main` or `article` if it has one that contains most of the text; else the whole page.

    What is left out, such as menus, is in a note. Without `encoding`, the encoding is the one that the page
    declares, or the most likely one.
    """
    soup = parsed_page(content, encoding)
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for tag in soup(UNSEEN):
        tag.decompose()
    root, left_out = _main_part(soup)
    gathered = HeadedText()
    yield from gathered.enter(0, title)
    seen = False
    for heading, level, text in _runs(root):
        if heading is not None:
            if not seen and " ".join(heading.split()) == title:
                seen = True  # the first heading only repeats the title
                continue
            seen = True
            yield from gathered.enter(level, heading)
        elif text:
            yield from gathered.add(f"{text}\n\n")
    yield from gathered.end()
    if said := [f"{what} “{shorten(text, MOST_NAMED)}”" for what, text in left_out if text]:
        more = f" and {len(said) - MOST_LEFT_OUT:,} more" if len(said) > MOST_LEFT_OUT else ""
        words = counted(sum(len(text.split()) for _, text in left_out), "word")
        yield Part("", note=f"{words} left out: {', '.join(said[:MOST_LEFT_OUT])}{more}")


def _main_part(page: Tag) -> tuple[Tag, list[tuple[str, str]]]:
    """Return the part of a page that people read, and what is left out: what it is, and its text."""
    left_out: list[tuple[str, str]] = []
    whole = len(_flat(page))
    around = [tag for tag in page(list(AROUND)) if not tag.find_parent(list(AROUND))]
    if sum(len(_flat(tag)) for tag in around) <= whole * 0.5:  # else it is the page, or has no end
        left_out = [(AROUND[tag.name], _flat(tag)) for tag in around]
        for tag in around:
            tag.decompose()
        whole = len(_flat(page))
    for name in ("main", "article"):
        found = page.find_all(name)
        if len(found) == 1 and len(_flat(found[0])) > whole * 0.5:
            main = found[0].extract()
            return main, [*left_out, ("text outside the main part", _flat(page))]
    return page, left_out  # some pages have text after the end of their body


def _flat(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def _runs(root: Tag) -> Iterator[tuple[str | None, int, str]]:
    """Yield the headings with their levels, and the texts between them, in the order of the page."""
    from bs4.element import Tag

    text: list[str] = []
    # a stack instead of recursion, because pages are nested deeper than Python's calls may be
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if not isinstance(node, Tag):
            text.append(_text(node))
        elif node.name in HEADINGS:
            if run := _tidy(text):
                yield None, 0, run
            text = []
            yield node.get_text(" "), HEADINGS[node.name], ""
        else:
            before, after = _marks(node.name)
            stack += [after, *reversed(node.contents), before]
    if run := _tidy(text):
        yield None, 0, run


def _text(node: object) -> str:
    from bs4.element import NavigableString, PreformattedString

    if isinstance(node, PreformattedString):  # comments and the like
        return ""
    if isinstance(node, NavigableString):
        return str(node) if node.find_parent("pre") else re.sub(r"\s+", " ", str(node))
    return str(node)


def _marks(name: str) -> tuple[str, str]:
    """Return what comes before and after the text of a tag."""
    if name in ("td", "th"):
        return "", " | "
    if name == "li":
        return "\n- ", "\n"
    if name in ("label", "button", "text", "tspan"):
        return "", " "
    if name == "rt":  # how a character is read
        return "(", ")"
    if name == "option":
        return "\n", "\n"
    if name in ("br", "tr", "dt"):
        return "", "\n"
    return ("\n\n", "\n\n") if name in BLOCKS else ("", "")


def _tidy(texts: list[str]) -> str:
    runs = [run for run in texts if run]
    kept = [
        run.lstrip(" ") if before.endswith((" ", "\n")) else run for before, run in pairwise(["\n", *runs])
    ]
    text = re.sub(r"[ \t]+\n", "\n", "".join(kept))
    text = re.sub(r"(?: \|)+ ?(?=\n|$)", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
