"""Listening to a stream: everything is passed on, and each message is heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")

from agentchat_agents import said, text
from hosted import run, speaks

from memgpt_autogen.hosts.agentchat import MemGPTChatAgent, listening

Make = Callable[..., MemGPTChatAgent]


def test_listening_passes_everything_on_and_hears_each_message(member: Make) -> None:
    ours, other = member(), member(speaks("Hello"), name="other")

    async def listened() -> list[Any]:
        return [item async for item in listening(other.run_stream(task="Good morning"), ours)]

    items = run(listened())

    assert [type(item).__name__ for item in items] == ["TextMessage", "TextMessage", "TaskResult"]
    assert said(ours) == [("user", "Good morning"), ("other", "Hello")]


def test_what_a_stream_yielded_before_an_error_is_heard(member: Make) -> None:
    ours = member()

    async def stream() -> Any:
        for number in range(50):
            yield text("ada", str(number))
        raise RuntimeError("the team has failed")

    async def listened() -> None:
        async for _ in listening(stream(), ours):
            pass

    with pytest.raises(RuntimeError, match="the team has failed"):
        run(listened())

    assert said(ours) == [("ada", str(number)) for number in range(50)]


def test_what_was_said_before_the_listener_left_is_heard(member: Make) -> None:
    ours = member()

    async def stream() -> Any:
        for number in range(50):
            yield text("ada", str(number))
            await asyncio.sleep(0)

    async def listened() -> None:
        async with contextlib.aclosing(listening(stream(), ours)) as items:
            async for item in items:
                if item.to_text() == "3":
                    await asyncio.sleep(0.1)
                    return

    run(listened())

    assert said(ours) == [("ada", str(number)) for number in range(50)]


def test_a_turn_waits_for_what_the_stream_has_before_the_messages_of_the_team(member: Make) -> None:
    ours = member(speaks("The ninth"))
    task, instruction = text("user", "Plan the launch"), text("boss", "Sam, when is it?")

    async def talk() -> None:
        with ours.listener():
            asked = asyncio.create_task(ours.run(task=instruction))
            await asyncio.sleep(0.05)
            await ours.hear(task, instruction)
            await asked

    run(talk())

    assert said(ours) == [("user", "Plan the launch"), ("boss", "Sam, when is it?"), ("sam", "The ninth")]


def test_a_turn_does_not_wait_for_what_the_stream_has_not(member: Make) -> None:
    ours = member(speaks("The ninth"))

    async def talk() -> None:
        with ours.listener():
            await ours.run(task=text("boss", "Sam, when is it?"))

    run(talk())

    assert said(ours) == [("boss", "Sam, when is it?"), ("sam", "The ninth")]
