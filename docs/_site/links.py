"""Check a built site: every link has a target, and no page fetches anything from another site.

    python docs/_site/links.py build/site

Addresses of other sites are not visited. They must use https, name a host, and be in links only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Tags and attributes that make the browser fetch something. `link` elements are read separately.
FETCHED = {
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "object": "data",
}
ON_THIS_MACHINE = {"localhost", "127.0.0.1"}


@dataclass
class PageParser(HTMLParser):
    """Collect a page's anchors, its links, and the addresses that it makes the browser fetch."""

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
    problems = list(find_problems(site))
    for line in problems:
        print(line, file=sys.stderr)
    print(f"{len(problems)} problems in {len(list(site.rglob('*.html')))} pages")
    return 1 if problems else 0


def find_problems(site: Path) -> Iterator[str]:
    pages = {path.resolve(): parse(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        where = path.relative_to(site.resolve())
        for address in page.fetched:
            if urlsplit(address).scheme not in {"", "data"} or address.startswith("//"):
                yield f"{where}: fetches {address}"
            elif not address.startswith("data:") and not target(path, address, site).exists():
                yield f"{where}: {address} does not exist"
        for address in page.links:
            if reason := link_problem(path, address, site, pages):
                yield f"{where}: {address} {reason}"
    for path in sorted(site.rglob("*.css")):
        for address in re.findall(
            r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", path.read_text(encoding="utf-8")
        ):
            yield f"{path.relative_to(site)}: fetches {address}"


def parse(path: Path) -> PageParser:
    page = PageParser()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def link_problem(page: Path, address: str, site: Path, pages: dict[Path, PageParser]) -> str | None:
    parts = urlsplit(address)
    if parts.scheme == "mailto":
        return None if "@" in parts.path else "is not an address"
    if parts.scheme or parts.netloc:
        sound = parts.scheme == "https" and "." in parts.netloc
        return None if sound or parts.hostname in ON_THIS_MACHINE else "is not an https address"
    there = target(page, address, site)
    if not there.exists():
        return "does not exist"
    if parts.fragment and there in pages and unquote(parts.fragment) not in pages[there].ids:
        return "has no such heading"
    return None


def target(page: Path, address: str, site: Path) -> Path:
    """Return the file that a web server would return for an address of this site."""
    path = unquote(urlsplit(address).path)
    if not path:
        return page
    there = (site / path.lstrip("/") if path.startswith("/") else page.parent / path).resolve()
    return there / "index.html" if there.is_dir() else there


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
