"""What tests of the server share: clients of an app of this test's home."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from server_apps import PASSWORD, MakeClient, client_of, make_app
from sqlalchemy import Engine, event


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    with ExitStack() as open_clients:

        def make(*, key: str | None = PASSWORD, app: FastAPI | None = None, **options: Any) -> TestClient:
            return open_clients.enter_context(client_of(app or make_app(**options), key))

        yield make


@pytest.fixture
def admin(make_client: MakeClient) -> TestClient:
    """The admin's client."""
    return make_client()


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """The SQL that requests run, by the threads that answer them."""
    found: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.current_thread().name.startswith("AnyIO"):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", look)
    yield found
    event.remove(Engine, "before_cursor_execute", look)
