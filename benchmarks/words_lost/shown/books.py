"""The words of books: the texts of the chapters in the order of the spine, by Python's own HTML parser."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from benchmarks.words_lost.made import Reader, Refused, Words

UNSEEN = ("head", "script", "style")

INLINE = frozenset("a abbr b bdi bdo cite code em font i mark q s small span strong sub sup u".split())
"""Elements within a line. Any other one begins a line."""

TAG = re.compile(r"<(?:\w+:)?(rootfile|item|itemref)\b([^>]*)>")


def words_shown(path: Path) -> Words:
    """Return the words of the chapters."""
    try:
        with zipfile.ZipFile(path) as packed:
            return Words("\n".join(_visible(packed.read(name).decode()) for name in _spine(packed)))
    except (zipfile.BadZipFile, zlib.error, KeyError, UnicodeDecodeError, StopIteration) as error:
        raise Refused(f"no book: {error!r}") from error


def _spine(packed: zipfile.ZipFile) -> list[str]:
    roots = _tags(packed.read("META-INF/container.xml").decode(), "rootfile")
    root = next(iter(roots))["full-path"]
    book = packed.read(root).decode()
    files = {item["id"]: item["href"] for item in _tags(book, "item")}
    below = posixpath.dirname(root)
    named = [files[each["idref"]] for each in _tags(book, "itemref") if each["idref"] in files]
    return [posixpath.normpath(posixpath.join(below, unquote(name))) for name in named]


def _tags(source: str, name: str) -> list[dict[str, str]]:
    found = (match.group(2) for match in TAG.finditer(source) if match.group(1) == name)
    return [dict(re.findall(r"([\w:-]+)\s*=\s*[\"']([^\"']*)", attributes)) for attributes in found]


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # its own
        if tag in UNSEEN:
            self._unseen += 1
        if tag not in INLINE:
            self.texts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.texts.append("" if tag in INLINE else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag not in INLINE:
            self.texts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.texts.append(data.replace("\n", " "))


def _visible(source: str) -> str:
    parser = _Visible()
    parser.feed(source)
    parser.close()
    return "".join(parser.texts)


SHOWN = {"epub": (Reader("the chapters, by html.parser", words_shown),)}
