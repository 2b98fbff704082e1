"""Read HTML: the text that a reader of the page would read, with the headings above it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from itertools import pairwise
from xml.etree import ElementTree as ET

from memgpt_autogen.readers.html_tree import html_tree
from memgpt_autogen.readers.sections import HeadedText, Part
from memgpt_autogen.rendering.plain_text import counted, shorten

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
    "td": (" | ", " | ", ("td", "th")),
    "th": (" | ", " | ", ("td", "th")),
    "tr": ("\n", "\n", ("td", "th", "tr")),
    "dt": ("\n", "\n", ("dt", "dd")),
}
"""Elements whose end tags pages leave out: what is before and after them. That before is needed if the
nearest one of the same kind around is one of these."""

KINDS = {
    **dict.fromkeys(("td", "th", "tr", "table"), "table"),
    **dict.fromkeys(("dt", "dd", "dl"), "list"),
}
"""The elements of tables and of lists."""

APART = frozenset("label button text tspan mi mn mo ms mtext mtd mfrac output".split())
"""Elements in a line whose text is no part of the word before it."""

HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
"""The style of what is not seen until something is opened."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}

BLOCKS = frozenset(
    "address article blockquote body caption dd details div dl fieldset figcaption figure header hr main "
    "ol optgroup p pre section summary table tbody tfoot thead ul".split()
)


def read_html(content: str) -> Iterator[Part]:
    """Yield the page's `main` or `article` if it has one that contains most of the text; else the whole page.

    What is left out, such as menus, is in a note.
    """
    page = _shown_page(content)
    # a drawing has a title of its own
    named = next((tag for tag in _outermost(page, ("title", "svg")) if tag.tag == "title"), None)
    title = " ".join("".join(named.itertext()).split()) if named is not None else ""
    for tag in list(page.iter()):
        if tag.tag in UNSEEN:
            _empty(tag)
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


def _shown_page(text: str, depth: int = 0) -> ET.Element:
    """Return a page with what is seen of it. What stands in attributes is put where a browser shows it."""
    page = html_tree(text)
    for tag in list(page.iter()):
        if tag.tag == "template" and "shadowrootmode" in tag.attrib:
            tag.tag = "div"
        elif tag.tag == "iframe" and "srcdoc" in tag.attrib and depth < MOST_FRAMES_DEEP:
            _empty(tag)
            tag.tag = "div"
            tag.append(_shown_page(tag.attrib["srcdoc"], depth + 1))
        elif tag.tag == "img":
            # a document comes without its pictures, and a browser shows this text for a missing one
            tag.text = f" {tag.get('alt', '')} "
        elif tag.tag == "input":
            kind = tag.get("type", "").strip().lower()
            shown = tag.get("alt") if kind == "image" else tag.get("value") or tag.get("placeholder")
            tag.text = f" {shown or ''} " if kind not in NO_TEXT else ""
        elif tag.tag == "textarea" and not tag.text:
            tag.text = tag.get("placeholder")
        elif tag.tag == "optgroup" and "label" in tag.attrib:
            tag.text = f"\n{tag.attrib['label']}\n{tag.text or ''}"
    return page


def _empty(tag: ET.Element) -> None:
    """Remove what is in an element."""
    tag[:], tag.text = [], None


def _outermost(root: ET.Element, names: Container[str]) -> Iterator[ET.Element]:
    """Yield the elements of these names that are in no other one of them."""
    waiting = [iter(root)]
    while waiting:
        tag = next(waiting[-1], None)
        if tag is None:
            waiting.pop()
        elif tag.tag in names:
            yield tag
        else:
            waiting.append(iter(tag))


def _main_part(page: ET.Element) -> tuple[ET.Element, list[tuple[str, str]]]:
    """Return the part of a page that people read, and what is left out: what it is, and its text."""
    left_out: list[tuple[str, str]] = []
    whole = len(_flat(page))
    around = list(_outermost(page, AROUND))
    texts = [(AROUND[tag.tag], _flat(tag)) for tag in around]
    if sum(len(text) for _, text in texts) <= whole * 0.5:  # else it is the page, or has no end
        left_out = texts
        for tag in around:
            _empty(tag)
        whole = len(_flat(page))
    for name in ("main", "article"):
        found = list(page.iter(name))
        if len(found) == 1 and len(_flat(found[0])) > whole * 0.5:
            main = ET.Element(name, found[0].attrib)
            main[:], main.text = found[0][:], found[0].text
            _empty(found[0])
            return main, [*left_out, ("text outside the main part", _flat(page))]
    return page, left_out  # some pages have text after the end of their body


def _flat(tag: ET.Element) -> str:
    return " ".join(" ".join(tag.itertext()).split())


def _runs(root: ET.Element) -> Iterator[tuple[str | None, int, str]]:
    """Yield the headings with their levels, and the texts between them, in the order of the page."""
    text: list[str] = []
    heading: ET.Element | None = None
    around = _Around()
    # a stack instead of recursion, because pages are nested deeper than Python's calls may be
    opened: list[tuple[ET.Element, Iterator[ET.Element], str]] = []
    entered: ET.Element | None = root
    while entered is not None or opened:
        if entered is not None:
            if entered.tag in HEADINGS:
                if heading is not None:  # it has no end of its own
                    yield " ".join(_tidy(text).split()), HEADINGS[heading.tag], ""
                elif run := _tidy(text):
                    yield None, 0, run
                text, heading = [], entered
            before, after = _marks(entered, around)
            around.enter(entered.tag)
            text += [before, around.shown(entered.text)]
            opened.append((entered, iter(entered), after))
        tag, inner, after = opened[-1]
        entered = next(inner, None)
        if entered is None:
            opened.pop()
            around.leave(tag.tag)
            text.append(after)
            if tag is heading:
                yield " ".join(_tidy(text).split()), HEADINGS[tag.tag], ""
                text, heading = [], None
            if tag is not root:
                text.append(around.shown(tag.tail))
    if run := _tidy(text):
        yield None, 0, run


class _Around:
    """The elements around a place that matter for its text: those of tables and lists, and `pre`."""

    def __init__(self) -> None:
        self._opened: dict[str, list[str]] = {}
        self._as_written = 0

    def enter(self, name: str) -> None:
        self._as_written += name == "pre"
        if name in KINDS:
            self._opened.setdefault(KINDS[name], []).append(name)

    def leave(self, name: str) -> None:
        self._as_written -= name == "pre"
        if name in KINDS:
            self._opened[KINDS[name]].pop()

    def nearest(self, name: str) -> str:
        """Return which element of a table, or of a list, is around one that is such an element too."""
        return (self._opened.get(KINDS[name]) or [""])[-1]

    def shown(self, text: str | None) -> str:
        if not text or self._as_written:
            return text or ""
        return re.sub(r"\s+", " ", text)


def _marks(tag: ET.Element, around: _Around) -> tuple[str, str]:
    """Return what comes before and after the text of a tag.

    Pages leave out end tags, so what follows a cell or a term can be inside it here.
    """
    name = tag.tag
    if name in ENDS:
        before, after, inside = ENDS[name]
        return (before if around.nearest(name) in inside else " "), after
    if name == "li":
        return "\n- ", "\n"
    if name == "rt":  # how a character is read
        return "(", ")"
    if name == "option":
        return "\n", "\n"
    if name == "br":
        return "", "\n"
    if name in APART or "hidden" in tag.attrib or HIDDEN.search(tag.get("style", "")):
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
