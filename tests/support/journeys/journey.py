"""A journey: what a program tries with a client of others, and what of it works. It needs Python alone.

Each call is a function that raises if the client does not get what it should. The journey prints, as JSON,
each call with an empty text, or with why it does not work.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Callable
from typing import Any

URL = os.environ.get("MEMGPT_JOURNEY_URL", "")
"""The address of the server, without a path."""

NAME = os.environ.get("MEMGPT_JOURNEY_NAME", "")
"""The name of the client, as the Makefile has it."""

KEY = os.environ.get("MEMGPT_JOURNEY_KEY", "")
"""A key that may do all that a user may."""


class Journey:
    """The calls of a journey, in order."""

    def __init__(self) -> None:
        self._calls: dict[str, Callable[[], object]] = {}

    def call(self, name: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
        """Return a decorator for the function that tries a call; the name is shown in the documentation."""

        def add(tries: Callable[[], object]) -> Callable[[], object]:
            self._calls[name] = tries
            return tries

        return add

    def run(self) -> None:
        """Try all calls and print what works."""
        json.dump({name: _fault(tries) for name, tries in self._calls.items()}, sys.stdout)


def _fault(tries: Callable[[], object]) -> str:
    """Return why a call does not work; empty if it does."""
    try:
        tries()
    except Exception as error:  # noqa: BLE001 - it is told
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def ask(method: str, path: str, body: Any = None) -> Any:
    """Ask the server's own API, as a journey does to look at what its client has done."""
    request = urllib.request.Request(
        f"{URL}/api/v1{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def heard(agent: str) -> list[tuple[str, str]]:
    """Return who said what to an agent, in order."""
    items = ask("GET", f"/agents/{agent}/log?after=0&limit=200")["items"]
    return [(each["name"], each["text"]) for each in items if each["kind"] == "message"]


def check(found: object, expected: object) -> None:
    """Raise if something is not what is expected."""
    if found != expected:
        raise AssertionError(f"{found!r} is not {expected!r}")
