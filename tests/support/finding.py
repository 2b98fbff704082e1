"""A conversation that recall finds something in, and what it finds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, now


def heard(memory: MemoryHierarchy, *texts: str, name: str = "ben", time: datetime | None = None) -> None:
    """Let the agent hear these texts, a minute apart if they begin at a `time`."""
    messages = [
        Message("user", text, name=name, time=time + timedelta(minutes=number) if time else now())
        for number, text in enumerate(texts)
    ]
    memory.log.append(*messages)


def holding(memory: MemoryHierarchy, query: str | None = None, **filters: Any) -> list[str]:
    """Return the texts that match the query themselves, best first; all of them without a query."""
    page = memory.recall.search(query, page_size=1000, **filters)
    assert not page.trouble, page.trouble
    return [item.text for item in page.items if not item.why or item.why.startswith(("words", "as it"))]
