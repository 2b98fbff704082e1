"""The page of an agent's memory: blocks, passages and what is shared. Nothing that a person typed is lost."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from browser import MakeServer, MakeVisitor
from playwright.sync_api import Locator, Page, expect
from server_apps import PASSWORD

from memgpt_autogen.client import Client
from memgpt_autogen.testing import ScriptedLLM, call, says


def card(page: Page, title: str) -> Locator:
    """The card with this heading."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title, exact=True))


def edited(page: Page, text: str) -> Locator:
    """Write a text into the editor of the block `human`, and return the editor."""
    field = page.get_by_label("Text of block human")
    if not field.is_visible():
        page.get_by_role("button", name="Edit human").click()
    field.fill(text)
    return field


def test_two_tabs_edit_one_block_and_nothing_typed_is_lost(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    admin.create_agent("sam", human="Her name is Ada.\nShe likes tea.")
    visitor = visit(address)
    first = visitor.open("agents/sam/memory")
    second = visitor.open("agents/sam/memory", visitor.new_page())
    edited(first, "Her name is Ada.\nShe likes coffee.")
    edited(second, "Her name is Ada Lovelace.\nShe likes tea.")

    second.get_by_role("button", name="Save").click()
    expect(card(second, "human")).to_contain_text("Ada Lovelace")

    # the first tab sees it by itself, or when it saves
    conflict = first.get_by_role("alert", name="Conflict of two edits")
    expect(conflict.get_by_role("region", name="The text now")).to_have_text(
        "Her name is Ada Lovelace.\nShe likes tea."
    )
    expect(conflict.get_by_role("region", name="Your text")).to_have_text(
        "Her name is Ada.\nShe likes coffee."
    )
    difference = conflict.get_by_role("group", name="From the text now to yours")
    expect(difference.locator("del")).to_contain_text([" Lovelace", "tea"])
    expect(difference.locator("ins")).to_contain_text(["coffee"])

    conflict.get_by_role("button", name="Take theirs").click()
    field = first.get_by_label("Text of block human")
    expect(field).to_have_value("Her name is Ada Lovelace.\nShe likes tea.")
    first.get_by_role("button", name="Bring my text back").click()
    expect(field).to_have_value("Her name is Ada.\nShe likes coffee.")

    # another page in between keeps what was typed
    first.get_by_role("link", name="Window", exact=True).click()
    first.get_by_role("link", name="Memory", exact=True).click()
    expect(field).to_have_value("Her name is Ada.\nShe likes coffee.")
    edited(first, "Her name is Ada Lovelace.\nShe likes coffee.").press("Tab")
    first.get_by_role("button", name="Save").click()
    expect(card(first, "human").get_by_role("button", name="Edit human")).to_be_focused()
    assert admin.get_block("sam", "human").value == "Her name is Ada Lovelace.\nShe likes coffee."

    human = card(first, "human")
    human.get_by_text("History").click()
    changes = human.get_by_role("list").get_by_role("listitem")
    expect(changes).to_have_count(3)
    expect(changes.first).to_contain_text("Changed from outside, by a person or a program")
    expect(changes.first.locator("ins")).to_have_text("coffee")
    human.get_by_role("button", name="Undo the newest edit of human").click()
    expect(changes).to_have_count(4)
    expect(changes.first).to_contain_text("was taken back")
    assert admin.get_block("sam", "human").value == "Her name is Ada Lovelace.\nShe likes tea."
    changes.last.get_by_role("button", name="Write this text again").click()
    expect(changes).to_have_count(5)
    assert admin.get_block("sam", "human").value == "Her name is Ada.\nShe likes tea."


def test_the_agent_edits_a_block_while_a_person_types(serve: MakeServer, visit: MakeVisitor) -> None:
    heard = call("core_memory_append", label="human", content="She likes tea.", request_heartbeat=True)
    llm = ScriptedLLM(says("", heard), otherwise=says("", call("send_message", message="Noted.")))
    address = serve(llm)
    with Client(address, PASSWORD) as client:
        client.create_agent("sam", human="Her name is Ada.")
        page = visit(address, viewport={"width": 360, "height": 740}, color_scheme="dark").open(
            "agents/sam/memory"
        )
        field = edited(page, "اسمها آدا. 😀")
        expect(page.get_by_text("12 of 2,000 characters")).to_be_visible()

        client.say("sam", "I like tea.")

        conflict = page.get_by_role("alert", name="Conflict of two edits")
        expect(conflict.get_by_role("region", name="The text now")).to_have_text(
            "Her name is Ada.\nShe likes tea."
        )
        expect(field).to_have_value("اسمها آدا. 😀")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        conflict.get_by_role("button", name="Merge by hand").click()
        expect(conflict).to_have_count(0)

        # too long: told before, and by the server
        field.fill("x" * 2003)
        expect(page.get_by_role("status").filter(has_text="3 characters too many")).to_be_visible()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("at most 2000 characters")
        expect(field).to_have_value("x" * 2003)
        field.fill("Her name is Ada. She likes tea.")
        page.get_by_role("button", name="Save").click()
        expect(card(page, "human")).to_contain_text("Her name is Ada. She likes tea.")

        page.get_by_role("button", name="New block").click()
        page.get_by_label("Label").fill("rules")
        page.get_by_label("Text", exact=True).fill("Never promise a price.")
        page.get_by_label("The agent may only read it").check()
        page.get_by_role("button", name="Make the block").click()
        expect(card(page, "rules")).to_contain_text("the agent may only read it")
        page.get_by_role("button", name="Limit and description of rules").click()
        page.get_by_label("Limit, in characters").fill("10")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("at most 10 characters")
        page.get_by_label("Limit, in characters").fill("300")
        page.get_by_role("button", name="Save").click()
        expect(card(page, "rules")).to_contain_text("22 of 300 characters")
        page.get_by_role("button", name="Remove rules").click()
        page.get_by_role("button", name="Remove it").click()
        expect(card(page, "rules")).to_have_count(0)


def test_passages_are_added_found_changed_superseded_and_deleted(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    admin.create_agent("sam")
    page = visit(address).open("agents/sam/memory/archival")
    expect(page.get_by_text("This archive is empty")).to_be_visible()
    for number in range(60):
        time = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(hours=number)
        admin.add_passages("sam", f"Fact {number}.", tags=["facts"], source="notes", created_at=time)
    (old,) = admin.add_passages("sam", "The launch is in May.").items
    page.reload()

    page.get_by_role("button", name="Add a passage").click()
    page.get_by_label("Text", exact=True).fill("The launch is in June. الإطلاق في يونيو")
    page.get_by_label("Tags, with commas").fill("launch, plans")
    page.get_by_role("button", name="Store it").click()
    passages = page.locator(".memory-passages > li")
    expect(passages.first).to_contain_text("The launch is in June. الإطلاق في يونيو")
    expect(page.get_by_role("heading", name="62 passages")).to_be_visible()
    page.get_by_text("Fact 12.").scroll_into_view_if_needed()
    expect(passages).to_have_count(62)

    (new,) = admin.list_passages("sam", order="newest", limit=1).items
    admin.edit_passage("sam", old.id, superseded=True)
    at = admin.get_passage("sam", old.id).superseded_by
    admin.add_passages("sam", "The launch is in July.", created_at=at)
    page.get_by_label("Search").fill("launch")
    page.get_by_role("button", name="Find").click()
    expect(passages).to_have_count(3)
    past = passages.filter(has_text="launch is in May")
    expect(past).to_contain_text("superseded since")
    expect(past.locator("blockquote")).to_have_text("The launch is in July.")
    past.get_by_role("button", name="It is true again").click()
    expect(past).not_to_contain_text("superseded")

    mine = passages.filter(has_text="launch is in June")
    mine.get_by_role("button", name="Edit").click()
    admin.edit_passage("sam", new.id, tags=["somebody else"])
    page.get_by_label("Text of the passage").fill("The launch is in August.")
    page.get_by_role("button", name="Save").click()
    conflict = page.get_by_role("alert", name="Conflict of two edits")
    expect(conflict.get_by_role("region", name="The text now")).to_contain_text("tags: somebody else")
    conflict.get_by_role("button", name="Keep mine").click()
    changed = passages.filter(has_text="launch is in August")
    expect(changed).to_be_visible()
    changed.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(changed).to_have_count(0)

    page.get_by_role("button", name="Show all").click()
    passages.filter(has_text="Fact 59.").get_by_role("button", name="facts").click()
    expect(page.get_by_label("Tag", exact=True)).to_have_value("facts")
    expect(passages.first).to_contain_text("Fact 59.")
    page.get_by_label("Order").select_option("oldest")
    expect(passages.first).to_contain_text("Fact 0.")


def test_a_block_and_an_archive_are_shared(address: str, admin: Client, visit: MakeVisitor) -> None:
    for name in ("sam", "ann"):
        admin.create_agent(name)
    admin.put_block("sam", "plan", "In May.")
    admin.create_user(name="eve")
    page = visit(address).open("agents/sam/memory/shared")
    expect(page.get_by_text("No block is shared")).to_be_visible()
    page.get_by_role("link", name="Core", exact=True).first.click()

    page.get_by_role("button", name="Share plan").click()
    page.get_by_role("button", name="Share it").click()
    expect(card(page, "plan")).to_contain_text("shared with nobody else yet")
    card(page, "plan").get_by_role("link", name="Who has it").click()
    page.get_by_role("button", name="Give to another agent: plan").click()
    page.get_by_role("button", name="Give it").click()
    expect(card(page, "plan")).to_contain_text("Who has it: ann, sam")
    page.get_by_role("button", name="Other users (0): plan").click()
    page.get_by_label("May").select_option("write")
    page.get_by_role("button", name="Let them use it").click()
    expect(page.get_by_text("may read and change it")).to_be_visible()
    page.get_by_role("button", name="Take it away from eve").click()
    expect(page.get_by_text("Only your agents use it.")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()

    page.get_by_role("button", name="New archive").click()
    page.get_by_label("Name").fill("atlas")
    page.get_by_role("button", name="Make and attach it").click()
    card(page, "atlas").get_by_role("link", name="0 passages").click()
    page.get_by_role("button", name="Add a passage").click()
    page.get_by_label("Text", exact=True).fill("Tea grows in the Azores.")
    page.get_by_role("button", name="Store it").click()
    expect(page.locator(".memory-passages > li")).to_contain_text(["Tea grows in the Azores."])
    assert admin.get_archive("atlas").passages == 1

    # the other agent sees the text, and its edit is for both
    page.goto(f"{address}/#/agents/ann/memory")
    expect(card(page, "plan")).to_contain_text("shared with sam")
    page.get_by_role("button", name="Edit plan").click()
    page.get_by_label("Text of block plan").fill("In June.")
    page.get_by_role("button", name="Save").click()
    expect(card(page, "plan")).to_contain_text("In June.")
    page.goto(f"{address}/#/agents/sam/memory")
    expect(card(page, "plan")).to_contain_text("In June.")
    card(page, "plan").get_by_text("History").click()
    expect(card(page, "plan").get_by_text("ann changed it")).to_be_visible()


def test_a_question_over_a_form_has_its_own_name(address: str, admin: Client, visit: MakeVisitor) -> None:
    admin.create_agent("sam")
    admin.add_passages("sam", "Tea grows in the Azores.")
    page = visit(address).open("agents/sam/memory/archival")

    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_role("dialog", name="Delete this passage?")).to_be_visible()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(set(ids)) == len(ids)
