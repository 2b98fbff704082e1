"""The words of web pages, as Chromium shows them."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

from benchmarks.words_lost.browser import Browser, program
from benchmarks.words_lost.made import Reader, Refused, Words

SHOWN_BY_BROWSER: dict[Path, Words | Refused] = {}

UNSEEN = frozenset("script style noscript template title".split())

BLOCKS = frozenset("p div li td th tr h1 h2 h3 h4 h5 h6 br dt dd pre table caption body".split())


def look(files: Sequence[Path]) -> None:
    """Look at all files with one browser."""
    with Browser() as browser:
        for file in files:
            try:
                found = browser.shown(file)
            except RuntimeError as error:
                SHOWN_BY_BROWSER[file] = Refused(str(error))
                continue
            title = found["title"]
            # a heading that repeats the title is stored once
            named = "" if title.split() == found["first_heading"].split() else title
            SHOWN_BY_BROWSER[file] = Words(f"{named}\n{found['text']}", found["around"])


def words_shown(path: Path) -> Words:
    if path not in SHOWN_BY_BROWSER:
        look([path])
    found = SHOWN_BY_BROWSER[path]
    if isinstance(found, Refused):
        raise found
    return found


class _Texts(HTMLParser):
    """The text of simple HTML, such as that of letters: no rule of style hides anything."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        self.found.append("\n" if tag in BLOCKS else "")
        self.found.append(f" {dict(attrs).get('alt') or ''} " if tag == "img" else "")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN and self._unseen > 0
        self.found.append("\n" if tag in BLOCKS else "")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.found.append(data.replace("\n", " "))


def text_of_html(page: str) -> str:
    """Return the text of simple HTML, a block in a line."""
    texts = _Texts()
    texts.feed(page)
    texts.close()
    return "".join(texts.found)


CHROMIUM = Reader("Chromium", words_shown, (program() or "chromium",), look)

SHOWN = {"html": (CHROMIUM,), "webarchive": (CHROMIUM,)}
