"""What the tests of the portal share: a browser, and servers whose model is scripted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed; it is in the extra 'dev'")

from browser import MakeServer, MakeVisitor, Visitor, program, started
from live_app import serving
from playwright.sync_api import Browser, Page
from server_apps import PASSWORD, make_app

from memgpt_autogen.client import Client
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import ScriptedLLM, call, says


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(reason="Chromium is not installed; Debian's package is 'chromium'")
    for item in items:
        if "tests/portal/" in item.nodeid:
            item.add_marker(pytest.mark.slow)
            if program() is None and "visit" in getattr(item, "fixturenames", ()):
                item.add_marker(missing)


# an event loop runs in this thread while it is there, and tests of other modules need their own
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as opened:
        yield opened


@pytest.fixture
def serve() -> Iterator[MakeServer]:
    """Serve this test's home, and return the address. The model, `llm`, always says «Noted.» by default."""
    with ExitStack() as opened:
        yield lambda llm=None, **options: opened.enter_context(
            serving(make_app(llm=llm or ScriptedLLM(otherwise=noted), **options))
        )


@pytest.fixture
def visit(browser: Browser) -> Iterator[MakeVisitor]:
    """Let a person visit a server, in a browser of their own. No script may fail, and no policy be broken."""
    visitors: list[Visitor] = []

    def make(address: str, *, password: str | None = PASSWORD, **options: Any) -> Visitor:
        visitors.append(Visitor(browser, address, **options))
        if password is not None:
            visitors[-1].log_in(password)
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()
    assert [each.faults for each in visitors if each.faults] == []


@pytest.fixture
def address(serve: MakeServer) -> str:
    """A server of this test's home."""
    return serve()


@pytest.fixture
def admin(address: str) -> Iterator[Client]:
    """The admin's client of that server, to make what a test needs."""
    with Client(address, PASSWORD) as client:
        yield client


@pytest.fixture
def page(address: str, visit: MakeVisitor) -> Page:
    """The admin's page of that server, logged in."""
    return visit(address).page


def noted(_request: Any) -> Completion:
    return says("", call("send_message", message="Noted."))
