"""The loop of an agent with the model of its settings."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.assembly import choose_llm, open_loop
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.settings import Settings


def open_settings_loop(memory: MemoryHierarchy, settings: Settings, **options: Any) -> HeartbeatLoop:
    """Return a loop for this memory with the model and the window of the settings."""
    return open_loop(memory, choose_llm(settings), window_tokens=settings.window_tokens, **options)
