"""Divide HTML into tags and texts, and make a tree of them, in time in proportion to its size.

Tags are found as the HTML standard says (section 13.2.5), but no word is given up: what browsers hide
because a tag, a comment or a quotation mark has no end is text here. The tree is simpler than a browser's:
only an end tag ends an element, and everything in it. Browsers open again what was formatted, and Beautiful
Soup looks at all elements around each text: both take time in proportion to the depth for each element.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import Union
from xml.etree import ElementTree as ET

EMPTY = frozenset(
    "area base basefont bgsound br col command embed frame hr image img input isindex keygen link menuitem "
    "meta nextid param source spacer track wbr".split()
)
"""Elements that have no end tag."""

CODE = ("script", "style")
"""Elements whose content is no markup, also if it has no end."""

PLAIN = ("title", "textarea", "iframe", "xmp", "noembed", "noframes")
"""Elements whose content is no markup if it has an end."""

NAME = re.compile(r"[A-Za-z][^\s/>]*")

BETWEEN = re.compile(r"[\s/]*")

ATTRIBUTE = re.compile(r"=?[^\s/>=]*")

EQUALS = re.compile(r"\s*=\s*")

UNQUOTED = re.compile(r"[^\s>]*")

COMMENT_END = re.compile(r"--!?>")

LONG_NUMBER = re.compile(r"&#(\d{8,});?")
"""A character that is given by its number, with more digits than any has. Python converts 4,300 digits."""

MOST_DIGITS = 7

MOST_DEEP = 30
"""Elements are nested no deeper than this for a library that takes time in proportion to the depth."""


@dataclass(frozen=True, slots=True)
class Start:
    """A start tag."""

    name: str
    attributes: Mapping[str, str]
    closed: bool
    """Whether it is its own end, as in `<br>` and `<p/>`."""


@dataclass(frozen=True, slots=True)
class End:
    """An end tag."""

    name: str


Token = Union[Start, End, str]


def html_tokens(text: str) -> Iterator[Token]:
    """Yield the tags and the texts of a page, without comments."""
    return _Tokens(text).read()


def html_tree(text: str) -> ET.Element:
    """Return a page as a tree. An end tag without a start tag is left out."""
    builder = ET.TreeBuilder()
    builder.start("page", {})
    for token in _balanced(html_tokens(text)):
        if isinstance(token, str):
            builder.data(token)
        elif isinstance(token, Start):
            builder.start(token.name, dict(token.attributes))
        else:
            builder.end(token.name)
    builder.end("page")
    return builder.close()


def balanced_html(text: str) -> str:
    """Return a page with an end tag for each element, and not nested too deep, for another parser."""
    return "".join(map(_written, _balanced(html_tokens(text), most_deep=MOST_DEEP)))


def _written(token: Token) -> str:
    if isinstance(token, str):
        return escape(token, quote=False)
    if isinstance(token, End):
        return "" if token.name in EMPTY else f"</{token.name}>"
    attributes = "".join(
        f' {name}="{escape(value)}"'
        for name, value in token.attributes.items()
        if re.fullmatch(r"[\w:.-]+", name)
    )
    return f"<{token.name}{attributes}>"


def _balanced(tokens: Iterator[Token], most_deep: int | None = None) -> Iterator[Token]:
    """Yield the tokens with an end for each start. What would be too deep follows instead."""
    opened: list[str] = []
    counts = Counter[str]()

    def close() -> End:
        counts[opened[-1]] -= 1
        return End(opened.pop())

    for token in tokens:
        if isinstance(token, str):
            yield token
        elif isinstance(token, Start):
            if len(opened) == most_deep:
                yield close()
            yield token
            opened.append(token.name)
            counts[token.name] += 1
            if token.closed:
                yield close()
        elif counts[token.name]:
            while opened[-1] != token.name:
                yield close()
            yield close()
    while opened:
        yield close()


class _Tokens:
    """Reads one page from its start to its end.

    Where something has no end, nothing of its kind that follows has one, so that is searched for only once.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._missing: set[str] = set()

    def read(self) -> Iterator[Token]:
        text = self._text
        while (start := text.find("<", self._place)) >= 0:
            if start > self._place:
                yield _unescaped(text[self._place : start])
            self._place = start
            after = text[start + 1 : start + 3]
            if after[:1].isascii() and after[:1].isalpha():
                yield from self._start_tag()
            elif after[:1] == "/" and after[1:].isascii() and after[1:].isalpha():
                yield from self._end_tag()
            elif after[:1] in ("!", "?") or (after[:1] == "/" and after[1:]):
                yield from self._hidden()
            else:
                yield self._literal()
        if self._place < len(text):
            yield _unescaped(text[self._place :])

    def _literal(self) -> str:
        """Return the sign that begins no tag."""
        self._place += 1
        return "<"

    def _rest(self) -> str:
        """Return all that follows as text, because a tag in which it would be has no end."""
        rest, self._place = self._text[self._place :], len(self._text)
        return _unescaped(rest)

    def _find(self, end: str, place: int) -> int:
        """Return the place of an end, or -1."""
        return self._search(end, lambda: self._text.find(end, place))

    def _search(self, kind: str, search: Callable[[], int]) -> int:
        found = -1 if kind in self._missing else search()
        if found < 0:
            self._missing.add(kind)
        return found

    def _hidden(self) -> Iterator[Token]:
        """Read a comment, a declaration or an instruction, which shows nothing."""
        text, start = self._text, self._place
        if text.startswith("<!--", start):
            if text.startswith(("<!-->", "<!--->"), start):
                self._place = text.index(">", start) + 1
                return
            end = self._search("-->", lambda: _end_of(COMMENT_END.search(text, start + 4)))
        elif text.startswith("<![CDATA[", start) and (end := self._find("]]>", start)) >= 0:
            self._place = end + 3
            yield text[start + 9 : end]
            return
        else:
            end = self._find(">", start) + 1 or -1
        if end < 0:
            yield self._literal()
        else:
            self._place = end

    def _end_tag(self) -> Iterator[Token]:
        name = NAME.match(self._text, self._place + 2)
        end = -1 if name is None else self._find(">", name.end())
        if name is None or end < 0:
            yield self._rest()
            return
        self._place = end + 1
        yield Start("br", {}, closed=True) if name.group().lower() == "br" else End(name.group().lower())

    def _start_tag(self) -> Iterator[Token]:
        text = self._text
        found = NAME.match(text, self._place + 1)
        name = found.group().lower() if found is not None else ""
        place = self._place + 1 + len(name)
        attributes: dict[str, str] = {}
        while True:
            before = place
            place = _end_of(BETWEEN.match(text, place))
            if place >= len(text):
                yield self._rest()
                return
            if text[place] == ">":
                closed = name in EMPTY or "/" in text[before:place]
                break
            end = _end_of(ATTRIBUTE.match(text, place))
            attribute, place = text[place:end].lower(), end
            value = ""
            if equals := EQUALS.match(text, place):
                value, place = self._value(equals.end())
            attributes.setdefault(attribute, value)
        self._place = place + 1
        yield Start(name, attributes, closed)
        if not closed and name in (*CODE, *PLAIN):
            yield from self._content(name)

    def _value(self, place: int) -> tuple[str, int]:
        """Return the value of an attribute and where it ends. A quotation mark alone is a letter."""
        mark = self._text[place : place + 1]
        if mark in ('"', "'") and (end := self._find(mark, place + 1)) >= 0:
            return _unescaped(self._text[place + 1 : end]), end + 1
        end = _end_of(UNQUOTED.match(self._text, place))
        return _unescaped(self._text[place:end]), end

    def _content(self, name: str) -> Iterator[Token]:
        """Read what is in an element that has no markup."""
        text, start = self._text, self._place
        ending = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
        end = self._search(f"</{name}", lambda: _start_of(ending.search(text, start)))
        if end < 0 and name in PLAIN:
            return
        self._place = len(text) if end < 0 else end
        if content := text[start : self._place]:
            yield _unescaped(content) if name in ("title", "textarea") else content


def _end_of(found: re.Match[str] | None) -> int:
    return -1 if found is None else found.end()


def _start_of(found: re.Match[str] | None) -> int:
    return -1 if found is None else found.start()


def _unescaped(text: str) -> str:
    """Return a text with the characters that its entities stand for."""
    if "&" not in text:
        return text
    return unescape(LONG_NUMBER.sub(_short_number, text) if "&#" in text else text)


def _short_number(found: re.Match[str]) -> str:
    digits = found.group(1).lstrip("0")
    return "\ufffd" if len(digits) > MOST_DIGITS else f"&#{digits or 0};"
