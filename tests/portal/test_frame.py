"""The way into the portal and through it: a link, a session that ends, the keyboard, narrow screens."""

from __future__ import annotations

import pytest
from browser import MakeVisitor, Visitor, settle
from playwright.sync_api import Page, expect
from server_apps import PASSWORD

from memgpt_autogen.client import Client
from memgpt_autogen.server.login_codes import make_login_code
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings


def test_a_newcomer_gets_from_the_printed_link_to_a_reply(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    code = make_login_code(Settings.load(), AdminPassword.of(PASSWORD, "a test"))
    page = visit(address, password=None).page

    page.goto(f"{address}/#/login/{code}")
    page.get_by_role("button", name="Create and chat").click()
    page.get_by_role("textbox", name="Message").fill("I live in Lisbon.")
    page.get_by_role("textbox", name="Message").press("Enter")
    expect(page.get_by_text("Noted.").first).to_be_visible()

    assert code not in page.url
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])").count(code) == 0
    assert [act.action for act in admin.list_acts().items] == ["create_agent", "login_by_code"]
    other = visit(address, password=None).page
    other.goto(f"{address}/#/login/{code}")
    expect(other.get_by_role("alert")).to_contain_text("This link is not valid any more")
    expect(other.get_by_label("Key or admin password")).to_be_focused()
    page.goto(f"{address}/#/login/{code}")
    expect(page.get_by_role("heading", name="Agents", level=1)).to_be_visible()


def test_a_session_that_ends_leads_back_to_the_same_place_with_what_was_typed(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    admin.put_template("persona", "nurse", "I am kind.")
    visitor = visit(address)
    page = visitor.open("templates/persona/nurse")
    page.get_by_label("Text").fill("I am very kind.")

    visitor.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    again = page.get_by_role("dialog", name="Your session has ended")
    expect(page.get_by_role("alert")).not_to_contain_text("Bearer")
    expect(again.get_by_label("Key or admin password")).to_be_focused()
    page.keyboard.press("Escape")
    again.get_by_label("Key or admin password").fill(PASSWORD)
    again.get_by_role("button", name="Log in").click()
    expect(again).to_have_count(0)
    expect(page.get_by_label("Text")).to_have_value("I am very kind.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_title("Log in · memgpt_autogen")
    page.get_by_label("Key or admin password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="nurse", level=1)).to_be_visible()


def test_what_loads_while_the_session_is_over_is_there_after_the_login(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    admin.put_template("persona", "nurse", "I am kind.")
    visitor = visit(address)
    visitor.context.clear_cookies()
    # not a click: what the page has asked for may have opened the dialog already
    visitor.page.evaluate("location.hash = '#/templates'")
    again = visitor.page.get_by_role("dialog", name="Your session has ended")
    again.get_by_label("Key or admin password").fill(PASSWORD)
    again.get_by_role("button", name="Log in").click()

    expect(visitor.page.get_by_role("link", name="nurse", exact=True)).to_be_visible()
    expect(visitor.page.get_by_role("alert")).to_have_count(0)


def test_the_page_goes_on_by_itself_when_the_server_answers_again(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    admin.put_template("persona", "nurse", "I am kind.")
    visitor = visit(address)
    visitor.open("agents")
    visitor.page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    visitor.page.get_by_role("link", name="Templates").click()
    expect(visitor.page.get_by_text("The server does not answer. This page goes on")).to_be_visible()
    visitor.context.set_offline(False)

    expect(visitor.page.get_by_role("link", name="nurse", exact=True)).to_be_visible(timeout=15_000)
    expect(visitor.page.get_by_text("This page goes on")).to_have_count(0)


def test_a_page_of_an_older_version_of_the_server_says_to_load_the_portal_again(
    address: str, visit: MakeVisitor
) -> None:
    visitor = visit(address)
    page = visitor.open("agents")
    page.route("**/modules/*.js", lambda route: route.fulfill(status=404, body="{}"))
    page.get_by_role("link", name="Groups").click()
    expect(
        page.get_by_text("The server may have a new version: load the whole portal again.")
    ).to_be_visible()
    page.unroute("**/modules/*.js")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("heading", name="Groups", level=1)).to_be_visible()


def test_the_menu_is_used_by_the_keyboard_alone_on_a_narrow_screen(address: str, visit: MakeVisitor) -> None:
    page = visit(address, viewport={"width": 360, "height": 740}, color_scheme="dark").page
    menu = page.get_by_role("button", name="Menu")
    groups = page.get_by_role("link", name="Groups")

    menu.focus()
    page.keyboard.press("Enter")
    expect(groups).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(groups).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(groups).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Groups", level=1)).to_be_visible()
    expect(groups).to_be_hidden()
    expect(page.get_by_role("main")).to_be_focused()
    expect(page).to_have_title("Groups · memgpt_autogen")


def test_back_leads_to_where_one_was_and_agents_are_switched_by_the_keyboard(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    for number in range(30):
        admin.create_agent(f"agent{number:02}")
    page = visit(address, viewport={"width": 700, "height": 500}).page
    page.get_by_role("link", name="agent08").scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    page.get_by_role("link", name="agent08").click()
    expect(page.get_by_role("heading", name="agent08", level=1)).to_be_visible()
    assert place > 500

    page.go_back()
    expect(page.get_by_role("link", name="agent08")).to_be_in_viewport()
    page.wait_for_function(f"Math.abs(scrollY - {place}) < 3")
    page.go_forward()
    expect(page).to_have_title("agent08 · Chat · memgpt_autogen")

    settle(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("t21")
    expect(page.get_by_role("dialog").get_by_role("link")).to_have_text(["agent21"])
    page.keyboard.press("Enter")
    expect(page).to_have_title("agent21 · Chat · memgpt_autogen")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_narrow_screen(
    address: str, admin: Client, visit: MakeVisitor, scheme: str
) -> None:
    long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenträgerverein"
    admin.create_agent(long, human=f"{long} " * 9, persona="اسمي سام وأتذكر كل شيء.")
    admin.say(long, f"{long}{long}{long}")
    admin.put_template("persona", long, f"{long}{long}")
    visitor = visit(address, viewport={"width": 360, "height": 740}, color_scheme=scheme)

    for place in PLACES:
        visitor.open(place.format(name=long))
        visitor.page.wait_for_load_state("networkidle")
        assert wider(visitor) == [], place
    assert_readable(visitor.page)


PLACES = [
    "agents",
    "agents?view=table",
    "agents?new=new",
    "agents?new=fork&of={name}",
    "templates",
    "templates/persona/{name}",
    "groups",
]


def wider(visitor: Visitor) -> list[str]:
    """The elements that make the page scroll sideways."""
    found: list[str] = visitor.page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('body *')]
        .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
        .map((each) => each.outerHTML.slice(0, 120))"""
    )
    return found


def assert_readable(page: Page) -> None:
    """The page takes its colours from the scheme of the system."""
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (background == "rgb(18, 21, 27)") == dark
