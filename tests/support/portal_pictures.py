"""Pictures of each page of the portal: `python tests/support/portal_pictures.py FOLDER [PLACE ...]`.

They are light and dark, wide (1280) and narrow (360), of the example's home at a server that is a process.
Without places it is all pages. `--docs` in place of the folder makes those of the documentation again.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import Visitor, install, settle, started
from places import ROOT
from portal_example import Example, fill, served_model
from portal_pages import names_of, places
from server_apps import PASSWORD
from server_processes import ServerProcess, running

from memgpt_autogen.client import Client
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedServer

WIDTHS = (1280, 360)

THEMES = ("light", "dark")

DOCS = ROOT / "docs/images"

OF_DOCS = {
    "portal-chat": ("agents/sam/chat", "light"),
    "portal-window": ("agents/sam/window", "light"),
    "portal-search": ("agents/sam/search?q=Where is the spare key", "light"),
    "portal-past": ("agents/sam/past", "dark"),
}
"""The pictures of the documentation: the name, the page and the theme of each."""

# how many colours they have, so that they are small
_COLOURS = 96


@contextmanager
def example_server() -> Iterator[tuple[str, Example]]:
    """Serve the example's home, and yield the address and what the home has."""
    with (
        tempfile.TemporaryDirectory(prefix="portal-", ignore_cleanup_errors=True) as folder,
        ScriptedServer(otherwise=served_model, model="scripted") as endpoint,
    ):
        home = Path(folder) / "home"
        environment = {
            "MEMGPT_AUTOGEN_HOME": str(home),
            "MEMGPT_AUTOGEN_MODEL": "scripted",
            "MEMGPT_AUTOGEN_BASE_URL": endpoint.url,
            "MEMGPT_AUTOGEN_API_KEY": "not-needed",
            "MEMGPT_AUTOGEN_PRICE": "[0.4, 1.6]",
            "MEMGPT_AUTOGEN_WINDOW_TOKENS": "8192",
            "MEMGPT_AUTOGEN_DISCOVER": "false",
        }
        server = ServerProcess(Path(folder), environment=environment)
        with running([server]):
            address = f"http://{server.upstream}"
            with Client(address, PASSWORD) as client:
                yield address, fill(client, Settings.load(home=home))


def main(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with example_server() as (address, example), started() as browser:
        for theme in THEMES:
            for width in WIDTHS:
                options: dict[str, Any] = {
                    "viewport": {"width": width, "height": 800},
                    "color_scheme": theme,
                    "reduced_motion": "reduce",
                }
                stranger, visitor = (Visitor(browser, address, **options) for _ in range(2))
                visitor.log_in()
                shown = names_of(wanted or places(["sam"], example.places))
                if not wanted:
                    _take(stranger, "", folder / f"login-{theme}-{width}.png")
                for place, name in shown.items():
                    _take(visitor, place, folder / f"{name}-{theme}-{width}.png")
                for each in (stranger, visitor):
                    each.close()


def make_docs() -> None:
    """Make the pictures of the documentation."""
    from PIL import Image

    DOCS.mkdir(exist_ok=True)
    with example_server() as (address, _), started() as browser:
        for name, (place, theme) in OF_DOCS.items():
            visitor = Visitor(browser, address, viewport={"width": 1280, "height": 860}, color_scheme=theme)
            visitor.log_in()
            page = visitor.open(place)
            settle(page)
            if place.endswith("/chat"):
                page.get_by_label("Thoughts", exact=True).check()
                page.get_by_label("Calls", exact=True).check()
                settle(page)
            path = DOCS / f"{name}.png"
            page.screenshot(path=path)
            visitor.close()
            with Image.open(path) as shown:
                small = shown.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
            small.save(path, optimize=True)
            print(path, f"{path.stat().st_size / 1000:.0f} kB")  # noqa: T201


def _take(visitor: Visitor, place: str, path: Path) -> None:
    page = visitor.open(place)
    settle(page)
    page.screenshot(path=path, full_page=True)
    print(path)  # noqa: T201
    for fault in visitor.faults:
        print(f"FAULT: {fault}")  # noqa: T201
    visitor.faults.clear()


if __name__ == "__main__":
    if not install():
        print("SKIPPED: Chromium is not installed; Debian's package is 'chromium'.")  # noqa: T201
        raise SystemExit(0)
    if sys.argv[1] == "--docs":
        make_docs()
    else:
        main(Path(sys.argv[1]), sys.argv[2:])
