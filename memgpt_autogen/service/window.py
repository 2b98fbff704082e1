"""The window of an agent: what its next prompt contains, section by section, and the exact request."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from memgpt_autogen.llm.wire.chat import preview_request
from memgpt_autogen.memory.context.overview import ContextOverview, PromptParts
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.loops import open_settings_loop
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
    settings: Settings, agent: str, among: Collection[str] | None = None, *, at: int | None = None
) -> Window:
    """Return the next prompt of an agent, or the prompt when the entry `at` was the newest.

    A message that the agent hears comes after it. A turn can change it before it is sent: by a warning or an
    eviction where it is too large. Raises `HistoryError` where the log has no such entry.
    """
    memory = open_agent(settings, agent, among)
    loop = open_settings_loop(memory, settings)
    seq = memory.log.last_seq() if at is None else at
    overview = loop.context_overview(at=at)
    parts = overview.parts
    assert parts is not None  # noqa: S101 - a loop always has them
    request = preview_request(loop.llm, parts.messages, parts.tools)
    return Window(seq, overview, _sections(overview, parts), request)


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
