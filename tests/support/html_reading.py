"""Reads the HTML that things show themselves with, and refuses what a notebook should never be given."""

from __future__ import annotations

from html.parser import HTMLParser

from memgpt_autogen.rendering.plain_text import CONTROLS

TAGS = set("div span style b i code table thead tbody tr th td details summary ins del".split())
ATTRIBUTES = set("class style title role aria-label open".split())


class Html(HTMLParser):
    """HTML that was read: its visible `text`, and how often each element occurs."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        """The cells of each table row."""
        self._open: list[str] = []
        assert CONTROLS.search(html) is None
        html.encode("utf-8")
        self.feed(html)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= ATTRIBUTES
        for name, value in attrs:
            assert name != "style" or "url" not in (value or "")
        self._open.append(tag)
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, text: str) -> None:
        if "style" in self._open:
            assert "<" not in text
            assert "url(" not in text
            assert "@import" not in text
            return
        self.texts.append(text)
        if "td" in self._open or "th" in self._open:
            self.rows[-1][-1] += text

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment
