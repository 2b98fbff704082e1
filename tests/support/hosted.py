"""What the tests of all hosts share: a loop to run in, a scripted model's words, and what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.testing import call, says

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 60))


def speaks(text: str, *others: Any, **options: Any) -> Completion:
    """Return the answer of a model that says this, and calls these functions."""
    return says("", call("send_message", message=text), *others, **options)


def said_in(memory: MemoryHierarchy) -> list[tuple[str, str]]:
    """Return what a prompt and a search can see of the talk: speakers and words."""
    return [
        (entry.message.name or memory.name, entry.message.spoken)
        for entry in memory.log.spoken_tail(2000)
        if not entry.hidden and entry.message.spoken is not None
    ]
