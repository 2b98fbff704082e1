"""Chat: what is said and done appears as it happens, and once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import MakeServer, MakeVisitor
from playwright.sync_api import expect
from portal_chat import can_be_read, field, log_of, said, say, wait_for
from relay import relayed
from server_apps import PASSWORD
from writer import THOUGHT, Writer

from memgpt_autogen.client import Client
from memgpt_autogen.testing import ScriptedLLM, call, says

pytestmark = pytest.mark.sqlite


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def address(serve: MakeServer, writer: Writer) -> str:
    return serve(llm=writer)


@pytest.fixture
def admin(address: str) -> Iterator[Client]:
    with Client(address, PASSWORD) as client:
        client.create_agent(name="sam")
        yield client


def test_a_reply_appears_while_it_is_written_and_once_after_a_reload_and_a_cut(
    address: str, admin: Client, visit: MakeVisitor, writer: Writer
) -> None:
    with relayed(address) as relay:
        page = visit(relay.address).open("agents/sam/chat")
        page.get_by_role("button", name="What do you remember").click()
        field(page).press("Shift+Enter")
        page.keyboard.type("Hello!")
        field(page).press("Enter")
        writer.write("Good **morn")
        expect(log_of(page).locator("article[aria-busy] strong")).to_have_text("morn")
        expect(field(page)).to_have_value("")

        page.reload()
        expect(log_of(page).locator("article[aria-busy] strong")).to_have_text("morn")
        assert said(page) == ["What do you remember about me?\nHello!", "Good morn"]

        assert relay.cut() > 0
        writer.write("ing**, ")
        expect(log_of(page).locator("article[aria-busy]").get_by_text("Good morning,")).to_be_visible()
        writer.end("Ada.")
        wait_for(page, "Good morning, Ada.")
        whole = ["What do you remember about me?\nHello!", "Good morning, Ada."]
        assert said(page) == whole

        page.reload()
        wait_for(page, "Good morning, Ada.")
        assert said(page) == whole
        page.get_by_label("Thoughts").check()
        expect(log_of(page).get_by_text(THOUGHT)).to_have_count(1)


def test_a_message_waits_its_turn_and_turns_can_be_stopped(
    address: str, admin: Client, visit: MakeVisitor, writer: Writer
) -> None:
    page = visit(address).open("agents/sam/chat")
    say(page, "Tell me a story.")
    writer.write("Once upon a time")
    expect(log_of(page).get_by_text("Once upon a time")).to_be_visible()
    say(page, "And then?")
    say(page, "Never mind.")
    expect(log_of(page).get_by_text("Waits: 2 turns of this agent before it.")).to_be_visible()
    can_be_read(page)
    page.reload()
    expect(log_of(page).get_by_text("And then?")).to_be_visible()
    log_of(page).get_by_role("button", name="Take it back").last.click()
    expect(log_of(page).get_by_text("Never mind.")).to_have_count(0)

    with page.expect_response("**/cancel"):
        page.get_by_role("button", name="Stop the turn").click()
    writer.write("!")  # the next piece of the model's answer is the last
    expect(log_of(page).get_by_text("Once upon a time")).to_have_count(0)
    writer.end("They slept.")
    wait_for(page, "They slept.")
    assert said(page)[:2] == ["Tell me a story.", "And then?"]

    say(page, "Another one.")
    writer.write("Far away")
    expect(log_of(page).get_by_text("Far away")).to_be_visible()
    field(page).fill("No, a song.")
    page.get_by_role("button", name="Interrupt and send").click()
    expect(field(page)).to_have_value("")
    writer.write("!")
    expect(log_of(page).get_by_text("Far away")).to_have_count(0)
    writer.end("La la.")
    wait_for(page, "La la.")


def test_what_others_do_appears_and_nothing_that_was_typed_is_lost(
    address: str, admin: Client, visit: MakeVisitor, writer: Writer
) -> None:
    visitor = visit(address)
    page = visitor.open("agents/sam/chat")
    field(page).fill("A long thought, half")
    admin.create_run("sam", input="Hello from the club!", speaker="Ben", chat="club")
    writer.write("Welcome")
    expect(log_of(page).get_by_text("Hello from the club!")).to_be_visible()
    expect(log_of(page).get_by_text("in club")).to_be_visible()
    expect(log_of(page).locator("article[aria-busy]").get_by_text("Welcome")).to_be_visible()
    writer.end(", Ben.")
    wait_for(page, "Welcome, Ben.")

    page.get_by_role("link", name="Memory", exact=True).click()
    page.get_by_role("link", name="Chat", exact=True).click()
    expect(field(page)).to_have_value("A long thought, half")
    page.reload()
    expect(field(page)).to_have_value("A long thought, half")
    for composing in ({"isComposing": True}, {"keyCode": 229}):  # an input method takes this key
        field(page).dispatch_event("keydown", {"key": "Enter", **composing})

    sent: list[str | None] = []
    page.on(
        "request",
        lambda request: (
            sent.append(request.headers.get("idempotency-key")) if request.method == "POST" else None
        ),
    )
    page.route(
        "**/runs",
        lambda route: (route.fetch(), route.abort()) if route.request.method == "POST" else route.continue_(),
        times=1,
    )
    field(page).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(field(page)).to_have_value("A long thought, half")
    page.get_by_role("button", name="Try again").click()
    expect(field(page)).to_have_value("")
    writer.end("I see.")
    wait_for(page, "I see.")
    assert len(set(sent)) == 1
    assert [run.state for run in admin.list_runs(agent="sam").items] == ["ended"] * 2
    assert page.evaluate("JSON.stringify({...sessionStorage})") == "{}"


def test_a_person_is_offered_what_the_key_allows(
    address: str, admin: Client, visit: MakeVisitor, writer: Writer
) -> None:
    admin.create_user(name="ada")
    admin.put_limits("ada", turns_a_day=1)
    key = admin.create_key("ada", name="laptop").key
    with Client(address, key) as ada:
        ada.create_agent(name="tom")
        reads = ada.create_key("ada", name="reader", scopes=["read"]).key
    page = visit(address, password=key).open("agents/tom/chat")
    expect(page.get_by_text("Speak as somebody else")).to_have_count(0)
    say(page, "Hello!")
    writer.end("Good morning.")
    wait_for(page, "Good morning.")
    field(page).fill("One more thing.")
    field(page).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("1 turn in 24 hours")
    expect(page.get_by_text("It goes on at")).to_be_visible()
    expect(field(page)).to_have_value("One more thing.")

    page = visit(address, password=reads).open("agents/tom/chat")
    expect(log_of(page).get_by_text("Good morning.")).to_be_visible()
    expect(field(page)).to_have_count(0)
    expect(page.get_by_text("needs the scope «talk»")).to_be_visible()
    for name in ("Undo", "Edit", "Rewrite", "Answer again", "Attach files"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)

    page = visit(address).open("agents/sam/chat")
    page.get_by_text("Speak as somebody else").click()
    page.get_by_label("Speak as", exact=True).fill("Ben")
    say(page, "Hello from Ben.")
    writer.end("Hello, Ben.")
    wait_for(page, "Hello, Ben.")
    expect(log_of(page).get_by_label("Ben, ")).to_contain_text("Hello from Ben.")


def test_a_long_answer_is_whole_also_for_who_comes_from_the_agents(
    serve: MakeServer, visit: MakeVisitor
) -> None:
    lines = "\n\n".join(f"Line {n}." for n in range(1, 9))
    address = serve(llm=ScriptedLLM(otherwise=says("", call("send_message", message=lines))))
    with Client(address, PASSWORD) as admin:
        admin.create_agent("sam")
        admin.say("sam", "Tell me all.")
    page = visit(address).open("agents")
    page.get_by_role("link", name="sam", exact=True).first.click()

    article = page.get_by_role("article").filter(has_text="Line 8.")
    expect(article).to_be_visible()
    assert article.evaluate("each => each.scrollHeight - each.clientHeight") <= 1
