"""The page Search: what an agent knows, why it was found, and where it stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser import MakeServer, MakeVisitor
from playwright.sync_api import Page, Route, expect

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.client import Client
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings


@pytest.fixture
def sam(admin: Client) -> MemoryHierarchy:
    admin.create_agent("sam", human="Ada drinks green tea.")
    memory = open_memory("sam", Settings.load())
    memory.log.append(
        *(Message.said_by("ada", f"Remark {number} about the weather.") for number in range(8)),
        Message.said_by("ben", "The heron lamp costs 48 euros."),
        *(Message.said_by("ada", f"Answer {number} about lamps.") for number in range(8)),
    )
    memory.attach(text="# Birds\n\nA heron stands still.\n\n# Lamps\n\nLamps shine.", name="birds.md")
    return memory


def ask(page: Page, query: str) -> None:
    page.get_by_label("Question or words").fill(query)
    page.get_by_label("Question or words").press("Enter")


def hits(page: Page) -> Any:
    return page.locator("ol.hits > li")


def test_a_result_says_why_shows_what_was_around_it_and_leads_to_its_place(
    address: str, sam: MemoryHierarchy, visit: MakeVisitor
) -> None:
    asked: list[str] = []
    visitor = visit(address)
    page = visitor.open("agents/sam/search")
    page.on("request", lambda each: asked.append(each.url) if each.url.endswith("/search") else None)
    page.get_by_label("Question or words").press_sequentially("herons lamp", delay=20)
    assert asked == []
    page.get_by_label("Question or words").press("Enter")

    said = hits(page).filter(has_text="The heron lamp costs 48 euros.")
    expect(said.locator("mark")).to_have_text(["heron", "lamp"])
    expect(said.get_by_label("Why it was found")).to_contain_text("What was said, place 1")
    expect(said.get_by_label("Why it was found")).to_contain_text("herons, lamp")
    assert said.locator("meter[aria-label^='score']").get_attribute("value") is not None
    expect(said.locator(".hit-head")).to_contain_text("ben")
    expect(page.get_by_text(re.compile(r"\d+ results with [\d,]+ tokens, found in \d+ ms"))).to_be_visible()
    assert "q=herons+lamp" in page.url
    assert len(asked) == 1

    said.get_by_role("button", name="Show what was around it").click()
    around = said.get_by_role("group", name="What was around it")
    expect(around.locator("li")).to_have_count(7)
    expect(around.locator("li[aria-current]")).to_contain_text("heron lamp")
    around.get_by_role("button", name="3 earlier").click()
    expect(around.locator("li").first).to_contain_text("Remark 2")
    around.get_by_role("button", name="3 later").click()
    expect(around.locator("li").last).to_contain_text("Answer 5")

    document = hits(page).filter(has_text="A heron stands still.")
    document.get_by_role("link", name="Open the document at passage 1").click()
    expect(page.locator("[aria-current=location]")).to_contain_text("A heron stands still.")
    page.go_back()
    said.get_by_role("link", name="Open in the chat").click()
    expect(page).to_have_url(re.compile(r"sam/chat\?seq=11$"))
    expect(page.get_by_text("The heron lamp costs 48 euros.")).to_be_visible()


def test_filters_stand_in_the_address_and_an_empty_result_says_which_one_excludes(
    address: str, sam: MemoryHierarchy, visit: MakeVisitor
) -> None:
    visitor = visit(address)
    page = visitor.open("agents/sam/search")
    ask(page, "lamp")
    expect(hits(page).first).to_be_visible()
    page.get_by_text("Filters").click()
    page.get_by_label("Said by").fill("BEN")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(hits(page)).to_have_count(1)
    expect(hits(page)).to_contain_text("48 euros")
    page.get_by_label("From", exact=True).fill("2099-01-01")
    page.get_by_label("From", exact=True).press("Enter")

    expect(page.get_by_text("Nothing was found")).to_be_visible()
    bookmark = page.url
    page.get_by_role("button", name="Drop the dates: 1 result").click()
    expect(hits(page)).to_have_count(1)
    page.go_back()
    expect(page.get_by_text("Nothing was found")).to_be_visible()

    page.get_by_role("button", name="Remove all filters").click()
    expect(hits(page).nth(5)).to_be_visible()
    page.get_by_label("As known on").fill("2020-01-01")
    page.get_by_label("As known on").press("Enter")
    expect(page.get_by_text("as known on 2020-01-01")).to_be_visible()
    expect(page.get_by_text("Nothing was found")).to_be_visible()
    page.get_by_role("button", name="Drop the dates").click()
    expect(hits(page).first).to_be_visible()

    other = visitor.new_page()
    other.goto(bookmark)
    expect(other.get_by_text("said by BEN · from 2099-01-01")).to_be_visible()
    other.get_by_role("button", name="Remove all filters").click()
    expect(hits(other).nth(5)).to_be_visible()
    ask(other, "zebra")
    expect(other.get_by_text("Try other words")).to_be_visible()
    other.get_by_text("Filters").click()
    other.get_by_label("Budget in tokens").fill("1")
    ask(other, "lamp")
    expect(other.get_by_text("Nothing fits into 1 token")).to_be_visible()


def test_several_questions_are_searched_at_once_and_an_older_answer_never_replaces_a_newer_one(
    address: str, sam: MemoryHierarchy, visit: MakeVisitor
) -> None:
    page = visit(address).open("agents/sam/search")
    ask(page, "heron")
    expect(hits(page).first).to_contain_text("heron")
    page.get_by_role("button", name="Add a question").click()
    expect(page.get_by_label("Question 2", exact=True)).to_be_focused()
    page.keyboard.type("euros")
    page.keyboard.press("Enter")
    expect(hits(page).first).to_contain_text("The heron lamp costs 48 euros.")
    expect(hits(page).first.locator(".why > li")).to_have_count(2)

    held: list[Route] = []

    def hold(route: Route) -> None:
        if "weather" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/search", hold)
    page.get_by_role("button", name="Take question 2 away").click()
    ask(page, "weather")
    expect(page.get_by_text("Searching …")).to_be_visible()
    ask(page, "birds")
    expect(hits(page).first).to_contain_text("A heron stands still.")
    for route in held:
        route.continue_()
    page.wait_for_timeout(500)
    expect(hits(page).first).to_contain_text("A heron stands still.")
    assert len(held) == 1


def test_a_saved_search_is_run_again_and_fails_when_what_it_should_find_is_gone(
    address: str, sam: MemoryHierarchy, visit: MakeVisitor
) -> None:
    visitor = visit(address)
    page = visitor.open("agents/sam/search")
    ask(page, "heron costs")
    first = hits(page).filter(has_text="48 euros")
    first.get_by_role("button", name="Save as a test").click()
    page.get_by_label("Among the first").fill("1")
    page.get_by_role("button", name="Save", exact=True).click()

    saved = page.locator(".saved-line")
    expect(saved).to_contain_text("should be among the first 1; was at place 1 when it was saved")
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_text("1 passed, 0 failed.")).to_be_visible()
    sam.log.append(*[Message.said_by("eva", "The heron costs much. What the heron costs!")] * 2)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(saved).to_contain_text(re.compile(r"failed: place \d, not among 1"))
    sam.forget(speaker="ben")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(saved).to_contain_text("failed: deleted")
    expect(saved).to_contain_text("What it should find was deleted.")

    page = visitor.open("agents/sam/search")
    saved.get_by_role("link", name="heron costs").click()
    expect(hits(page).first).to_contain_text("heron")
    saved.get_by_role("button", name="Delete this saved search").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(saved).to_have_count(0)
    expect(page.get_by_role("heading", name="Saved searches")).to_be_focused()


def test_long_words_and_writing_from_the_right_fit_on_a_small_screen_and_a_reader_saves_nothing(
    serve: MakeServer, visit: MakeVisitor
) -> None:
    address = serve()
    with Client(address, "correct horse battery staple") as admin:
        admin.create_agent("sam")
        key = admin.create_key("home", name="reads", scopes=["read"]).key
    long = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstellenleiterin"
    open_memory("sam", Settings.load()).log.append(
        Message.said_by("Jürgen-Übermäßig-Ausführlicher-Mensch", f"{long} trinkt Tee."),
        Message.said_by("ليلى", "أشرب الشاي الأخضر كل صباح مع Tee."),
    )
    page = visit(address, password=key, viewport={"width": 360, "height": 740}).open(
        "agents/sam/search?q=Tee"
    )

    expect(hits(page)).to_have_count(2)
    arabic = hits(page).filter(has_text="الشاي").locator(".hit-text")
    assert arabic.evaluate("each => getComputedStyle(each).direction") == "rtl"
    expect(arabic.locator("mark")).to_have_text("Tee")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.get_by_role("button", name="Save as a test")).to_have_count(0)
