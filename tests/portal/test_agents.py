"""The list of agents: what it tells, and how agents come and go."""

from __future__ import annotations

from pathlib import Path

from browser import MakeVisitor
from playwright.sync_api import Page, expect

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.client import Client
from memgpt_autogen.settings import Settings


def test_a_home_without_agents_leads_to_a_chat_by_one_press(page: Page) -> None:
    expect(page.get_by_label("Name")).to_have_value("sam")
    page.get_by_role("button", name="Create and chat").click()

    expect(page.get_by_role("heading", name="sam", level=1)).to_be_visible()
    expect(page).to_have_title("sam · Chat · memgpt_autogen")


def test_the_list_tells_what_agents_said_and_do_and_is_searched(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    for name in ("sam", "samantha", "ann"):
        admin.create_agent(name, human="Her name is Ada.")
    admin.say("ann", "I live in Lisbon.")
    used = admin.list_agents(search="ann").items[0].overview.tokens_today
    page = visit(address).page

    card = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="ann", exact=True))
    expect(card).to_contain_text("ann: Noted.")
    expect(card).to_contain_text("2 messages")
    expect(card).to_contain_text(f"{used:,} tokens today")
    expect(card).to_contain_text("Her name is Ada.")
    expect(page.get_by_text("In a turn")).to_have_count(0)
    with open_memory("ann", Settings.load()).exclusive():
        expect(card.get_by_text("In a turn")).to_be_visible()
    expect(page.get_by_text("In a turn")).to_have_count(0)

    page.get_by_role("button", name="Table").click()
    expect(page.get_by_role("row").filter(has_text="Noted.").get_by_role("rowheader")).to_have_text("ann")
    page.get_by_role("searchbox", name="Search by name").fill("SAM")
    expect(page.get_by_role("rowheader")).to_have_text(["samantha", "sam"])
    page.get_by_role("searchbox", name="Search by name").fill("nobody")
    page.get_by_role("button", name="Show all agents").click()
    expect(page.get_by_role("rowheader")).to_have_text(["ann", "samantha", "sam"])


def test_agents_are_made_of_templates_files_and_others_and_deleted(
    address: str, admin: Client, visit: MakeVisitor, tmp_path: Path
) -> None:
    admin.put_template("preset", "clinic", '{"persona": "I am a nurse.", "human": "A patient."}')
    admin.put_template("persona", "pilot", "I fly.")
    admin.create_agent("sam")
    admin.say("sam", "I live in Lisbon.")
    file = admin.export_agent("sam", tmp_path / "sam.zip")
    visitor = visit(address)
    page = visitor.page
    dialog = page.get_by_role("dialog")

    page.get_by_role("button", name="New agent").click()
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill("a b")
    expect(dialog.get_by_text("A name cannot have spaces")).to_be_visible()
    dialog.get_by_label("Name").fill("sam")
    expect(dialog.get_by_text("There is an agent sam already.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Create")).to_be_disabled()
    dialog.get_by_label("Name").fill("ned")
    dialog.get_by_label("Preset").select_option("clinic")
    expect(dialog.get_by_label("Human: who it talks to")).to_have_value("A patient.")
    dialog.get_by_label("Persona from a template").select_option("pilot")
    expect(dialog.get_by_label("Persona: who it is")).to_have_value("I fly.")
    dialog.get_by_role("button", name="Create").click()
    expect(page).to_have_title("ned · Chat · memgpt_autogen")
    blocks = {each.label: each.value for each in admin.get_agent("ned").blocks}
    assert (blocks["persona"], blocks["human"]) == ("I fly.", "A patient.")

    visitor.open("agents?new=file")
    dialog.get_by_label("File").set_input_files(str(file))
    dialog.get_by_label("Name").fill("came")
    dialog.get_by_role("button", name="Import").click()
    expect(page).to_have_title("came · Chat · memgpt_autogen")
    assert admin.get_agent("came").messages == 2

    visitor.open("agents")
    page.get_by_role("button", name="Fork came").click()
    expect(dialog.get_by_label("Name")).to_have_value("came-2")
    dialog.get_by_role("button", name="Fork", exact=True).click()
    expect(page).to_have_title("came-2 · Chat · memgpt_autogen")
    assert admin.get_agent("came-2").messages == 2

    visitor.open("agents")
    page.get_by_role("button", name="Delete came-2").click()
    expect(dialog).to_contain_text("This deletes 2 messages, 0 passages and 2 blocks for good.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete came-2").click()
    dialog.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("link", name="came-2")).to_have_count(0)
    expect(page.get_by_role("searchbox", name="Search by name")).to_be_focused()
    assert sorted(each.name for each in admin.list_agents().items) == ["came", "ned", "sam"]
