"""The agent as a member of AgentChat's teams."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Optional, TypeVar, cast

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Handoff, Response
from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    HandoffMessage,
    TextMessage,
    ToolCallExecutionEvent,
)
from autogen_core import CancellationToken, Component, ComponentModel
from autogen_core.models import ChatCompletionClient, RequestUsage
from autogen_core.tools import BaseTool
from pydantic import BaseModel, Field
from typing_extensions import Self, Unpack

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.hosts.agentchat.calls import (
    ChatTool,
    cancellable,
    cancelled_by,
    executed,
    handoff_schema,
    handoffs_by_name,
    host_tool,
    own_tool,
)
from memgpt_autogen.hosts.agentchat.messages import read_message
from memgpt_autogen.hosts.agentchat.model import ChatClientLLM
from memgpt_autogen.hosts.agentchat.shown import ShownTurn
from memgpt_autogen.hosts.agentchat.written import (
    read_options,
    written_options,
    written_settings,
    written_tool,
)
from memgpt_autogen.hosts.core import Answer, HostedAgent, in_thread
from memgpt_autogen.hosts.options import AgentOptions, CommonOptions, open_agent
from memgpt_autogen.loop.heartbeat import NO_ANSWER
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.turn_lock import is_inside_turn
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.tool import Tool

T = TypeVar("T")

logger = logging.getLogger(__name__)

DESCRIPTION = "An agent that remembers everything it was ever told."

YOUR_TURN = "It is your turn to speak, though nobody has said anything since you last acted."
ONE_HANDOFF = "Not done: you handed over to {} in the same step."

LISTENER_SECONDS = 0.5
RUN_SECONDS = 120.0

STATE = "MemGPTChatAgentState"


class MemGPTChatAgentConfig(BaseModel):
    """How a `MemGPTChatAgent` is written down: its memory by name and home, its model by settings."""

    name: str
    description: str = DESCRIPTION
    system_message: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)
    options: dict[str, Any] = Field(default_factory=dict)
    tools: list[ComponentModel] = Field(default_factory=list)
    handoffs: list[Handoff] = Field(default_factory=list)
    model_client: Optional[ComponentModel] = None
    inner_events: bool = False


class MemGPTChatAgent(BaseChatAgent, Component[MemGPTChatAgentConfig]):
    """An agent for AgentChat whose memory outlasts every run, team and process.

    What it is told is stored once, whoever delivers it again: a team after an error, a loaded state, or
    `listening`. Its `tools`, which may be AgentChat's, run inside its turn. A call of one of its `handoffs`
    ends the turn with a `HandoffMessage`. With `stream=True`, a model that can stream shows its words as
    `ModelClientStreamingChunkEvent` while it writes them.

    Terminations see every event that an agent shows, so thoughts and calls of memory functions are shown
    with `inner_events` only.
    """

    component_config_schema = MemGPTChatAgentConfig
    component_provider_override = "memgpt_autogen.hosts.agentchat.MemGPTChatAgent"

    def __init__(
        self,
        name: str,
        description: str = DESCRIPTION,
        *,
        system_message: str = "",
        tools: Sequence[ChatTool] = (),
        handoffs: Sequence[Handoff | str] = (),
        model_client: ChatCompletionClient | None = None,
        inner_events: bool = False,
        **options: Unpack[CommonOptions],
    ) -> None:
        """Open the agent of that name, or create it where there is none.

        `system_message` is added to the instructions of its turns. `model_client` is a model of AgentChat, in
        place of `llm` and of the model of the settings. Raises `ConfigurationError` for a name that AgentChat
        does not take, before any memory is opened; else what `open_agent` raises.
        """
        _check(name, options, model_client)
        super().__init__(name, description)
        self._system_message = system_message
        self._handoffs = handoffs_by_name(name, handoffs)
        self._tools = tuple(tools)
        self._hosted = [tool for tool in tools if isinstance(tool, BaseTool)]
        self._own = [own_tool(tool) for tool in tools if not isinstance(tool, BaseTool)]
        self._inner_events = inner_events
        self._given = options
        self._model = None if model_client is None else ChatClientLLM(model_client)
        opened = options if self._model is None else _with_model(options, self._model)
        self.agent: HostedAgent = open_agent(name, cast(AgentOptions, opened))
        """The agent without AgentChat: its memory and its loop."""
        names = [tool.name for tool in self._own] + [tool.name for tool in self._hosted]
        self._shown = frozenset([*names, *self._handoffs])
        _check_distinct(self.agent, [*names, *self._handoffs])
        self._paused: Optional[asyncio.Event] = None
        self._runs: Optional[tuple[asyncio.AbstractEventLoop, asyncio.Lock]] = None
        self._listeners = 0
        self._heard: set[str] = set()
        """The ids of what was heard while somebody listens for this agent."""
        self._expected: dict[str, asyncio.Future[None]] = {}

    @property
    def memory(self) -> MemoryHierarchy:
        return self.agent.memory

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        return (TextMessage, HandoffMessage)

    async def hear(self, *messages: BaseChatMessage) -> None:
        """Store what is new of these messages. No answer follows.

        A message is known by its id and its words, and the agent's own ones are old. Where one of its own has
        an id that it did not give, a program has rebuilt a history: then stored words are old too.
        """
        await in_thread(partial(self._hear, messages))
        if self._listeners:
            self._heard.update(message.id for message in messages)
        for message in messages:
            expected = self._expected.get(message.id)
            if expected is not None and not expected.done():
                expected.set_result(None)

    @contextmanager
    def listener(self) -> Iterator[None]:
        """Note that somebody passes everything to `hear` inside this block, such as `listening`.

        A stream has what a team does not deliver, such as the task of `MagenticOneGroupChat`, and that was
        said earlier. So a turn waits until what the team delivers is heard from the stream.
        """
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._heard.clear()

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        async with aclosing(self.on_messages_stream(messages, cancellation_token)) as stream:
            async for item in stream:
                if isinstance(item, Response):
                    return item
        raise AssertionError("the stream ends with a response")

    async def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Hear the messages, run one turn, and yield what it shows; the last item is the response.

        Where it is cancelled, by the token or by asyncio, what it said is not stored as said.
        """
        told = list(messages)  # the team clears its list after the turn
        async with self._alone(cancellation_token, told):
            await self._after_listeners(told)
            await self.hear(*told)
            why = await in_thread(self._why_now)
            streams = self.agent.loop.model_call.stream
            shown = ShownTurn(self.name, self._shown, streams=streams, everything=self._inner_events)
            running = CancellationToken()
            cancellation_token.add_callback(running.cancel)
            if self._model is not None:
                self._model.begin(running)
            turn = self.agent.turn(
                why,
                delivery=shown.id,
                instructions=self._system_message,
                tools=self._tools_until(running),
                foreign=[handoff_schema(handoff) for handoff in self._handoffs.values()],
            )
            async with aclosing(turn) as events:
                try:
                    while not shown.ended:
                        await self._while_paused(cancellation_token)
                        event = await _next_of(events, cancellation_token, running)
                        for each in shown.take(event):
                            yield each
                finally:
                    running.cancel()
            answer = self.agent.collected(shown.events)
            for result in await self._hand_over(answer):
                shown.inner.append(result)
                yield result
            yield Response(chat_message=self._message(shown.id, answer), inner_messages=shown.inner)

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """End the host's conversation. Memory stays: it is what outlasts conversations."""
        await self.on_resume(cancellation_token)

    async def on_pause(self, cancellation_token: CancellationToken) -> None:  # noqa: ARG002 - AgentChat's
        """Say nothing more until `on_resume`. A step that the model is in is finished, and then waits."""
        self._paused = self._paused or asyncio.Event()

    async def on_resume(self, cancellation_token: CancellationToken) -> None:  # noqa: ARG002 - AgentChat's
        paused, self._paused = self._paused, None
        if paused is not None:
            paused.set()

    async def save_state(self) -> Mapping[str, Any]:
        """Return which memory this is, and how far it has come. What was said stays in the memory."""
        seq = await in_thread(self.memory.log.last_seq)
        return {"type": STATE, "name": self.name, "home": _home_of(self.memory), "seq": seq}

    async def load_state(self, state: Mapping[str, Any]) -> None:
        """Compare the state with this memory. Nothing is taken back: memory goes on from where it is.

        Logs a warning where the state is of another memory, of one that had more, or of another kind of
        agent.
        """
        if state.get("type") != STATE:
            logger.warning(
                "the state of '%s' is of another kind of agent, %s: what it contains is not in this memory.",
                self.name,
                state.get("type"),
            )
            return
        seq, home = await in_thread(self.memory.log.last_seq), _home_of(self.memory)
        if (state.get("name"), state.get("home")) != (self.name, home):
            logger.warning(
                "the state is of agent '%s' in %s, and this is '%s' in %s. Its memory stays as it is.",
                state.get("name"),
                state.get("home"),
                self.name,
                home,
            )
        elif seq < int(state.get("seq") or 0):
            logger.warning(
                "the state was saved at message %s of '%s', and the memory in %s ends at message %d.",
                state.get("seq"),
                self.name,
                home,
                seq,
            )

    def _to_config(self) -> MemGPTChatAgentConfig:
        """Return the configuration. Raises `ConfigurationError` for what cannot be written down."""
        return MemGPTChatAgentConfig(
            name=self.name,
            description=self.description,
            system_message=self._system_message,
            settings=written_settings(self._given.get("settings"), self._given.get("home")),
            options=written_options(self.name, self._given),
            tools=[written_tool(tool) for tool in self._tools],
            handoffs=list(self._handoffs.values()),
            model_client=None if self._model is None else self._model.client.dump_component(),
            inner_events=self._inner_events,
        )

    @classmethod
    def _from_config(cls, config: MemGPTChatAgentConfig) -> Self:
        options: Any = read_options(config.options)
        client = config.model_client
        return cls(
            config.name,
            config.description,
            system_message=config.system_message,
            tools=[BaseTool.load_component(tool) for tool in config.tools],
            handoffs=config.handoffs,
            model_client=None if client is None else ChatCompletionClient.load_component(client),
            inner_events=config.inner_events,
            settings=Settings.load(**config.settings),
            **options,
        )

    def _hear(self, messages: Sequence[BaseChatMessage]) -> None:
        read = [read_message(message, self.name) for message in messages]
        hearing = self.agent.hearing
        own = [place for place, message in enumerate(messages) if message.source == self.name]
        with suppress(StorageError):  # then the messages wait in memory
            if any(not hearing.knows(messages[place].id) for place in own):
                hearing.hear_history(read[: own[-1] + 1], read[own[-1] + 1 :])
                return
        hearing.hear(read)

    def _why_now(self) -> list[Message]:
        """Return an event where nobody waits for an answer: models want something to answer."""
        try:
            queue = self.memory.queue.entries()
        except StorageError:  # the turn meets it too, and answers
            return []
        return [] if queue and queue[-1].message.is_heard else [Message.event("heartbeat", YOUR_TURN)]

    async def _after_listeners(self, messages: Sequence[BaseChatMessage]) -> None:
        """Wait until a listener has told these messages, but not for long: it may have left some out."""
        if not messages or not self._listeners or messages[-1].id in self._heard:
            return
        newest = messages[-1].id
        self._expected[newest] = asyncio.get_running_loop().create_future()
        await asyncio.wait([self._expected[newest]], timeout=LISTENER_SECONDS)
        self._expected.pop(newest, None)

    def _tools_until(self, cancelled: CancellationToken) -> list[Tool]:
        """Return the tools for one turn, which this token cancels."""
        seconds = self._given.get("tool_seconds")
        own = [cancellable(tool, cancelled) for tool in self._own]
        return [*own, *(host_tool(tool, cancelled, seconds) for tool in self._hosted)]

    @asynccontextmanager
    async def _alone(
        self, token: CancellationToken, told: Sequence[BaseChatMessage]
    ) -> AsyncGenerator[None, None]:
        """Let one run follow the other, so that each answers what it was asked.

        Where a run is cancelled while it waits, what it was `told` is heard all the same.

        A run that nobody reads to its end is waited for only `RUN_SECONDS`. One inside a turn, such as that
        of an agent that is a tool, waits in the turn itself, which knows whether that would ever end.
        """
        loop = asyncio.get_running_loop()
        if self._runs is None or self._runs[0] is not loop:
            self._runs = loop, asyncio.Lock()
        lock = self._runs[1]
        try:
            held = not is_inside_turn() and await cancelled_by(token, _acquired(lock, RUN_SECONDS))
        except asyncio.CancelledError:
            await asyncio.shield(self.hear(*told))
            raise
        try:
            yield
        finally:
            if held:
                lock.release()

    async def _while_paused(self, token: CancellationToken) -> None:
        while self._paused is not None:
            await cancelled_by(token, self._paused.wait())

    async def _hand_over(self, answer: Answer) -> list[ToolCallExecutionEvent]:
        """Store the results of the calls that end the turn, and return them. Only one call can be done."""
        if not answer.calls:
            return []
        done = self._handoffs[answer.calls[0].name]
        refused = ONE_HANDOFF.format(done.target)
        results = [
            Message.result_of(call, refused if place else done.message, ok=not place)
            for place, call in enumerate(answer.calls)
        ]
        await asyncio.shield(self.agent.record_own(*results))
        return [
            executed(call, result.text, self.name, ok=result.ok)
            for call, result in zip(answer.calls, results, strict=True)
        ]

    def _message(self, id_: str, answer: Answer) -> BaseChatMessage:
        usage = RequestUsage(answer.usage.prompt_tokens, answer.usage.completion_tokens)
        if not answer.calls:
            text = answer.text or NO_ANSWER
            return TextMessage(id=id_, content=text, source=self.name, models_usage=usage)
        done = self._handoffs[answer.calls[0].name]
        content = "\n".join(filter(None, [answer.text, done.message]))
        return HandoffMessage(
            id=id_, content=content, target=done.target, source=self.name, models_usage=usage
        )


async def _next_of(
    events: AsyncGenerator[T, None], token: CancellationToken, running: CancellationToken
) -> T:
    """Return the next event. Where that is cancelled, what is `running` ends first, and then the turn can."""
    event: asyncio.Future[T] = asyncio.ensure_future(anext(events))
    token.link_future(event)
    try:
        return await asyncio.shield(event)
    except asyncio.CancelledError:
        running.cancel()
        event.cancel()
        with suppress(BaseException):
            await event
        raise


async def _acquired(lock: asyncio.Lock, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(lock.acquire(), seconds)
    except asyncio.TimeoutError:
        return False


def _check(name: str, options: CommonOptions, model_client: ChatCompletionClient | None) -> None:
    if not name.isidentifier():
        like = re.sub(r"\W", "_", f"_{name}" if name[:1].isdigit() else name) or "sam"
        raise ConfigurationError(
            f"AgentChat takes Python identifiers as names of agents, such as '{like}'; {name!r} is none. If "
            f"there is a memory under that name, open_memory({name!r}).fork({like!r}) copies it."
        )
    if options.get("owes_answer") is False:
        raise ConfigurationError(
            f"agent '{name}' cannot be silent: AgentChat's teams wait for a message of whom they ask. Leave "
            "out owes_answer=False. With listening(team.run_stream(...), agent), it hears without speaking."
        )

    if model_client is not None and options.get("llm") is not None:
        raise ConfigurationError(f"agent '{name}' was given llm and model_client; give one of them.")


def _with_model(options: CommonOptions, model: ChatClientLLM) -> CommonOptions:
    """Return the options with this model, and with what it says about itself."""
    able = model.client.model_info
    said: CommonOptions = {"llm": model, "vision": bool(able.get("vision"))}
    if not able.get("function_calling", True):
        said["function_calling"] = "plain"
    return {**said, **options}


def _check_distinct(agent: HostedAgent, names: Iterable[str]) -> None:
    taken = agent.loop.toolbox.names()
    for name in names:
        if name in taken:
            raise ConfigurationError(
                f"agent '{agent.name}' has a function '{name}' already; give this one another name."
            )
        taken.append(name)


def _home_of(memory: MemoryHierarchy) -> str:
    """Return where the memory is, without a password."""
    database = memory.log.database
    if database.url.database and database.url.get_backend_name() == "sqlite":
        return str(Path(database.url.database).parent)
    return database.shown_url
