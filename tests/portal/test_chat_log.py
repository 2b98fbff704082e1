"""Chat: a long log, a long reply, and texts that try to be more than texts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from browser import MakeServer, MakeVisitor
from playwright.sync_api import Page, expect
from portal_chat import can_be_read, log_of, said, say, wait_for
from server_apps import PASSWORD
from writer import Writer

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.client import Client
from memgpt_autogen.messages import Message

pytestmark = pytest.mark.sqlite

SEEN = """() => { const { top } = document.querySelector('.chat-pane').getBoundingClientRect();
    const all = [...document.querySelectorAll('[data-seq]')];
    return all.find((each) => each.getBoundingClientRect().bottom > top).dataset.seq; }"""
"""Returns the first entry that is seen."""

WHERE = """(seq) => { const [pane, entry] = ['.chat-pane', `[data-seq="${seq}"]`].map((each) =>
    document.querySelector(each).getBoundingClientRect()); return entry.top - pane.top; }"""

TEXTS = [
    "<script>document.title = 'gone'</script><img src=x onerror=alert(1)>",
    "[press](javascript:alert(1)) [file](file:///etc/passwd) [data](data:text/html,x)",
    "![tracker](https://example.com/pixel.png)",
    '[a](https://example.com/" onmouseover="alert(1))',
    "*" * 5000 + "[" * 5000 + "`" * 999,
]


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


def talked(count: int) -> int:
    """Let sam have so many messages; return the number of the first one."""
    log = open_memory("sam").log
    words = [
        Message.said_by("ada", f"Question {n}") if n % 2 else Message("assistant", f"Answer {n}", "spoken")
        for n in range(1, count + 1)
    ]
    return log.append(*words)[0].seq


def test_older_messages_come_by_scrolling_without_a_jump(
    address: str, admin: Client, visit: MakeVisitor
) -> None:
    first = talked(10_000)
    page = visit(address).open("agents/sam/chat")
    expect(log_of(page).get_by_text("Answer 10000")).to_be_visible()

    for _ in range(12):
        log_of(page).evaluate("pane => { pane.scrollTop = 700; }")
        seq = page.evaluate(SEEN)
        before = page.evaluate(WHERE, seq)
        with page.expect_response("**/log?*before=*"):
            log_of(page).evaluate("pane => { pane.scrollTop -= 200; }")
        expect(log_of(page).locator("[data-seq]").first).not_to_have_attribute("data-seq", seq)
        page.wait_for_timeout(100)
        assert abs(page.evaluate(WHERE, seq) - before - 200) < 2
    assert page.locator("[data-seq]").count() <= 240

    page.get_by_role("button", name="To the newest").click()
    expect(log_of(page).get_by_text("Answer 10000")).to_be_visible()

    page.goto(f"{address}/#/agents/sam/chat?seq={first + 122}")
    expect(log_of(page).get_by_text("Question 123", exact=True)).to_be_in_viewport()
    expect(page.locator(".item-marked")).to_be_focused()
    for number in (150, 200, 260):
        log_of(page).evaluate("pane => { pane.scrollTop = pane.scrollHeight; }")
        expect(log_of(page).get_by_text(f"Answer {number}", exact=True)).to_be_attached()
    page.wait_for_timeout(1500)  # whoever reads in the middle is not led to the end
    assert not log_of(page).get_by_text("Answer 600", exact=True).count()
    page.get_by_role("button", name="To the newest").click()
    expect(log_of(page).get_by_text("Answer 10000")).to_be_visible()


def test_texts_that_try_to_be_more_stay_texts(
    address: str, admin: Client, visit: MakeVisitor, writer: Writer
) -> None:
    asked: list[str] = []
    page = visit(address).open("agents/sam/chat")
    page.context.on("request", lambda request: asked.append(request.url))
    say(page, TEXTS[0])
    writer.end("\n\n".join(TEXTS) + "\n\nDone.")
    wait_for(page, "Done.")

    assert said(page)[0] == TEXTS[0]
    assert [text for text in TEXTS[:2] if text not in said(page)[1]] == []
    assert page.locator(".markdown :is(script, img, iframe, object, [onerror], [onmouseover])").count() == 0
    links = page.locator(".markdown a").evaluate_all("all => all.map((each) => [each.href, each.rel])")
    assert links == [
        ["https://example.com/pixel.png", "noreferrer noopener"],
        ["https://example.com/", "noreferrer noopener"],
    ]
    assert [url for url in asked if not url.startswith(address)] == []

    say(page, "A long one.")
    writer.end("**word** `code` [x](https://example.com) * " * 24_000)
    expect(page.get_by_role("button", name="Show more")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Show more").click()
    assert page.locator(".markdown").last.evaluate("each => each.textContent.length") < 100_000


@pytest.mark.parametrize("width", [360, 1280])
def test_words_of_all_languages_fit_and_read_in_their_direction(
    address: str, admin: Client, visit: MakeVisitor, writer: Writer, width: int
) -> None:
    long = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 3
    page = visit(address, viewport={"width": width, "height": 800}).open("agents/sam/chat")
    say(page, "كيف حالك؟")
    writer.end(f"- مرحبا\n\n{long}\n\n| a | b |\n|---|---|\n| {long} | 1 |\n\n```\n{long}\n```\n\nFertig.")
    wait_for(page, "Fertig.")

    can_be_read(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.scrollHeight") == 800
    directions = "all => all.map((each) => getComputedStyle(each).direction)"
    assert page.locator(".words-heard .plain").evaluate_all(directions) == ["rtl"]
    assert page.locator(".markdown li").evaluate_all(directions) == ["rtl"]
    assert page.locator(".markdown p").first.evaluate("each => getComputedStyle(each).direction") == "ltr"


def test_a_reply_is_drawn_once_in_a_frame_and_blocks_nothing(
    address: str, admin: Client, visit: MakeVisitor, writer: Writer
) -> None:
    page = visit(address).open("agents/sam/chat")
    say(page, "Tell me everything.")
    watch_long_tasks(page)
    over = threading.Event()

    def write() -> None:
        for number in range(180):
            writer.write(
                f"{number}. Some **words** and `code` of a [list](https://example.com).\n"
                if number % 9
                else "\n\n## A part\n\n"
            )
            time.sleep(1 / 60)
        writer.end("\n\nDone.")
        over.set()

    threading.Thread(target=write, daemon=True).start()
    wait_for(page, "Done.", 60_000)

    assert over.wait(30)
    drawn, longest = page.evaluate("[window.drawn, window.longest]")
    print(f"drawn {drawn} times, the longest task took {longest:.0f} ms")  # noqa: T201 - a figure, no timed test
    assert 20 < drawn <= 400


def watch_long_tasks(page: Page) -> None:
    page.evaluate(
        """() => {
            [window.drawn, window.longest] = [0, 0];
            new PerformanceObserver((seen) => {
                window.longest = Math.max(window.longest, ...seen.getEntries().map((each) => each.duration));
            }).observe({ type: 'longtask' });
            let last = '';
            const look = () => {
                const text = document.querySelector('article[aria-busy]')?.textContent ?? '';
                if (text !== last) window.drawn += 1;
                last = text;
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
