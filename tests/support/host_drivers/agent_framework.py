"""The team of `host_teams` in agent-framework: a group chat of stock agents, and our agent among them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent_framework import (
    Agent,
    BaseChatClient,
    ChatResponse,
    ChatResponseUpdate,
    CheckpointStorage,
    Content,
    InMemoryCheckpointStorage,
    Message,
)
from agent_framework.orchestrations import GroupChatBuilder, GroupChatState
from host_teams import OTHERS, OURS, Line, own_words

from memgpt_autogen.errors import ModelError
from memgpt_autogen.hosts.agent_framework import MemGPTClient, listening
from memgpt_autogen.llm.protocols import LLM, Completion, Messages, ToolChoice, Tools

NAME = "talk"
MANAGER = "manager"


async def talk(home: Path, lines: Sequence[Line]) -> None:
    team = Team(home, lines, own_words(lines))

    await team.say_until(30)
    await team.say_until(len(lines))


async def talk_in_trouble(home: Path, lines: Sequence[Line]) -> None:
    llm = Hanging(own_words(lines))
    team = Team(home, lines, llm)

    await team.say_until(10)
    team.raises_at = 14
    with contextlib.suppress(RuntimeError):
        await team.say_until(20)
    assert team.said == 14
    team.raises_at = -1
    await team.say_until(24)

    storage = InMemoryCheckpointStorage()
    run = asyncio.create_task(team.say_until(32, storage))
    await asyncio.to_thread(llm.asked.wait, 20)
    run.cancel()
    llm.hangs.set()
    with contextlib.suppress(asyncio.CancelledError):
        await run
    newest = await storage.get_latest(workflow_name=NAME)
    assert newest is not None
    team = Team(home, lines, llm)
    await team.resume(newest.checkpoint_id, storage, 32)

    # twice from one checkpoint: what was said after it is said again
    storage = InMemoryCheckpointStorage()
    await team.say_until(44, storage)
    saved = await storage.list_checkpoints(workflow_name=NAME)
    for _ in range(2):
        team = Team(home, lines, llm)
        await team.resume(saved[len(saved) // 2].checkpoint_id, storage, 44)
    await team.say_until(len(lines))


async def ask(home: Path, questions: Sequence[str]) -> list[str]:
    agent = MemGPTClient(OURS, home=home).as_agent()
    session = agent.create_session()
    return [(await agent.run(question, session=session)).text for question in questions]


class Team:
    """A group chat that says these lines; `said` is how many its manager has heard."""

    def __init__(self, home: Path, lines: Sequence[Line], llm: LLM) -> None:
        self.lines = lines
        self.said = 0
        self.end = 0
        self.raises_at = -1
        sam = MemGPTClient(OURS, home=home, llm=llm, owes_answer=False).as_agent()
        others = [Agent(Member(self), name=name) for name in OTHERS]
        workflow = GroupChatBuilder(
            name=NAME,
            participants=[*others, listening(sam)],
            selection_func=self._next,
            orchestrator_name=MANAGER,
            termination_condition=self._is_over,
        ).build()
        self._workflow = listening(workflow)

    async def say_until(self, end: int, storage: CheckpointStorage | None = None) -> None:
        """Say the lines that were not said yet. A person says the first of them."""
        self.end = end
        first = self.lines[self.said]
        person = Message("user", [first.text], author_name=first.speaker)
        async for _ in self._workflow.run(person, stream=True, checkpoint_storage=storage):
            pass

    async def resume(self, checkpoint: str, storage: CheckpointStorage, end: int) -> None:
        self.end = end
        async for _ in self._workflow.run(stream=True, checkpoint_id=checkpoint, checkpoint_storage=storage):
            pass

    def _next(self, state: GroupChatState) -> str:
        return self.lines[self.said].speaker

    def _is_over(self, conversation: list[Message]) -> bool:
        self.said = sum(message.author_name != MANAGER for message in conversation)
        return self.said >= self.end


class Member(BaseChatClient[Any]):
    """The model of a stock agent, which says the next line."""

    def __init__(self, team: Team) -> None:
        super().__init__()
        self._team = team

    def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **kwargs: Any
    ) -> Any:
        return self._build_response_stream(self._words()) if stream else self._answer()

    async def _answer(self) -> ChatResponse:
        return self._finalize_response_updates([update async for update in self._words()])

    async def _words(self) -> AsyncIterator[ChatResponseUpdate]:
        if self._team.said == self._team.raises_at:
            raise RuntimeError("the endpoint of a member is away")
        words = Content.from_text(self._team.lines[self._team.said].text)
        yield ChatResponseUpdate(role="assistant", contents=[words])


class Hanging:
    """A model whose first call hangs until it fails."""

    model = "hanging"

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.asked, self.hangs = threading.Event(), threading.Event()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        if not self.asked.is_set():
            self.asked.set()
            self.hangs.wait(20)
            raise ModelError("the endpoint is away")
        return self._llm.complete(messages, tools, tool_choice)
