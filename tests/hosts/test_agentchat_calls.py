"""Tools and handoffs of the agent in AgentChat, and what ends its turn early."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")

from agentchat_agents import last_prompt, said, stream_of, text
from autogen_agentchat.base import Handoff, Response
from autogen_agentchat.messages import (
    HandoffMessage,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from autogen_agentchat.tools import AgentTool
from autogen_core import CancellationToken
from autogen_core.tools import FunctionTool
from hosted import run, speaks

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.hosts.agentchat import MemGPTChatAgent
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools
from memgpt_autogen.testing import call, says

Make = Callable[..., MemGPTChatAgent]


def stock(article: str) -> str:
    """Return how many of an article there are."""
    return f"12 of {article}"


async def where() -> str:
    """Return where the call runs."""
    return f"loop {id(asyncio.get_running_loop())}"


def test_tools_of_agentchat_run_inside_the_turn(member: Make) -> None:
    tools = [FunctionTool(stock, description="stock"), FunctionTool(where, description="where")]
    agent = member(
        says("", call("stock", article="lamp", request_heartbeat=True)),
        says("", call("where", request_heartbeat=True)),
        speaks("Twelve"),
        tools=tools,
    )

    async def turn() -> tuple[list[Any], int]:
        return await stream_of(agent, text("ada", "How many?")), id(asyncio.get_running_loop())

    items, host_loop = run(turn())

    results = [item.content[0].content for item in items if isinstance(item, ToolCallExecutionEvent)]
    assert results == ["12 of lamp", f"loop {host_loop}"]
    requested = [item.content[0].name for item in items if isinstance(item, ToolCallRequestEvent)]
    assert requested == ["stock", "where"]
    assert items[-1].chat_message.content == "Twelve"


def test_functions_are_tools_too_and_their_calls_are_shown(member: Make) -> None:
    agent = member(
        says("", call("stock", article="lamp", request_heartbeat=True)), speaks("Twelve"), tools=[stock]
    )

    items = run(stream_of(agent, text("ada", "How many?")))

    assert [type(item) for item in items] == [ToolCallRequestEvent, ToolCallExecutionEvent, Response]


def test_an_error_of_a_tool_is_its_result(member: Make) -> None:
    def broken(number: int) -> str:
        """Break."""
        raise ValueError(f"no {number}")

    agent = member(
        says("", call("broken", number=4)),
        speaks("Sorry"),
        tools=[FunctionTool(broken, description="breaks")],
    )

    items = run(stream_of(agent, text("ada", "Do it")))

    result = items[1].content[0]
    assert result.is_error
    assert "no 4" in result.content


def test_an_agent_is_a_tool_of_another_one(member: Make) -> None:
    expert = member(speaks("The ninth of May"), name="expert")
    agent = member(
        says("", call("expert", task="When is the launch?", request_heartbeat=True)),
        speaks("On the ninth"),
        tools=[AgentTool(expert, return_value_as_last_message=True)],
    )

    items = run(stream_of(agent, text("ada", "When?")))

    assert items[1].content[0].content == "The ninth of May"
    assert said(expert) == [("user", "When is the launch?"), ("expert", "The ninth of May")]


def test_a_handoff_ends_the_turn_and_has_its_result_in_the_log(member: Make) -> None:
    agent = member(
        says("", call("send_message", message="Ben knows."), call("transfer_to_ben")),
        speaks("Welcome back"),
        handoffs=["ben"],
    )

    items = run(stream_of(agent, text("ada", "Where is it?")))
    run(agent.run(task=text("ben", "Yours again")))

    message = items[-1].chat_message
    assert isinstance(message, HandoffMessage)
    assert (message.target, message.content) == (
        "ben",
        "Ben knows.\nTransferred to ben, adopting the role of ben immediately.",
    )
    assert not agent.agent.waiting()
    assert "interrupted" not in last_prompt(agent).lower()
    assert [type(item) for item in items[:-1]] == [ToolCallRequestEvent, ToolCallExecutionEvent]


def test_of_two_handoffs_in_one_step_the_first_is_done(member: Make) -> None:
    agent = member(
        says("", call("transfer_to_ben"), call("to_the_desk")),
        speaks("Back"),
        handoffs=["ben", Handoff(target="desk", name="to_the_desk")],
    )

    result = run(agent.run(task="Help"))
    run(agent.run(task="And?"))

    assert isinstance(result.messages[-1], HandoffMessage)
    assert result.messages[-1].target == "ben"
    assert "Not done: you handed over to ben" in last_prompt(agent)


@pytest.mark.parametrize(
    "options",
    [
        {"tools": [FunctionTool(stock, description="", name="archival_memory_search")]},
        {"tools": [FunctionTool(stock, description=""), stock]},
        {"handoffs": [Handoff(target="ben", name="stock")], "tools": [stock]},
    ],
)
def test_names_of_functions_that_are_taken_are_refused(member: Make, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="already"):
        member(**options)


def test_handoffs_of_one_name_are_refused(member: Make) -> None:
    with pytest.raises(ConfigurationError, match="2 handoffs with 1 names"):
        member(handoffs=["ben", Handoff(target="Ben")])


class Slow:
    """A model that answers only when it may."""

    model = "slow"

    def __init__(self, answer: Completion) -> None:
        self._answer = answer
        self.asked, self.may = threading.Event(), threading.Event()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        self.asked.set()
        self.may.wait(20)
        return self._answer


@pytest.mark.parametrize("by", ["token", "asyncio"])
def test_words_of_a_cancelled_turn_are_not_stored_as_said(member: Make, by: str) -> None:
    slow = Slow(speaks("Too late"))
    agent = member(llm=slow)
    task = text("ada", "Hello")

    async def cancelled() -> None:
        token = CancellationToken()
        running = asyncio.create_task(agent.run(task=task, cancellation_token=token))
        await asyncio.to_thread(slow.asked.wait, 20)
        token.cancel() if by == "token" else running.cancel()
        await asyncio.sleep(0)
        slow.may.set()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        assert running.cancelled()

    run(cancelled())
    run(member(speaks("In time")).run(task=task))

    assert said(agent) == [("ada", "Hello"), ("sam", "In time")]


@pytest.mark.parametrize("by", ["token", "asyncio"])
def test_what_a_run_was_told_that_is_cancelled_while_it_waits_is_heard(member: Make, by: str) -> None:
    slow = Slow(speaks("Here I am"))
    agent = member(llm=slow)

    async def cancelled() -> None:
        first = asyncio.create_task(agent.run(task=text("ada", "Hello")))
        await asyncio.to_thread(slow.asked.wait, 20)
        token = CancellationToken()
        second = asyncio.create_task(agent.run(task=text("ada", "I sail"), cancellation_token=token))
        await asyncio.sleep(0.2)
        token.cancel() if by == "token" else second.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await second
        slow.may.set()
        await first

    run(cancelled())

    assert said(agent) == [("ada", "Hello"), ("ada", "I sail"), ("sam", "Here I am")]


def test_a_reader_that_leaves_ends_the_tool_that_runs(member: Make) -> None:
    ended: list[str] = []

    async def dig() -> str:
        """Dig."""
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("dig")
        return "dug"

    agent = member(says("", call("dig")), tools=[dig])

    async def left() -> None:
        stream = agent.on_messages_stream([text("ada", "Dig")], CancellationToken())
        async with contextlib.aclosing(stream) as items:
            async for item in items:
                if isinstance(item, ToolCallRequestEvent):
                    await asyncio.sleep(0.1)
                    return

    run(left())

    assert ended == ["dig"]
    assert said(agent) == [("ada", "Dig")]


def test_a_paused_agent_says_nothing_until_it_is_resumed(member: Make) -> None:
    slow = Slow(speaks("Here I am"))
    agent = member(llm=slow)

    async def paused() -> tuple[bool, str]:
        running = asyncio.create_task(agent.run(task="Hello"))
        await asyncio.to_thread(slow.asked.wait, 20)
        await agent.on_pause(CancellationToken())
        slow.may.set()
        await asyncio.sleep(0.3)
        spoke = running.done()
        await agent.on_resume(CancellationToken())
        return spoke, (await running).messages[-1].to_text()

    assert run(paused()) == (False, "Here I am")


def test_a_turn_that_is_cancelled_while_it_is_paused_said_nothing(member: Make) -> None:
    agent = member(speaks("Here I am"))

    async def cancelled() -> None:
        token = CancellationToken()
        await agent.on_pause(token)
        running = asyncio.create_task(agent.run(task="Hello", cancellation_token=token))
        await asyncio.sleep(0.2)
        token.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    run(cancelled())

    assert said(agent) == [("user", "Hello")]


def test_a_reset_ends_the_conversation_and_not_the_memory(member: Make) -> None:
    agent = member(speaks("Noted"), speaks("Lisbon"))

    async def talk() -> None:
        await agent.run(task="I live in Lisbon")
        await agent.on_reset(CancellationToken())
        await agent.run(task="Where do I live?")

    run(talk())

    assert "I live in Lisbon" in last_prompt(agent)
