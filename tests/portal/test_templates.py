"""Templates: made, searched, used, changed by two at once, and deleted."""

from __future__ import annotations

from browser import MakeVisitor
from playwright.sync_api import expect

from memgpt_autogen.client import Client


def test_a_template_is_made_searched_used_and_deleted(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    visitor = visit(address)
    page = visitor.open("templates")
    dialog = page.get_by_role("dialog")

    page.get_by_role("link", name="Presets").click()
    page.get_by_role("button", name="New preset").click()
    dialog.get_by_label("Name").fill("a b")
    expect(dialog.get_by_text("A name has 1 to 64 letters")).to_be_visible()
    dialog.get_by_label("Name").fill("clinic")
    dialog.get_by_label("Persona: who the agent is").fill("I am a nurse.")
    dialog.get_by_label("Human: who it talks to").fill("A patient.")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="clinic", level=1)).to_be_visible()
    expect(page).to_have_title("clinic · Templates · memgpt_autogen")

    page.get_by_role("link", name="New agent from this").click()
    expect(dialog.get_by_label("Persona: who it is")).to_have_value("I am a nurse.")
    dialog.get_by_label("Name").fill("ned")
    dialog.get_by_role("button", name="Create").click()
    expect(page).to_have_title("ned · Chat · memgpt_autogen")
    assert {each.label: each.value for each in admin.get_agent("ned").blocks}["human"] == "A patient."

    for name, text in (("pilot", "I fly."), ("cook", "I boil.")):
        admin.put_template("persona", name, text)
    visitor.open("templates/persona")
    page.get_by_role("searchbox").fill("FLY")
    expect(page.locator(".templates").get_by_role("link", name="cook", exact=True)).to_have_count(0)
    expect(page.locator(".templates").get_by_role("link", name="pilot", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete pilot").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No persona has “FLY” in its name or text.")).to_be_visible()
    assert [each.name for each in admin.list_templates("persona").items] == ["cook"]


def test_of_two_who_change_a_template_the_second_sees_both_texts(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    admin.put_template("persona", "nurse", "I am kind.")
    visitor = visit(address)
    first = visitor.open("templates/persona/nurse")
    second = visitor.open("templates/persona/nurse", visitor.new_page())

    first.get_by_label("Text").fill("I am very kind.")
    second.get_by_label("Text").fill("I am kind and calm.")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_text("Saved.")).to_be_visible()
    second.get_by_role("button", name="Save").click()

    both = second.get_by_role("alert", name="Two texts")
    expect(both).to_contain_text("I am very kind.")
    expect(both.get_by_role("deletion").or_(both.locator("del")).first).to_be_visible()
    expect(second.get_by_role("textbox", name="Text")).to_have_value("I am kind and calm.")
    assert admin.get_template("persona", "nurse").text == "I am very kind."
    second.get_by_role("button", name="Save mine").click()
    expect(second.get_by_text("Saved.")).to_be_visible()
    assert admin.get_template("persona", "nurse").text == "I am kind and calm."
