"""What a search of recall finds, told apart from the turns around that it shows too."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.memory.hierarchy import MemoryHierarchy


def holding(memory: MemoryHierarchy, query: str | None = None, **filters: Any) -> list[str]:
    """The texts that hold something of the query themselves, best first; without one, all that fits the filters."""
    page = memory.recall.search(query, page_size=1000, **filters)
    assert not page.trouble
    return [item.text for item in page.items if not item.why or item.why.startswith(("words", "as it"))]
