"""The model: each of its calls is a turn of the heartbeat loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from ag2 import Agent
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    DrainedModelRequest,
    ModelMessage,
    ModelMessageChunk,
    ModelReasoning,
    ModelRequest,
    ModelResponse,
    ToolCallEvent,
    ToolCallsEvent,
    Usage,
)
from ag2.response import ResponseProto
from ag2.tools.builtin.tool_search import ToolSearchToolSchema
from ag2.tools.final import FunctionToolSchema
from ag2.tools.schemas import ToolSchema
from ag2.utils import AGENT_CONTEXT_DEPENDENCY_KEY
from fast_depends.library.serializer import SerializerProto
from typing_extensions import Unpack

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.events import Replied, ReplyPart, RunEvent, Thought
from memgpt_autogen.hosts.ag2.events import (
    PROVIDER,
    lines_in,
    response_id,
    result_for,
    results_in,
    speaker_of,
)
from memgpt_autogen.hosts.ag2.network import Ear, Ears, channel_of, is_handed_over
from memgpt_autogen.hosts.core import Answer, in_thread, passed_on
from memgpt_autogen.hosts.options import AgentOptions, open_agent
from memgpt_autogen.llm import protocols
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message


class MemGPTModel(ModelConfig):
    """A model that remembers: `Agent("sam", config=MemGPTModel("sam"))`.

    It is the model of one agent, which has its name; others need their own. The agent's prompt becomes
    instructions, and its tools are offered beside the functions of memory, whose calls are not published.
    `thoughts` publishes inner thoughts as `ModelReasoning`, and `stream` the words, while they are
    written, as `ModelMessageChunk`. The other options are those of `AgentOptions`.

    In a conversation of two agents it may be silent, since two that always answer never end; elsewhere it
    owes an answer. `owes_answer` sets it for all of them.
    """

    def __init__(self, name: str, *, thoughts: bool = False, **options: Unpack[AgentOptions]) -> None:
        self.agent = open_agent(name, options)
        self.ears = Ears(self.agent)
        self.thoughts = thoughts
        self.owes_answer = options.get("owes_answer")
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    @property
    def memory(self) -> MemoryHierarchy:
        return self.agent.memory

    @property
    def provider(self) -> ModelProvider:
        raise NotImplementedError("ag2 has no name for this provider")  # as its own test double does

    @property
    def model(self) -> str:
        return self.agent.loop.llm.model

    def copy(self) -> MemGPTModel:
        """Return the same model: an agent has one memory."""
        return self

    def create(self) -> LLMClient:
        return Client(self)

    def one_turn(self) -> asyncio.Lock:
        """Return the lock that lets each call answer what it was asked, and not what the next one asks."""
        return self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    def check(self, agent: Agent | None) -> None:
        """Raise `ConfigurationError` unless it is the agent of this name that asks."""
        if agent is None or agent.name != self.agent.name:
            asks = "something without an agent" if agent is None else f"agent '{agent.name}'"
            raise ConfigurationError(
                f"MemGPTModel('{self.agent.name}') has the memory of agent '{self.agent.name}', and {asks} "
                "called it. Give that a model of its own; for sub-tasks and summaries, it is the argument "
                "config of TaskConfig and SummarizeCompact."
            )

    async def owes(
        self, ear: Ear | None, context: ConversationContext, messages: Sequence[BaseEvent]
    ) -> bool | None:
        """Return whether a turn must say something; None for the default."""
        if ear is not None and is_handed_over(messages, context):
            return False
        if self.owes_answer is not None or ear is None:
            return self.owes_answer
        return not await ear.may_rest(channel_of(context))


class Client(LLMClient):
    """Answers the calls of one `ask`, and of those that continue it."""

    def __init__(self, model: MemGPTModel) -> None:
        self._model = model
        self._first: int | None = None
        """How many events the first call was given."""
        self._held: list[str] = []
        """What was said in a channel before a tool was called: the channel hears only the end of an `ask`."""

    async def __call__(
        self,
        messages: Sequence[BaseEvent],
        context: ConversationContext,
        *,
        tools: Iterable[ToolSchema],
        response_schema: ResponseProto[Any] | None,
        serializer: SerializerProto,  # noqa: ARG002
    ) -> ModelResponse:
        model = self._model
        model.check(context.dependencies.get(AGENT_CONTEXT_DEPENDENCY_KEY))
        foreign = [each for each in map(partial(_foreign, model.agent.name), tools) if each is not None]
        agent, instructions = model.agent, list(context.prompt)
        if response_schema is not None:
            agent = agent.shaped(response_schema.json_schema)
            instructions.append(response_schema.system_prompt or "")
        ear = await model.ears.of(context)
        chat = str(context.stream.id) if ear is None else channel_of(context).channel_id
        delivery = response_id(agent.name) if ear is None else ear.answers(chat)
        streams = agent.loop.model_call.stream
        shown = Shown(context, thoughts=model.thoughts, streams=streams)
        hear = partial(self._hear, messages, context, chat, ear)
        async with _locked(model.one_turn(), hear):
            await hear()
            turn = agent.turn(
                await self._results(messages),
                chat=chat,
                delivery=delivery,
                instructions="\n\n".join(filter(None, instructions)),
                foreign=foreign,
                owes_answer=await model.owes(ear, context, messages),
                streams=streams and ear is None,
            )
            async with aclosing(turn):
                events = [await passed_on(turn, shown.publish(event)) async for event in turn]
        answer = agent.collected(events)
        return await self._respond(answer, context, ear, chat, delivery)

    async def _hear(
        self, messages: Sequence[BaseEvent], context: ConversationContext, chat: str, ear: Ear | None
    ) -> None:
        """Store what is new. In a channel, words come by envelopes; here is only what else was put in."""
        agent, speaker = self._model.agent, speaker_of(context)
        first = len(messages) if self._first is None else self._first
        self._first = first
        if ear is not None:
            await ear.hear_channel(chat)
            put_in: list[BaseEvent] = [
                event for event in messages[:first] if isinstance(event, DrainedModelRequest)
            ]
            put_in += [event for event in messages[first:] if isinstance(event, ModelRequest)]
            lines = lines_in(put_in, chat, speaker, agent.name)
            await agent.hear(*[each for each in lines if not await ear.has_delivered(each.text)])
            return
        answers = [place for place, event in enumerate(messages, 1) if isinstance(event, ModelResponse)]
        answered = answers[-1] if answers else 0
        earlier, newest = (
            list(lines_in(part, chat, speaker, agent.name))
            for part in (messages[:answered], messages[answered:])
        )
        await agent.hear_history(earlier, newest)

    async def _results(self, messages: Sequence[BaseEvent]) -> list[Message]:
        """Return the results that the agent waits for."""
        results = {each.parent_id: each for each in results_in(messages)}
        if not results:
            return []
        try:
            waiting = await in_thread(self._model.agent.waiting)
        except StorageError:  # the turn says so
            return []
        return [result_for(call, results[given]) for given, call in waiting.items() if given in results]

    async def _respond(
        self, answer: Answer, context: ConversationContext, ear: Ear | None, chat: str, delivery: str
    ) -> ModelResponse:
        text = answer.text
        if ear is not None:
            self._held += [text] if text else []
            text = "" if answer.calls else "\n".join(self._held)
            self._held = self._held if answer.calls else []
            ear.said(delivery, chat, text)
        message = ModelMessage(text) if text else None
        if message is not None:
            await context.send(message)
        return ModelResponse(
            message,
            tool_calls=ToolCallsEvent(
                [ToolCallEvent(call.name, id=call.id, arguments=call.arguments) for call in answer.calls]
            ),
            usage=_usage(answer.usage),
            model=self._model.model,
            provider=PROVIDER,
            finish_reason="tool_calls" if answer.calls else "stop",
            response_id=delivery,
        )


class Shown:
    """Publishes a turn while it goes on: thoughts and parts of the words, where they are wanted."""

    def __init__(self, context: ConversationContext, *, thoughts: bool, streams: bool) -> None:
        self._context = context
        self._thoughts = thoughts
        self._streams = streams
        self._written = self._shown = self._between = ""

    async def publish(self, event: RunEvent) -> RunEvent:
        if isinstance(event, Thought) and self._thoughts:
            await self._context.send(ModelReasoning(event.text))
        elif isinstance(event, ReplyPart):
            self._written = event.text if event.anew else self._written + event.text
            await self._show(self._written)
        elif isinstance(event, Replied) and self._streams:  # some models give whole answers only
            await self._show(event.text)
            self._written, self._shown, self._between = "", "", "\n"
        return event

    async def _show(self, text: str) -> None:
        """Publish what is new of the words so far. What was published cannot be taken back."""
        if text != self._shown and text.startswith(self._shown):
            new = self._between + text[len(self._shown) :]
            self._shown, self._between = text, ""
            await self._context.send(ModelMessageChunk(new))


@asynccontextmanager
async def _locked(lock: asyncio.Lock, hear: Callable[[], Awaitable[None]]) -> AsyncGenerator[None, None]:
    """Hold a lock. Where this is cancelled while it waits, what was told is heard all the same."""
    try:
        await lock.acquire()
    except asyncio.CancelledError:
        await asyncio.shield(asyncio.ensure_future(hear()))
        raise
    try:
        yield
    finally:
        lock.release()


def _foreign(name: str, schema: ToolSchema) -> protocols.ToolSchema | None:
    """Return a tool of ag2 as the loop offers it; None where there is nothing to offer.

    Raises `ConfigurationError` for a tool that only the provider of a model can run.
    """
    if isinstance(schema, FunctionToolSchema):
        function = schema.function
        parameters = function.parameters or {"type": "object", "properties": {}}
        about = {"name": function.name, "description": function.description, "parameters": parameters}
        return {"type": "function", "function": about}
    if isinstance(schema, ToolSearchToolSchema):
        return None  # all functions are offered
    raise ConfigurationError(
        f"agent '{name}' cannot use the tool '{schema.type}': the provider of a model runs it, and "
        "MemGPTModel is none. Give the agent a function that does the same."
    )


def _usage(usage: protocols.Usage) -> Usage:
    if not usage.prompt_tokens and not usage.completion_tokens:
        return Usage()
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        cache_read_input_tokens=usage.cached_tokens or None,
    )
