"""Agents of AgentChat over scripted models, ours and others, and what a test compares of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_core import CancellationToken
from hosted import said_in

from memgpt_autogen.hosts.agentchat import MemGPTChatAgent
from memgpt_autogen.testing import ScriptedLLM


def said(agent: MemGPTChatAgent) -> list[tuple[str, str]]:
    """Return what was said, as the agent's memory has it: speakers and words."""
    return said_in(agent.memory)


async def stream_of(agent: MemGPTChatAgent, *messages: BaseChatMessage) -> list[Any]:
    return [item async for item in agent.on_messages_stream(list(messages), CancellationToken())]


def text(source: str, content: str, **more: Any) -> TextMessage:
    return TextMessage(source=source, content=content, **more)


def last_prompt(agent: MemGPTChatAgent) -> str:
    """Return the last prompt of a scripted model, as one text."""
    llm = agent.agent.loop.llm
    assert isinstance(llm, ScriptedLLM)
    return str(llm.requests[-1].messages)


class Speaker(BaseChatAgent):
    """A member of AgentChat who says these texts, one a turn; a text may be an error to raise."""

    def __init__(self, name: str, *texts: str | Exception | Callable[[], str]) -> None:
        super().__init__(name, f"{name} speaks")
        self._texts = list(texts)

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(self, *_: object) -> Response:
        given = self._texts.pop(0)
        if isinstance(given, Exception):
            raise given
        content = given if isinstance(given, str) else given()
        return Response(chat_message=TextMessage(content=content, source=self.name))

    async def on_reset(self, *_: object) -> None:
        pass
