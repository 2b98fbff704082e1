"""Chat: answer again, edit, take back, allow what the agent asks for, and give it files."""

from __future__ import annotations

import pytest
from browser import MakeVisitor
from live_app import serving
from playwright.sync_api import Page, expect
from portal_chat import can_be_read, field, log_of, said, say, wait_for
from server_apps import PASSWORD

from memgpt_autogen.client import Client
from memgpt_autogen.errors import ModelError
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.protocols import LLM
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.tools.tool import Tool

pytestmark = pytest.mark.sqlite

LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


def pay(amount: int) -> str:
    """Pay somebody.

    Args:
        amount: How much.
    """
    return f"paid {amount}"


def reply(text: str, thought: str = "") -> object:
    return says(thought, call("send_message", message=text))


def serving_sam(llm: LLM):  # type: ignore[no-untyped-def]  # a context of the fixture's kind
    password = AdminPassword.of(PASSWORD, "a test")
    tools = [Tool.from_function(pay, approval=True)]
    return serving(create_app(Settings.load(), ServerOptions(), password=password, llm=llm, tools=tools))


def answer_in_dialog(page: Page, text: str, button: str) -> None:
    page.get_by_role("dialog").get_by_label("Text").fill(text)
    page.get_by_role("dialog").get_by_role("button", name=button).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_last_messages_are_answered_again_edited_and_taken_back(visit: MakeVisitor) -> None:
    llm = ScriptedLLM(
        reply("Green tea is from Japan.", "Guess."),
        reply("Green tea is from China."),
        reply("Black tea is from India.", "Think."),
        ModelError("The endpoint does not answer. Start it."),
        reply("White tea is from Fujian."),
    )
    with serving_sam(llm) as address, Client(address, PASSWORD) as admin:
        admin.create_agent(name="sam")
        page = visit(address).open("agents/sam/chat")
        say(page, "Where is green tea from?")
        wait_for(page, "Green tea is from Japan.")
        page.get_by_role("button", name="Answer again").click()
        wait_for(page, "Green tea is from China.")
        assert said(page) == ["Where is green tea from?", "Green tea is from China."]

        page.get_by_role("button", name="Edit").click()
        answer_in_dialog(page, "Where is black tea from?", "Send")
        wait_for(page, "Black tea is from India.")
        assert said(page) == ["Where is black tea from?", "Black tea is from India."]

        page.get_by_role("button", name="Rewrite").click()
        answer_in_dialog(page, "Black tea is from Assam.", "Save")
        page.get_by_label("Thoughts").check()
        page.get_by_role("button", name="Rethink").click()
        answer_in_dialog(page, "I know it.", "Save")
        expect(log_of(page).get_by_text("I know it.")).to_be_visible()
        assert said(page)[-1] == "Black tea is from Assam."
        page.get_by_role("button", name="Undo").click()
        expect(log_of(page).get_by_text("Think.")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(log_of(page).get_by_text("Black tea is from India.")).to_be_visible()
        page.get_by_role("button", name="Redo").click()
        expect(log_of(page).get_by_text("Black tea is from Assam.")).to_be_visible()

        say(page, "And white tea?")
        expect(page.get_by_role("alert")).to_contain_text("The endpoint does not answer. Start it.")
        page.reload()
        page.get_by_role("alert").get_by_role("button", name="Answer again").click()
        wait_for(page, "White tea is from Fujian.")
        assert said(page)[-2:] == ["And white tea?", "White tea is from Fujian."]
        expect(page.get_by_role("alert")).to_have_count(0)


def test_a_person_allows_refuses_and_gives_what_the_agent_waits_for(visit: MakeVisitor) -> None:
    llm = ScriptedLLM(
        says("", call("pay", amount=25)),
        reply("I paid."),
        says("", call("pay", amount=900)),
        reply("I did not pay."),
        says("", call("look")),
        reply("It rains."),
    )
    with serving_sam(llm) as address, Client(address, PASSWORD) as admin:
        admin.create_agent(name="sam")
        page = visit(address).open("agents/sam/chat")
        waiting = page.get_by_role("region", name="The agent waits for an answer")
        say(page, "Pay the shop.")
        expect(waiting).to_contain_text('"amount": 25')
        can_be_read(page)
        page.reload()
        waiting.get_by_role("button", name="Allow").click()
        wait_for(page, "I paid.")
        expect(waiting).to_have_count(0)

        say(page, "Pay more.")
        waiting.get_by_role("button", name="Refuse").click()
        waiting.get_by_label("Why not?").fill("That is too much.")
        waiting.get_by_role("button", name="Refuse", exact=True).click()
        wait_for(page, "I did not pay.")
        page.get_by_label("Calls").check()
        log_of(page).get_by_text("failed", exact=True).click()
        expect(log_of(page).get_by_text("That is too much.")).to_be_visible()

        admin.create_run("sam", input="How is the weather?", tools=[LOOK])
        waiting.get_by_label("What did it return?").fill("rain")
        waiting.get_by_role("button", name="Give the result").click()
        wait_for(page, "It rains.")
        assert [message["content"] for message in llm.requests[-1].messages if "rain" in str(message)]


def test_a_file_is_dropped_and_asked_about(visit: MakeVisitor) -> None:
    with serving_sam(OfflineLLM()) as address, Client(address, PASSWORD) as admin:
        admin.create_agent(name="sam")
        page = visit(address).open("agents/sam/chat")
        expect(field(page)).to_be_visible()
        page.evaluate(
            """() => {
                const files = new DataTransfer();
                files.items.add(new File(['The tea house in Kyoto opens at seven.'], 'tea house.txt'));
                const drop = new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true});
                document.querySelector('.chat').dispatchEvent(drop);
            }"""
        )
        expect(page.get_by_text("The agent can read tea house.txt now: 1 passage.")).to_be_visible()
        say(page, "When does the tea house in Kyoto open?")
        wait_for(page, "opens at seven")

        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Attach files").click()
        chooser.value.set_files({"name": "empty.pdf", "mimeType": "application/pdf", "buffer": b"no pdf"})
        expect(page.locator(".attached .note-bad")).to_contain_text("empty.pdf")
        expect(field(page)).to_be_visible()
