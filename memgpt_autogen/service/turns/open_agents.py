"""The agents that a server has open: the ones whose turns ran last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Optional

from memgpt_autogen.chosen_models import choose_embedder, choose_llm
from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.home import open_existing
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.llm.protocols import LLM, can_stream
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.storage.agents import stored_agent_name
from memgpt_autogen.recently_used import RecentlyUsed
from memgpt_autogen.service.equipment import Equipment
from memgpt_autogen.service.mcp_offers import Offered
from memgpt_autogen.settings import Settings

MOST_OPEN = 300
"""How many agents are open besides those that are in a turn. One with a full window has some megabytes."""

OpenAgent = Callable[[str, str, Optional[str]], HeartbeatLoop]
"""Opens the agent with this owner, id and name, if its name is known. Raises `NotFoundError` for none."""


@dataclass(frozen=True, slots=True)
class _Open:
    """An open agent, and which MCP servers it was opened with."""

    loop: HeartbeatLoop
    versions: tuple[str, ...]


class OpenAgents:
    """Opens agents of a home for turns. All of them have one model and one embedder."""

    def __init__(self, settings: Settings, equipment: Equipment, *, most: int = MOST_OPEN) -> None:
        self._settings = settings
        self._equipment = equipment
        self._open: RecentlyUsed[str, _Open] = RecentlyUsed(most, "the open agents of the server")

    def __call__(self, owner_id: str, agent_id: str, name: str | None = None) -> HeartbeatLoop:
        name = name or self._stored_name(owner_id, agent_id)
        offered = self._equipment.offered_to(owner_id, agent_id)
        open_ = partial(self._opened, owner_id, name, offered)
        found = self._open.get(agent_id, open_)
        memory = found.loop.memory
        if (memory.name, memory.log.agent_id, found.versions) != (name, agent_id, offered.versions):
            self._open.discard(agent_id)
            found = self._open.get(agent_id, open_)
        return found.loop

    def __len__(self) -> int:
        return len(self._open)

    def _stored_name(self, owner_id: str, agent_id: str) -> str:
        name = stored_agent_name(open_home_database(self._settings).owned_by(owner_id), agent_id)
        if name is None:
            self._open.discard(agent_id)
            raise NotFoundError(f"there is no agent with the id {agent_id}. It was deleted.")
        return name

    @cached_property
    def llm(self) -> LLM:
        """The model of all agents."""
        return self._equipment.llm or choose_llm(self._settings)

    @cached_property
    def _embedder(self) -> AnyEmbedder:
        return choose_embedder(self._settings) or NONE

    def discard(self, agent_id: str) -> None:
        """Open an agent again for its next turn, as after its settings were changed."""
        self._open.discard(agent_id)

    def _opened(self, owner_id: str, name: str, offered: Offered) -> _Open:
        settings = self._settings.model_copy(update={"owner": owner_id})
        memory = open_existing(name, settings, embedder=self._embedder)
        loop = self._equipment.open_loop(
            memory, settings, llm=self.llm, offered=offered, stream=can_stream(self.llm)
        )
        return _Open(loop, offered.versions)
