"""The AutoGen side: reads AutoGen's messages, group chats, tools and models for the agent."""
