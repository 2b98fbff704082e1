"""The memory tools as a model calls them, and their results as it reads them."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.messages import Message
from memgpt_autogen.rendering.found_lines import read_found
from memgpt_autogen.testing import call

MARCH = datetime(2026, 3, 1, 14, 5, 9, tzinfo=timezone.utc)


def use(loop: HeartbeatLoop, name: str, **arguments: Any) -> str:
    """What a model reads after this call."""
    outcome = loop.toolbox.run(loop.toolbox.read(call(name, **arguments)))
    return outcome.text if outcome.ok else f"Failed: {outcome.text}"


def said(loop: HeartbeatLoop, name: str, text: str, time: datetime = MARCH) -> None:
    loop.memory.log.append(Message("user", text, "message", name, time=time))


def ageless(told: str) -> str:
    """What is told whenever this test runs."""
    return re.sub(r", (?:\d+ \w+ ago|in \d+ \w+|just now)(?=[],])", ", AGE", told)


def undated(told: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?", "TIME", ageless(told))


def items(told: str) -> list[dict[str, Any]]:
    """The results that are told, in their order; what is only beside them is left out."""
    return [
        {"time": head[0], "name": line.name, "text": line.text, "marks": line.marks}
        for head, line in read_found(told)
        if not line.beside
    ]


def names_of(told: str) -> list[str]:
    return [item["name"] for item in items(told)]
