"""Agents: list, create, read, rename and delete, as MemGPT 0.3 did."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any

from pydantic import AliasChoices, BaseModel, Field

from memgpt_autogen.errors import ConfigurationError, NotFoundError
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.context.block import DEFAULT_LIMIT, Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.service import agents, templates
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.config import embedding_config, is_usual_system, llm_config, system_text
from memgpt_autogen.service.memgpt.presets import find_preset, usual_preset
from memgpt_autogen.service.memgpt.shapes import (
    AgentConfig,
    AgentList,
    AgentState,
    CreatedAgent,
    Preset,
    Said,
)
from memgpt_autogen.service.memgpt.sources import attached_sources
from memgpt_autogen.service.memgpt.tools import check_known, list_tools
from memgpt_autogen.service.people import list_users
from memgpt_autogen.text.names import agent_name_for
from memgpt_autogen.text.safe import clip

SYSTEM = "system"
"""The label of the block that holds a system text of one's own."""

_NAME = re.compile(r"[A-Za-z0-9 _-]{1,50}")

# how many agents or users are read at once
_PAGE = 200


class NewAgent(BaseModel):
    """What a new agent begins with. What is empty is as in a new agent of the home."""

    name: str | None = None
    preset: str | None = None
    system: str | None = None
    persona: str | None = Field(None, validation_alias=AliasChoices("persona", "persona_text"))
    persona_name: str | None = None
    human: str | None = Field(None, validation_alias=AliasChoices("human", "human_text"))
    human_name: str | None = None
    function_names: list[str] | str | None = None
    metadata: dict[str, Any] | None = None
    """Not kept: an agent's metadata are the names of the templates that its texts are of."""


def list_agents(asker: Asker) -> AgentList:
    """Return all agents of a user, the newest run first."""
    rows = [_row(asker, each) for each in _all(asker)]
    rows.sort(key=lambda row: row["last_run"], reverse=True)
    return AgentList(num_agents=len(rows), agents=rows)


def list_all_agents(asker: Asker) -> AgentList:
    """Return the agents of all users of the home. For the admin only."""
    rows, cursor = [], None
    while True:
        page = list_users(asker.settings, limit=_PAGE, cursor=cursor)
        for user in page.items:
            settings = asker.settings.model_copy(update={"owner": user.id})
            theirs = Asker(settings, user.id, asker.equipment)
            rows += [_row(theirs, each) for each in _all(theirs)]
        cursor = page.next
        if cursor is None:
            break
    rows.sort(key=lambda row: row["last_run"], reverse=True)
    return AgentList(num_agents=len(rows), agents=rows)


def create_agent(asker: Asker, new: NewAgent) -> CreatedAgent:
    """Create an agent. Raises `TakenError` for a name that is taken.

    Raises `NotFoundError` for a function, a text or a preset that is not there. All agents have all
    functions. A system text of one's own is a block, which the agent cannot change. Blanks in a name become
    hyphens, as in agents that are imported.
    """
    wanted = new.function_names or []
    names = wanted.split(",") if isinstance(wanted, str) else wanted
    check_known(asker, [name.strip() for name in names if name.strip()])
    preset = find_preset(asker, new.preset) if new.preset else usual_preset(asker)
    persona = new.persona or _named(asker, "persona", new.persona_name) or preset.persona
    human = new.human or _named(asker, "human", new.human_name) or preset.human
    system = new.system or preset.system if new.preset or new.system else None
    blocks = []
    if system and not is_usual_system(asker.settings, system):
        about = "how I behave; whoever created me wrote it"
        limit = max(DEFAULT_LIMIT, len(system))
        blocks.append(Block(SYSTEM, system, limit, about, read_only=True))
    name = agent_name_for(new.name) if new.name else f"agent-{uuid.uuid4().hex[:8]}"
    made = agents.add_agent(asker.settings, name, persona=persona, human=human, blocks=blocks)
    memory = agents.open_agent(asker.settings, made.agent.id, embedder=NONE)
    state = _state(asker, memory, made.agent.created_at)
    # clients read a preset here, of which only the system text was ever filled
    shown = Preset(
        name=preset.name,
        id=state.id,
        user_id=state.user_id,
        description="",
        system=state.system,
        created_at=made.agent.created_at,
    )
    return CreatedAgent(agent_state=state, preset=shown)


def get_agent_config(asker: Asker, agent: str) -> AgentConfig:
    """Return an agent. Raises `NotFoundError` where there is none."""
    found = _record(asker, agent)
    memory = agents.open_agent(asker.settings, found.id, asker.agents, embedder=NONE)
    last = None if found.active_at is None else int(found.active_at.timestamp())
    sources = [each.id for each in attached_sources(asker, memory)]
    return AgentConfig(agent_state=_state(asker, memory, found.created_at), sources=sources, last_run_at=last)


def rename_agent(asker: Asker, agent: str, name: str) -> AgentConfig:
    """Give an agent another name. Raises `ConfigurationError` for one that MemGPT refused."""
    agents.resolve_agent(asker.settings, agent, asker.agents)
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            "the name of an agent has 1 to 50 letters (A-Z, a-z), digits, blanks, '_' and '-'; "
            f"'{clip(name, 60)}' is not valid."
        )
    detail = agents.change_name(asker.settings, agent, agent_name_for(name), asker.agents)
    return get_agent_config(asker, detail.agent.id)


def delete_agent(asker: Asker, agent: str) -> Said:
    """Delete an agent with all that belongs to it alone."""
    agent_id, _ = agents.resolve_agent(asker.settings, agent, asker.agents)
    agents.remove_agent(asker.settings, agent_id, asker.agents)
    return Said(message=f"Agent agent_id={agent_id} successfully deleted")


def _all(asker: Asker) -> list[agents.Agent]:
    found: list[agents.Agent] = []
    cursor = None
    while True:
        page = agents.list_agents(asker.settings, limit=_PAGE, cursor=cursor, among=asker.agents)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def _record(asker: Asker, agent: str) -> agents.Agent:
    agent_id, _ = agents.resolve_agent(asker.settings, agent, asker.agents)
    found = agents.list_agents(asker.settings, limit=1, among={agent_id}).items
    if not found:  # deleted since
        raise NotFoundError(f"there is no agent {agent_id}.")
    return found[0]


def _row(asker: Asker, agent: agents.Agent) -> dict[str, Any]:
    """Return an agent as lists have it."""
    memory = agents.open_agent(asker.settings, agent.id, asker.agents, embedder=NONE)
    state = _state(asker, memory, agent.created_at)
    core = {block.label: block.value for block in memory.core}
    return {
        **state.model_dump(exclude={"tools", "created_at"}),
        "human": state.metadata["human"],
        "persona": state.metadata["persona"],
        "created_at": agent.created_at.isoformat(),
        "tools": [tool.model_dump() for tool in list_tools(asker).tools],
        "memory": {
            "core_memory": core,
            "recall_memory": agent.messages,
            "archival_memory": memory.archival.count(),
        },
        "last_run": (agent.active_at or agent.created_at).isoformat(),
        "sources": [each.model_dump(mode="json") for each in attached_sources(asker, memory)],
    }


def _state(asker: Asker, memory: MemoryHierarchy, created_at: datetime) -> AgentState:
    texts = {block.label: block.value for block in memory.core}
    return AgentState(
        id=memory.log.agent_id,
        name=memory.name,
        user_id=asker.user_id,
        created_at=int(created_at.timestamp()),
        tools=[tool.name for tool in list_tools(asker).tools],
        system=texts.get(SYSTEM) or system_text(asker.settings, memory.name),
        llm_config=llm_config(asker),
        embedding_config=embedding_config(asker),
        state=texts,
        metadata=_names(asker, texts),
    )


def _names(asker: Asker, texts: dict[str, str]) -> dict[str, str | None]:
    """Return the names of the templates whose texts the blocks have; None for other texts."""
    found: dict[str, str | None] = {"human": None, "persona": None}
    for kind in templates.KINDS:
        if kind != "preset":
            page = templates.list_templates(asker.settings, kind, limit=_PAGE)
            found[kind] = next((each.name for each in page.items if each.text == texts.get(kind)), None)
    return found


def _named(asker: Asker, kind: Any, name: str | None) -> str | None:
    return templates.find(asker.settings, kind, name).text if name else None
