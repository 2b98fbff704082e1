"""The past of an agent in the portal: any moment, two of them, forks, and two futures beside each other."""

from __future__ import annotations

import re
from typing import Any

from browser import MakeServer, MakeVisitor, axe, settle
from playwright.sync_api import Page, expect
from server_apps import PASSWORD

from memgpt_autogen.client import Client
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import ScriptedLLM, call, says

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def sam(admin: Client) -> list[int]:
    """Make an agent that has lived in three towns. Return its newest entry at each of them."""
    admin.create_agent("sam", human="Ada lives in Paris.")
    seqs = []
    for town in ("Paris", "Lyon", "Porto"):
        admin.put_block("sam", "human", f"Ada lives in {town}.", if_match="*")
        admin.say("sam", f"I am in {town} now.")
        seqs.append(admin.get_agent("sam").seq)
    return seqs


def test_the_slider_shows_what_an_agent_knew_and_two_moments_are_compared(
    admin: Client, address: str, visit: MakeVisitor
) -> None:
    _, lyon, porto = sam(admin)
    admin.add_passages("sam", "Porto has six bridges.")
    visitor = visit(address)
    page = visitor.open("agents/sam/past")
    slider = page.get_by_role("slider", name="Moment")
    expect(page.get_by_role("heading", name="Core memory then")).to_be_visible()
    then = page.locator(".past-page")
    expect(then.get_by_text("Ada lives in Porto.").first).to_be_visible()

    slider.press("Home")
    expect(page.get_by_text("Before its first entry the agent knew nothing.")).to_be_visible()
    slider.press("End")
    for _ in range(porto - lyon):
        slider.press("ArrowLeft")
    human = page.get_by_role("article").filter(has_text="human")
    expect(human).to_contain_text("Ada lives in Lyon.")
    expect(human).to_contain_text("another text now")
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"^entry {lyon} of {porto}, .*20"))
    expect(page.get_by_role("link", name="The prompt of this moment")).to_have_attribute(
        "href", f"#/agents/sam/window?at={lyon}"
    )
    expect(page).to_have_url(re.compile(rf"at={lyon}$"))
    page.reload()
    expect(human).to_contain_text("Ada lives in Lyon.")
    page.get_by_role("button", name="Go to the change before").click()
    expect(page.get_by_role("status").filter(has_text="Edit from outside of human")).to_be_visible()

    page.get_by_role("button", name="Compare two moments").click()
    page.get_by_role("spinbutton").first.fill(str(lyon))
    page.get_by_role("spinbutton").first.press("Enter")
    expect(human.locator("del")).to_have_text("Lyon")
    expect(human.locator("ins")).to_have_text("Porto")
    expect(page.get_by_text("6 messages to be found; before, 4.")).to_be_visible()
    expect(page.get_by_text("user: I am in Porto now.")).to_be_visible()
    expect(page.get_by_text("user: I am in Lyon now.")).to_have_count(0)
    settle(page)
    assert axe(page) == []


def test_an_older_answer_never_replaces_a_newer_one(admin: Client, address: str, visit: MakeVisitor) -> None:
    _, lyon, porto = sam(admin)
    visitor = visit(address)
    asked: list[str] = []

    def late(route: Any) -> None:
        asked.append(route.request.url)
        if f"/at/{lyon}" in route.request.url:
            visitor.page.wait_for_timeout(1000)  # longer than the answer of the next moment takes
        route.continue_()

    page = visitor.open(f"agents/sam/past?at={porto}")
    human = page.get_by_role("article").filter(has_text="human")
    expect(human).to_contain_text("Porto")
    page.route("**/at/*", late)
    number = page.get_by_role("spinbutton")
    number.fill(str(lyon))
    number.press("Enter")
    page.wait_for_timeout(300)
    number.fill("3")
    number.press("Enter")

    expect(human).to_contain_text("Ada lives in Paris.")
    page.wait_for_timeout(1500)
    expect(human).to_contain_text("Ada lives in Paris.")
    slider = page.get_by_role("slider")
    before = len(asked)
    for _ in range(10):
        slider.press("ArrowRight")
    expect(page.get_by_text("Entry 13", exact=True)).to_be_visible()
    settle(page)
    assert len(asked) - before < 5, "each step of the slider asks the server"


def test_changes_are_listed_filtered_and_taken_back(admin: Client, page: Page, address: str) -> None:
    sam(admin)
    admin.put_block("sam", "plan", LONG)
    page.goto(f"{address}/#/agents/sam/past")
    rows = page.locator(".past-change")
    expect(rows.first).to_contain_text("First text of plan")
    total = rows.count()

    page.get_by_label("Block").select_option("human")
    expect(rows.first).to_contain_text("Edit from outside of human")
    expect(rows.first.locator("ins")).to_have_text("Porto")
    assert rows.count() < total
    page.get_by_label("What").select_option("evictions")
    expect(page.get_by_text("No such change.")).to_be_visible()
    page.get_by_label("What").select_option("edits")

    rows.nth(1).get_by_role("button", name="Undo to here").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back 2 changes").click()
    expect(page.get_by_text("2 changes taken back.")).to_be_visible()
    assert admin.get_block("sam", "human").value == "Ada lives in Paris."
    page.get_by_role("button", name="Redo").click()
    expect(page.get_by_text("1 change done again.")).to_be_visible()
    assert admin.get_block("sam", "human").value == "Ada lives in Lyon."
    expect(page.get_by_role("article").filter(has_text="human").first).to_contain_text("Lyon")


def test_a_fork_of_the_past_and_its_origin_answer_the_same_question(
    serve: MakeServer, visit: MakeVisitor
) -> None:
    address = serve(llm=ScriptedLLM(otherwise=where))
    with Client(address, PASSWORD) as admin:
        paris, _, _ = sam(admin)
        visitor = visit(address)
        page = visitor.open("agents/sam/past/futures")
        expect(page.get_by_text("sam has one future only.")).to_be_visible()
        page.get_by_role("link", name="Moments").click()
        number = page.get_by_role("spinbutton")
        number.fill(str(paris))
        number.press("Enter")
        page.get_by_role("button", name=f"Fork at entry {paris}").click()
        expect(page.get_by_label("Name of the fork")).to_have_value(f"sam-at-{paris}")
        page.get_by_label("Name of the fork").fill("parisian")
        page.get_by_role("button", name="Fork and put both side by side").click()

        expect(page.get_by_role("heading", name="parisian")).to_be_visible()
        expect(page.get_by_label("Put beside sam")).to_contain_text(
            f"parisian: a fork, one past until entry {paris}"
        )
        mine = page.locator(".past-two > section").first
        expect(mine.locator("ins").first).to_have_text("Porto")
        question = page.get_by_label("Ask both the same")
        question.fill("Where do I live?")
        question.press("Enter")
        expect(page.get_by_role("article", name="Answer of sam")).to_contain_text("In Porto.")
        expect(page.get_by_role("article", name="Answer of parisian")).to_contain_text("In Paris.")
        expect(question).to_have_value("")
        expect(question).to_be_enabled()
        settle(page)
        assert axe(page) == []
        said = [admin.get_log(each, limit=1).items[0].kind for each in ("sam", "parisian")]
        assert said == ["result", "result"]

        # what was asked is in both logs, and both columns show it after a reload
        page.reload()
        for column in page.locator(".past-two > section").all():
            column.get_by_text("Said since").click()
            expect(column).to_contain_text("Where do I live?")


def test_the_past_fits_a_narrow_screen_with_any_writing(
    admin: Client, address: str, visit: MakeVisitor
) -> None:
    admin.create_agent("layla", persona=f"أنا أمينة مكتبة صبورة. {LONG}", human="ليلى تحب الشعر.")
    admin.say("layla", "مرحبا")
    admin.fork_agent("layla", "layla-2")
    visitor = visit(address, viewport={"width": 360, "height": 740}, color_scheme="dark")
    for place in ("agents/layla/past", "agents/layla/past?from=1", "agents/layla/past/futures"):
        page = visitor.open(place)
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert axe(page) == []
    page = visitor.open("agents/layla/past")
    expect(page.get_by_text("ليلى تحب الشعر.").first).to_have_css("direction", "rtl")


def test_a_key_that_only_reads_is_offered_nothing_that_changes(
    admin: Client, address: str, visit: MakeVisitor
) -> None:
    admin.create_user("ada")
    key = admin.create_key("ada", "reader", scopes=["read"]).key
    with Client(address, admin.create_key("ada", "own").key) as ada:
        sam(ada)
        ada.fork_agent("sam", "later")
    visitor = visit(address, password=key)

    page = visitor.open("agents/sam/past")
    expect(page.locator(".past-change").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Fork|Undo|Redo"))).to_have_count(0)
    page = visitor.open("agents/sam/past/futures")
    expect(page.get_by_text("Your key may not talk to agents")).to_be_visible()


def where(request: Any) -> Completion:
    """Say where Ada lives, as the prompt has it."""
    town = re.findall(r"Ada lives in (\w+)", str(request.messages[0]["content"]))[-1]
    asked = [each for each in request.messages if each["role"] == "user"][-1]["content"]
    text = f"In {town}." if "Where do I live" in str(asked) else "Noted."
    return says("I look at the block.", call("send_message", message=text))
