"""The settings of an agent in the portal: name, limits, tools, what it forgets, its file and its end."""

from __future__ import annotations

import re
from pathlib import Path

from browser import MakeVisitor, axe, settle
from playwright.sync_api import Page, expect

from memgpt_autogen.client import Client

SECRET = "marzipan-471"


def test_an_agent_is_renamed_kept_as_a_template_exported_and_imported_again(
    admin: Client, page: Page, address: str, tmp_path: Path
) -> None:
    made = admin.create_agent("sam", persona="I am a patient librarian.", human="Ada likes tea.")
    admin.say("sam", f"My word is {SECRET}.")
    page.goto(f"{address}/#/agents/sam/settings")
    name = page.get_by_label("Name of the agent")
    name.fill("no spaces here")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("alert")).to_contain_text("no spaces")
    name.fill("samuel")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("samuel")
    expect(page).to_have_url(re.compile("#/agents/samuel/settings$"))
    assert admin.get_agent("samuel").id == made.id

    page.get_by_role("button", name="Save as template: persona").click()
    page.get_by_label("Name of the template").fill("librarian")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("The persona librarian is among the templates.")).to_be_visible()
    assert admin.get_template("persona", "librarian").text == "I am a patient librarian."
    page.get_by_role("button", name="Save as template: human").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Kind").select_option("persona")
    dialog.get_by_label("Name of the template").fill("librarian")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("of this name already")
    dialog.get_by_role("button", name="Close").click()
    assert admin.get_template("persona", "librarian").text == "I am a patient librarian."

    with page.expect_download() as download:
        page.get_by_role("link", name="Export to a file").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "samuel.zip"
    admin.import_agent(file, name="copied")
    assert SECRET in admin.get_log("copied", kind=["message"]).items[0].text
    settle(page)
    assert axe(page) == []


def test_limits_are_set_with_what_is_used_beside_them(admin: Client, page: Page, address: str) -> None:
    admin.create_agent("sam")
    admin.say("sam", "Hello.")
    page.goto(f"{address}/#/agents/sam/settings/limits")
    turns = page.get_by_label("Limit: turns in 24 hours")
    turns.fill("4")
    page.get_by_label("Limit: tokens in 24 hours").fill("100000")
    page.get_by_role("button", name="Save the limits").click()

    expect(page.get_by_text("The limits are saved.")).to_be_visible()
    expect(page.get_by_text("1 of 4")).to_be_visible()
    limits = admin.get_agent_limits("sam")
    assert (limits.turns_at_once, limits.turns_a_day, limits.tokens_a_day) == (None, 4, 100_000)
    turns.fill("")
    page.get_by_role("button", name="Save the limits").click()
    expect(page.get_by_text("1 of 4")).to_have_count(0)
    assert admin.get_agent_limits("sam").turns_a_day is None
    page.goto(f"{address}/#/agents/sam/settings/audit")
    expect(page.get_by_role("cell", name="put agent limits")).to_have_count(2)
    settle(page)
    assert axe(page) == []


def test_a_function_is_tried_with_a_form_made_of_its_schema(admin: Client, page: Page, address: str) -> None:
    admin.create_agent("sam", human="Ada likes tea.")
    page.goto(f"{address}/#/agents/sam/settings/tools")
    page.get_by_label(re.compile(r"Filter \d+ functions")).fill("insert a line")
    expect(page.locator(".settings-tools > li")).to_have_count(1)
    page.get_by_text("memory_insert").click()
    expect(page.get_by_label("inner_thoughts")).to_have_count(0)
    page.get_by_label("label").fill("human")
    page.get_by_label("content").fill("Ada lives in Porto.")
    page.get_by_label("line (optional)").fill("0")
    page.get_by_role("button", name="Test run").click()

    expect(page.get_by_text("returned", exact=True)).to_be_visible()
    assert admin.get_block("sam", "human").value == "Ada lives in Porto.\nAda likes tea."
    page.get_by_label("label").fill("nothing")
    page.get_by_role("button", name="Test run").click()
    expect(page.get_by_text("failed", exact=True)).to_be_visible()
    settle(page)
    assert axe(page) == []


def test_words_are_forgotten_after_a_report_and_no_search_finds_them(
    admin: Client, page: Page, address: str
) -> None:
    admin.create_agent("sam", human=f"Ada likes tea. Her word is {SECRET}.")
    admin.say("sam", f"My word is {SECRET}.")
    admin.add_passages("sam", f"{SECRET} opens the safe.")
    page.goto(f"{address}/#/agents/sam/settings/forget")
    show = page.get_by_role("button", name="Show what would go")
    expect(show).to_be_disabled()
    page.get_by_label("Exactly these words").fill(SECRET)
    show.click()

    report = page.get_by_role("region", name="Report")
    expect(report.get_by_role("heading", name="This would be forgotten")).to_be_visible()
    expect(report.get_by_role("row", name="Messages")).to_contain_text("user (1)")
    expect(report.get_by_role("row", name="Passages")).to_contain_text("1")
    expect(report.get_by_role("row", name="Blocks that lose sentences")).to_contain_text("human")
    expect(report).to_contain_text(f"{SECRET} opens the safe.")
    assert SECRET in admin.get_block("sam", "human").value
    settle(page)
    assert axe(page) == []

    # another question makes the report of this one void
    page.get_by_label("Said by").fill("nobody")
    expect(report.get_by_role("button", name="Forget it for good")).to_have_count(0)
    show.click()
    expect(report).to_contain_text("There is nothing to forget")
    page.get_by_label("Said by").fill("")
    show.click()
    report.get_by_role("button", name="Forget it for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget it").click()

    expect(report.get_by_role("heading", name="This was forgotten")).to_be_visible()
    expect(report).not_to_contain_text(SECRET)
    assert admin.search("sam", [SECRET]).items == []
    assert SECRET not in admin.get_block("sam", "human").value
    with page.expect_download() as download:
        report.get_by_role("button", name="Download the report").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "Passages: 1" in text
    assert SECRET not in text
    page.goto(f"{address}/#/agents/sam/past")
    page.get_by_role("slider").press("Home")
    for _ in range(3):
        page.get_by_role("slider").press("ArrowRight")
        settle(page)
        expect(page.locator("main")).not_to_contain_text(SECRET)


def test_an_agent_is_deleted_after_its_name_was_typed(admin: Client, page: Page, address: str) -> None:
    admin.create_agent("sam")
    admin.say("sam", "Hello.")
    admin.fork_agent("sam", "later")
    page.goto(f"{address}/#/agents/sam/settings")
    page.get_by_role("button", name="Delete sam").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 messages, 0 passages and 2 blocks")
    expect(dialog).to_contain_text("Its forks stay: later.")
    delete = dialog.get_by_role("button", name="Delete for good")
    expect(delete).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Delete sam")).to_be_focused()
    page.get_by_role("button", name="Delete sam").click()
    page.get_by_label("Type sam to delete it").fill("sam")
    delete.click()

    expect(page.get_by_text("sam is deleted.")).to_be_visible()
    expect(page).to_have_url(re.compile("#/agents$"))
    assert [each.name for each in admin.list_agents().items] == ["later"]


def test_settings_fit_a_narrow_screen_and_a_reader_changes_nothing(
    admin: Client, address: str, visit: MakeVisitor
) -> None:
    admin.create_user("ada")
    with Client(address, admin.create_key("ada", "own").key) as ada:
        ada.create_agent("layla", persona="أنا أمينة مكتبة صبورة.", human="Donaudampfschifffahrt" * 5)
    key = admin.create_key("ada", "reader", scopes=["read"]).key
    narrow = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}
    for password in (admin.create_key("ada", "phone").key, key):
        visitor = visit(address, password=password, **narrow)
        for part in ("", "/limits", "/tools", "/forget", "/audit"):
            page = visitor.open(f"agents/layla/settings{part}")
            settle(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            assert axe(page) == []
    for part in ("", "/limits", "/forget"):
        page = visitor.open(f"agents/layla/settings{part}")
        settle(page)
        changing = re.compile("Rename|Save|Evict|Delete|Forget|Show what")
        expect(page.get_by_role("button", name=changing)).to_have_count(0)
    page = visitor.open("agents/layla/settings")
    expect(page.get_by_role("link", name="Export to a file")).to_be_visible()
