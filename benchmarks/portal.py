"""Measure the portal in a browser: how soon a page is painted after the server's answer, and whether a stream
blocks it.

    python -m benchmarks.portal [--messages 10000] [--passages 100000] [--runs 10000] [--repeats 5] [--json]

An agent has many messages, passages and runs. Each page is loaded anew `--repeats` times. `paint_ms` is the
time from the end of the last answer that the page waited for to the paint that shows it; `api_ms` is how long
the slowest of these answers took. Then a reply is streamed into the chat at 60 pieces a second: told are the
tasks of the browser that took longer than 50 ms, by the Long Tasks API.

It needs Debian's package `chromium`, and the Python package `playwright`, which is in the extra `dev`.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from benchmarks import measuring
from benchmarks.archival_corpus import block
from benchmarks.served import PASSWORD, serving
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.storage.tables import runs, to_column
from memgpt_autogen.messages import Message, now
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import InPieces, ScriptedServer, call, says

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = {
    "chat": "agents/sam/chat",
    "search": "agents/sam/search?q=river",
    "memory": "agents/sam/memory/core",
    "archival": "agents/sam/memory/archival",
    "past": "agents/sam/past",
    "runs": "runs",
}

EVENTS_A_SECOND = 60

# how many rows are written at once
_BATCH = 1000

# the most milliseconds of a task that does not count as long
_LONG = 50

# notes in every page: the tasks that were long, and the paint after the last change of what is shown
_WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((each) => each.duration)))
  .observe({ type: 'longtask', buffered: true });
performance.setResourceTimingBufferSize(5000);
new MutationObserver((seen) => {
  if (!seen.some((each) => each.target.closest?.('main') || each.target.querySelector?.('main'))) return;
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => (window.painted = performance.now());
    channel.port2.postMessage(0);
  });
}).observe(document, { childList: true, subtree: true, characterData: true });
"""

# what a page waits for at first; it asks for what agents do now, and how the server is, again and again
_ANSWERS = """() => performance.getEntriesByType('resource')
  .filter(({ name, responseEnd }) => responseEnd && name.includes('/api/v1/')
    && !/\\/(activity|state|events)\\b/.test(name))
  .map((each) => [each.responseEnd, each.responseEnd - each.startTime])"""


def main() -> None:
    parser = measuring.parser(__doc__ or "")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10, help="how long the reply is streamed")
    result = measure(parser.parse_args())
    for name, found in result["pages"].items():
        print(
            f"{name:10} painted {found['paint_ms']['worst']:6.0f} ms after the answer, "
            f"which took {found['api_ms']:6.0f} ms"
        )
    print(f"stream     {result['stream']}")
    measuring.emit(result)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="portal-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        began = time.perf_counter()
        # in a process of its own, which ends what it has open
        with ProcessPoolExecutor(1, get_context("spawn")) as other:
            other.submit(fill, home, options.messages, options.passages, options.runs).result()
        filled = time.perf_counter() - began
        reply = " ".join(["river"] * round(EVENTS_A_SECOND * options.seconds))
        slow = InPieces(
            says("", call("send_message", message=reply)),
            size=6,
            between=lambda: time.sleep(1 / EVENTS_A_SECOND),
        )
        with (
            ScriptedServer(otherwise=slow) as model,
            serving(home, base_url=model.url) as server,
            browsing(f"http://{server.address}") as page,
        ):
            pages = {name: _loaded(page, place, options.repeats) for name, place in PAGES.items()}
            stream = _streamed(page, options.seconds)
    about = {name: getattr(options, name) for name in ("messages", "passages", "runs", "repeats")}
    return {
        **about,
        "filled_seconds": round(filled, 1),
        "pages": pages,
        "stream": stream,
        "machine": measuring.machine("playwright"),
    }


def fill(home: Path, messages: int, passages: int, asked: int) -> None:
    """Give a home an agent that has been used for long. Rows are inserted by the stores, many at once."""
    memory = open_memory("sam", Settings.load(home=home, embedding_model=None))
    dice = random.Random(7)
    words = [each.text for each in block(0, _BATCH, seed=7)]
    for first in range(0, messages, _BATCH):
        some = range(first, min(first + _BATCH, messages))
        memory.log.append(
            *(
                Message.said_by("ada", f"{dice.choice(words)} ({number})")
                if number % 2 == 0
                else Message("assistant", f"I have noted {number}.", "spoken")
                for number in some
            )
        )
    for first in range(0, passages, _BATCH):
        rows = block(first, min(_BATCH, passages - first), seed=11)
        memory.archival.insert_many([Draft(row.text, [row.agent]) for row in rows])
    _insert_runs(memory, asked)


def _insert_runs(memory: Any, asked: int) -> None:
    database, time_now = memory.log.database, now()
    for first in range(0, asked, _BATCH):
        rows = [
            {
                "id": f"00000000-0000-4000-8000-{number:012}",
                "owner_id": database.owner,
                "agent_id": memory.log.agent_id,
                "state": "failed" if number % 50 == 0 else "ended",
                "stop_reason": "error" if number % 50 == 0 else "yielded",
                "error": "the endpoint did not answer. Try again." if number % 50 == 0 else None,
                "input": '{"act": "say", "said": [{"text": "Hello!"}]}',
                "urgent": False,
                "on_disconnect": "continue",
                "cancelled": False,
                "digest": "",
                "created_at": to_column(time_now - timedelta(minutes=asked - number)),
                "started_at": to_column(time_now - timedelta(minutes=asked - number)),
                "ended_at": to_column(time_now - timedelta(minutes=asked - number)),
                "attempts": 1,
                "prompt_tokens": 2000,
                "completion_tokens": 100,
                "steps": 2,
                "has_events": True,
            }
            for number in range(first, min(first + _BATCH, asked))
        ]
        with database.writing() as connection:
            connection.execute(sa.insert(runs), rows)


@contextmanager
def browsing(address: str) -> Iterator[Page]:
    """Start a browser, and log in."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(60_000)
        page.add_init_script(_WATCH)
        page.goto(f"{address}/#/agents")
        page.get_by_label("Key or admin password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="Log out").wait_for()
        yield page
        browser.close()


def _loaded(page: Page, place: str, repeats: int) -> dict[str, Any]:
    """Load a page anew some times, and return when it was painted."""
    paints, slowest, longest = [], [], []
    address = page.url.split("#", 1)[0]
    for _ in range(repeats + 1):  # the first one reads the scripts of the page
        page.goto(f"{address}#/{place}")
        page.reload()
        answers, painted = _at_rest(page), page.evaluate("window.painted")
        # what is asked for later changes nothing that is shown
        shown = [(end, took) for end, took in answers if end <= painted]
        paints.append(painted - max(shown)[0])
        slowest.append(max(took for _, took in shown))
        longest.append(max(page.evaluate("window.longTasks"), default=0.0))
    return {
        "paint_ms": {"median": round(statistics.median(paints[1:]), 1), "worst": round(max(paints[1:]), 1)},
        "api_ms": round(statistics.median(slowest[1:]), 1),
        "longest_task_ms": round(max(longest[1:]), 1),
    }


def _at_rest(page: Page, seconds: float = 60) -> list[tuple[float, float]]:
    """Wait until nothing more is asked for or painted, and return when answers ended and what they took."""
    before, since, end = None, time.monotonic(), time.monotonic() + seconds
    while time.monotonic() < end:
        found = page.evaluate(_ANSWERS), page.evaluate("window.painted ?? 0")
        if found != before or not found[0]:
            before, since = found, time.monotonic()
        elif time.monotonic() - since > 1:
            return [(each[0], each[1]) for each in found[0]]
        page.wait_for_timeout(100)
    raise RuntimeError(f"{page.url} does not come to rest in {seconds:g} seconds")


def _streamed(page: Page, seconds: float) -> dict[str, Any]:
    """Say something, and return which tasks were long while the reply was written."""
    page.goto(f"{page.url.split('#', 1)[0]}#/{PAGES['chat']}")
    page.reload()
    _at_rest(page)
    page.evaluate("window.longTasks.length = 0")
    field = page.locator(".composer-text")
    field.fill("Tell me about the river.")
    field.press("Enter")
    _until(lambda: "river river river" in page.locator("main").inner_text())
    began = time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    tasks = page.evaluate("window.longTasks")
    return {
        "events_a_second": EVENTS_A_SECOND,
        "seconds": round(time.monotonic() - began, 1),
        "long_tasks": sum(each > _LONG for each in tasks),
        "worst_ms": round(max(tasks, default=0.0), 1),
    }


def _until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError("the reply does not begin")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
