"""What an agent hears in each conversation with the host, which has no ids and delivers again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from agent_framework import AgentSession
from agent_framework import Message as HostMessage

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import ConfigurationError, StorageError, TakenError
from memgpt_autogen.hosts.agent_framework.content import (
    HEARD,
    Known,
    Overheard,
    is_history,
    read_results,
    read_said,
)
from memgpt_autogen.hosts.core import HostedAgent
from memgpt_autogen.hosts.hearing import PAST, chat_of, in_chat
from memgpt_autogen.hosts.options import AgentOptions, open_agent
from memgpt_autogen.hosts.past import (
    Place,
    heard_since,
    is_finished,
    is_same,
    said_since,
    taken_back,
    told_of,
    unanswered,
    unheard,
    unheard_history,
)
from memgpt_autogen.memory.storage.agents import stored_agent_names
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import DELIVERY, Message
from memgpt_autogen.recently_used import RecentlyUsed

OnResume = Literal["say", "fork", "continue"]

REMEMBERED = 10_000
"""Of so many conversations a client knows what the host may deliver again. Of older ones it has the log."""

Told = tuple[HostMessage, Message]
"""A message of the host, and what somebody says in it."""


@dataclass(slots=True)
class _Chat:
    """What is known of one conversation besides the log."""

    id: str
    known: Known = field(default_factory=Known)
    ended: int = 0
    """The newest entry of the log at the end of the agent's last turn."""
    overheard: list[Overheard] = field(default_factory=list)
    """What was overheard and may still be delivered."""
    ahead: list[Entry] = field(default_factory=list)
    """What was heard after the point at which it was resumed."""
    fork: Place | None = None
    """Where it goes on, if it was taken back while the agent was silent."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is new of a request of the host, and whom it reaches."""

    agent: HostedAgent
    chat: str
    inputs: tuple[Message, ...]


class Conversations:
    """The conversations of one agent and its forks. Each method is for any thread."""

    def __init__(self, agent: HostedAgent, options: AgentOptions, on_resume: OnResume) -> None:
        self.agent = agent
        self.own_names = {agent.name, agent.memory.called or agent.name}
        self._options: Mapping[str, Any] = options
        self._on_resume = on_resume
        self._forks: dict[str, HostedAgent] = {}
        self._chats: RecentlyUsed[str, _Chat] = RecentlyUsed(REMEMBERED, f"conversations of '{agent.name}'")
        # the events of a workflow are read while its members hear
        self._lock = Lock(f"what agent '{agent.name}' hears", reentrant=True)

    def ask(self, messages: Sequence[HostMessage], place: Place | None, chat_id: str) -> Request:
        """Find out what is new of a request. Results of the agent's calls come before what was said."""
        with self._lock:
            chat = self._chat(chat_id)
            agent = self._agent_in(chat, place)
            told = self._told(messages, chat)
            try:
                if place is not None and said_since(agent.memory, place):
                    agent = self._taken_back(agent, place)
                past = self._past(agent, chat)
                results = list(read_results(messages, agent.waiting()))
                new = self._new(agent, told, past, place, chat)
                if not new and not results and told and self._is_said_anew(told[-1], past, place, chat):
                    said = told[-1][1]
                    new = [replace(said, extra={**said.extra, DELIVERY: uuid.uuid4().hex})]
            except StorageError:
                agent.hearing.hear_conversation([said for _, said in told], chat.id)
                results, new = [], []  # the turn says why it fails
            chat.known.add(messages)
            chat.overheard.clear()
            return Request(agent, chat.id, (*results, *new))

    def ended(self, request: Request) -> Place:
        """Return the point in a conversation that the host knows, now that it has an answer."""
        chat = self._chat(request.chat)
        with suppress(StorageError):  # the host then knows an earlier one
            chat.ended = request.agent.memory.log.last_seq()
        return Place(request.agent.name, chat.id, chat.ended)

    def hear(self, messages: Sequence[HostMessage], session: AgentSession | None = None) -> list[HostMessage]:
        """Store what is new of a delivery; return the messages, marked as stored."""
        place, chat = self._where(session)
        with self._lock:
            agent = self._agent_in(chat, place)
            told = self._told(messages, chat)
            if len(told) == 1:
                self._hear_one(agent, *told[0], chat)
            else:
                try:
                    agent.hearing.hear(self._new(agent, told, self._past(agent, chat), place, chat))
                except StorageError:
                    agent.hearing.hear_conversation([said for _, said in told], chat.id)
            chat.known.add(messages)
        if session is not None and chat.fork and (place is None or place.agent != chat.fork.agent):
            session.service_session_id = str(chat.fork)
        return [_marked(each, self._mark(chat)) for each in messages]

    def overhear(self, messages: Sequence[HostMessage], session: AgentSession) -> None:
        """Store what others said, as an event shows it, where it was not delivered yet."""
        place, chat = self._where(session)
        with self._lock:
            for message, said in self._told(messages, chat):
                if said.role == "assistant" or chat.known.has(message):
                    continue
                chat.known.add([message])
                self._store(self._agent_in(chat, place), said, chat)
                chat.overheard.append(Overheard(message, str(said.extra[DELIVERY])))
                del chat.overheard[:-PAST]

    def delivered_through(self, session: AgentSession) -> int:
        """Return the newest entry of the log before all that was overheard and not delivered."""
        place, chat = self._where(session)
        with self._lock, suppress(StorageError):
            agent = self._agent_in(chat, place)
            waiting = {each.delivery for each in chat.overheard}
            entries = self._past(agent, chat) if waiting else ()
            first = next((each.seq for each in entries if each.message.extra.get(DELIVERY) in waiting), 0)
            return first - 1 if first else agent.memory.log.last_seq()
        return 0

    def resume(self, session: AgentSession, seq: int | None, kept: Sequence[HostMessage]) -> None:
        """Expect what was heard after `seq` again; without it, after the last turn and what is `kept`."""
        place, chat = self._where(session)
        start = Place(place.agent if place else self.agent.name, chat.id, seq or (place.seq if place else 0))
        with self._lock, suppress(StorageError):
            chat.fork = None
            chat.overheard.clear()
            chat.ahead = heard_since(self._agent_in(chat, start).memory, start)
            for _, said in self._told(kept, chat) if seq is None else ():
                _pass(chat.ahead, said)

    def _hear_one(self, agent: HostedAgent, message: HostMessage, said: Message, chat: _Chat) -> None:
        places = (place for place, each in enumerate(chat.overheard) if each.is_of(message))
        place = next(places, None)
        if place is None:
            self._store(agent, said, chat)
        # what was overheard before it is not delivered any more
        del chat.overheard[: len(chat.overheard) if place is None else place + 1]

    def _store(self, agent: HostedAgent, said: Message, chat: _Chat) -> None:
        """Store one message. What was heard before a workflow was resumed is not stored again."""
        if _pass(chat.ahead, said):
            return
        if chat.ahead:
            start = Place(agent.name, chat.id, chat.ahead[0].seq - 1)
            chat.ahead.clear()
            agent = self._taken_back(agent, start)
            if agent.name != start.agent:
                chat.fork = replace(start, agent=agent.name)
        agent.hearing.hear([said])

    def _told(self, messages: Iterable[HostMessage], chat: _Chat) -> list[Told]:
        read = ((each, read_said(each, self.own_names)) for each in messages)
        return [(each, in_chat(said, chat.id)) for each, said in read if said is not None]

    def _new(
        self,
        agent: HostedAgent,
        told: Sequence[Told],
        past: Sequence[Entry],
        place: Place | None,
        chat: _Chat,
    ) -> list[Message]:
        """Return what is new of a delivery.

        Where the host knows an answer of the agent, it delivers again what follows that answer, or a history
        that contains it; any other words are new, though they were said before.
        """
        history = [said for each, said in told if is_history(each)]
        delivered = [said for each, said in told if not is_history(each)]
        compared, name = past, self.agent.name
        if not history and all(said.role != "assistant" for said in delivered):
            if place is not None:
                compared = unanswered(past, place.seq, told_of(agent.memory, place))
            elif chat.id:  # its first request may be delivered again
                delivered = unheard(delivered, unanswered(past, 0), name)
        new = set(map(id, [*unheard_history(history, past), *unheard(delivered, compared, name)]))
        return [
            said
            for each, said in told
            if id(said) in new and not (self._is_marked(each, chat) or chat.known.has(each))
        ]

    def _is_said_anew(self, told: Told, past: Sequence[Entry], place: Place | None, chat: _Chat) -> bool:
        """Return whether a person says known words anew: there are no others, and the agent has acted."""
        message, _ = told
        delivered = message.role == "user" and not (is_history(message) or self._is_marked(message, chat))
        return delivered and is_finished(past, max(chat.ended, place.seq if place else 0))

    def _past(self, agent: HostedAgent, chat: _Chat) -> list[Entry]:
        agent.hearing.store()
        return [entry for entry in agent.memory.log.spoken_tail(PAST) if chat_of(entry.message) == chat.id]

    def _mark(self, chat: _Chat) -> str:
        return f"{self.agent.memory.log.agent_id}/{chat.id}"

    def _is_marked(self, message: HostMessage, chat: _Chat) -> bool:
        """Return whether `hear` has stored it in this conversation."""
        return bool(message.additional_properties.get(HEARD) == self._mark(chat))

    def _chat(self, chat_id: str) -> _Chat:
        return self._chats.get(chat_id, lambda: _Chat(chat_id))

    def _where(self, session: AgentSession | None) -> tuple[Place | None, _Chat]:
        """Return the point and the conversation of a session."""
        place = Place.read(None if session is None else session.service_session_id)
        return place, self._chat(place.chat if place else "" if session is None else session.session_id)

    def _agent_in(self, chat: _Chat, place: Place | None) -> HostedAgent:
        """Return the agent of a conversation: this one, or a fork of it."""
        place = chat.fork or place
        if place is None or place.agent == self.agent.name:
            return self.agent
        if place.agent not in self._forks:
            self._forks[place.agent] = self._opened_fork(place.agent)
        return self._forks[place.agent]

    def _opened_fork(self, name: str) -> HostedAgent:
        if name in stored_agent_names(self.agent.memory.log.database) and "memory" not in self._options:
            fork = self._open(name, "persona", "human", "blocks", "ephemeral")
            sources = [entry.message.extra for entry in fork.memory.log.changes()]
            if any(each.get("what") == "fork" and each.get("source") == self.agent.name for each in sources):
                return fork
        raise ConfigurationError(
            f"a session is of agent '{name}', which is no fork of agent '{self.agent.name}' in this home. "
            f"Give the session to a client of agent '{name}', or begin a new session."
        )

    def _taken_back(self, agent: HostedAgent, place: Place) -> HostedAgent:
        """Return the agent that goes on from a point that is past: it is told so, or it is a fork."""
        if self._on_resume == "fork":
            return self._forked(agent, place)
        if self._on_resume == "say":
            agent.hearing.record_own(taken_back(agent.memory, place))
        return agent

    def _forked(self, agent: HostedAgent, place: Place) -> HostedAgent:
        number = 2
        while True:
            name = f"{self.agent.name[:56]}-{number}"
            try:
                memory = agent.memory.fork(name, at=place.seq)
            except TakenError:
                number += 1
            else:
                break
        of_memory = ("persona", "human", "blocks", "embedder", "archive", "ephemeral", "owner", "home")
        self._forks[name] = self._open(name, *of_memory, memory=memory)
        return self._forks[name]

    def _open(self, name: str, *without: str, **more: Any) -> HostedAgent:
        options = {key: value for key, value in self._options.items() if key not in without}
        return open_agent(name, cast(AgentOptions, {**options, **more}))


def _pass(ahead: list[Entry], said: Message) -> bool:
    """Go past these words in what comes again; return whether they are there."""
    place = next((place for place, entry in enumerate(ahead) if is_same(entry.message, said)), None)
    if place is not None:
        del ahead[: place + 1]
    return place is not None


def _marked(message: HostMessage, mark: str) -> HostMessage:
    """Return a copy of the message that says where it is stored."""
    marked = copy(message)
    marked.additional_properties = {**message.additional_properties, HEARD: mark}
    return marked
