"""Agents: list, create, read, rename and delete."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Optional

from fastapi import Query, Request

from memgpt_autogen.memory.documents.shared_archives import SharedArchive
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.letta.bodies import AUTO, AgentBody, AgentChange
from memgpt_autogen.server.facades.letta.ids import AgentPath, bare, passing_id, with_kind
from memgpt_autogen.server.facades.letta.log_messages import call_shape
from memgpt_autogen.server.facades.letta.paging import Paged
from memgpt_autogen.server.facades.letta.shapes import AGENT_TYPE, agent_state, iso, tool_shape
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.routes.parameters import equipment_of
from memgpt_autogen.service import agents, owned_blocks, runs, server_facts, shared, tools
from memgpt_autogen.service.agents import Agent
from memgpt_autogen.service.pages import MOST
from memgpt_autogen.service.window import agent_window

router = foreign_area("letta", "/v1/agents")

# kinds of agents whose memory is the one that agents have here
_TYPES = (None, AGENT_TYPE, "memgpt_v2_agent", "letta_v1_agent")

State = dict[str, Any]


@router.get("/", name="list_letta_agents")
def list_agents(
    request: Request,
    caller: Reader,
    page: Paged,
    name: Annotated[Optional[str], Query(max_length=64)] = None,
    query_text: Annotated[Optional[str], Query(max_length=64)] = None,
) -> list[State]:
    """Return the user's agents, the newest first; only the one of this name, or those with a part of it."""
    _refuse_filters(request, "tags", "identity_id", "identifier_keys", "template_id", "base_template_id")
    found = [each for each in _all(caller, query_text or name) if name is None or each.name == name]
    return [state_of(request, caller, each.id) for each in page.of(found, lambda each: each.id)]


@router.get("/count", name="count_letta_agents")
def count_agents(caller: Reader) -> int:
    """Return how many agents the user has."""
    return len(_all(caller, None))


@router.post("/", name="create_agent")
def create_agent(request: Request, caller: Writer, body: AgentBody) -> State:
    """Create an agent with these blocks; without any, with persona and human."""
    caller.check_whole("it creates none")
    body.check()
    _check(request, caller, body)
    ids = [bare(each) for each in body.block_ids or ()]
    own = [block.block() for block in body.memory_blocks or ()]
    attached = [shared.find_block(caller.settings, each).block for each in ids]
    archives = _archives(caller, [*(body.folder_ids or ()), *(body.source_ids or ())])
    name = body.name or f"agent-{uuid.uuid4().hex[:8]}"
    made = agents.add_agent(caller.settings, name, first=[*own, *attached] or None)
    caller.note(made.agent.id, made.agent.name)
    try:
        for archive in archives:
            shared.attach_archive(caller.settings, made.agent.id, archive.id)
    except BaseException:
        agents.remove_agent(caller.settings, made.agent.id)
        raise
    return state_of(request, caller, made.agent.id)


@router.get("/{agent_id}", name="get_letta_agent")
def get_agent(request: Request, caller: Reader, agent_id: AgentPath) -> State:
    """Return an agent with its blocks, folders and tools."""
    return state_of(request, caller, agent_id)


@router.patch("/{agent_id}", name="change_agent")
def change_agent(request: Request, caller: Writer, agent_id: AgentPath, body: AgentChange) -> State:
    """Rename an agent."""
    body.check()
    found, _ = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    _refuse(_other_models(caller, body.model, body.embedding))
    if body.name is not None:
        agents.change_name(caller.settings, found, body.name, caller.agents)
    return state_of(request, caller, found)


@router.delete("/{agent_id}", name="delete_agent")
def delete_agent(caller: Writer, agent_id: AgentPath) -> State:
    """Delete an agent for good, with everything that belongs to it alone."""
    found, name = agents.resolve_agent(caller.settings, agent_id, caller.agents)
    agents.remove_agent(caller.settings, found, caller.agents)
    return {"message": f"agent {name} was deleted"}


def state_of(request: Request, caller: Caller, agent: str) -> State:
    """Return an agent as the client reads it."""
    detail = agents.agent_detail(caller.settings, agent, caller.agents)
    agent_id = detail.agent.id
    window = agent_window(caller.settings, agent_id, caller.agents, equipment=equipment_of(request))
    system = next(each.text for each in window.sections if each.name == "system")
    state = agent_state(
        detail,
        owned_blocks.block_ids(caller.settings, agent_id),
        archives_of(caller, detail.agent.name),
        server_facts.models(caller.settings, discover=False),
        system=system,
        tools=tools_of(request, caller, agent_id),
    )
    return {**state, "pending_approval": _pending(caller, agent_id)}


def _pending(caller: Caller, agent_id: str) -> dict[str, Any] | None:
    """Return what the agent's newest suspended run waits for, as its stream has told it."""
    for run in runs.list_runs(caller.settings, agent=agent_id, state="suspended", limit=1).items:
        waiting = runs.waiting_calls(caller.settings, run)
        calls = [call_shape(ToolCall(each.id, each.name, each.arguments)) for each in waiting]
        if calls:
            return {
                "id": passing_id(run.id, run.number),
                "date": iso(run.started or run.created),
                "run_id": with_kind("run", run.id),
                "message_type": "approval_request_message",
                "tool_call": calls[0],
                "tool_calls": calls,
            }
    return None


def archives_of(caller: Caller, name: str) -> list[SharedArchive]:
    """Return the shared archives of the user that an agent reads besides its own."""
    found = shared.list_archives(caller.settings, limit=10_000).items
    return [each for each in found if name in each.agents]


def tools_of(request: Request, caller: Caller, agent: str) -> list[dict[str, Any]]:
    """Return the functions of an agent."""
    equipment = equipment_of(request)
    origins = {each.name: each.origin for each in tools.home_tools(caller.settings, equipment)}
    found = tools.agent_tools(caller.settings, agent, caller.agents, equipment=equipment)
    functions: Sequence[Mapping[str, Any]] = [each["function"] for each in found]
    return [
        tool_shape(
            each["name"],
            each.get("description", ""),
            each.get("parameters", {}),
            origins.get(each["name"], "mcp"),
        )
        for each in functions
    ]


def _all(caller: Caller, search: str | None) -> list[Agent]:
    found: list[Agent] = []
    cursor: str | None = None
    while True:
        page = agents.list_agents(
            caller.settings, limit=MOST, cursor=cursor, search=search, among=caller.agents
        )
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def _archives(caller: Caller, ids: Collection[str]) -> list[SharedArchive]:
    return [shared.find_archive(caller.settings, bare(each))[0] for each in ids]


def _check(request: Request, caller: Caller, body: AgentBody) -> None:
    """Raise a problem, 422, for an agent that cannot be made here, with everything that must be left out."""
    troubles = [*_other_models(caller, body.model, body.embedding)]
    if body.agent_type not in _TYPES:
        troubles.append(f"agents are of the type {AGENT_TYPE} here. Leave agent_type out.")
    if not body.include_base_tools:
        troubles.append("every agent has the base tools here. Leave include_base_tools out.")
    there = {each.name for each in tools.home_tools(caller.settings, equipment_of(request))}
    unknown = sorted(set(body.tools or ()) - there)
    if unknown:
        troubles.append(
            f"there is no tool {', '.join(unknown[:10])}. An agent has: {', '.join(sorted(there))}. Others "
            "come from the operator, from MCP servers (/api/v1/mcp-servers), or as client_tools."
        )
    _refuse(troubles)


def _other_models(caller: Caller, model: str | None, embedding: str | None) -> Iterator[str]:
    """Yield what is wrong with the choice of another model than that of the server's settings."""
    used = server_facts.models(caller.settings, discover=False)
    for name, given, there in (
        ("model", model, used.model),
        ("embedding", embedding, used.embedding_model),
    ):
        if given in (None, "", AUTO, there) or (there and (given or "").partition("/")[2] == there):
            continue
        are = f"is {there}" if there else "is not set: archives are searched by words"
        yield (
            f"{name}={given} cannot be chosen: the {name} of all agents is that of the server's settings, "
            f"which {are}. Leave {name} out."
        )


def _refuse(troubles: Iterable[str]) -> None:
    """Raise a problem, 422, if there are any."""
    if told := " Also: ".join(troubles):
        raise ProblemError(422, told)


def _refuse_filters(request: Request, *names: str) -> None:
    """Raise a problem, 422, for conditions that agents cannot meet, since they have no such thing."""
    given = [name for name in names if request.query_params.get(name)]
    if given:
        raise ProblemError(422, f"agents have no {', '.join(given)} here. Leave that out.")
