"""The window of an agent: what its next prompt contains, section by section, and the exact request."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.llm.wire.chat import preview_request
from memgpt_autogen.memory.context.overview import ContextOverview, PromptParts
from memgpt_autogen.memory.context.queue import Summary
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.equipment import Equipment
from memgpt_autogen.service.pages import Page, page_among
from memgpt_autogen.settings import Settings

SectionName = Literal["system", "core_memory", "tools", "summary", "queue"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a prompt."""

    name: SectionName
    tokens: int
    text: str
    """What the model reads there. Messages and tools are lines of JSON."""


@dataclass(frozen=True, slots=True)
class Window:
    """A prompt of an agent, and the sizes of its sections."""

    seq: int
    """The newest entry of the log when the prompt was so."""
    overview: ContextOverview
    sections: tuple[Section, ...]
    request: dict[str, Any]
    """The body of the request, as an endpoint of the chat API would get it."""


def agent_window(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    equipment: Equipment,
    at: int | None = None,
) -> Window:
    """Return the next prompt of an agent, or the prompt when the entry `at` was the newest.

    A message that the agent hears comes after it, and a run may bring functions and instructions of its own.
    A turn can change it before it is sent: by a warning or an eviction where it is too large. Raises
    `HistoryError` where the log has no such entry.
    """
    loop = equipment.open_agent(settings, agent, among)
    seq = loop.memory.log.last_seq() if at is None else at
    overview = loop.context_overview(at=at)
    parts = overview.parts
    assert parts is not None  # noqa: S101 - a loop always has them
    request = preview_request(loop.llm, parts.messages, parts.tools)
    return Window(seq, overview, _sections(overview, parts), request)


@dataclass(frozen=True, slots=True)
class PastEviction:
    """An eviction of the past: a new summary, and what was folded into it."""

    number: int
    """Counts from 1."""
    after_seq: int
    """The entries that were folded come after this one."""
    summary: Summary
    before: str | None
    """The summary before it."""


def evictions(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[PastEviction]:
    """Return a page of the evictions, the newest first."""
    found = open_agent(settings, agent, among, embedder=NONE).queue.summaries()
    past = [
        PastEviction(number, last.through_seq if last else 0, summary, last.text if last else None)
        for number, (last, summary) in enumerate(zip([None, *found], found, strict=False), start=1)
    ]
    return page_among(past, limit, cursor, lambda each: each.number, newest=True)


def _sections(overview: ContextOverview, parts: PromptParts) -> tuple[Section, ...]:
    return (
        Section("system", overview.system, parts.instructions),
        Section("core_memory", overview.core_memory, parts.core_memory),
        Section("tools", overview.tools, _lines(parts.tools)),
        Section("summary", overview.summary, "\n".join(str(each["content"]) for each in parts.summary)),
        Section("queue", overview.queue, _lines(parts.queue)),
    )


def _lines(values: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(json.dumps(value, ensure_ascii=False) for value in values)
