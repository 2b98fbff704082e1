"""Agents of each host in the home of a test, on scripted models; the same name is the same memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memgpt_autogen.testing import ScriptedLLM


@pytest.fixture
def make_client(tmp_path: Path) -> Callable[..., Any]:
    """Return clients of agent-framework with these answers."""
    from memgpt_autogen.hosts.agent_framework import MemGPTClient

    def make(*answers: Any, name: str = "sam", llm: Any = None, **options: Any) -> MemGPTClient:
        return MemGPTClient(name, home=tmp_path / "home", llm=llm or ScriptedLLM(*answers), **options)

    return make


@pytest.fixture
def member(tmp_path: Path) -> Callable[..., Any]:
    """Return agents of AgentChat with these answers."""
    from memgpt_autogen.hosts.agentchat import MemGPTChatAgent

    def make(*answers: Any, name: str = "sam", llm: Any = None, **options: Any) -> MemGPTChatAgent:
        return MemGPTChatAgent(name, home=tmp_path / "home", llm=llm or ScriptedLLM(*answers), **options)

    return make


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Any]:
    """Return models of AG2 with these answers."""
    from memgpt_autogen.hosts.ag2 import MemGPTModel

    def make(*answers: Any, name: str = "sam", llm: Any = None, **options: Any) -> MemGPTModel:
        return MemGPTModel(name, home=tmp_path / "home", llm=llm or ScriptedLLM(*answers), **options)

    return make
