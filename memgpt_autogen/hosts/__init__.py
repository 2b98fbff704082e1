"""The agent in AutoGen's heirs: agent-framework, AG2 1.x and AgentChat. None of this needs `autogen`."""
