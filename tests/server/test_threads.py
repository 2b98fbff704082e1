"""The event loop touches neither the database nor Qdrant."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

AGENTS = "/api/v1/agents"


@pytest.fixture
def statements_in_the_loop() -> Iterator[list[str]]:
    """The SQL that is run by a thread that has an event loop."""
    found: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", look)
    yield found
    event.remove(Engine, "before_cursor_execute", look)


def test_no_statement_runs_in_the_event_loop(admin: TestClient, statements_in_the_loop: list[str]) -> None:
    admin.post(AGENTS, json={"name": "sam"})
    file = admin.get(f"{AGENTS}/sam/export").content
    for method, path, options in (
        ("GET", "/ready", {}),
        ("GET", AGENTS, {}),
        ("GET", f"{AGENTS}/sam", {}),
        ("PATCH", f"{AGENTS}/sam", {"json": {"name": "samuel"}}),
        ("POST", f"{AGENTS}/samuel/fork", {"json": {"name": "ann"}}),
        ("POST", f"{AGENTS}/import", {"files": {"file": ("sam.zip", file)}}),
        ("POST", f"{AGENTS}/ann/forget", {"json": {"query": "Lisbon"}}),
        ("POST", f"{AGENTS}/ann/runs", {"json": {"input": "Hello.", "stream": True}}),
        ("POST", f"{AGENTS}/ann/runs", {"json": {"input": "Hello.", "background": False}}),
        ("DELETE", f"{AGENTS}/ann", {}),
    ):
        assert admin.request(method, path, **options).is_success, path

    assert statements_in_the_loop == []
