"""The agent as a chat client: a stock `Agent` of agent-framework has it as its model."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Literal, TypeVar, cast, get_args

from agent_framework import (
    Agent,
    AgentSession,
    BaseChatClient,
    ChatMiddlewareLayer,
    ChatOptions,
    ChatResponseUpdate,
    Content,
    FunctionInvocationConfiguration,
    FunctionInvocationLayer,
)
from agent_framework import Message as HostMessage
from agent_framework.observability import ChatTelemetryLayer
from typing_extensions import Unpack

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import ConfigurationError, StorageError, TakenError
from memgpt_autogen.events import Replied, Suspended, Thought, TurnEnded
from memgpt_autogen.hosts.agent_framework.content import (
    HEARD,
    Known,
    Overheard,
    Speech,
    is_history,
    read_instructions,
    read_results,
    read_said,
    read_tools,
    required_tool,
    usage_details,
)
from memgpt_autogen.hosts.core import HostedAgent, in_thread
from memgpt_autogen.hosts.hearing import DELIVERY, PAST, chat_of, in_chat
from memgpt_autogen.hosts.options import AgentOptions, open_agent
from memgpt_autogen.hosts.past import (
    Place,
    heard_since,
    is_finished,
    is_same,
    said_since,
    taken_back,
    unheard,
    unheard_history,
)
from memgpt_autogen.llm.asking import SAMPLING
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.memory.storage.agents import stored_agent_names
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message, ToolCall

T = TypeVar("T")

OnResume = Literal["say", "fork", "continue"]

# the sentinel of agents that keep their history themselves
_LOCAL = "agent_framework_local_history_persistence"

_REQUIRED = "In this turn you must call {} before you say anything."
_ONE_CALL = "Not run: here, one function can be called at a time. Call it again if it is still needed."


class MemGPTClient(
    FunctionInvocationLayer[Any],
    ChatMiddlewareLayer[Any],
    ChatTelemetryLayer[Any],
    BaseChatClient[ChatOptions[Any]],
):
    """An agent with memory as the client of a stock `Agent`: each request is a whole turn of it.

    The agent's memory is in the home, so sessions need no history: a session is a conversation, and all
    sessions of a client are one memory. The host's tools and handoffs are called through the host. Memory
    functions and thoughts are not shown; with `thoughts`, thoughts are reasoning content.

    `on_resume` says what happens where a session or a checkpoint from the past is resumed, so that the agent
    remembers what the others do not know: it is told so (`say`); a fork of it goes on, with the memory of
    that time (`fork`); or nothing (`continue`).
    """

    OTEL_PROVIDER_NAME: ClassVar[str] = "memgpt_autogen"
    STORES_BY_DEFAULT: ClassVar[bool] = True

    def __init__(
        self,
        name: str,
        *,
        on_resume: OnResume = "say",
        thoughts: bool = False,
        middleware: Sequence[Any] | None = None,
        function_invocation_configuration: FunctionInvocationConfiguration | None = None,
        additional_properties: dict[str, Any] | None = None,
        **options: Unpack[AgentOptions],
    ) -> None:
        if on_resume not in get_args(OnResume):
            raise ConfigurationError(
                f"on_resume is {on_resume!r}; it is one of {', '.join(map(repr, get_args(OnResume)))}."
            )
        self.hosted = open_agent(name, options)
        super().__init__(
            middleware=middleware,
            function_invocation_configuration=function_invocation_configuration,
            additional_properties=additional_properties,
        )
        self.name = name
        self.on_resume = on_resume
        self.thoughts = thoughts
        self._options = options
        self._own_names = {name, self.hosted.memory.called or name}
        self._forks: dict[str, HostedAgent] = {}
        self._known = Known()
        # the events of a workflow are read while its members hear
        self._lock = Lock(f"what agent '{name}' hears", reentrant=True)
        self._ended: dict[str, int] = {}
        """The newest entry of the log at the end of the last turn in each conversation."""
        self._overheard: dict[str, list[Overheard]] = {}
        """What was overheard in each conversation and may still be delivered."""
        self._begun: dict[str, list[Message]] = {}
        """The words with which the run of a workflow began, which may come again as copies."""
        self._ahead: dict[str, list[Entry]] = {}
        """What was heard in a conversation after the point at which it was resumed."""
        self._moved: dict[str, Place] = {}
        """Where a conversation goes on that was taken back while the agent was silent."""

    @property
    def model(self) -> str:
        """The name of the language model."""
        return self.hosted.loop.llm.model

    def as_agent(self, *, name: str | None = None, **options: Any) -> Agent[ChatOptions[Any]]:
        """Return a stock agent with this client; its name is that of the memory unless another is given."""
        return super().as_agent(name=name or self.name, **options)

    def get_response(self, messages: Sequence[HostMessage], **options: Any) -> Any:
        """Answer as any chat client does."""
        given = dict(options.pop("client_kwargs", None) or {})
        session = given.get("session")
        # the layers below do not pass the session on
        given["memgpt_chat"] = session.session_id if isinstance(session, AgentSession) else ""
        return super().get_response(messages, client_kwargs=given, **options)

    async def hear(
        self, messages: str | HostMessage | Sequence[HostMessage], *, session: AgentSession | None = None
    ) -> list[HostMessage]:
        """Store what was said while the agent is silent. Returns the messages, marked as stored.

        One message is new, unless it was overheard before; several are compared with the conversation.
        """
        given = [HostMessage("user", [messages])] if isinstance(messages, str) else messages
        delivered = [given] if isinstance(given, HostMessage) else list(given)
        place, chat = self._where(session)
        await in_thread(partial(self._locked, self._hear, delivered, place, chat))
        if session is not None and chat in self._moved:
            session.service_session_id = str(self._moved[chat])
        return [_marked(each, self._mark(chat)) for each in delivered]

    async def overhear(
        self, messages: Sequence[HostMessage], *, session: AgentSession, begins: bool = False
    ) -> None:
        """Store what others said, as the events of a workflow show it, where it was not delivered yet.

        The words with which a run `begins` may come again in this run as copies.
        """
        where = self._where(session)
        await in_thread(partial(self._locked, self._overhear, messages, *where, begins=begins))

    async def delivered_through(self, session: AgentSession) -> int:
        """Return the newest entry of the log before all that was overheard and not delivered in a session."""
        return await in_thread(partial(self._locked, self._delivered_through, *self._where(session)))

    async def resume(
        self, session: AgentSession, seq: int | None = None, kept: Sequence[HostMessage] = ()
    ) -> None:
        """Expect what was heard after `seq` again, since a workflow goes on from a checkpoint.

        Without it, that is what was heard after the agent's last turn in the session, and after what the
        checkpoint has `kept` for its next one.
        """
        place, chat = self._where(session)
        start = Place(self.name if place is None else place.agent, chat, seq or (place.seq if place else 0))
        await in_thread(partial(self._locked, self._expect, start, kept if seq is None else ()))

    def _update_agent_name_and_description(self, name: str | None, description: str | None) -> None:  # noqa: ARG002
        """Learn the name under which the host's agents say what this one says."""
        if name:
            self._own_names.add(name)

    def _inner_get_response(
        self,
        *,
        messages: Sequence[HostMessage],
        stream: bool,
        options: Mapping[str, Any],
        memgpt_chat: str = "",
        **_: Any,
    ) -> Any:
        updates = self._updates(messages, options, memgpt_chat, streams=stream)
        shape = options.get("response_format")
        return (
            self._build_response_stream(updates, response_format=shape)
            if stream
            else self._whole(updates, shape)
        )

    async def _whole(self, updates: AsyncIterator[ChatResponseUpdate], shape: Any) -> Any:
        return self._finalize_response_updates([update async for update in updates], response_format=shape)

    async def _updates(
        self, messages: Sequence[HostMessage], options: Mapping[str, Any], chat: str, *, streams: bool
    ) -> AsyncIterator[ChatResponseUpdate]:
        """Run a turn; yield what it says and calls, its usage, and where in the conversation it ended."""
        options = await self._validate_options(options)
        shape = options.get("response_format")
        asked = await in_thread(partial(self._locked, self._ask, messages, options, chat))
        agent = asked.agent.shaped(shape)
        delivery = uuid.uuid4().hex
        speech = Speech(delivery, joined=agent is asked.agent)
        calls: tuple[ToolCall, ...] = ()
        events = agent.turn(
            asked.inputs,
            chat=asked.chat,
            delivery=delivery,
            instructions=asked.instructions,
            foreign=asked.foreign,
            sampling={key: options[key] for key in SAMPLING if options.get(key) is not None},
            streams=streams,
        )
        async with aclosing(events):
            async for event in events:
                update = speech.update(event)
                if isinstance(event, Replied) and streams:
                    update = update or ChatResponseUpdate(role="assistant", message_id=delivery)
                    update.conversation_id = str(await in_thread(partial(self._now, asked)))
                if isinstance(event, Thought) and self.thoughts:
                    thought = Content.from_text_reasoning(text=event.text)
                    yield ChatResponseUpdate(role="assistant", contents=[thought], message_id=delivery)
                if update is not None:
                    yield update
                if isinstance(event, Suspended):
                    calls = event.calls
                if isinstance(event, TurnEnded):
                    usage = Content.from_usage(usage_details(event.usage))
                    yield ChatResponseUpdate(role="assistant", contents=[usage], message_id=delivery)
        for call in await self._allowed(agent, calls, options):
            content = Content.from_function_call(call.id, call.name, arguments=call.arguments)
            yield ChatResponseUpdate(role="assistant", contents=[content], message_id=delivery)
        yield ChatResponseUpdate(
            role="assistant",
            message_id=delivery,
            response_id=delivery,
            model=agent.loop.llm.model,
            finish_reason="tool_calls" if calls else "stop",
            conversation_id=str(await in_thread(partial(self._now, asked))),
        )

    async def _allowed(
        self, agent: HostedAgent, calls: Sequence[ToolCall], options: Mapping[str, Any]
    ) -> Sequence[ToolCall]:
        """Return the calls that the host runs; the others get a result that says why not."""
        if options.get("allow_multiple_tool_calls") is not False or len(calls) < 2:
            return calls
        await agent.record_own(*(Message.result_of(call, _ONE_CALL, ok=False) for call in calls[1:]))
        return calls[:1]

    def _ask(self, messages: Sequence[HostMessage], options: Mapping[str, Any], chat: str) -> _Asked:
        """Find out what is new of a request, and to whom and about what it is."""
        conversation = options.get("conversation_id")
        place = Place.read(conversation)
        if place is not None:
            chat = place.chat
        elif isinstance(conversation, str) and conversation and conversation != _LOCAL:
            chat = conversation
        agent = self._agent_in(place, chat)
        foreign = read_tools(options, self.name)
        instructions = read_instructions(messages, options.get("instructions"))
        if required := required_tool(options, foreign):
            instructions = f"{instructions}\n\n{_REQUIRED.format(required)}".strip()
        told = self._told(messages, chat)
        try:
            if place is not None:
                agent = self._resumed(agent, place)
            past = self._past(agent, chat)
            results = list(read_results(messages, agent.waiting()))
            new = self._new(told, past, chat)
            if not new and not results and told and self._is_said_anew(told[-1], past, place, chat):
                new = [replace(told[-1][1], extra={**told[-1][1].extra, DELIVERY: uuid.uuid4().hex})]
        except StorageError:
            agent.hearing.hear_conversation([said for _, said in told], chat)  # the turn says why it fails
            results, new = [], []
        self._known.add(messages, chat)
        self._overheard.pop(chat, None)
        return _Asked(agent, chat, (*results, *new), instructions, tuple(foreign))

    def _hear(self, delivered: Sequence[HostMessage], place: Place | None, chat: str) -> None:
        agent = self._agent_in(place, chat)
        told = self._told(delivered, chat)
        if len(told) == 1:
            self._hear_one(agent, *told[0], chat)
        else:
            try:
                new = self._new(told, self._past(agent, chat), chat)
            except StorageError:
                agent.hearing.hear_conversation([said for _, said in told], chat)
            else:
                agent.hearing.hear(new)
        self._known.add(delivered, chat)

    def _hear_one(self, agent: HostedAgent, message: HostMessage, said: Message, chat: str) -> None:
        overheard = self._overheard.setdefault(chat, [])
        place = next((place for place, each in enumerate(overheard) if each.is_of(message)), None)
        if place is None and not self._echoes(said, chat):
            self._store(agent, said, chat)
        # what was overheard before it is not delivered any more
        del overheard[: len(overheard) if place is None else place + 1]

    def _overhear(
        self, messages: Sequence[HostMessage], place: Place | None, chat: str, *, begins: bool
    ) -> None:
        if begins:
            self._begun[chat] = []
        for each, said in self._told(messages, chat):
            if said.role == "assistant" or self._known.has(each, chat):
                continue
            self._known.add([each], chat)
            if not begins and self._echoes(said, chat):
                continue
            self._store(self._agent_in(place, chat), said, chat)
            if begins:
                self._begun[chat].append(said)
            overheard = self._overheard.setdefault(chat, [])
            overheard.append(Overheard(each, str(said.extra[DELIVERY])))
            del overheard[:-PAST]

    def _echoes(self, said: Message, chat: str) -> bool:
        """Return whether these are words with which the run began, for the first time."""
        begun = self._begun.get(chat, [])
        place = next((place for place, each in enumerate(begun) if is_same(each, said)), None)
        if place is not None:
            del begun[place]
        return place is not None

    def _store(self, agent: HostedAgent, said: Message, chat: str) -> None:
        """Store one message. What was heard before a workflow was resumed is not stored again."""
        for place, entry in enumerate(ahead := self._ahead.get(chat, [])):
            if is_same(entry.message, said):
                del ahead[: place + 1]
                return
        if ahead:
            del self._ahead[chat]
            start = Place(agent.name, chat, ahead[0].seq - 1)
            agent = self._taken_back(agent, start)
            self._moved[chat] = replace(start, agent=agent.name)
        agent.hearing.hear([said])

    def _locked(self, work: Callable[..., T], *arguments: Any, **options: Any) -> T:
        with self._lock:
            return work(*arguments, **options)

    def _expect(self, start: Place, kept: Sequence[HostMessage]) -> None:
        self._moved.pop(start.chat, None)
        self._overheard.pop(start.chat, None)
        with suppress(StorageError):
            ahead = heard_since(self._agent_of(start).memory, start)
            for _, said in self._told(kept, start.chat):
                place = next(
                    (place for place, entry in enumerate(ahead) if is_same(entry.message, said)), None
                )
                if place is not None:
                    ahead = ahead[place + 1 :]
            self._ahead[start.chat] = ahead

    def _delivered_through(self, place: Place | None, chat: str) -> int:
        agent = self._agent_in(place, chat)
        waiting = {each.delivery for each in self._overheard.get(chat, ())}
        with suppress(StorageError):
            entries = self._past(agent, chat) if waiting else ()
            first = next((each.seq for each in entries if each.message.extra.get(DELIVERY) in waiting), 0)
            return first - 1 if first else agent.memory.log.last_seq()
        return 0

    def _where(self, session: AgentSession | None) -> tuple[Place | None, str]:
        """Return the point and the conversation of a session."""
        place = Place.read(None if session is None else session.service_session_id)
        return place, place.chat if place else "" if session is None else session.session_id

    def _told(self, messages: Iterable[HostMessage], chat: str) -> list[tuple[HostMessage, Message]]:
        """Return what somebody says in messages of the host, with those messages."""
        read = ((each, read_said(each, self._own_names)) for each in messages)
        return [(each, in_chat(said, chat)) for each, said in read if said is not None]

    def _new(
        self, told: Sequence[tuple[HostMessage, Message]], past: Sequence[Entry], chat: str
    ) -> list[Message]:
        """Return what is new of a delivery."""
        history = [said for each, said in told if is_history(each)]
        delivered = [said for each, said in told if not is_history(each)]
        compared = [*unheard_history(history, past), *unheard(delivered, past, self.name)]
        again = [self._is_marked(each, chat) or self._known.has(each, chat) for each, _ in told]
        new = set(map(id, compared))
        return [said for (_, said), old in zip(told, again, strict=True) if id(said) in new and not old]

    def _mark(self, chat: str) -> str:
        return f"{self.hosted.memory.log.agent_id}/{chat}"

    def _is_marked(self, message: HostMessage, chat: str) -> bool:
        """Return whether `hear` has stored it in this conversation."""
        return bool(message.additional_properties.get(HEARD) == self._mark(chat))

    def _past(self, agent: HostedAgent, chat: str) -> list[Entry]:
        agent.hearing.store()
        tail = agent.memory.log.spoken_tail(PAST)
        return [entry for entry in tail if chat_of(entry.message) == chat]

    def _is_said_anew(
        self, told: tuple[HostMessage, Message], past: Sequence[Entry], place: Place | None, chat: str
    ) -> bool:
        """Return whether the last of known words are said anew: the agent has acted on them already."""
        message, said = told
        ended = max(self._ended.get(chat, 0), place.seq if place else 0)
        delivered = not (is_history(message) or self._is_marked(message, chat))
        return delivered and said.role != "assistant" and is_finished(past, ended)

    def _now(self, asked: _Asked) -> Place:
        """Return the point in a conversation that the host knows now."""
        with suppress(StorageError):  # the host then knows an earlier one
            self._ended[asked.chat] = asked.agent.memory.log.last_seq()
        return Place(asked.agent.name, asked.chat, self._ended.get(asked.chat, 0))

    def _agent_in(self, place: Place | None, chat: str) -> HostedAgent:
        """Return the agent of a conversation, also where it has moved to a fork since the host last heard."""
        return self._agent_of(self._moved.get(chat, place))

    def _agent_of(self, place: Place | None) -> HostedAgent:
        """Return the agent of a conversation: this one, or a fork of it."""
        if place is None or place.agent == self.name:
            return self.hosted
        if place.agent not in self._forks:
            self._forks[place.agent] = self._open_fork(place.agent)
        return self._forks[place.agent]

    def _open_fork(self, name: str) -> HostedAgent:
        memory = self.hosted.memory
        if name in stored_agent_names(memory.log.database) and "memory" not in self._options:
            kept = ("persona", "human", "blocks", "ephemeral")
            options = {key: value for key, value in self._options.items() if key not in kept}
            fork = open_agent(name, cast(AgentOptions, options))
            sources = [entry.message.extra for entry in fork.memory.log.changes()]
            if any(each.get("what") == "fork" and each.get("source") == self.name for each in sources):
                return fork
        raise ConfigurationError(
            f"a session is of agent '{name}', which is no fork of agent '{self.name}' in this home. Give the "
            f"session to a client of agent '{name}', or begin a new session."
        )

    def _resumed(self, agent: HostedAgent, place: Place) -> HostedAgent:
        """Return the agent that goes on from this point."""
        return self._taken_back(agent, place) if said_since(agent.memory, place) else agent

    def _taken_back(self, agent: HostedAgent, place: Place) -> HostedAgent:
        """Return the agent that goes on from a point that is past: it is told so, or it is a fork."""
        if self.on_resume == "continue":
            return agent
        if self.on_resume == "fork":
            return self._fork(place, agent)
        agent.hearing.record_own(taken_back(agent.memory, place))
        return agent

    def _fork(self, place: Place, agent: HostedAgent) -> HostedAgent:
        number = 2
        while True:
            name = f"{self.name[:56]}-{number}"
            try:
                memory = agent.memory.fork(name, at=place.seq)
            except TakenError:
                number += 1
            else:
                break
        of_memory = ("persona", "human", "blocks", "embedder", "archive", "ephemeral", "owner", "home")
        options = {key: value for key, value in self._options.items() if key not in of_memory}
        self._forks[name] = open_agent(name, cast(AgentOptions, {**options, "memory": memory}))
        return self._forks[name]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as the agent takes it."""

    agent: HostedAgent
    chat: str
    inputs: tuple[Message, ...]
    instructions: str
    foreign: tuple[ToolSchema, ...]


def _marked(message: HostMessage, mark: str) -> HostMessage:
    """Return a copy of the message that says where it is stored."""
    marked = copy(message)
    marked.additional_properties = {**message.additional_properties, HEARD: mark}
    return marked
