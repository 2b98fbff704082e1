"""Which agent, in which home, answered by which model: how commands open what they work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memgpt_autogen.assembly import choose_llm, open_loop, window_for
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.home import agent_names, list_agents, open_existing
from memgpt_autogen.llm.discover import Backend, discover

if TYPE_CHECKING:
    from memgpt_autogen.loop.heartbeat import HeartbeatLoop
    from memgpt_autogen.memory.hierarchy import MemoryHierarchy
    from memgpt_autogen.settings import Settings
    from memgpt_autogen.tools.approval import Approve

FIRST = "sam"
"""The name of the agent that is made where none is named."""


def the_agent(name: str | None, settings: Settings) -> str:
    """The agent that is named, or the only one. Raises `ConfigurationError` where it is not clear which one is meant."""
    if name is not None:
        return name
    names = agent_names(settings)
    if len(names) == 1:
        return names[0]
    if not names:
        raise ConfigurationError(f"there is no agent in {settings.home} yet; memgpt-autogen run makes one.")
    raise ConfigurationError(
        f"{settings.home} has several agents: {', '.join(names)}. Name one with --agent."
    )


def the_memory(name: str | None, settings: Settings) -> MemoryHierarchy:
    """The memory of the agent that is named, or of the only one."""
    return open_existing(the_agent(name, settings), settings)


def newest_agent(settings: Settings) -> str:
    """The agent that was talked to last, or the name of the first one."""
    return next((each.name for each in list_agents(settings)), FIRST)


def with_what_is_here(settings: Settings) -> tuple[Settings, tuple[Backend, ...]]:
    """The settings with a model and a window of this machine's servers where they name none, and what was found for that.

    A server of the user's own comes before a key, since it costs nothing; settings that name a model are kept.
    """
    if settings.model or settings.base_url or settings.api_key or not settings.discover:
        return settings, ()
    found = discover()
    for backend in found:
        for model in backend.models:
            chosen = {"model": model.name, "base_url": backend.base_url}
            window = settings.window_tokens or model.window_tokens
            return settings.model_copy(update={**chosen, "window_tokens": window}), found
    return settings, found


def a_loop(memory: MemoryHierarchy, settings: Settings, *, approve: Approve, stream: bool) -> HeartbeatLoop:
    """A loop with the model that the settings name."""
    llm = choose_llm(settings)
    return open_loop(memory, llm, window_tokens=window_for(settings, llm), approve=approve, stream=stream)
