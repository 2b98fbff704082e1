"""The functions that agents have: of a home, of one agent, and a test run of one."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from memgpt_autogen.assembly import UserTool, open_loop, open_memory
from memgpt_autogen.errors import ConfigurationError, NotFoundError, quoted
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.service.agents import between_turns
from memgpt_autogen.service.equipment import Equipment
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.tool import Tool

Approval = Literal["never", "sometimes", "always"]
"""Whether somebody must allow a call first; `sometimes` depends on the arguments."""

Origin = Literal["built_in", "operator", "mcp"]


@dataclass(frozen=True, slots=True)
class HomeTool:
    """A function that the agents of a home have."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """A JSON schema."""
    origin: Origin
    approval: Approval
    server: str | None = None
    """The name of the MCP server that has it."""


@dataclass(frozen=True, slots=True)
class ToolRun:
    """What a function returned."""

    ok: bool
    text: str
    """As the model reads it; where it failed, why."""


def home_tools(settings: Settings, equipment: Equipment) -> list[HomeTool]:
    """Return the functions that every agent of the owner has.

    These are built-in ones, those of the operator, and those of MCP servers.
    """
    offers = equipment.offers
    servers = offers.to_all_of(open_home_database(settings).owner) if offers else ()
    return [
        *_built_in(settings.protocol),
        *(_home_tool(tool, "operator") for tool in _tools(equipment.tools)),
        *(_home_tool(tool, "mcp", each.stored.name) for each in servers for tool in each.tools),
    ]


def agent_tools(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    equipment: Equipment,
) -> list[ToolSchema]:
    """Return the functions that an agent's model is offered, in full."""
    return equipment.open_agent(settings, agent, among).schemas()


def run_tool(
    settings: Settings,
    agent: str,
    tool: str,
    arguments: Mapping[str, Any],
    among: Collection[str] | None = None,
    *,
    equipment: Equipment,
) -> ToolRun:
    """Run one function of an agent, as its model would, between two turns. The log does not have the call.

    What the function changes is changed. Raises `NotFoundError` where the agent has no such function, and
    `ConfigurationError` for a call that somebody must allow first.
    """
    loop = equipment.open_agent(settings, agent, among)
    toolbox = loop.toolbox
    found = toolbox.get(tool)
    if found is None:
        names = ", ".join(toolbox.names())
        raise NotFoundError(f"the agent has no function {quoted(tool)}. It has: {names}.")
    if found.needs_approval(dict(arguments)):
        raise ConfigurationError(
            f"a call of {quoted(tool)} must be allowed by somebody, and a test run is not. Ask the agent for "
            "it in a run."
        )
    reading = toolbox.read(ToolCall("test-run", tool, json.dumps(dict(arguments))))
    with between_turns(loop.memory):
        outcome = toolbox.run(reading)
    return ToolRun(outcome.ok, outcome.text)


def operator_names(operators: Sequence[UserTool]) -> list[str]:
    """Return the names of the operator's tools."""
    return [tool.name for tool in _tools(operators)]


def _home_tool(tool: Tool, origin: Origin, server: str | None = None) -> HomeTool:
    approval: Approval = "sometimes" if callable(tool.approval) else "always" if tool.approval else "never"
    return HomeTool(tool.name, tool.description, tool.parameters, origin, approval, server)


def _tools(given: Sequence[UserTool]) -> Iterator[Tool]:
    return (tool if isinstance(tool, Tool) else Tool.from_function(tool) for tool in given)


@cache
def _built_in(protocol: Literal["memgpt", "native"]) -> tuple[HomeTool, ...]:
    """Return the functions of an agent that has nothing else."""
    settings = Settings.load(protocol=protocol)
    memory = open_memory("tools", settings, embedder=NONE, ephemeral=True)
    loop = open_loop(memory, OfflineLLM())
    return tuple(_home_tool(tool, "built_in") for tool in loop.toolbox)
