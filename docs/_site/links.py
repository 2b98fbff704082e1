"""Checks a built site: each link leads to a page and a heading that are there, and nothing is fetched from elsewhere.

    python docs/_site/links.py build/site

Addresses of other sites are looked at, not visited: they must be https with a host, and stand in links only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "object": "data",
}
"""Where a page names what the browser gets by itself, beside the stylesheets and icons of `link`."""

ON_THIS_MACHINE = {"localhost", "127.0.0.1"}


@dataclass
class Read(HTMLParser):
    """A page's anchors, its links, and what it makes the browser fetch."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.update(value for name in ("id", "name") if (value := given.get(name)))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and not {"canonical", "prev", "next"} & set(given.get("rel", "").split()):
            self.fetched.append(given.get("href", ""))
        elif FETCHED.get(tag, "") in given:
            self.fetched.append(given[FETCHED[tag]])


def main(site: Path) -> int:
    wrong = list(found_wrong(site))
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(wrong)} wrong in {len(list(site.rglob('*.html')))} pages")
    return 1 if wrong else 0


def found_wrong(site: Path) -> Iterator[str]:
    pages = {path.resolve(): read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        where = path.relative_to(site.resolve())
        for address in page.fetched:
            if urlsplit(address).scheme not in {"", "data"} or address.startswith("//"):
                yield f"{where}: fetches {address}"
            elif not address.startswith("data:") and not target(path, address, site).exists():
                yield f"{where}: {address} is not there"
        for address in page.links:
            if reason := broken(path, address, site, pages):
                yield f"{where}: {address} {reason}"
    for path in sorted(site.rglob("*.css")):
        for address in re.findall(
            r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", path.read_text(encoding="utf-8")
        ):
            yield f"{path.relative_to(site)}: fetches {address}"


def read(path: Path) -> Read:
    page = Read()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def broken(page: Path, address: str, site: Path, pages: dict[Path, Read]) -> str | None:
    parts = urlsplit(address)
    if parts.scheme == "mailto":
        return None if "@" in parts.path else "is no address"
    if parts.scheme or parts.netloc:
        sound = parts.scheme == "https" and "." in parts.netloc
        return None if sound or parts.hostname in ON_THIS_MACHINE else "is no https address"
    there = target(page, address, site)
    if not there.exists():
        return "is not there"
    if parts.fragment and there in pages and unquote(parts.fragment) not in pages[there].ids:
        return "has no such heading"
    return None


def target(page: Path, address: str, site: Path) -> Path:
    """The file that an address of this site means, as a server of files would take it."""
    path = unquote(urlsplit(address).path)
    if not path:
        return page
    there = (site / path.lstrip("/") if path.startswith("/") else page.parent / path).resolve()
    return there / "index.html" if there.is_dir() else there


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
