"""Group chats of AutoGen in another process, on the same home, as they go on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from browser import MakeVisitor
from places import ROOT
from playwright.sync_api import Locator, Page, expect

from memgpt_autogen.client import Client

PROGRAM = ROOT / "tests/support/group_program.py"


@contextmanager
def program(opening: str, rounds: int) -> Iterator[subprocess.Popen[str]]:
    """A process of its own with a group chat, which waits for its person's lines."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), opening, str(rounds)], stdin=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def says(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def test_a_group_chat_of_another_process_is_followed_without_a_reload(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    visitor = visit(address)
    page = visitor.open("groups")
    expect(page.get_by_text("No group chat yet")).to_be_visible()

    with program("Do you know that I like tea?", rounds=6) as process:
        page.get_by_role("link", name="sam").first.click(timeout=60_000)
        expect(shown(page)).to_have_count(3, timeout=60_000)
        expect(shown(page).first).to_contain_text("Do you know that I like tea?")
        expect(page.get_by_text("Goes on")).to_be_visible()
        says(process, "And now?")
        expect(shown(page)).to_have_count(6, timeout=60_000)
        expect(
            page.get_by_text("This chat is over: It was terminated, or had its last round.")
        ).to_be_visible()

    expect(page.get_by_label("What each of your agents holds")).to_contain_text("ben: likes tea")
    (found,) = admin.list_groups().items
    (opening, *_) = admin.read_group_messages(found.id).items
    names = {each.agent_id: each.name for each in found.members}
    for place in opening.heard_by:
        link = shown(page).first.get_by_role("link", name=f"{names[place.agent_id]} #{place.seq}")
        expect(link).to_have_attribute("href", f"#/agents/{place.agent_id}/chat?seq={place.seq}")
    visitor.open("groups")
    expect(page.get_by_role("listitem").get_by_text("Ended")).to_be_visible()


def test_who_speaks_now_is_told_and_a_killed_process_is_lost(address: str, visit: MakeVisitor) -> None:
    visitor = visit(address)
    page = visitor.open("groups")

    with program("Hello.", rounds=9):
        page.get_by_role("link", name="sam").first.click(timeout=60_000)
        expect(shown(page)).to_have_count(3, timeout=60_000)
        expect(page.get_by_text("Waiting for the next message …")).to_be_visible()
    expect(page.get_by_text("This chat is over: Its process has ended")).to_be_visible()


def test_a_long_group_begins_with_its_newest_messages(address: str, visit: MakeVisitor) -> None:
    with program("The opening.", rounds=60) as process:
        for number in range(20):
            says(process, f"line {number}")
        process.wait(120)
    visitor = visit(address)
    page = visitor.open("groups")
    page.get_by_role("link", name="sam").first.click()

    expect(shown(page)).to_have_count(50)
    expect(page.get_by_text("The opening.")).to_have_count(0)
    page.get_by_role("button", name="Load earlier messages").click()
    expect(page.get_by_text("The opening.")).to_be_visible()
    expect(shown(page)).to_have_count(60)
    expect(page.get_by_role("button", name="Load earlier messages")).to_have_count(0)


def shown(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages").get_by_role("listitem")
