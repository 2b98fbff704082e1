"""The server's health, its models, and the functions of agents."""

from __future__ import annotations

from typing import Annotated, Any, Optional

from fastapi import APIRouter, Path, Query, Request

from memgpt_autogen._version import __version__
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.letta.agents import tools_of
from memgpt_autogen.server.facades.letta.bodies import ToolRunBody
from memgpt_autogen.server.facades.letta.ids import AgentPath
from memgpt_autogen.server.facades.letta.paging import Paged
from memgpt_autogen.server.facades.letta.shapes import model_shape, tool_shape
from memgpt_autogen.server.routes.parameters import equipment_of
from memgpt_autogen.service import agents, server_facts, tools

public = APIRouter(tags=["letta"], include_in_schema=False)

router = foreign_area("letta", "/v1")

Shape = dict[str, Any]


@public.get("/v1/health/", name="letta_health")
async def health() -> dict[str, str]:
    """Return that the server answers."""
    return {"status": "ok", "version": __version__}


@router.get("/models/", name="list_letta_models")
def list_models(caller: Reader) -> list[Shape]:
    """Return the one model that all agents use. Without the slash at the end, the path is OpenAI's list."""
    return [model_shape(server_facts.models(caller.settings, discover=False))]


@router.get("/tools/", name="list_letta_tools")
def list_tools(
    request: Request,
    caller: Reader,
    page: Paged,
    name: Annotated[Optional[str], Query(max_length=100)] = None,
) -> list[Shape]:
    """Return the functions that every agent of the user has."""
    found = [
        tool_shape(each.name, each.description, each.parameters, each.origin)
        for each in tools.home_tools(caller.settings, equipment_of(request))
        if name in (None, each.name)
    ]
    return page.of(found[::-1], lambda each: str(each["id"]).removeprefix("tool-"))


@router.get("/agents/{agent_id}/tools", name="list_letta_agent_tools")
def list_agent_tools(request: Request, caller: Reader, agent_id: AgentPath, page: Paged) -> list[Shape]:
    """Return the functions that an agent's model is offered."""
    found, _ = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    told = tools_of(request, caller, found)
    return page.of(told[::-1], lambda each: str(each["id"]).removeprefix("tool-"))


@router.post("/agents/{agent_id}/tools/{tool_name}/run", name="run_tool")
def run_tool(
    request: Request,
    caller: Writer,
    agent_id: AgentPath,
    tool_name: Annotated[str, Path(max_length=100)],
    body: ToolRunBody,
) -> Shape:
    """Run one function as the agent's model would."""
    found, _ = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    outcome = tools.run_tool(
        caller.settings,
        found,
        tool_name,
        body.args,
        caller.agents,
        equipment=equipment_of(request),
    )
    return {"status": "success" if outcome.ok else "error", "func_return": outcome.text}
