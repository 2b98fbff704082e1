"""The page of an agent's window: its numbers are those of Python, and its request is the next one."""

from __future__ import annotations

import json
from typing import Any

from browser import MakeServer, MakeVisitor
from playwright.sync_api import Page, expect
from server_apps import PASSWORD

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.client import Client
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

SECTIONS = ("system", "core_memory", "tools", "summary", "queue")

# what the browser reads of the list and of the bar
NUMBERS = "all => all.map(each => [each.dataset.section, each.firstChild.data])"
TOKENS = "all => all.map(each => +each.dataset.tokens)"
WIDTHS = "all => all.map(each => +each.getAttribute('width'))"


def shown(page: Page) -> dict[str, int]:
    """The numbers of the list, by section."""
    page.locator("[data-section=queue]").wait_for()
    found = page.locator("[data-section]").evaluate_all(NUMBERS)
    return {name: int(text.replace(",", "")) for name, text in found}


def fill(page: Page, tokens: int) -> None:
    """Wait until the page says that the window has so many tokens."""
    expect(page.get_by_role("heading", name=f"{tokens:,} of")).to_be_visible()


def read_json(page: Page) -> Any:
    text = page.get_by_label("The request as JSON", exact=True)
    if not text.is_visible():
        page.get_by_text("The request as JSON", exact=True).click()
    return json.loads(text.inner_text())


def test_the_numbers_are_those_of_python_and_the_request_is_the_next_one(
    serve: MakeServer, visit: MakeVisitor
) -> None:
    llm = ScriptedLLM(otherwise=says("", call("send_message", message="Noted.")))
    address = serve(llm)
    with Client(address, PASSWORD) as client:
        client.create_agent("sam", human="Her name is Ada. اسمها آدا.")
        client.say("sam", "Hello, here is Ada.", speaker="ada")
        visitor = visit(address)
        page = visitor.open("agents/sam/window")

        overview = open_loop(open_memory("sam", Settings.load()), llm).context_overview()
        sizes = [getattr(overview, name) for name in SECTIONS]
        free = overview.window_tokens - overview.prompt_tokens
        assert shown(page) == {**dict(zip(SECTIONS, sizes, strict=True)), "free": free}
        fill(page, overview.prompt_tokens)
        drawn = page.locator("rect[data-tokens]")
        assert drawn.evaluate_all(TOKENS) == sizes
        wide = [round(1000 * size / overview.window_tokens) for size in sizes]
        assert [round(each) for each in drawn.evaluate_all(WIDTHS)] == wide
        assert f"Queue {overview.queue:,}" in (page.locator("svg desc").text_content() or "")

        page.get_by_text("Core memory", exact=True).click()
        expect(page.get_by_label("Text of Core memory", exact=True)).to_contain_text("Ada. اسمها آدا.")
        expected = read_json(page)
        visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy the request as JSON").click()
        expect(page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
        assert json.loads(page.evaluate("navigator.clipboard.readText()")) == expected

        client.say("sam", "The launch is in May.", speaker="ada")
        sent = llm.requests[-1]
        assert (expected["model"], expected["tools"]) == ("scripted", sent.tools)
        assert (sent.messages[:-1], sent.messages[-1]["role"]) == (expected["messages"], "user")

        # the page follows the turns
        fill(page, client.get_window("sam").prompt_tokens)
        assert read_json(page)["messages"][: len(sent.messages)] == sent.messages


def test_what_was_evicted_is_told_and_an_earlier_window_is_shown(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    admin.create_agent("sam")
    narrow = visit(address, viewport={"width": 360, "height": 740}, color_scheme="dark")
    page = narrow.open("agents/sam/window")
    expect(page.get_by_text("Nothing was evicted yet")).to_be_visible()

    for number in range(4):
        admin.say("sam", f"Wort{number} Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel")
    full = admin.get_window("sam").prompt_tokens
    fill(page, full)
    page.get_by_role("button", name="Evict now").click()
    page.get_by_role("button", name="Evict the older half").click()

    item = page.get_by_role("listitem").filter(has_text="Somebody asked for it")
    expect(item).to_contain_text(f"when the prompt had {full:,} tokens")
    (told,) = admin.list_evictions("sam").items
    expect(item).to_contain_text(f"{told.messages} messages left the window")
    fill(page, admin.get_window("sam").prompt_tokens)
    item.get_by_text("The summary", exact=True).click()
    expect(item.locator("pre")).to_have_text(told.summary)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    admin.say("sam", "And a word more.")
    item.get_by_role("link", name="The window after it").click()
    expect(page.get_by_text(f"after entry {told.at_seq} of the log")).to_be_visible()
    then = admin.get_window("sam", at=told.at_seq)
    fill(page, then.prompt_tokens)
    assert shown(page)["queue"] == then.sections[-1].tokens
    page.get_by_role("link", name="Show the window of now").click()
    fill(page, admin.get_window("sam").prompt_tokens)
