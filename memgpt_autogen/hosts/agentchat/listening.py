"""Listening: an agent hears everything that a team says, also if the team never asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import TypeVar

from autogen_agentchat.messages import BaseChatMessage

from memgpt_autogen.hosts.agentchat.agent import MemGPTChatAgent

T = TypeVar("T")


async def listening(stream: AsyncGenerator[T, None], *agents: MemGPTChatAgent) -> AsyncGenerator[T, None]:
    """Pass on what a team's or agent's `run_stream` yields, and let these agents hear each message of it.

    A team gives its members what was said only when it asks them to speak. This way an agent hears everything
    at once, also if it is never asked, or is no member at all.
    """
    read: asyncio.Queue[T | _End] = asyncio.Queue()
    told: asyncio.Queue[T | _End] = asyncio.Queue()
    with ExitStack() as listeners:
        for agent in agents:
            listeners.enter_context(agent.listener())
        reading = asyncio.create_task(_read(stream, read))
        telling = asyncio.create_task(_tell(read, agents, told))
        try:
            while not isinstance(item := await told.get(), _End):
                yield item
            if item.error is not None:
                raise item.error
        finally:
            reading.cancel()
            await asyncio.wait([reading])
            read.put_nowait(_End())  # a task that was cancelled before it began has put none
            # what was read was said, also if nobody looks at it any more
            await asyncio.shield(telling)


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


async def _read(stream: AsyncGenerator[T, None], read: asyncio.Queue[T | _End]) -> None:
    """Read the stream at once: a team that is cancelled throws away what nobody has read yet."""
    try:
        async with aclosing(stream):
            async for item in stream:
                read.put_nowait(item)
    except BaseException as error:  # noqa: BLE001 - raised again where the stream is passed on
        read.put_nowait(_End(error))
    else:
        read.put_nowait(_End())


async def _tell(
    read: asyncio.Queue[T | _End], agents: Sequence[MemGPTChatAgent], told: asyncio.Queue[T | _End]
) -> None:
    """Let the agents hear what was read, and then pass it on."""
    ended = False
    while not ended:
        items = [await read.get()]
        while not read.empty():
            items.append(read.get_nowait())
        said = [item for item in items if isinstance(item, BaseChatMessage)]
        for agent in agents if said else ():
            await agent.hear(*said)
        for item in items:
            told.put_nowait(item)
        ended = isinstance(items[-1], _End)
