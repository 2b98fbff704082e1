"""Agents: list, create, read, rename, delete, fork, export, import and forget."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Optional

from fastapi import BackgroundTasks, Form, Query, UploadFile
from fastapi import Path as InPath
from starlette.responses import FileResponse

from memgpt_autogen.memory.upkeep.forget_report import Forgotten
from memgpt_autogen.memory.upkeep.remove import Removed
from memgpt_autogen.server.authentication import Reader, Writer
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.service import agents
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.agents import (
    ActiveAgentAnswer,
    AgentAnswer,
    AgentChange,
    AgentDetailAnswer,
    ForgetAnswer,
    ForgetBody,
    ForkRequest,
    NewAgent,
    RemovedAnswer,
)
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.people import LimitsAnswer, LimitsBody

router = area("agents")

AgentPath = Annotated[
    str, InPath(alias="agent", max_length=64, description="The id or the name of an agent.")
]

BUNDLE = "application/zip"


@router.get("/agents", response_model=PageOf[AgentAnswer])
def list_agents(
    caller: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    search: Annotated[Optional[str], Query(max_length=64, description="A part of the name.")] = None,
) -> Page[agents.Agent]:
    """Return the user's agents, the newest first."""
    return agents.list_agents(caller.settings, limit=limit, cursor=cursor, search=search, among=caller.agents)


@router.get("/activity", response_model=PageOf[ActiveAgentAnswer])
def list_active_agents(caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[agents.ActiveAgent]:
    """Return the user's agents that are in a turn now, or have runs that wait, in whichever process."""
    return agents.list_active(caller.settings, limit=limit, cursor=cursor, among=caller.agents)


@router.post("/agents", status_code=201)
def create_agent(caller: Writer, body: NewAgent) -> AgentDetailAnswer:
    """Create an agent. 409 if the user has one of that name."""
    _check_may_create(caller)
    made = agents.add_agent(
        caller.settings,
        body.name,
        persona=body.persona,
        human=body.human,
        blocks=[each.block() for each in body.blocks],
        archive=body.archive,
    )
    caller.note(made.agent.id, made.agent.name)
    return AgentDetailAnswer.of(made)


@router.post("/agents/import", status_code=201)
def import_agent(
    caller: Writer,
    file: UploadFile,
    name: Annotated[Optional[str], Form(max_length=64)] = None,
    archive: Annotated[Optional[str], Form(max_length=120)] = None,
) -> AgentDetailAnswer:
    """Create the agent of a file that an export returned, completely or not at all. `name` renames it."""
    _check_may_create(caller)
    with tempfile.TemporaryDirectory(prefix="memgpt-import-") as folder:
        copied = Path(folder) / "agent.zip"
        with copied.open("wb") as opened:
            shutil.copyfileobj(file.file, opened)
        made = agents.import_agent(caller.settings, copied, name=name, archive=archive)
    caller.note(made.agent.id, made.agent.name)
    return AgentDetailAnswer.of(made)


@router.get("/agents/{agent}")
def get_agent(caller: Reader, agent: AgentPath) -> AgentDetailAnswer:
    """Return an agent with its core memory."""
    return AgentDetailAnswer.of(agents.agent_detail(caller.settings, agent, caller.agents))


@router.patch("/agents/{agent}")
def change_agent(caller: Writer, agent: AgentPath, body: AgentChange) -> AgentDetailAnswer:
    """Rename an agent. 409 if the user has another one of that name."""
    return AgentDetailAnswer.of(agents.change_name(caller.settings, agent, body.name, caller.agents))


@router.delete("/agents/{agent}", response_model=RemovedAnswer)
def delete_agent(
    caller: Writer,
    agent: AgentPath,
    *,
    dry_run: Annotated[bool, Query(description="Only report what would be deleted.")] = False,
) -> Removed:
    """Delete an agent for good, with everything that belongs to it alone, and report what that was."""
    removed = agents.remove_agent(caller.settings, agent, caller.agents, dry_run=dry_run)
    if dry_run:
        caller.note("", agent, action="plan_delete_agent")
    return removed if caller.agents is None else replace(removed, heard_by={}, forks=())


@router.get("/agents/{agent}/limits")
def get_agent_limits(caller: Reader, agent: AgentPath) -> LimitsAnswer:
    """Return what an agent may use."""
    return _limits(caller, agent)


@router.put("/agents/{agent}/limits")
def put_agent_limits(caller: Writer, agent: AgentPath, body: LimitsBody) -> LimitsAnswer:
    """Replace what an agent may use. The limits of the user and of the key count too."""
    agents.put_limits(caller.settings, agent, body.limits(), caller.agents)
    return _limits(caller, agent)


@router.post("/agents/{agent}/fork", status_code=201)
def fork_agent(caller: Writer, agent: AgentPath, body: ForkRequest) -> AgentDetailAnswer:
    """Create an agent that begins with this one's memory, as it is or as it was at an entry of its log."""
    _check_may_create(caller)
    forked = agents.fork_agent(caller.settings, agent, body.name, at=body.at, among=caller.agents)
    caller.note(forked.agent.id, forked.agent.name)
    return AgentDetailAnswer.of(forked)


@router.get(
    "/agents/{agent}/export",
    response_class=FileResponse,
    responses={200: {"content": {BUNDLE: {"schema": {"type": "string", "format": "binary"}}}}},
)
def export_agent(caller: Reader, agent: AgentPath, after: BackgroundTasks) -> FileResponse:
    """Return all that an agent remembers as one file, which an import takes in any home."""
    folder = tempfile.mkdtemp(prefix="memgpt-export-")
    after.add_task(shutil.rmtree, folder, ignore_errors=True)
    try:
        name, file = agents.export_agent(caller.settings, agent, Path(folder) / "agent.zip", caller.agents)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(file, media_type=BUNDLE, filename=f"{name}.zip")


@router.post("/agents/{agent}/forget", response_model=ForgetAnswer)
def forget(caller: Writer, agent: AgentPath, body: ForgetBody) -> Forgotten:
    """Delete for good what matches all conditions, from the log, the summaries and archival memory.

    With `dry_run` it only reports what would be deleted.
    """
    if body.shared:
        caller.check_whole("what is shared is of all")
    forgotten = agents.forget(caller.settings, agent, body.request(), caller.agents)
    if body.dry_run:
        caller.note("", agent, action="plan_forget")
    # the names of other agents are not the business of a key for certain ones
    return forgotten if caller.agents is None else replace(forgotten, heard_by={}, forks=())


def _check_may_create(caller: Caller) -> None:
    caller.check_whole("it creates none")


def _limits(caller: Caller, agent: str) -> LimitsAnswer:
    return LimitsAnswer.of(
        agents.get_limits(caller.settings, agent, caller.agents),
        agents.used_today(caller.settings, agent, caller.agents),
    )
