"""Listening: an agent hears everything that a team says, also if the team never asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
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
    reading = asyncio.create_task(_read(stream, read))
    try:
        while True:
            first = await read.get()
            items, end = _with_waiting(first, read)
            await _tell(agents, items)
            for item in items:
                yield item
            if end is not None:
                if end.error is not None:
                    raise end.error
                return
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        if not read.empty():  # nobody reads it any more, and it was said all the same
            await _tell(agents, _with_waiting(read.get_nowait(), read)[0])


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


async def _read(stream: AsyncGenerator[T, None], read: asyncio.Queue[T | _End]) -> None:
    """Read the stream at once: a team that is cancelled throws away what nobody has read yet."""
    try:
        async with aclosing(stream):
            async for item in stream:
                read.put_nowait(item)
    except BaseException as error:  # noqa: BLE001 - raised again by the reader of the queue
        read.put_nowait(_End(error))
    else:
        read.put_nowait(_End())


def _with_waiting(first: T | _End, read: asyncio.Queue[T | _End]) -> tuple[list[T], _End | None]:
    """Return this item and those that wait behind it, and the end if it is among them."""
    items: list[T] = []
    following = first
    while not isinstance(following, _End):
        items.append(following)
        if read.empty():
            return items, None
        following = read.get_nowait()
    return items, following


async def _tell(agents: Sequence[MemGPTChatAgent], items: Sequence[object]) -> None:
    said = [item for item in items if isinstance(item, BaseChatMessage)]
    for agent in agents if said else ():
        await agent.hear(*said)
