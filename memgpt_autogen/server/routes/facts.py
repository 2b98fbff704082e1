"""What there is and what was used: models, the tools of an agent, and usage."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request

from memgpt_autogen.memory.storage.runs.used import UsageBy, Used
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, From, Limit, Until, equipment_of
from memgpt_autogen.service import server_facts, tools
from memgpt_autogen.service.pages import Page, page_among
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.facts import (
    HomeToolAnswer,
    ModelsAnswer,
    ToolArguments,
    ToolRunAnswer,
    ToolsAnswer,
    UsageAnswer,
)

router = area("facts")


@router.get("/models")
def get_models(
    caller: Reader,
    *,
    discover: Annotated[bool, Query(description="Look for others; without, only the model in use.")] = True,
) -> ModelsAnswer:
    """Return the model that turns use, and the servers and keys that are found on the machine."""
    found = server_facts.models(caller.settings, discover=discover)
    return ModelsAnswer.of(found, addresses=caller.is_admin)


@router.get("/tools", response_model=PageOf[HomeToolAnswer])
def list_home_tools(
    request: Request, caller: Reader, limit: Limit = 50, cursor: Cursor = None
) -> Page[tools.HomeTool]:
    """Return the functions that every agent of the user has, by name.

    These are the built-in ones, those of the operator, and those of MCP servers that are for all of them.
    """
    found = tools.home_tools(caller.settings, equipment_of(request))
    return page_among(found, limit, cursor, lambda each: each.name)


@router.get("/agents/{agent}/tools")
def list_tools(request: Request, caller: Reader, agent: AgentPath) -> ToolsAnswer:
    """Return the functions that an agent's model is offered."""
    found = tools.agent_tools(caller.settings, agent, caller.agents, equipment=equipment_of(request))
    return ToolsAnswer.of(found)


@router.post("/agents/{agent}/tools/{tool}/run", response_model=ToolRunAnswer)
def run_tool(
    request: Request,
    caller: Writer,
    agent: AgentPath,
    tool: Annotated[str, Path(max_length=100, description="The name of a function of the agent.")],
    body: ToolArguments,
) -> tools.ToolRun:
    """Run one function as the agent's model would, between two turns, to try it.

    What it changes is changed, and the log does not have the call. 400 for a call that somebody must allow.
    """
    equipment = equipment_of(request)
    return tools.run_tool(caller.settings, agent, tool, body.arguments, caller.agents, equipment=equipment)


@router.get("/usage", response_model=PageOf[UsageAnswer])
def get_usage(
    caller: Reader,
    by: Annotated[UsageBy, Query(description="What is added up.")] = "agent",
    start: From = None,
    end: Until = None,
    everyone: Annotated[bool, Query(description="Of all users; for the admin.")] = False,  # noqa: FBT002 - FastAPI calls it by name
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Used]:
    """Return the turns, tokens and cost of runs, by agent, user, key or model, or by day, the newest first.

    With `by=total` it is one item: the sum of all.
    What agents and keys used that were deleted is there too.
    """
    if everyone and not caller.is_admin:
        raise ProblemError(403, "only the admin sees the usage of all users. Leave out everyone.")
    caller.check_whole("usage is of all")
    return server_facts.usage(
        caller.settings, by, start=start, end=end, everyone=everyone, limit=limit, cursor=cursor
    )
