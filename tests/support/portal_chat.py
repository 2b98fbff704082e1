"""What a person does and sees in the chat of the portal."""

from __future__ import annotations

from browser import AXE, axe
from playwright.sync_api import Locator, Page, expect


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Your message to")


def say(page: Page, text: str) -> None:
    """Type a message, and send it."""
    field(page).fill(text)
    field(page).press("Enter")
    expect(field(page)).to_have_value("")


def log_of(page: Page) -> Locator:
    return page.get_by_role("log")


def said(page: Page) -> list[str]:
    """What everyone said, in order, as it is shown now."""
    return [
        each.strip() for each in log_of(page).locator("article .plain, article .markdown").all_inner_texts()
    ]


def can_be_read(page: Page) -> None:
    """Check that everyone can read the page as it is now, where axe-core is here."""
    assert (axe(page) if AXE.is_file() else []) == []


def wait_for(page: Page, text: str, timeout: float = 20_000) -> None:
    """Wait until a whole message has this text, and the agent is done."""
    expect(log_of(page).locator("article:not([aria-busy])").get_by_text(text).last).to_be_visible(
        timeout=timeout
    )
    expect(page.get_by_role("button", name="Stop the turn")).to_have_count(0, timeout=timeout)
