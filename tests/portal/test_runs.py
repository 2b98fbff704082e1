"""The page Runs: found by what they were, followed while they go on, cancelled, and told in numbers."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from browser import MakeServer, MakeVisitor
from playwright.sync_api import expect
from server_apps import PASSWORD

from memgpt_autogen.client import Client
from memgpt_autogen.client.errors import RunFailedError
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.testing import ScriptedLLM, call, says


def test_a_run_is_followed_to_its_end_and_found_again(serve: MakeServer, visit: MakeVisitor) -> None:
    goes_on = threading.Event()

    def slow(_request: Any) -> Completion:
        goes_on.wait(60)
        return says("It can wait.", call("send_message", message="**Noted.**"), usage=Usage(100, 20))

    thinks = says(
        "A name. I keep it.",
        call("core_memory_append", label="human", content="Ada", request_heartbeat=True),
        usage=Usage(1000, 50),
    )
    address = serve(
        llm=ScriptedLLM(
            thinks, slow, RuntimeError("no"), otherwise=says("", call("send_message", message="Hi."))
        )
    )
    with Client(address, PASSWORD) as admin:
        admin.create_agent("sam")
        admin.create_agent("ann")
        run = admin.create_run("sam", "I am Ada.")
        page = visit(address).open("runs")
        expect(page.get_by_role("cell", name="Running")).to_be_visible()

        page.get_by_role("link", name="run of").first.click()
        events = page.get_by_role("listitem")
        expect(events.filter(has_text="A name. I keep it.")).to_be_visible()
        expect(page.get_by_text("It goes on")).to_be_visible()
        goes_on.set()
        expect(events.filter(has_text="Said").locator("strong")).to_have_text("Noted.")
        expect(page.get_by_text("It goes on")).to_have_count(0)
        facts = page.locator(".facts")
        expect(facts).to_contain_text("The agent was done")
        stored = admin.get_run(run.id)
        for number in (stored.steps, stored.prompt_tokens, stored.completion_tokens):
            expect(facts.get_by_text(f"{number:,}", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="Show it in the log of the agent")).to_have_attribute(
            "href", f"#/agents/{stored.agent_id}/chat?seq={stored.heard_seq}"
        )

        with pytest.raises(RunFailedError):
            admin.say("sam", "Fail.")
        (failed,) = admin.list_runs(state="failed").items
        admin.say("ann", "Hello!")
        page.get_by_role("link", name="All runs").click()
        expect(page.get_by_role("row")).to_have_count(4)
        page.get_by_label("State").select_option("failed")
        expect(page.get_by_role("row")).to_have_count(2)
        expect(page.locator(".run-error")).to_have_text(failed.error or "?")
        page.reload()
        expect(page.get_by_role("row")).to_have_count(2)
        page.get_by_label("State").select_option("")
        page.get_by_label("Agent").select_option("ann")
        expect(page.get_by_role("row")).to_have_count(2)
        page.get_by_label("Ended because").select_option("cancelled")
        expect(page.get_by_text("No run is like this.")).to_be_visible()


def test_a_run_is_cancelled_and_one_that_waits_says_for_what(serve: MakeServer, visit: MakeVisitor) -> None:
    asks = says("", call("ask", question="Which day?"))
    ask = {"name": "ask", "description": "Ask.", "parameters": {"type": "object", "properties": {}}}
    address = serve(llm=ScriptedLLM(otherwise=asks))
    with Client(address, PASSWORD) as admin:
        admin.create_agent("sam")
        run = admin.say("sam", "Ask.", tools=[{"type": "function", "function": ask}])
        page = visit(address).open(f"runs/{run.id}")

        expect(page.get_by_text("It waits for ask, until")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
        expect(page.locator(".run-state")).to_contain_text("Cancelled")
        assert admin.get_run(run.id).state == "cancelled"
