"""What a home can use, and what was used: models, tools and usage."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memgpt_autogen.assembly import choose_llm, open_home_database
from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.llm.discover import Backend, discover
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.memory.storage.runs.used import UsageBy, Used, used_by
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.service.agents import between_turns, open_agent
from memgpt_autogen.service.loops import open_settings_loop
from memgpt_autogen.service.pages import Page, page_among
from memgpt_autogen.settings import Settings


@dataclass(frozen=True, slots=True)
class Models:
    """The model that turns use, and what else was found."""

    model: str
    window_tokens: int | None
    """The window of the settings; None where the endpoint or the model's name decides."""
    embedding_model: str | None
    found: tuple[Backend, ...]
    """Servers on this machine, and services with a key in the environment. Their keys are told nowhere."""


@dataclass(frozen=True, slots=True)
class ToolRun:
    """What a function returned."""

    ok: bool
    text: str
    """As the model reads it; where it failed, why."""


def models(settings: Settings) -> Models:
    """Return the models that there are. Only this machine is asked, unless the settings forbid it."""
    found = discover() if settings.discover else ()
    return Models(choose_llm(settings).model, settings.window_tokens, settings.embedding_model, found)


def tools(settings: Settings, agent: str, among: Collection[str] | None = None) -> list[ToolSchema]:
    """Return the functions that an agent's model is offered, in full."""
    return open_settings_loop(open_agent(settings, agent, among), settings).schemas()


def run_tool(
    settings: Settings,
    agent: str,
    tool: str,
    arguments: Mapping[str, Any],
    among: Collection[str] | None = None,
) -> ToolRun:
    """Run one function of an agent, as its model would, between two turns. The log does not have the call.

    What the function changes is changed. Raises `NotFoundError` where the agent has no such function.
    """
    memory = open_agent(settings, agent, among)
    toolbox = open_settings_loop(memory, settings).toolbox
    if tool not in toolbox:
        names = ", ".join(toolbox.names())
        raise NotFoundError(f"the agent has no function {quoted(tool)}. It has: {names}.")
    reading = toolbox.read(ToolCall("test-run", tool, json.dumps(dict(arguments))))
    with between_turns(memory):
        outcome = toolbox.run(reading)
    return ToolRun(outcome.ok, outcome.text)


def usage(
    settings: Settings,
    by: UsageBy,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    everyone: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Used]:
    """Return a page of what runs have used; days come newest first."""
    found = used_by(open_home_database(settings), by, start=start, end=end, everyone=everyone)
    return page_among(found, limit, cursor, lambda each: each.key, newest=by == "day")
