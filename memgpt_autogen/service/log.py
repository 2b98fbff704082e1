"""The log of an agent, in pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.memory.storage.log_pages import LogFilter, Order, log_page
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.pages import Page, page_of, place_of
from memgpt_autogen.settings import Settings

EVERYTHING = LogFilter()


def read_log(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    only: LogFilter = EVERYTHING,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Entry]:
    """Return a page of the log: the newest entries first, or, with `after`, the oldest first."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    order: Order = "newest" if only.after is None else "oldest"
    if cursor is not None:
        seq = int(place_of(cursor, int)[0])
        only = replace(only, before=seq) if order == "newest" else replace(only, after=seq)
    found = log_page(memory.log, only, name=memory.called or memory.name, order=order, limit=limit + 1)
    return page_of(found, limit, lambda entry: (entry.seq,))
