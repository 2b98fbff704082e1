"""Everyone can use each page: by keyboard, by a screen reader, in light and dark, on a small screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browser import AXE, MakeServer, MakeVisitor, Visitor, axe, settle
from playwright.sync_api import Page
from portal_example import fill, model
from portal_pages import places
from server_apps import PASSWORD

from memgpt_autogen.client import Client
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not AXE.is_file(), reason=f"axe-core is not here; {'portal_tools.py check'!r} gets it"
    ),
]

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}

# how many elements the keyboard goes through on each page
_STEPS = 40

# where the keyboard is: the number of the element in the document, and what it is if one does not see that;
# null behind the last element
_FOCUSED = """() => {
  const here = document.activeElement;
  if (here === document.body) return null;
  const box = here.getBoundingClientRect();
  const style = getComputedStyle(here);
  const isSeen = style.outlineStyle !== 'none' && box.width > 0 && box.height > 0;
  return [[...document.querySelectorAll('*')].indexOf(here), isSeen ? '' : here.outerHTML.slice(0, 150)];
}"""

_NEXT_PICTURE = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

_TOO_WIDE = """() => {
  const width = document.scrollingElement.scrollWidth;
  return width > innerWidth ? `${width} pixels wide at ${innerWidth}` : '';
}"""


def test_every_page_of_a_home_that_is_used(serve: MakeServer, visit: MakeVisitor) -> None:
    address = serve(llm=ScriptedLLM(otherwise=model))
    with Client(address, PASSWORD) as client:
        example = fill(client, Settings.load())
    visitor = visit(address)

    shown = places(["sam", "layla"], example.places)

    assert {"agents/sam/chat", "agents/layla/past", f"runs/{example.run}"} <= set(shown)
    assert faults_of(visitor, shown) == []


def test_every_page_of_a_home_with_nothing_in_it(address: str, admin: Client, visit: MakeVisitor) -> None:
    admin.create_agent("new")
    visitor = visit(address)

    assert faults_of(visitor, places(["new"], {})) == []


def test_the_page_to_log_in(address: str, visit: MakeVisitor) -> None:
    visitor = visit(address, password=None)

    assert faults_of(visitor, [""]) == []


def faults_of(visitor: Visitor, shown: list[str]) -> list[str]:
    """What is wrong with these pages, each with its address."""
    checks: list[tuple[str, dict[str, int], str, Callable[[Page], list[str]]]] = [
        ("wide", WIDE, "light", lambda page: [*axe(page), *_headings(page), *_focus(page)]),
        ("wide, dark", WIDE, "dark", lambda page: axe(page, "color-contrast")),
        ("narrow", NARROW, "light", lambda page: [*axe(page), *_width(page)]),
        ("narrow, dark", NARROW, "dark", lambda page: axe(page, "color-contrast")),
    ]
    found = []
    for place in shown:
        page = visitor.open(place)
        settle(page)
        for called, size, scheme, check in checks:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(_NEXT_PICTURE)
            faults = check(page)
            if faults:  # the browser may still change from one theme to the other; a fault stays
                page.wait_for_timeout(1000)
                faults = check(page)
            found += [f"{place} ({called}): {each}" for each in faults]
    return found


def _headings(page: Page) -> list[str]:
    titles = page.locator("h1").all_inner_texts()
    return [] if len(titles) == 1 and titles[0].strip() else [f"not one h1, but {titles}"]


def _width(page: Page) -> list[str]:
    return [fault] if (fault := page.evaluate(_TOO_WIDE)) else []


def _focus(page: Page) -> list[str]:
    """Go through the page by the tabulator: in the order of the document, and the focus is always seen."""
    page.locator(".skip").focus()
    first, _ = page.evaluate(_FOCUSED)
    before, found = first, []
    for _ in range(_STEPS):
        page.keyboard.press("Tab")
        here = page.evaluate(_FOCUSED)
        if here is None or here[0] == first:
            break
        number, unseen = here
        if number < before:
            found.append(f"the focus goes back from element {before} of the document to {number}")
        if unseen:
            found.append(f"the focus is not seen at {unseen}")
        before = number
    return found
