"""The agent as a chat client: a stock `Agent` of agent-framework has it as its model."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, ClassVar, get_args

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

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.events import Replied, Suspended, Thought, TurnEnded, TurnFailed
from memgpt_autogen.hosts.agent_framework.content import (
    Speech,
    read_instructions,
    read_tools,
    required_tool,
    usage_details,
)
from memgpt_autogen.hosts.agent_framework.conversations import Conversations, OnResume, Request
from memgpt_autogen.hosts.core import HostedAgent, in_thread, passed_on
from memgpt_autogen.hosts.options import AgentOptions, open_agent
from memgpt_autogen.hosts.past import Place
from memgpt_autogen.llm.asking import SAMPLING
from memgpt_autogen.messages import Message, ToolCall

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
        self.thoughts = thoughts
        self.conversations = Conversations(self.hosted, options, on_resume)

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
        return await in_thread(partial(self.conversations.hear, delivered, session))

    def _update_agent_name_and_description(self, name: str | None, description: str | None) -> None:  # noqa: ARG002
        """Learn the name under which the host's agents say what this one says."""
        if name:
            self.conversations.own_names.add(name)

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
        place, chat = _where(options.get("conversation_id"), chat)
        foreign = read_tools(options, self.name)
        instructions = read_instructions(messages, options.get("instructions"))
        if required := required_tool(options, foreign):
            instructions = f"{instructions}\n\n{_REQUIRED.format(required)}".strip()
        request = await in_thread(partial(self.conversations.ask, messages, place, chat))
        agent = request.agent.shaped(options.get("response_format"))
        delivery = uuid.uuid4().hex
        speech = Speech(delivery, joined=agent is request.agent)
        calls: tuple[ToolCall, ...] = ()
        ended = ""
        events = agent.turn(
            request.inputs,
            chat=request.chat,
            delivery=delivery,
            instructions=instructions,
            foreign=foreign,
            sampling={key: options[key] for key in SAMPLING if options.get(key) is not None},
            streams=streams,
        )
        async with aclosing(events):
            async for event in events:
                update = speech.update(event)
                if isinstance(event, Replied) and streams:
                    update = update or ChatResponseUpdate(role="assistant", message_id=delivery)
                    update.conversation_id = await passed_on(events, self._ended(request))
                if isinstance(event, Thought) and self.thoughts:
                    thought = Content.from_text_reasoning(text=event.text)
                    yield ChatResponseUpdate(role="assistant", contents=[thought], message_id=delivery)
                if update is not None:
                    yield update
                if isinstance(event, Suspended):
                    calls = event.calls
                if isinstance(event, (TurnEnded, TurnFailed)):
                    ended = await passed_on(events, self._ended(request))
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
            conversation_id=ended,
        )

    async def _ended(self, request: Request) -> str:
        """Return the point in the conversation that the host knows by now."""
        return str(await in_thread(partial(self.conversations.ended, request)))

    async def _allowed(
        self, agent: HostedAgent, calls: Sequence[ToolCall], options: Mapping[str, Any]
    ) -> Sequence[ToolCall]:
        """Return the calls that the host runs; the others get a result that says why not."""
        if options.get("allow_multiple_tool_calls") is not False or len(calls) < 2:
            return calls
        await agent.record_own(*(Message.result_of(call, _ONE_CALL, ok=False) for call in calls[1:]))
        return calls[:1]


def _where(conversation: object, session_id: str) -> tuple[Place | None, str]:
    """Return the point that a conversation's id names, and the conversation."""
    place = Place.read(conversation)
    if place is not None:
        return place, place.chat
    given = conversation if isinstance(conversation, str) and conversation != _LOCAL else ""
    return None, given or session_id
