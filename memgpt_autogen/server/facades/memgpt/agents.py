"""Agents: list, create, read, rename and delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel

from memgpt_autogen.server.authentication import Admin, Reader, Writer
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.memgpt.askers import asker_of, whole_asker
from memgpt_autogen.service.memgpt import agents, shapes

router = foreign_area("agents", "/api")

AgentPath = Annotated[str, Path(alias="agent", max_length=64, description="The id of an agent.")]


class NewAgentBody(BaseModel):
    """A new agent."""

    config: agents.NewAgent


class RenameBody(BaseModel):
    """Another name."""

    agent_name: str


@router.get("/agents")
def list_memgpt_agents(request: Request, caller: Reader) -> shapes.AgentList:
    """Return all agents of the user, the newest run first."""
    return agents.list_agents(asker_of(request, caller))


@router.get("/admin/agents")
def list_all_memgpt_agents(request: Request, caller: Admin) -> shapes.AgentList:
    """Return the agents of all users."""
    return agents.list_all_agents(asker_of(request, caller))


@router.post("/agents")
def create_memgpt_agent(request: Request, caller: Writer, body: NewAgentBody) -> shapes.CreatedAgent:
    """Create an agent."""
    made = agents.create_agent(whole_asker(request, caller), body.config)
    caller.note(made.agent_state.id, made.agent_state.name, action="create_agent")
    return made


@router.get("/agents/{agent}/config")
def get_memgpt_agent(request: Request, caller: Reader, agent: AgentPath) -> shapes.AgentConfig:
    """Return an agent."""
    return agents.get_agent_config(asker_of(request, caller), agent)


@router.patch("/agents/{agent}/rename")
def rename_memgpt_agent(
    request: Request, caller: Writer, agent: AgentPath, body: RenameBody
) -> shapes.AgentConfig:
    """Give an agent another name."""
    renamed = agents.rename_agent(asker_of(request, caller), agent, body.agent_name)
    caller.note(renamed.agent_state.id, renamed.agent_state.name, action="rename_agent")
    return renamed


@router.delete("/agents/{agent}")
def delete_memgpt_agent(request: Request, caller: Writer, agent: AgentPath) -> shapes.Said:
    """Delete an agent with its memory."""
    return agents.delete_agent(asker_of(request, caller), agent)
