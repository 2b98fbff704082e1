"""HTML: the text that a reader of the page would read, below the headings that stand above it."""

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

UNREAD = [
    "script", "style", "noscript", "template", "nav", "footer", "aside", "form", "button", "svg", "iframe", "canvas", "dialog",
]  # fmt: skip
"""What is on a page and not in its text."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}

BLOCKS = frozenset(
    "address article blockquote body br dd details div dl dt fieldset figcaption figure header hr li main ol p pre section "
    "summary table tbody td tfoot th thead tr ul".split()
)


def read_html(content: str | bytes, *, encoding: str | None = None) -> Iterator[Part]:
    """The page's main part, if it says which that is and that has most of the text; else all of it.

    Without a word about it, the encoding is what the page says, or looks like.
    """
    from bs4 import BeautifulSoup

    logging.getLogger("bs4.dammit").setLevel(logging.ERROR)  # it warns of letters that it replaces
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a text looks like an address, or XML like HTML, harms nothing
        given = encoding if isinstance(content, bytes) else None
        soup = BeautifulSoup(content, "html.parser", from_encoding=given)
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for tag in soup(UNREAD):
        tag.decompose()
    for tag in soup("title"):
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
                seen = True  # the page's name as its first heading tells nothing new
                continue
            seen = True
            outline.enter(level, heading)
        elif text:
            yield Part(text, heading=outline.path)


def title_of(content: str) -> str:
    """What the page calls itself; empty where it does not."""
    found = re.search(r"<title[^>]*>(.*?)</title>", content[:100_000], re.IGNORECASE | re.DOTALL)
    return " ".join(found.group(1).split()) if found else ""


def _runs(root: Tag) -> Iterator[tuple[str | None, int, str]]:
    """Headings with their level, and the text between them, in the page's order."""
    from bs4.element import Tag

    text: list[str] = []
    # by hand rather than by calls: pages nest deeper than Python does
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
    """What stands before and after a tag's text."""
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
