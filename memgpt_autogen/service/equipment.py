"""What the agents of a server or client have besides their memory: a model, and tools of others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from memgpt_autogen.assembly import UserTool, open_loop
from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.llm.protocols import LLM
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.mcp_offers import McpOffers, Offered
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.approval import LATER


@dataclass(frozen=True, slots=True)
class Equipment:
    """The same for all agents, but for the tools of MCP servers, which are offered to some."""

    tools: tuple[UserTool, ...] = ()
    """Those of the operator."""
    offers: McpOffers | None = None
    llm: LLM | None = None
    """The model; None is that of the settings."""

    def offered_to(self, owner_id: str, agent_id: str) -> Offered:
        """Return the tools of MCP servers that an agent has now."""
        return self.offers.to(owner_id, agent_id) if self.offers else Offered((), ())

    def open_loop(
        self,
        memory: MemoryHierarchy,
        settings: Settings,
        *,
        llm: LLM | None = None,
        offered: Offered | None = None,
        **options: Any,
    ) -> HeartbeatLoop:
        """Return the loop of an agent as its turns have it. `llm` and `offered` are given where known."""
        log = memory.log
        offered = offered or self.offered_to(log.database.owner, log.agent_id)
        return open_loop(
            memory,
            llm or self.llm or choose_llm(settings),
            window_tokens=settings.window_tokens,
            tools=(*self.tools, *offered.tools),
            approve=LATER,
            **options,
        )

    def open_agent(
        self, settings: Settings, agent: str, among: Collection[str] | None = None, **options: Any
    ) -> HeartbeatLoop:
        """Open an agent of an owner apart from its turns. Raises what `open_agent` of the service raises."""
        return self.open_loop(open_agent(settings, agent, among), settings, **options)
