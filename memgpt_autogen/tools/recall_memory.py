"""Tools that search the recall log."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Literal, Optional

from memgpt_autogen.memory.recall import RecallMemory, RecallPage
from memgpt_autogen.messages import stamp
from memgpt_autogen.tools.dates import date_range
from memgpt_autogen.tools.pages import checked_page, excerpt, told
from memgpt_autogen.tools.tool import Tool


def recall_memory_tools(recall: RecallMemory, zone: tzinfo, *, item_chars: int) -> list[Tool]:
    """Search what was said by words and filters, or by dates alone. `item_chars` bounds each result."""

    def conversation_search(
        query: Optional[str] = None,
        speaker: Optional[str] = None,
        role: Optional[Literal["user", "assistant"]] = None,
        start_date: Optional[str] = None,
        end_date: Optional[str] = None,
        page: Optional[int] = 0,
    ) -> str:
        """Search everything that was ever said, best match first.

        Args:
            query: a few telling words; "quoted words" must stand together
            speaker: only what this name said
            role: user for others, assistant for yourself
            start_date: YYYY-MM-DD, this day included
            end_date: YYYY-MM-DD, this day included
            page: counts from 0
        """
        start, end = date_range(start_date, end_date, zone)
        found = recall.search(
            query,
            speaker=(speaker or "").strip() or None,
            role=role,
            start=start,
            end=end,
            page=checked_page(page or 0),
        )
        return _page(found, query or "")

    def conversation_search_date(start_date: str, end_date: str, page: Optional[int] = 0) -> str:
        """List what was said between two days, both included, oldest first.

        Args:
            start_date: YYYY-MM-DD
            end_date: YYYY-MM-DD
            page: counts from 0
        """
        start, end = date_range(start_date, end_date, zone)
        return _page(recall.search(start=start, end=end, page=checked_page(page or 0)), "")

    def _page(found: RecallPage, query: str) -> str:
        items: list[dict[str, Any]] = [
            {
                "time": stamp(item.time, zone),
                "name": item.name,
                "message": excerpt(item.text, query, item_chars),
            }
            for item in found.items
        ]
        return told(items, total=found.total, page=found.page, last_page=found.last_page)

    return [
        Tool.of(function, paged=True, own=True)
        for function in (conversation_search, conversation_search_date)
    ]
