"""Where a tool's coroutine runs: on the event loop of its chat if that is free, else on a new one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from functools import partial
from typing import Any

from memgpt_autogen.concurrency import start_thread

_chat_loop: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("_chat_loop", default=None)


@contextmanager
def chat_loop() -> Iterator[None]:
    """Let the tools of a turn, which runs in another thread, use the running event loop inside this block."""
    token = _chat_loop.set(asyncio.get_running_loop())
    try:
        yield
    finally:
        _chat_loop.reset(token)


def tool_context() -> Context:
    """Return this context for the thread of a tool. A loop that runs in this thread waits for that thread."""
    context = copy_context()
    if _runs_here():
        context.run(_chat_loop.set, None)
    return context


def finished(awaitable: Awaitable[Any]) -> Any:
    """Return the result of an awaitable. Objects that it shares with the chat's loop stay on that loop."""
    loop = _chat_loop.get()
    if _runs_here():
        work = partial(tool_context().run, asyncio.run, _awaited(awaitable))
        return start_thread(work, name="tool").result()
    if loop is not None and loop.is_running():
        return asyncio.run_coroutine_threadsafe(_awaited(awaitable), loop).result()
    return asyncio.run(_awaited(awaitable))


def _runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
