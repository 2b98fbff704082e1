"""Read HTML: the text that a reader of the page would read, with the headings above it."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from memgpt_autogen.readers.sections import Outline, Part

if TYPE_CHECKING:
    from bs4 import Tag

UNREAD = "script style noscript template nav footer aside form button svg iframe canvas dialog title".split()
"""Elements of a page that are not part of its text."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}

BLOCKS = frozenset(
    "address article blockquote body br dd details div dl dt fieldset figcaption figure header hr li main ol "
    "p pre section summary table tbody td tfoot th thead tr ul".split()
)


def read_html(content: str | bytes, *, encoding: str | None = None) -> Iterator[Part]:
    """Yield the page's `main` or `article` if it has one that contains most of the text; else the whole page.

    Without `encoding`, the encoding is the one that the page declares, or the most likely one.
    """
    from bs4 import BeautifulSoup

    logging.getLogger("bs4.dammit").setLevel(logging.ERROR)  # it warns about characters that it replaces
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # text that looks like a URL, and XML, are fine
        given = encoding if isinstance(content, bytes) else None
        soup = BeautifulSoup(content, "html.parser", from_encoding=given)
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for tag in soup(UNREAD):
        tag.decompose()
    root: Tag = soup.body or soup
    whole = len(root.get_text())
    for name in ("main", "article"):
        found = soup.find_all(name)
        if len(found) == 1 and len(found[0].get_text()) > whole * 0.5:
            root = found[0]
            break
    outline = Outline()
    outline.enter(0, title)
    seen = False
    for heading, level, text in _runs(root):
        if heading is not None:
            if not seen and " ".join(heading.split()) == title:
                seen = True  # the first heading only repeats the title
                continue
            seen = True
            outline.enter(level, heading)
        elif text:
            yield Part(text, heading=outline.path)


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
