"""Hearing in ag2's network: every envelope once, and only what was sent is stored as said."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Protocol
from weakref import WeakValueDictionary

from ag2.context import ConversationContext
from ag2.events import BaseEvent, DataInput, Input, TextInput
from ag2.network import (
    AGENT_CLIENT_DEP,
    CHANNEL_DEP,
    CHANNEL_STATE_DEP,
    CONVERSATION_TYPE,
    EV_PACKET,
    AgentClient,
    Channel,
    ChannelAdapter,
    Envelope,
    Finish,
    Handoff,
    NetworkError,
    ToolCalled,
    TransitionGraph,
    visible_to,
)
from ag2.utils import AGENT_CONTEXT_DEPENDENCY_KEY

from memgpt_autogen.errors import ConfigurationError, MemGPTError, StorageError
from memgpt_autogen.hosts.ag2.events import content_of, inputs_in, results_in, time_of
from memgpt_autogen.hosts.core import HostedAgent, in_thread
from memgpt_autogen.hosts.hearing import CHAT, chat_of
from memgpt_autogen.messages import DELIVERY, Message

logger = logging.getLogger(__name__)

ANSWER = "answer:"
"""Begins the id of what an agent says in a channel; the rest is the id of the envelope that it answers."""

MOST_CHANNELS = 1_000_000

Said = tuple[str, str]
"""A channel and words."""


class Remembering(Protocol):
    """A model or plugin with the memory of an agent."""

    agent: HostedAgent
    ears: Ears


async def attach(client: AgentClient, memory: Remembering) -> None:
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


def channel_of(context: ConversationContext) -> Channel:
    channel: Channel = context.dependencies[CHANNEL_DEP]
    return channel


def is_handed_over(messages: Iterable[BaseEvent], context: ConversationContext) -> bool:
    """Return whether a tool has decided in this turn of a channel who speaks next, or that nobody does."""
    results = [*results_in(messages)]
    parts = [part for each in results for part in each.result.parts]
    if any(isinstance(part, DataInput) and isinstance(part.data, (Handoff, Finish)) for part in parts):
        return True
    given = getattr(context.dependencies.get(CHANNEL_STATE_DEP), "graph_data", None)
    if not given:
        return False
    rules = [each.when for each in TransitionGraph.loads(given).transitions]
    tools = {rule.tool_name for rule in rules if isinstance(rule, ToolCalled)}
    return any(each.name in tools for each in results)


class Ears:
    """The ears of one agent: one for each of its registrations at a hub."""

    def __init__(self, agent: HostedAgent) -> None:
        self._agent = agent
        self._ears: WeakValueDictionary[int, Ear] = WeakValueDictionary()

    async def attach(self, client: AgentClient) -> Ear:
        ear = self._ears.get(id(client))
        if ear is None:
            ear = self._ears[id(client)] = Ear(client, self._agent)
            await ear.listen()
        return ear

    async def of(self, context: ConversationContext) -> Ear | None:
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


class Ear:
    """Stores what an agent hears and says at one hub, in the order in which it does."""

    def __init__(self, client: AgentClient, agent: HostedAgent) -> None:
        self.caught_up = False
        self._client = client
        self._agent = agent
        self._hub = client._hub_client  # noqa: SLF001 - ag2's own handlers and tools have no other way either
        self._deliver, self._post = client.receive, client.send_envelope
        self._lock = asyncio.Lock()
        self._adapters: dict[str, ChannelAdapter] = {}
        self._seen: set[str] = set()
        """The ids of the envelopes whose words are stored."""
        self._unsent: dict[str, Said] = {}
        """What the turns that ended said, by their ids, until it is sent."""

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
            try:
                await self._client.set_rule(replace(rule, limits=limits))
            except NetworkError as error:
                logger.warning("the inbox of %s keeps its limit: %s", self._agent.name, error)

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
            answer = _answer(envelope)
            turn = answer if answer in self._unsent else _turn_of(self._unsent, envelope, text)
            try:
                given = await self._post(envelope)
            except Exception:
                await self._unsay(turn)
                raise
            await asyncio.shield(self._record(envelope, given, text, turn))
        return given

    async def catch_up(self) -> None:
        """Read the channels' logs: store what is new, and take back what was never sent."""
        async with self._lock:
            channels = await self._hub.list_channels(
                agent_id=self._client.agent_id, include_terminal=True, limit=MOST_CHANNELS
            )
            logs = [await self._hub.read_wal(each.channel_id) for each in channels]
            envelopes = sorted(chain.from_iterable(logs), key=lambda each: each.envelope_id)
            turns = await in_thread(partial(self._turns_in, {each.channel_id for each in channels}))
            await self._hear(envelopes, turns)
            for turn in () if self.caught_up else turns.keys() - self._unsent.keys():
                await self._take_back(turn)  # the process ended before it was sent
            self.caught_up = True

    async def hear_channel(self, channel: str) -> None:
        """Store what a channel's log has by now: a turn may begin before the newest of it is delivered."""
        async with self._lock:
            try:
                await self._hear(await self._hub.read_wal(channel))
            except StorageError as error:  # the turn says so
                logger.warning("%s cannot see the newest of a channel: %s", self._agent.name, error)

    async def may_rest(self, channel: Channel) -> bool:
        """Return whether nobody waits for an answer: two agents talk, without an order of turns."""
        if channel.metadata.manifest.type != CONVERSATION_TYPE:
            return False
        others = [each for each in channel.metadata.participant_ids() if each != self._client.agent_id]
        try:
            return "human" not in [(await self._hub.get_agent(each)).effective_kind for each in others]
        except NetworkError:  # the other has left
            return True

    async def has_delivered(self, text: str) -> bool:
        """Return whether these are the words of the envelope that is handled, also after a name."""
        handled = _handled.get()
        words = "" if handled is None else content_of(await self._parts(handled))[0]
        return bool(words) and text.endswith(words)

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

    async def _hear(self, envelopes: Iterable[Envelope], turns: dict[str, Said] | None = None) -> None:
        """Store what is new of these envelopes. Of `turns`, those that were sent are taken out."""
        shown = [each for each in envelopes if visible_to(each, self._client.agent_id)]
        if turns is None:
            shown = [each for each in shown if each.envelope_id not in self._seen]
            own = {each.channel_id for each in shown if self._is_own(each)}
            turns = await in_thread(partial(self._turns_in, own)) if own else {}
        heard = []
        for each in shown:
            message = await self._message(each)
            turn = _turn_of(turns, each, message.text) if self._is_own(each) else ""
            stored = turns.pop(turn, None) is not None or each.envelope_id in self._seen
            if message.text and not stored:
                heard.append(message)
        await self._agent.hear(*heard)
        self._seen.update(each.envelope_id for each in shown)

    async def _message(self, envelope: Envelope) -> Message:
        """Return the words of an envelope, and who says them."""
        extra = {DELIVERY: envelope.envelope_id, CHAT: [envelope.channel_id]}
        time = time_of(envelope.created_at)
        if self._is_own(envelope):
            return Message("assistant", await self._own_words(envelope), "spoken", time=time, extra=extra)
        text, content = content_of(await self._parts(envelope))
        name = self._hub.name_for(envelope.sender_id)
        return Message("user", text, "message", name, time=time, extra=extra | content)

    async def _own_words(self, envelope: Envelope) -> str:
        if envelope.event_type == EV_PACKET:
            return str(envelope.event_data.get("body") or "")
        return content_of(await self._parts(envelope))[0]

    async def _parts(self, envelope: Envelope) -> list[Input]:
        """Return what others read in an envelope. Who speaks next is no news without a reason."""
        given, channel = envelope.event_data, envelope.channel_id
        if envelope.event_type.startswith(("ag2.channel.", "ag2.task.")):
            return []
        try:
            if channel not in self._adapters:  # the client learns the names of the members, too
                self._adapters[channel] = self._hub.adapter_for_metadata(await self._hub.get_channel(channel))
            if envelope.event_type != EV_PACKET or (given.get("routing") or {}).get("reason"):
                return inputs_in(self._adapters[channel].render_envelope(envelope))
        except Exception as error:  # noqa: BLE001 - the adapter may be the user's
            logger.warning("%s reads an envelope without its channel's adapter: %s", self._agent.name, error)
        words = given.get("body") or given.get("text")
        return [TextInput(str(words))] if words else []

    async def _record(self, envelope: Envelope, given: str, text: str, turn: str) -> None:
        """Store what was sent, where it is not what a turn said."""
        self._seen.add(given)
        if turn and self._unsent.get(turn) == (envelope.channel_id, text):
            del self._unsent[turn]
            return
        if text:
            extra = {DELIVERY: given, CHAT: [envelope.channel_id]}
            await self._agent.hear(Message("assistant", text, "spoken", extra=extra))
        await self._unsay(turn)

    async def _unsay(self, turn: str) -> None:
        """Take back what a turn said, which nobody heard."""
        if self._unsent.pop(turn, None) is not None:
            await self._take_back(turn)

    async def _take_back(self, turn: str) -> None:
        try:
            await self._agent.take_back(turn)
        except MemGPTError as error:
            logger.warning("%s cannot take back what nobody heard: %s", self._agent.name, error)

    async def _settle(self, turn: str) -> None:
        """Take back what a turn said where it was not sent."""
        if turn not in self._unsent:
            return
        try:
            log = await self._hub.read_wal(self._unsent[turn][0])
        except Exception as error:  # noqa: BLE001 - the hub's store is the user's
            logger.warning("%s cannot see whether its words were sent: %s", self._agent.name, error)
            return
        sent = next((each for each in log if self._is_own(each) and _answer(each) == turn), None)
        if sent is None:
            await self._unsay(turn)
        else:
            await self._record(sent, sent.envelope_id, await self._own_words(sent), turn)

    def _turns_in(self, channels: set[str]) -> dict[str, Said]:
        """Return what the turns in these channels said, by their ids."""
        turns: dict[str, Said] = {}
        for entry in self._agent.memory.log.with_extra(DELIVERY):
            turn, channel = str(entry.message.extra[DELIVERY]), chat_of(entry.message)
            words = None if entry.hidden else entry.message.spoken
            if words and turn.startswith(ANSWER) and channel in channels:
                before = f"{turns[turn][1]}\n" if turn in turns else ""
                turns[turn] = channel, before + words
        return turns


def _answer(envelope: Envelope) -> str:
    """Return the id of the turn that an envelope says that it sends."""
    return ANSWER + (envelope.causation_id or "")


def _turn_of(turns: Mapping[str, Said], envelope: Envelope, text: str) -> str:
    """Return the id of the turn whose words an envelope sends; empty where none of these turns said that."""
    said = envelope.channel_id, text
    if turns.get(_answer(envelope)) == said:
        return _answer(envelope)
    return next((turn for turn, each in turns.items() if each == said), "")
