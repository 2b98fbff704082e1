"""Tools that write to and search archival storage."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Literal, Optional

from memgpt_autogen.memory.archival import Archive
from memgpt_autogen.messages import stamp
from memgpt_autogen.tools.dates import date_range
from memgpt_autogen.tools.pages import checked_page, excerpt, told
from memgpt_autogen.tools.tool import Tool

PAGE_SIZE = 5


def archival_memory_tools(archive: Archive, zone: tzinfo, *, item_chars: int) -> list[Tool]:
    """Insert and search. `item_chars` bounds each result."""

    def archival_memory_insert(content: str, tags: Optional[list[str]] = None) -> str:
        """Store a fact or a text for good.

        Args:
            content: complete in itself, with names and dates
            tags: labels to find it by
        """
        passages = archive.insert(content, tags=tags or (), wait=False)
        parts = f" in {len(passages)} parts" if len(passages) > 1 else ""
        return f"Stored{parts}. Passages in archival memory: {archive.count()}."

    def archival_memory_search(
        query: str,
        tags: Optional[list[str]] = None,
        tag_match_mode: Literal["any", "all"] = "any",
        start_date: Optional[str] = None,
        end_date: Optional[str] = None,
        page: Optional[int] = 0,
    ) -> str:
        """Search archival memory, best match first.

        Args:
            query: a few telling words
            tags: only passages with these tags
            tag_match_mode: any of the tags, or all of them
            start_date: stored on or after this day, YYYY-MM-DD
            end_date: stored on or before this day, YYYY-MM-DD
            page: counts from 0
        """
        start, end = date_range(start_date, end_date, zone)
        found = archive.search(
            query,
            tags=tags or (),
            tag_match_mode=tag_match_mode,
            start=start,
            end=end,
            page=checked_page(page or 0),
            page_size=PAGE_SIZE,
        )
        items: list[dict[str, Any]] = []
        for hit in found.items:
            item: dict[str, Any] = {
                "time": stamp(hit.passage.created_at, zone),
                "text": excerpt(hit.passage.text, query, item_chars),
            }
            if hit.passage.tags:
                item["tags"] = list(hit.passage.tags)
            if hit.passage.source:
                item["source"] = hit.passage.source
            items.append(item)
        return told(items, total=found.total, page=found.page, last_page=max(0, found.pages - 1))

    return [
        Tool.of(archival_memory_insert, own=True),
        Tool.of(archival_memory_search, paged=True, own=True),
    ]
