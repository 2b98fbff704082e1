"""The talk of four in AgentChat: our agent is a member who is seldom asked, and listens to the stream."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.conditions import FunctionalTermination
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage
from autogen_agentchat.teams import SelectorGroupChat
from autogen_core import CancellationToken
from autogen_ext.models.replay import ReplayChatCompletionClient
from host_teams import OTHERS, OURS, Line, own_words

from memgpt_autogen.hosts.agentchat import MemGPTChatAgent, listening
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.protocols import LLM, Completion, Messages, ToolChoice, Tools
from memgpt_autogen.testing import call, says

ERROR, STOP, WAIT = 9, 28, 41
"""The lines before which a member raises, our agent is cancelled while it thinks, and another one is."""

Said = Sequence[BaseAgentEvent | BaseChatMessage]


async def talk(home: Path, lines: Sequence[Line]) -> None:
    script = Script(lines)
    await Talk(script, home, own_words(lines)).go_on(len(lines))


async def talk_in_trouble(home: Path, lines: Sequence[Line]) -> None:
    """After an error or a cancelled run, a team of AgentChat 0.7 stays stuck: a new one goes on."""
    script = Script(lines, {ERROR: "raises", WAIT: "waits"})
    llm = own_words(lines)
    failed = Talk(script, home, llm)
    with contextlib.suppress(RuntimeError):  # the error of a member ends the run
        await failed.go_on(STOP)
    talk = await Talk(script, home, llm).loaded(await failed.team.save_state())
    await talk.go_on(STOP)
    saved = await talk.team.save_state()

    slow = Slow()
    ours_cancelled = await Talk(script, home, slow).loaded(saved)
    await ours_cancelled.is_cancelled_when(slow.asked)

    other_cancelled = await Talk(script, home, llm).loaded(saved)
    await other_cancelled.is_cancelled_when(script.waits)
    await other_cancelled.team.reset()

    await Talk(script, home, llm).go_on(len(lines))


async def ask(home: Path, questions: Sequence[str]) -> list[str]:
    agent = MemGPTChatAgent(OURS, home=home, llm=OfflineLLM())
    answers = []
    for question in questions:
        result = await agent.run(task=question)
        answers.append(result.messages[-1].to_text())
    return answers


@dataclass
class Script:
    """What is said, and how far the talk has come. Each trouble happens once, in place of its line."""

    lines: Sequence[Line]
    troubles: dict[int, Literal["raises", "waits"]] = field(default_factory=dict)
    said: int = 0
    until: int = 0
    waits: threading.Event = field(default_factory=threading.Event)

    def next_speaker(self, _: Said) -> str:
        return self.lines[self.said].speaker

    def is_over(self, new: Said) -> bool:
        self.said += sum(isinstance(each, BaseChatMessage) for each in new)
        return self.said >= self.until


class Talk:
    """A team that says the lines of a script, from where that is."""

    def __init__(self, script: Script, home: Path, llm: LLM) -> None:
        self.script = script
        self.ours = MemGPTChatAgent(OURS, home=home, llm=llm)
        self.llm = llm
        self.team = SelectorGroupChat(
            [self.ours, *(Reader(name, script) for name in OTHERS)],
            ReplayChatCompletionClient([]),
            selector_func=script.next_speaker,
            termination_condition=FunctionalTermination(script.is_over),
        )

    async def loaded(self, state: Mapping[str, Any]) -> Talk:
        await self.team.load_state(state)
        return self

    async def go_on(self, until: int, token: CancellationToken | None = None) -> None:
        self.script.until = until
        async for _ in listening(self.team.run_stream(cancellation_token=token), self.ours):
            pass

    async def is_cancelled_when(self, ready: threading.Event) -> None:
        token = CancellationToken()
        run = asyncio.create_task(self.go_on(len(self.script.lines), token))
        await asyncio.to_thread(ready.wait, 20)
        token.cancel()
        if isinstance(self.llm, Slow):
            self.llm.may.set()
        with contextlib.suppress(asyncio.CancelledError):
            await run


class Reader(BaseChatAgent):
    """A member of AgentChat who reads its lines from the script."""

    def __init__(self, name: str, script: Script) -> None:
        super().__init__(name, "reads")
        self._script = script

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage,)

    async def on_messages(
        self, _: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        number = self._script.said
        trouble = self._script.troubles.pop(number, None)
        if trouble == "raises":
            raise ValueError("the reader has lost the page")
        if trouble == "waits":
            self._script.waits.set()
            await cancellation_token.link_future(asyncio.get_running_loop().create_future())
        text = self._script.lines[number].text
        return Response(chat_message=TextMessage(content=text, source=self.name))

    async def on_reset(self, _: CancellationToken) -> None:
        pass

    async def save_state(self) -> Mapping[str, Any]:
        return {}


class Slow:
    """A model that answers when nobody waits any more."""

    model = "slow"

    def __init__(self) -> None:
        self.asked, self.may = threading.Event(), threading.Event()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        self.asked.set()
        self.may.wait(20)
        return says("", call("send_message", message="Too late."))
