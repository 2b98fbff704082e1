"""AG2 1.x: an agent's memory as its model, and what lets it hear while it is silent.

`MemGPTModel` is a model for `ag2.Agent`: each of its calls is a turn of the heartbeat loop. `MemGPTPlugin`
gives the same memory to an agent that keeps its own model. With `attach`, either hears everything that is
said in its channels of a hub.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, aclosing
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from itertools import chain, groupby
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from ag2 import Agent, Context, Plugin
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    BinaryInput,
    BinaryType,
    DataInput,
    DrainedModelRequest,
    FileIdInput,
    Input,
    ModelMessage,
    ModelMessageChunk,
    ModelReasoning,
    ModelRequest,
    ModelResponse,
    TextInput,
    ToolCallEvent,
    ToolCallsEvent,
    ToolErrorEvent,
    ToolResultEvent,
    ToolResultsEvent,
    UrlInput,
    Usage,
)
from ag2.middleware import BaseMiddleware, ToolExecution, ToolResultType
from ag2.network import (
    AGENT_CLIENT_DEP,
    CHANNEL_DEP,
    CONVERSATION_TYPE,
    EV_PACKET,
    AgentClient,
    Channel,
    ChannelAdapter,
    Envelope,
    ensure_parts,
    visible_to,
)
from ag2.observers import observer
from ag2.response import ResponseProto
from ag2.tools.builtin.tool_search import ToolSearchToolSchema
from ag2.tools.final import FunctionToolSchema
from ag2.tools.schemas import ToolSchema
from ag2.tools.tool import Tool
from ag2.utils import AGENT_CONTEXT_DEPENDENCY_KEY
from fast_depends.library.serializer import SerializerProto
from pydantic_core import to_json
from typing_extensions import Unpack

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.events import Replied, ReplyPart, RunEvent, Thought
from memgpt_autogen.hosts.core import Answer, HostedAgent, in_thread
from memgpt_autogen.hosts.hearing import CHAT, DELIVERY, chat_of
from memgpt_autogen.hosts.options import AgentOptions, open_agent
from memgpt_autogen.images import Image, image_in
from memgpt_autogen.llm import protocols
from memgpt_autogen.memory.context.prompt import core_memory_text
from memgpt_autogen.memory.storage.log import CHANGES
from memgpt_autogen.messages import Message, ToolCall, now
from memgpt_autogen.prompts import prompt
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE
from memgpt_autogen.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

SPEAKER = "speaker"
"""The key for who speaks, in the variables of a call or the metadata of an input; `user` without it."""

PROVIDER = "memgpt_autogen"

ANSWER = "answer:"
"""Begins the id of what an agent says in a channel; the rest is the id of the envelope that it answers."""


MOST_CHANNELS = 1_000_000


class MemGPTModel(ModelConfig):
    """A model that remembers: `Agent("sam", config=MemGPTModel("sam"))`.

    It is the model of one agent, which has its name; others need their own. The agent's prompt becomes
    instructions, and its tools are offered beside the functions of memory, whose calls are not published.
    `show_thoughts` publishes inner thoughts as `ModelReasoning`, and `stream` the words, while they are
    written, as `ModelMessageChunk`. The other options are those of `AgentOptions`.

    In a conversation of two agents it may be silent, since two that always answer never end; elsewhere it
    owes an answer. `owes_answer` sets it for all of them.
    """

    def __init__(self, name: str, *, show_thoughts: bool = False, **options: Unpack[AgentOptions]) -> None:
        self.agent = open_agent(name, options)
        self.ears = _Ears(self.agent)
        self.show_thoughts = show_thoughts
        self.owes_answer = options.get("owes_answer")
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

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
        return _Client(self)

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

    async def owes(self, ear: _Ear | None, context: ConversationContext) -> bool | None:
        """Return whether a turn must say something; None for the default."""
        if self.owes_answer is not None or ear is None:
            return self.owes_answer
        return not await ear.may_rest(_channel(context))


class MemGPTPlugin(Plugin):
    """Memory for an agent with another model: `Agent("ada", config=..., plugins=[MemGPTPlugin("ada")])`.

    Core memory is in each prompt, the memory functions are tools, and what is said is stored. Of the options
    of `AgentOptions`, those about the model and its turns do nothing here.
    """

    def __init__(self, name: str, **options: Unpack[AgentOptions]) -> None:
        self.agent = open_agent(name, options)
        self.ears = _Ears(self.agent)
        toolbox = self.agent.loop.toolbox
        names = [each for each in toolbox.names() if each != SEND_MESSAGE]
        super().__init__(
            tools=[_MemoryTool(each, toolbox) for each in names],
            observers=[observer(ModelRequest, self._hear), observer(ModelResponse, self._record)],
        )
        self.add_policy(_CoreMemory(self.agent))

    async def _hear(self, event: ModelRequest, context: Context) -> None:
        """Store a request. In a channel, words come by envelopes; here is only what else was put in."""
        if await self.ears.of(context) is None or isinstance(event, DrainedModelRequest):
            await self.agent.hear(*_heard(event, str(context.stream.id), _speaker(context)))

    async def _record(self, event: ModelResponse, context: Context) -> None:
        """Store what the agent said. In a channel, it is stored when it is sent."""
        if event.content and await self.ears.of(context) is None:
            await self.agent.hear(_said(event, str(context.stream.id), own=True))


async def attach(client: AgentClient, memory: MemGPTModel | MemGPTPlugin) -> None:
    """Let an agent hear all that is said in its channels, also while it is silent, and what it missed.

    Call it after the hub's `register`, and after `HubClient.attach` where the hub was opened again. What the
    agent sends by code is stored as said; what the hub refuses is not. Without this call, an agent with
    this memory hears its channels from its first turn in one of them on.

    Raises `ConfigurationError` where the client's agent is another one.
    """
    if client.agent.name != memory.agent.name:
        raise ConfigurationError(
            f"agent '{client.agent.name}' cannot hear with the memory of '{memory.agent.name}'; give it one "
            "of its own."
        )
    await (await memory.ears.attach(client)).catch_up()


class _Client(LLMClient):
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
        chat = str(context.stream.id) if ear is None else _channel(context).channel_id
        delivery = uuid.uuid4().hex if ear is None else ear.answers(chat)
        shown = _Shown(context, thoughts=model.show_thoughts)
        async with model.one_turn():
            await self._hear(messages, context, chat, ear)
            turn = agent.turn(
                await self._results(messages),
                chat=chat,
                delivery=delivery,
                instructions="\n\n".join(filter(None, instructions)),
                foreign=foreign,
                owes_answer=await model.owes(ear, context),
                streams=agent.loop.model_call.stream and ear is None,
            )
            async with aclosing(turn):
                events = [await shown.publish(event) async for event in turn]
        answer = agent.collected(events)
        return await self._respond(answer, context, ear, chat, delivery)

    async def _hear(
        self, messages: Sequence[BaseEvent], context: ConversationContext, chat: str, ear: _Ear | None
    ) -> None:
        """Store what is new. In a channel, words come by envelopes; here is only what else was put in."""
        agent, speaker = self._model.agent, _speaker(context)
        first = len(messages) if self._first is None else self._first
        self._first = first
        if ear is not None:
            await ear.hear_channel(chat)
            put_in = [event for event in messages[:first] if isinstance(event, DrainedModelRequest)]
            await agent.hear(*_lines([*put_in, *messages[first:]], chat, speaker, requests=True))
            return
        answers = [place for place, event in enumerate(messages, 1) if isinstance(event, ModelResponse)]
        answered = answers[-1] if answers else 0
        earlier = list(_lines(messages[:answered], chat, speaker))
        await agent.hear_history(earlier, list(_lines(messages[answered:], chat, speaker)))

    async def _results(self, messages: Sequence[BaseEvent]) -> list[Message]:
        """Return the results that the agent waits for."""
        results = {each.parent_id: each for each in _tool_results(messages)}
        if not results:
            return []
        waiting = await in_thread(self._model.agent.waiting)
        return [_result(call, results[given]) for given, call in waiting.items() if given in results]

    async def _respond(
        self, answer: Answer, context: ConversationContext, ear: _Ear | None, chat: str, delivery: str
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


class _Shown:
    """Publishes a turn while it goes on: thoughts and parts of the words, where they are wanted."""

    def __init__(self, context: ConversationContext, *, thoughts: bool) -> None:
        self._context = context
        self._thoughts = thoughts
        self._written = self._shown = self._between = ""

    async def publish(self, event: RunEvent) -> RunEvent:
        if isinstance(event, Thought) and self._thoughts:
            await self._context.send(ModelReasoning(event.text))
        elif isinstance(event, ReplyPart):
            self._written = event.text if event.anew else self._written + event.text
            await self._show(self._written)
        elif isinstance(event, Replied) and (self._shown or self._between):
            await self._show(event.text)
            self._written, self._shown, self._between = "", "", "\n"
        return event

    async def _show(self, text: str) -> None:
        """Publish what is new of the words so far. What was published cannot be taken back."""
        if text != self._shown and text.startswith(self._shown):
            new = self._between + text[len(self._shown) :]
            self._shown, self._between = text, ""
            await self._context.send(ModelMessageChunk(new))


class _Ears:
    """The ears of one agent: one for each of its registrations at a hub."""

    def __init__(self, agent: HostedAgent) -> None:
        self._agent = agent
        self._ears: WeakValueDictionary[int, _Ear] = WeakValueDictionary()

    async def attach(self, client: AgentClient) -> _Ear:
        ear = self._ears.get(id(client))
        if ear is None:
            ear = self._ears[id(client)] = _Ear(client, self._agent)
            await ear.listen()
        return ear

    async def of(self, context: ConversationContext) -> _Ear | None:
        """Return the ear for the channel in which this happens; None outside of channels."""
        client = context.dependencies.get(AGENT_CLIENT_DEP)
        # an agent that is another's tool gets the dependencies of that one
        if client is None or client.agent is not context.dependencies.get(AGENT_CONTEXT_DEPENDENCY_KEY):
            return None
        ear = await self.attach(client)
        if not ear.caught_up:
            try:
                await ear.catch_up()
            except StorageError as error:
                logger.warning("%s cannot see yet what it missed: %s", self._agent.name, error)
        return ear


# the envelope that this code handles
_handled: ContextVar[Envelope | None] = ContextVar("_handled", default=None)


class _Ear:
    """Stores what an agent hears and says at one hub, in the order in which it does."""

    def __init__(self, client: AgentClient, agent: HostedAgent) -> None:
        self.caught_up = False
        self._client = client
        self._agent = agent
        self._hub = client._hub_client  # noqa: SLF001 - ag2's own handlers and tools have no other way either
        self._deliver, self._post = client.receive, client.send_envelope
        self._lock = asyncio.Lock()
        self._adapters: dict[str, ChannelAdapter] = {}
        self._unsent: dict[str, tuple[str, str]] = {}
        """The channel and the words of each turn that ended, until they are sent."""

    async def listen(self) -> None:
        """Hear and record from now on."""
        # whatever handler is set, and whichever tool sends: all goes through these two
        self._client.receive = self.receive  # type: ignore[method-assign]
        self._client.send_envelope = self.send  # type: ignore[method-assign]
        rule = self._client.rule
        inbox = rule.limits.inbox
        if inbox == type(inbox)():
            # by default, the hub refuses what others send once an agent was silent for 1,000 messages
            limits = replace(rule.limits, inbox=replace(inbox, max_pending=0))
            await self._client.set_rule(replace(rule, limits=limits))

    async def receive(self, envelope: Envelope) -> None:
        async with self._lock:
            await self._hear([envelope])
        token = _handled.set(envelope)
        try:
            await self._deliver(envelope)
        finally:
            _handled.reset(token)
            await self._settle(ANSWER + envelope.envelope_id)

    async def send(self, envelope: Envelope) -> str:
        async with self._lock:
            text = await self._own_words(envelope)
            turn = self._turn_of(envelope, text)
            try:
                given = await self._post(envelope)
            except Exception:
                await self._unsay(turn)
                raise
            await self._record(envelope, given, text, turn)
        return given

    async def catch_up(self) -> None:
        """Read the channels' logs: store what is new, and take back what was never sent."""
        async with self._lock:
            channels = await self._hub.list_channels(
                agent_id=self._client.agent_id, include_terminal=True, limit=MOST_CHANNELS
            )
            logs = [await self._hub.read_wal(each.channel_id) for each in channels]
            envelopes = sorted(chain.from_iterable(logs), key=lambda each: each.envelope_id)
            await self._hear(envelopes)
            if not self.caught_up:
                sent = {ANSWER + (each.causation_id or "") for each in envelopes if self._is_own(each)}
                await self._take_back_all_but(sent, {each.channel_id for each in channels})
            self.caught_up = True

    async def hear_channel(self, channel: str) -> None:
        """Store what a channel's log has by now: a turn may begin before the newest of it is delivered."""
        async with self._lock:
            await self._hear(await self._hub.read_wal(channel))

    async def may_rest(self, channel: Channel) -> bool:
        """Return whether nobody waits for an answer: two agents talk, without an order of turns."""
        if channel.metadata.manifest.type != CONVERSATION_TYPE:
            return False
        others = [each for each in channel.metadata.participant_ids() if each != self._client.agent_id]
        return "human" not in [(await self._hub.get_agent(each)).effective_kind for each in others]

    def answers(self, channel: str) -> str:
        """Return the id of what a turn in this channel says."""
        handled = _handled.get()
        here = handled is not None and handled.channel_id == channel
        return ANSWER + (handled.envelope_id if handled and here else uuid.uuid4().hex)

    def said(self, turn: str, channel: str, text: str) -> None:
        """Keep in mind what a turn said, until it is sent."""
        if text:
            self._unsent[turn] = channel, text

    def _is_own(self, envelope: Envelope) -> bool:
        return envelope.sender_id == self._client.agent_id

    async def _hear(self, envelopes: Iterable[Envelope]) -> None:
        heard = []
        for each in envelopes:
            if not visible_to(each, self._client.agent_id):
                continue
            answer = ANSWER + (each.causation_id or "")
            # what a turn said is stored already
            if not self._is_own(each) or not await in_thread(partial(self._agent.hearing.knows, answer)):
                heard.append(await self._message(each))
        await self._agent.hear(*(each for each in heard if each.text))

    async def _message(self, envelope: Envelope) -> Message:
        """Return the words of an envelope, and who says them."""
        extra = {DELIVERY: envelope.envelope_id, CHAT: [envelope.channel_id]}
        time = _time(envelope.created_at)
        if self._is_own(envelope):
            return Message("assistant", await self._own_words(envelope), "spoken", time=time, extra=extra)
        text, content = _content(await self._parts(envelope))
        name = self._hub.name_for(envelope.sender_id)
        return Message("user", text, "message", name, time=time, extra=extra | content)

    async def _own_words(self, envelope: Envelope) -> str:
        if envelope.event_type == EV_PACKET:
            return str(envelope.event_data.get("body") or "")
        return _content(await self._parts(envelope))[0]

    async def _parts(self, envelope: Envelope) -> list[Input]:
        """Return what others read in an envelope. Who speaks next is no news without a reason."""
        given = envelope.event_data
        if envelope.event_type == EV_PACKET and not (given.get("routing") or {}).get("reason"):
            return [TextInput(str(given.get("body") or ""))]
        channel = envelope.channel_id
        if channel not in self._adapters:
            self._adapters[channel] = self._hub.adapter_for_metadata(await self._hub.get_channel(channel))
        return ensure_parts(self._adapters[channel].render_envelope(envelope))

    def _turn_of(self, envelope: Envelope, text: str) -> str:
        """Return the id of the turn whose words this envelope sends; empty where it is sent by code."""
        answer = ANSWER + (envelope.causation_id or "")
        if answer in self._unsent:
            return answer
        same = [turn for turn, said in self._unsent.items() if said == (envelope.channel_id, text)]
        return same[0] if same else ""

    async def _record(self, envelope: Envelope, given: str, text: str, turn: str) -> None:
        """Store what was sent, where it is not what a turn said."""
        if turn and self._unsent[turn][1] == text:
            del self._unsent[turn]
            return
        await self._unsay(turn)
        if text:
            extra = {DELIVERY: given, CHAT: [envelope.channel_id]}
            await self._agent.hear(Message("assistant", text, "spoken", extra=extra))

    async def _unsay(self, turn: str) -> None:
        """Take back what a turn said, which nobody heard."""
        if self._unsent.pop(turn, None) is not None:
            await self._agent.take_back(turn)

    async def _settle(self, turn: str) -> None:
        """Take back what a turn said where it was not sent."""
        if turn not in self._unsent:
            return
        try:
            log = await self._hub.read_wal(self._unsent[turn][0])
        except Exception as error:  # noqa: BLE001 - the hub's store is the user's
            logger.warning("%s cannot see whether its words were sent: %s", self._agent.name, error)
            return
        if any(self._is_own(each) and ANSWER + (each.causation_id or "") == turn for each in log):
            del self._unsent[turn]
        else:
            await self._unsay(turn)

    async def _take_back_all_but(self, sent: set[str], channels: set[str]) -> None:
        """Take back what was said in these channels and not sent: the process ended in between."""
        unsent = set()
        for entry in await in_thread(self._agent.memory.queue.entries):
            turn = str(entry.message.extra.get(DELIVERY))
            if turn.startswith(ANSWER) and chat_of(entry.message) in channels:
                unsent.add(turn)
        for turn in sorted(unsent - sent - {*self._unsent}):
            await self._agent.take_back(turn)


class _CoreMemory:
    """The policy that shows an agent with another model its core memory, and what it can search."""

    name = "core_memory"

    def __init__(self, agent: HostedAgent) -> None:
        self._agent = agent

    async def apply(
        self,
        prompts: list[str],
        events: list[BaseEvent],
        context: ConversationContext,  # noqa: ARG002
    ) -> tuple[list[str], list[BaseEvent]]:
        try:
            return [*prompts, await in_thread(self._text)], events
        except StorageError as error:
            logger.warning("%s does not see its memory in this prompt: %s", self._agent.name, error)
            return prompts, events

    def _text(self) -> str:
        memory = self._agent.memory
        outside = memory.prompt.outside.text(memory.log.last_seq(*CHANGES), brief=False)
        return "\n\n".join([prompt("host_memory"), core_memory_text([*memory.core]), outside])


class _MemoryTool(Tool):
    """A function of memory as a tool of ag2, with its own schema."""

    def __init__(self, name: str, toolbox: Toolbox) -> None:
        self.name = name
        self._toolbox = toolbox

    def __deepcopy__(self, memo: dict[int, Any]) -> _MemoryTool:
        return self  # ag2 copies the tools of an agent, but a memory is one

    async def schemas(self, context: Context) -> list[ToolSchema]:  # noqa: ARG002
        offered = await in_thread(self._toolbox.offered)
        schemas = [each.schema(heartbeat=False, thoughts=False) for each in offered if each.name == self.name]
        return [FunctionToolSchema.from_dict(copy.deepcopy(dict(each))) for each in schemas]

    def register(
        self,
        stack: ExitStack | AsyncExitStack,
        context: Context,
        *,
        middleware: Iterable[BaseMiddleware] = (),
    ) -> None:
        execution: ToolExecution = self._run
        for each in middleware:
            execution = partial(each.on_tool_execution, execution)

        async def execute(event: ToolCallEvent, context: Context) -> None:
            if event.name == self.name:
                await context.send(await execution(event, context))

        stack.enter_context(context.stream.where(ToolCallEvent).sub_scope(execute))

    async def _run(
        self,
        event: ToolCallEvent,
        context: ConversationContext,  # noqa: ARG002
    ) -> ToolResultType:
        reading = self._toolbox.read(ToolCall(event.id, event.name, event.arguments or "{}"))
        outcome = await in_thread(partial(self._toolbox.run, reading))
        return ToolResultEvent.from_call(event, outcome.text)


def _channel(context: ConversationContext) -> Channel:
    channel: Channel = context.dependencies[CHANNEL_DEP]
    return channel


def _speaker(context: ConversationContext) -> str:
    return str(context.variables.get(SPEAKER) or "user")


def _lines(
    events: Iterable[BaseEvent], chat: str, speaker: str, *, requests: bool = False
) -> Iterator[Message]:
    """Yield what these events say, or only the requests among them."""
    for event in events:
        if isinstance(event, ModelRequest):
            yield from _heard(event, chat, speaker)
        elif isinstance(event, ModelResponse) and event.content and not requests:
            # a response without a provider is a tool's, or came back from a client: the agent has said it
            yield _said(event, chat, own=event.provider in (PROVIDER, None))


def _heard(event: ModelRequest, chat: str, speaker: str) -> Iterator[Message]:
    """Yield the words of a request, by speaker."""
    time = _time(event.created_at)
    groups = groupby(event.parts, key=lambda part: str((part.metadata or {}).get(SPEAKER) or speaker))
    for place, (name, parts) in enumerate(groups):
        text, content = _content(parts)
        extra = {DELIVERY: f"{_id(event, text)}/{place}", CHAT: [chat], **content}
        yield Message("user", text, "message", name, time=time, extra=extra)


def _said(event: ModelResponse, chat: str, *, own: bool) -> Message:
    """Return the words of a response: the agent's own, or those of an agent whose name nobody knows."""
    text = event.content or ""
    given = event.response_id if own and event.provider == PROVIDER else None
    extra = {DELIVERY: given or _id(event, text), CHAT: [chat]}
    time = _time(event.created_at)
    if own:
        return Message("assistant", text, "spoken", time=time, extra=extra)
    return Message("user", text, "message", "assistant", time=time, extra=extra)


def _id(event: BaseEvent, text: str) -> str:
    """Return what an event is known by, also when its stream was stored and loaded under another id."""
    return f"{event.created_at!r}/{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _time(given: float | str) -> datetime:
    """Return a time of ag2; now where it is not known."""
    try:
        if isinstance(given, str):
            return datetime.fromisoformat(given.replace("Z", "+00:00")).astimezone(timezone.utc)
        return datetime.fromtimestamp(given, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return now()


def _content(parts: Iterable[Input]) -> tuple[str, dict[str, Any]]:
    """Return the words of inputs, and with images also their `content` for a message's `extra`."""
    words: list[str] = []
    content: list[dict[str, Any]] = []
    images = 0
    for part in parts:
        image = _image(part)
        if image is not None:
            images += 1
            words.append(image.describe(images))
            content.append(image.part())
        elif text := _words(part):
            words.append(text)
            content.append({"type": "text", "text": text})
    return "\n".join(words), {"content": content} if images else {}


def _image(part: Input) -> Image | None:
    if isinstance(part, UrlInput) and part.kind == BinaryType.IMAGE:
        return image_in({"type": "image_url", "image_url": {"url": part.url}})
    if isinstance(part, BinaryInput) and str(part.media_type).startswith("image/"):
        return Image.from_bytes(part.data, str(part.media_type))
    return None


def _words(part: Input) -> str:
    """Return a part as text; what is no text is named in brackets."""
    if isinstance(part, TextInput):
        return part.content
    if isinstance(part, DataInput):
        return part.data if isinstance(part.data, str) else to_json(part.data, fallback=str).decode()
    if isinstance(part, UrlInput):
        return f"[{part.kind.value}: {part.url}]"
    if isinstance(part, BinaryInput):
        return f"[{part.kind.value}: {part.vendor_metadata.get('filename') or part.media_type}]"
    if isinstance(part, FileIdInput):
        return f"[file: {part.filename or part.file_id}]"
    return f"[{type(part).__name__}]"


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


def _tool_results(events: Iterable[BaseEvent]) -> Iterator[ToolResultEvent]:
    for event in events:
        if isinstance(event, ToolResultsEvent):
            yield from event.results
        elif isinstance(event, ToolResultEvent):
            yield event


def _result(call: ToolCall, event: ToolResultEvent) -> Message:
    if isinstance(event, ToolErrorEvent):
        return Message.result_of(call, f"{type(event.error).__name__}: {event.error}", ok=False)
    return Message.result_of(call, _content(event.result.parts)[0])


def _usage(usage: protocols.Usage) -> Usage:
    if not usage.prompt_tokens and not usage.completion_tokens:
        return Usage()
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        cache_read_input_tokens=usage.cached_tokens or None,
    )
