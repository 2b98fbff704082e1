"""A real browser on the portal. `python tests/support/browser.py` installs Chromium and runs these tests.

With `--install` it only installs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from places import ROOT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from server_apps import PASSWORD

INSTALL = "apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium"

TESTS = ["tests/portal"]

AXE = ROOT / ".venvs/portal/node_modules/axe-core/axe.min.js"
"""Of the npm registry, as `tests/support/portal_tools.py` installs it."""

# what a fault of the page's accessibility must be to fail a test
SERIOUS = ("serious", "critical")

# the rest of Chromium's own traffic, which tests do not need
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# a machine that runs other tests beside it is slow
WAIT_MS = 45_000

expect.set_options(timeout=WAIT_MS)

# whether a page shows that something of it loads
_IS_LOADING = "!document.querySelector('h1') || !!document.querySelector('main [role=status] .spinner')"

# the requests of each page that are not answered yet, without streams
_PENDING: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()

# how often a page must be found at rest, one after the other
_RESTS = 3

MakeVisitor = Callable[..., "Visitor"]
"""Takes a server's address, the `password` (None does not log in), and options of the browser's context."""

MakeServer = Callable[..., str]
"""Takes the model, `llm`, and options of the server; returns its address."""


def program() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def started() -> Iterator[Browser]:
    """Start the browser, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """A person with a browser of their own: with their own cookies, at one server's portal.

    `faults` is what the browser complained about: errors of scripts, refusals of the content security policy,
    files that are missing.
    """

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.address = address
        self.context: BrowserContext = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        )
        self.context.set_default_timeout(WAIT_MS)
        self.faults: list[str] = []
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Open one more tab."""
        page = self.context.new_page()
        _watch(page)
        page.on("console", self._told)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def open(self, place: str = "", page: Page | None = None) -> Page:
        """Open a place of the portal, such as `agents/sam/chat`, and wait until the page is made."""
        page = page or self.page
        page.goto(f"{self.address}/#/{place}")
        page.wait_for_selector("main")
        return page

    def log_in(self, password: str = PASSWORD) -> Page:
        """Log in, as a person does."""
        page = self.open()
        page.get_by_label("Key or admin password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="Log out").wait_for()
        return page

    def close(self) -> None:
        self.context.close()

    def _told(self, message: ConsoleMessage) -> None:
        # answers such as 404 and 409 belong to some tests, and the page shows them
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)


def axe(page: Page, *rules: str) -> list[str]:
    """Return what axe-core finds on a page that is serious: each rule with the elements that break it.

    Without `rules` it is all of them. The script is run by the browser's own protocol, which no policy of a
    page stops.
    """
    if not AXE.is_file():  # where npm is; the test of all pages is skipped without it
        return []
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: "
        + "; ".join(f"{node['target'][0]} {node['html'][:150]}" for node in each["nodes"][:5])
        for each in found["violations"]
        if each["impact"] in SERIOUS
    ]


def settle(page: Page, seconds: float = WAIT_MS / 1000) -> None:
    """Wait until a page shows what it loads at first: nothing of it loads, and nothing is asked for."""
    rests, end = 0, time.monotonic() + seconds
    while rests < _RESTS:
        if time.monotonic() > end:
            raise AssertionError(f"{page.url} still loads after {seconds:g} seconds: {_PENDING[page]}")
        page.wait_for_timeout(100)
        rests = 0 if page.evaluate(_IS_LOADING) or _PENDING[page] else rests + 1


def _watch(page: Page) -> None:
    pending = _PENDING[page] = set()

    def begins(request: Request) -> None:
        if "event-stream" not in request.headers.get("accept", ""):
            pending.add(request)

    def ends(request: Request) -> None:
        pending.discard(request)

    page.on("request", begins)
    page.on("requestfinished", ends)
    page.on("requestfailed", ends)


def install() -> bool:
    """Install the browser, if that is possible, and return whether it is there."""
    if program() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["sh", "-c", INSTALL], check=False)
    return program() is not None


if __name__ == "__main__":
    if not install():
        print("SKIPPED: Chromium is not installed; Debian's package is 'chromium'.")  # noqa: T201
        raise SystemExit(0)
    given = sys.argv[1:]
    if given == ["--install"]:
        raise SystemExit(0)
    paths = [] if any(each.startswith("tests") for each in given) else TESTS
    raise SystemExit(subprocess.call([sys.executable, "-m", "pytest", *given, *paths], cwd=ROOT))
