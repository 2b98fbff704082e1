"""Where a tool's coroutine runs: on the chat's event loop if that is free, else on one of its own."""

from __future__ import annotations

import asyncio
import threading

import pytest

from memgpt_autogen.messages import ToolCall
from memgpt_autogen.tools.event_loop import chat_loop, finished, tool_context
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.tools.toolbox import Toolbox


async def here() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_without_a_chat_a_coroutine_has_a_loop_of_its_own() -> None:
    assert not finished(here()).is_running()


def test_a_coroutine_of_a_turn_in_another_thread_runs_on_the_loop_that_was_lent() -> None:
    async def chat() -> bool:
        with chat_loop():
            return await asyncio.to_thread(finished, here()) is asyncio.get_running_loop()

    assert asyncio.run(chat())


@pytest.mark.parametrize("own", [False, True], ids=["in a thread of its own", "in the turn's thread"])
def test_a_loop_that_waits_for_the_tool_is_not_waited_for(own: bool) -> None:
    """A synchronous chat that was begun on the loop itself, inside an asynchronous one."""
    tool = Tool.from_function(here, name="here", own=own)

    async def chat() -> str:
        with chat_loop():
            box = Toolbox([tool], seconds=10)
            return box.run(box.read(ToolCall("1", "here"))).text

    assert "running=False" in asyncio.run(chat())


def test_the_loop_is_lent_only_for_the_turn() -> None:
    async def chat() -> bool:
        with chat_loop():
            pass
        return await asyncio.to_thread(finished, here()) is asyncio.get_running_loop()

    assert not asyncio.run(chat())


def test_a_coroutine_that_fails_raises_where_it_is_waited_for() -> None:
    async def broken() -> None:
        raise ValueError("no")

    async def chat() -> None:
        finished(broken())

    with pytest.raises(ValueError, match="no"):
        asyncio.run(chat())


def test_a_tools_thread_has_the_context_of_the_turn() -> None:
    seen: list[bool] = []

    async def chat() -> None:
        with chat_loop():
            await asyncio.to_thread(work)

    def work() -> None:
        context = tool_context()
        thread = threading.Thread(target=lambda: seen.append(context.run(finished, here()).is_running()))
        thread.start()
        thread.join()

    asyncio.run(chat())

    assert seen == [True]
