"""Read HTML: the text that a reader of the page would read, with the headings above it."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from html.entities import html5
from itertools import pairwise
from typing import TYPE_CHECKING

from memgpt_autogen.readers.sections import HeadedText, Part
from memgpt_autogen.rendering.plain_text import counted, shorten

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

UNSEEN = (
    "script style noscript template iframe canvas audio video datalist title rp progress meter noembed "
    "noframes desc metadata annotation annotation-xml"
).split()
"""Elements whose text no reader of the page sees: a browser shows something else in their place."""

NO_TEXT = frozenset("hidden checkbox radio range color file password".split())
"""The fields of forms that do not show their values as text."""

MOST_FRAMES_DEEP = 3
"""Frames that are inside more frames than this are not read."""

AROUND = {"nav": "menu", "footer": "footer", "button": "button"}
"""Elements around the text of a page. They are left out, and the load says so."""

MOST_LEFT_OUT = 3
"""The most elements that a note names."""

MOST_NAMED = 60
"""The most characters of what was left out that are quoted."""

ENDS = {
    "td": (" | ", " | ", ("td", "th"), ("tr", "table")),
    "th": (" | ", " | ", ("td", "th"), ("tr", "table")),
    "tr": ("\n", "\n", ("td", "th", "tr"), ("table",)),
    "dt": ("\n", "\n", ("dt", "dd"), ("dl",)),
}
"""Elements whose end tags pages leave out: what is before and after them. That before is needed inside one of
the first elements, unless one of the last is between."""

APART = frozenset("label button text tspan mi mn mo ms mtext mtd mfrac output".split())
"""Elements in a line whose text is no part of the word before it."""

HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
"""The style of what is not seen until something is opened."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}

ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]+);?")

BLOCKS = frozenset(
    "address article blockquote body caption dd details div dl fieldset figcaption figure header hr main "
    "ol optgroup p pre section summary table tbody tfoot thead ul".split()
)


def parsed_page(content: str | bytes, encoding: str | None = None) -> BeautifulSoup:
    """Return a page as a tree. Without `encoding`, the page is read as it declares, or as is most likely."""
    from bs4 import BeautifulSoup

    logging.getLogger("bs4.dammit").setLevel(logging.ERROR)  # it warns about characters that it replaces
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # text that looks like a URL, and XML, are fine
        given = encoding if isinstance(content, bytes) else None
        text = ENTITY.sub(_whole_entity, content) if isinstance(content, str) else content
        return BeautifulSoup(text, "html.parser", from_encoding=given)


def read_html(content: str | bytes, *, encoding: str | None = None) -> Iterator[Part]:
    """Yield the page's `main` or `article` if it has one that contains most of the text; else the whole page.

    What is left out, such as menus, is in a note. Without `encoding`, the encoding is the one that the page
    declares, or the most likely one.
    """
    page = _shown_page(content, encoding)
    named = next((tag for tag in page("title") if not tag.find_parent("svg")), None)
    title = " ".join(named.get_text().split()) if named else ""
    for tag in page(UNSEEN):
        tag.decompose()
    root, left_out = _main_part(page)
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


def _shown_page(content: str | bytes, encoding: str | None = None, depth: int = 0) -> BeautifulSoup:
    """Return a page with what is seen of it. What stands in attributes is put where a browser shows it."""
    page = parsed_page(content, encoding)
    for root in page("template", shadowrootmode=True):
        root.name = "div"
    for frame in page("iframe", srcdoc=True) if depth < MOST_FRAMES_DEEP else ():
        frame.replace_with(_shown_page(str(frame["srcdoc"]), depth=depth + 1))
    for picture in page("img"):
        # a document comes without its pictures, and a browser shows this text for a missing one
        picture.replace_with(f" {picture.get('alt', '')} ")
    for field in page("input"):
        kind = str(field.get("type", "")).strip().lower()
        shown = field.get("alt") if kind == "image" else field.get("value") or field.get("placeholder")
        field.replace_with(f" {shown or ''} " if kind not in NO_TEXT else "")
    for field in page("textarea", placeholder=True):
        field.string = field.get_text() or str(field["placeholder"])
    for group in page("optgroup", label=True):
        group.insert(0, f"\n{group['label']}\n")
    return page


def _whole_entity(found: re.Match[str]) -> str:
    """Return an entity with the semicolon that was forgotten, as in `&copy2026`."""
    name = found.group(1)
    if f"{name};" in html5 and (found.group().endswith(";") or name not in html5):
        return found.group()
    known = next((name[:end] for end in range(len(name), 1, -1) if name[:end] in html5), "")
    return f"&{known};{name[len(known) :]}{';' * found.group().endswith(';')}" if known else found.group()


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
    text: list[str] = []
    for node in _nodes(root, within_headings=False):
        if isinstance(node, str):
            text.append(node)
            continue
        if run := _tidy(text):
            yield None, 0, run
        text = []
        heading = _tidy([each for each in _nodes(node) if isinstance(each, str)])
        yield " ".join(heading.split()), HEADINGS[node.name], ""
    if run := _tidy(text):
        yield None, 0, run


def _nodes(root: Tag, *, within_headings: bool = True) -> Iterator[Tag | str]:
    """Yield the texts below an element with the marks around them, and the headings if not those within."""
    from bs4.element import Tag

    # a stack instead of recursion, because pages are nested deeper than Python's calls may be
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if not isinstance(node, Tag):
            yield _text(node)
        elif node.name in HEADINGS and not within_headings:
            yield node
        else:
            before, after = _marks(node)
            stack += [after, *reversed(node.contents), before]


def _text(node: object) -> str:
    from bs4.element import NavigableString, PreformattedString

    if isinstance(node, PreformattedString):  # comments and the like
        return ""
    if isinstance(node, NavigableString):
        return str(node) if node.find_parent("pre") else re.sub(r"\s+", " ", str(node))
    return str(node)


def _marks(tag: Tag) -> tuple[str, str]:
    """Return what comes before and after the text of a tag.

    Pages leave out end tags, so what follows a cell or a term can be inside it here.
    """
    name = tag.name
    if name in ENDS:
        before, after, inside, between = ENDS[name]
        around = tag.find_parent([*inside, *between])
        return (before if around is not None and around.name in inside else " "), after
    if name == "li":
        return "\n- ", "\n"
    if name == "rt":  # how a character is read
        return "(", ")"
    if name == "option":
        return "\n", "\n"
    if name == "br":
        return "", "\n"
    if name in APART or "hidden" in tag.attrs or HIDDEN.search(str(tag.get("style", ""))):
        return " ", " "
    return ("\n\n", "\n\n") if name in BLOCKS else ("", "")


def _tidy(texts: list[str]) -> str:
    runs = [run for run in texts if run]
    kept = [
        run.lstrip(" ") if before.endswith((" ", "\n")) else run for before, run in pairwise(["\n", *runs])
    ]
    text = re.sub(r"(?<![ \t])[ \t]+\n", "\n", "".join(kept))
    text = re.sub(r"(?:(?<=\n)\||(?<! \|))(?: \|)+ ?(?=\n|$)|(?<=\n)\|(?=\n|$)", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
