"""The agents that a server has open: the ones whose turns ran last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial

from memgpt_autogen.assembly import UserTool, choose_embedder, choose_llm, open_home_database, open_loop
from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.home import open_existing
from memgpt_autogen.llm.embedders.open import NONE, AnyEmbedder
from memgpt_autogen.llm.protocols import LLM, can_stream
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.storage.agents import stored_agent_name
from memgpt_autogen.recently_used import RecentlyUsed
from memgpt_autogen.settings import Settings

MOST_OPEN = 100
"""How many agents are open besides those that are in a turn."""

OpenAgent = Callable[[str, str], HeartbeatLoop]
"""Opens the agent with this owner and id. Raises `NotFoundError` where there is none."""


class OpenAgents:
    """Opens agents of a home for turns. All of them have one model and one embedder."""

    def __init__(
        self,
        settings: Settings,
        *,
        llm: LLM | None = None,
        tools: Sequence[UserTool] = (),
        most: int = MOST_OPEN,
    ) -> None:
        self._settings = settings
        self._given = llm
        self._tools = tuple(tools)
        self._open: RecentlyUsed[str, HeartbeatLoop] = RecentlyUsed(most, "the open agents of the server")

    def __call__(self, owner_id: str, agent_id: str) -> HeartbeatLoop:
        database = open_home_database(self._settings).owned_by(owner_id)
        name = stored_agent_name(database, agent_id)
        if name is None:
            self._open.discard(agent_id)
            raise NotFoundError(f"there is no agent with the id {agent_id}. It was deleted.")
        loop = self._open.get(agent_id, partial(self._opened, owner_id, name))
        if loop.memory.name != name or loop.memory.log.agent_id != agent_id:
            self._open.discard(agent_id)
            loop = self._open.get(agent_id, partial(self._opened, owner_id, name))
        return loop

    @cached_property
    def _llm(self) -> LLM:
        return self._given or choose_llm(self._settings)

    @cached_property
    def _embedder(self) -> AnyEmbedder:
        return choose_embedder(self._settings) or NONE

    def discard(self, agent_id: str) -> None:
        """Open an agent again for its next turn, as after its settings were changed."""
        self._open.discard(agent_id)

    def _opened(self, owner_id: str, name: str) -> HeartbeatLoop:
        settings = self._settings.model_copy(update={"owner": owner_id})
        memory = open_existing(name, settings, embedder=self._embedder)
        return open_loop(
            memory,
            self._llm,
            window_tokens=settings.window_tokens,
            tools=self._tools,
            stream=can_stream(self._llm),
        )
