"""Models of agent-framework that say what a test tells them, and our agent on a scripted model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Union

from agent_framework import (
    Agent,
    BaseChatClient,
    ChatMiddlewareLayer,
    ChatResponse,
    ChatResponseUpdate,
    Content,
    FunctionInvocationLayer,
    Message,
)
from hosted import said_in

from memgpt_autogen.hosts.agent_framework import MemGPTClient

Said = Union[str, Exception, Content]
"""Words, an error that is raised, or a call."""


class Scripted(FunctionInvocationLayer[Any], ChatMiddlewareLayer[Any], BaseChatClient[Any]):
    """A model of the host that answers from a list, and keeps what it was asked."""

    def __init__(self, *said: Said) -> None:
        super().__init__()
        self.left = list(said)
        self.asked: list[list[Message]] = []
        self.options: list[Mapping[str, Any]] = []

    def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **kwargs: Any
    ) -> Any:
        self.asked.append(list(messages))
        self.options.append(dict(options))
        return self._build_response_stream(self._updates()) if stream else self._whole()

    async def _whole(self) -> ChatResponse:
        return self._finalize_response_updates([update async for update in self._updates()])

    async def _updates(self) -> AsyncIterator[ChatResponseUpdate]:
        said = self.left.pop(0)
        if isinstance(said, Exception):
            raise said
        content = Content.from_text(said) if isinstance(said, str) else said
        yield ChatResponseUpdate(role="assistant", contents=[content])


def member(name: str, *said: Said, **options: Any) -> Agent[Any]:
    """Return a stock agent that says this."""
    return Agent(Scripted(*said), name=name, **options)


def heard(client: MemGPTClient) -> list[tuple[str, str]]:
    """Return what was said, by whom, as a prompt and a search can see it."""
    return said_in(client.hosted.memory)
