"""Who is not logged in sees nothing, and the browser keeps no key."""

from __future__ import annotations

from browser import MakeVisitor
from playwright.sync_api import expect

from memgpt_autogen.client import Client


def test_the_admin_logs_in_and_out(address: str, visit: MakeVisitor) -> None:
    visitor = visit(address, password=None)
    page = visitor.open()
    expect(page.get_by_label("Key or admin password")).to_be_focused()

    visitor.log_in()
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    (cookie,) = visitor.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert kept == '[{},{},""]'

    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Key or admin password")).to_be_visible()
    assert visitor.context.cookies() == []


def test_a_wrong_key_is_told_and_can_be_typed_again(address: str, visit: MakeVisitor) -> None:
    page = visit(address, password=None).open()
    page.get_by_label("Key or admin password").fill("mga_wrong")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Key or admin password")).to_have_value("mga_wrong")


def test_a_user_has_no_page_of_the_admin(address: str, admin: Client, visit: MakeVisitor) -> None:
    admin.create_user(name="ada")
    key = admin.create_key("ada", name="laptop").key

    page = visit(address, password=key).page

    expect(page.get_by_role("link", name="Agents", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)
