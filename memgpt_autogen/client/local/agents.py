"""Agents."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from memgpt_autogen.client.files import write_upload
from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.client.operation import UploadedFile
from memgpt_autogen.service import agents
from memgpt_autogen.service.agents import AgentDetail
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


def list_agents(home: LocalHome, **about: Any) -> PageOf[AgentAnswer]:
    page = agents.list_agents(home.settings, **about)
    return PageOf[AgentAnswer].model_validate(page)


def list_active_agents(home: LocalHome, **about: Any) -> PageOf[ActiveAgentAnswer]:
    return PageOf[ActiveAgentAnswer].model_validate(agents.list_active(home.settings, **about))


def create_agent(home: LocalHome, body: NewAgent) -> AgentDetailAnswer:
    made = agents.add_agent(
        home.settings,
        body.name,
        persona=body.persona,
        human=body.human,
        blocks=[each.block() for each in body.blocks],
        archive=body.archive,
    )
    return _made(home, made)


def import_agent(
    home: LocalHome, file: UploadedFile, name: str | None = None, archive: str | None = None
) -> AgentDetailAnswer:
    with tempfile.TemporaryDirectory(prefix="memgpt-import-") as folder:
        copied = Path(folder) / "agent.zip"
        write_upload(file, copied)
        return _made(home, agents.import_agent(home.settings, copied, name=name, archive=archive))


def get_agent(home: LocalHome, agent: str) -> AgentDetailAnswer:
    return AgentDetailAnswer.of(agents.agent_detail(home.settings, agent))


def change_agent(home: LocalHome, agent: str, body: AgentChange) -> AgentDetailAnswer:
    return AgentDetailAnswer.of(agents.change_name(home.settings, agent, body.name))


def delete_agent(home: LocalHome, agent: str, *, dry_run: bool = False) -> RemovedAnswer:
    removed = agents.remove_agent(home.settings, agent, dry_run=dry_run)
    if dry_run:
        home.note("", agent, action="plan_delete_agent")
    return RemovedAnswer.model_validate(removed)


def get_agent_limits(home: LocalHome, agent: str) -> LimitsAnswer:
    return LimitsAnswer.of(agents.get_limits(home.settings, agent), agents.used_today(home.settings, agent))


def put_agent_limits(home: LocalHome, agent: str, body: LimitsBody) -> LimitsAnswer:
    agents.put_limits(home.settings, agent, body.limits())
    return get_agent_limits(home, agent)


def fork_agent(home: LocalHome, agent: str, body: ForkRequest) -> AgentDetailAnswer:
    return _made(home, agents.fork_agent(home.settings, agent, body.name, at=body.at))


def export_agent(home: LocalHome, agent: str, to: Path) -> Path:
    with tempfile.TemporaryDirectory(prefix="memgpt-export-") as folder:
        _, file = agents.export_agent(home.settings, agent, Path(folder) / "agent.zip")
        write_upload(file, to)
    return to


def forget(home: LocalHome, agent: str, body: ForgetBody) -> ForgetAnswer:
    forgotten = agents.forget(home.settings, agent, body.request())
    if body.dry_run:
        home.note("", agent, action="plan_forget")
    return ForgetAnswer.model_validate(forgotten)


def _made(home: LocalHome, made: AgentDetail) -> AgentDetailAnswer:
    home.note(made.agent.id, made.agent.name)
    return AgentDetailAnswer.of(made)
