"""AG2 1.x: a workflow channel of a hub, in which each member says its line and hands over to the next."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ag2 import Agent, MemoryStream
from ag2.config import LLMClient, ModelConfig
from ag2.events import BaseEvent, ModelMessage, ModelResponse, ToolCallEvent, ToolCallsEvent, ToolResultsEvent
from ag2.knowledge import SqliteKnowledgeStore
from ag2.network import (
    EV_PACKET,
    EV_TEXT,
    AgentClient,
    AgentTarget,
    FromSpeaker,
    Handoff,
    Hub,
    HubClient,
    LocalLink,
    TerminateTarget,
    Transition,
    TransitionGraph,
)
from host_teams import OTHERS, OURS, Line, own_words

from memgpt_autogen.errors import ModelError
from memgpt_autogen.hosts.ag2 import SPEAKER, MemGPTModel, attach
from memgpt_autogen.llm.protocols import LLM, Completion, Messages, ToolChoice, Tools

SECONDS = 60


async def talk(home: Path, lines: Sequence[Line]) -> None:
    script = Script(lines)
    async with opened(home, script, own_words(lines)) as team:
        await team.begin()
        await script.ends()


async def talk_in_trouble(home: Path, lines: Sequence[Line]) -> None:
    own = [number for number, line in enumerate(lines) if line.speaker == OURS]
    early, late = own[0] - 20, own[0] + 10
    script = Script(lines, {early, late})
    stuck, words = Stuck(), own_words(lines)
    async with opened(home, script, stuck) as team:
        await team.begin()
        await script.breaks_at(early)
        await team.resume(lines[early].speaker)
        await asyncio.to_thread(stuck.asked.wait, SECONDS)  # our agent thinks while the hub is closed
    async with opened(home, script, words) as team:
        await team.resume(OURS)
        await script.breaks_at(late)
        await team.resume(lines[late].speaker)
        await script.ends()
    for _ in range(2):
        async with opened(home, script, words):
            pass


async def ask(home: Path, questions: Sequence[str]) -> list[str]:
    agent = Agent(OURS, config=MemGPTModel(OURS, home=home))
    replies = [
        await agent.ask(each, stream=MemoryStream(), variables={SPEAKER: "host"}) for each in questions
    ]
    return [reply.body or "" for reply in replies]


@dataclass
class Script:
    """What is said, and by whom. The model of a member breaks once at each of the lines `breaks`."""

    lines: Sequence[Line]
    breaks: set[int] = field(default_factory=set)
    broken: list[int] = field(default_factory=list)
    hub: Hub | None = None
    channel: str = ""

    async def said(self) -> int:
        """Return how many lines the log of the channel has."""
        assert self.hub is not None
        log = await self.hub.read_wal(self.channel)
        return sum(envelope.event_type in (EV_TEXT, EV_PACKET) for envelope in log)

    async def next(self, speaker: str) -> int | None:
        """Return the number of the next line, if it is this speaker's."""
        number = await self.said()
        if number == len(self.lines) or self.lines[number].speaker != speaker:
            return None
        if number in self.breaks:
            self.breaks.remove(number)
            self.broken.append(number)
            raise ConnectionError(f"the model is away at line {number}")
        return number

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        async def wait() -> None:
            while not await holds():
                await asyncio.sleep(0.02)

        await asyncio.wait_for(wait(), SECONDS)

    async def ends(self) -> None:
        async def holds() -> bool:
            return await self.said() == len(self.lines)

        await self.until(holds)

    async def breaks_at(self, number: int) -> None:
        async def holds() -> bool:
            return number in self.broken

        await self.until(holds)


class Speaks(ModelConfig):
    """The model of another member: it hands over to the next, and then says its line."""

    def __init__(self, name: str, script: Script) -> None:
        self.name, self.script = name, script

    def copy(self) -> Speaks:
        return self

    def create(self) -> LLMClient:
        return Speaking(self)


class Speaking(LLMClient):
    def __init__(self, config: Speaks) -> None:
        self._config = config

    async def __call__(self, messages: Sequence[BaseEvent], context: Any, **options: Any) -> ModelResponse:
        script = self._config.script
        number = await script.next(self._config.name)
        if number is None:
            return ModelResponse(None)
        if not isinstance(messages[-1], ToolResultsEvent):
            arguments = f'{{"target": "{script.lines[number + 1].speaker}"}}'
            return ModelResponse(tool_calls=ToolCallsEvent([ToolCallEvent("hand_over", arguments=arguments)]))
        return ModelResponse(ModelMessage(script.lines[number].text))


def hand_over(target: str) -> Handoff:
    """Let another one speak next."""
    return Handoff(target=target)


class Stuck:
    """A model that never answers."""

    model = "stuck"

    def __init__(self) -> None:
        self.asked = threading.Event()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        self.asked.set()
        threading.Event().wait(SECONDS)
        raise ModelError("nobody waits any more")


@dataclass
class Team:
    hub: Hub
    clients: dict[str, AgentClient]
    script: Script

    async def begin(self) -> None:
        """Open the channel, and let the first line be said by code."""
        first, second, *_ = self.script.lines
        ids = {name: client.agent_id for name, client in self.clients.items()}
        own = [number for number, line in enumerate(self.script.lines) if line.speaker == OURS]
        graph = TransitionGraph(
            initial_speaker=ids[first.speaker],
            transitions=[
                Transition(FromSpeaker(ids[OURS]), AgentTarget(ids[self.script.lines[own[0] + 1].speaker])),
                Transition(FromSpeaker(ids[first.speaker]), AgentTarget(ids[second.speaker])),
            ],
            default_target=TerminateTarget(),
        )
        others = [name for name in self.clients if name != first.speaker]
        channel = await self.clients[first.speaker].open(
            type="workflow", target=others, knobs={"graph": graph.to_dict()}
        )
        self.script.channel = channel.channel_id
        await channel.send(first.text)

    async def resume(self, name: str) -> None:
        assert await self.clients[name].resume_pending_turns() == 1


@asynccontextmanager
async def opened(home: Path, script: Script, llm: LLM) -> AsyncIterator[Team]:
    """Open the hub in a store beside the home, as a new process would. Who is known is bound again."""
    home.mkdir(parents=True, exist_ok=True)
    store = SqliteKnowledgeStore(str(home.parent / "hub.db"))
    hub = await Hub.open(store, ttl_sweep_interval=0, expectation_sweep_interval=0)
    model = MemGPTModel(OURS, home=home, llm=llm)
    agents = [Agent(name, config=Speaks(name, script), tools=[hand_over]) for name in OTHERS]
    clients = {}
    for agent in [*agents, Agent(OURS, config=model)]:
        client = HubClient(LocalLink(hub), hub=hub)
        known = hub.find_agent_id(agent.name) is not None
        clients[agent.name] = await (client.attach(agent, agent.name) if known else client.register(agent))
    await attach(clients[OURS], model)
    script.hub = hub
    try:
        yield Team(hub, clients, script)
        await attach(clients[OURS], model)  # what is still on its way is heard, too
    finally:
        for each in clients.values():
            await each._hub_client.close()
        await hub.close()
