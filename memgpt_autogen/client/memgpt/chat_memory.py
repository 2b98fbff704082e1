"""`ChatMemory`: the first texts of a new agent."""

from __future__ import annotations

from dataclasses import dataclass

from memgpt_autogen.memory.context.block import DEFAULT_LIMIT


@dataclass(slots=True)
class MemoryModule:
    """A text of core memory, and the most characters that it may have."""

    value: str
    limit: int = DEFAULT_LIMIT


class ChatMemory:
    """The persona of an agent and what it knows of its human. An empty text is as in a new agent."""

    def __init__(self, persona: str = "", human: str = "", limit: int = DEFAULT_LIMIT) -> None:
        self.memory = {"persona": MemoryModule(persona, limit), "human": MemoryModule(human, limit)}
