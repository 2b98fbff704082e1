"""The agent in Microsoft agent-framework: as a chat client, in workflows, and as memory of other models."""

from memgpt_autogen.hosts.agent_framework.client import MemGPTClient
from memgpt_autogen.hosts.agent_framework.listening import ListeningExecutor, listening
from memgpt_autogen.hosts.agent_framework.providers import MemGPTContext, MemGPTHistory

__all__ = ["ListeningExecutor", "MemGPTClient", "MemGPTContext", "MemGPTHistory", "listening"]
