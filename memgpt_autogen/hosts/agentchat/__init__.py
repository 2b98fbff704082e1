"""The agent in AgentChat (`autogen-agentchat` 0.7): in a team, beside one, or as others' memory."""

from memgpt_autogen.hosts.agentchat.agent import MemGPTChatAgent
from memgpt_autogen.hosts.agentchat.listening import listening
from memgpt_autogen.hosts.agentchat.memory import MemGPTMemory

__all__ = ["MemGPTChatAgent", "MemGPTMemory", "listening"]
