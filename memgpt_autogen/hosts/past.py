"""A conversation without ids: what of a delivery is new, and whether the host is behind the agent's log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from memgpt_autogen.adapter.redelivery import new_messages
from memgpt_autogen.hosts.core import TURN
from memgpt_autogen.hosts.hearing import CHAT, chat_of
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import DELIVERY, Message, format_time

RESUMED = "resumed"
"""The key of an alert's `extra` for the newest entry that the others in a conversation know."""

BEHIND = (
    "This conversation has been taken back to an earlier point, {time}. What was said in it after that is in "
    "your memory, but the others may not know of it, or may say it again."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A point in a conversation with an agent. Its text is what a host keeps, such as `sam/CHAT@12`."""

    agent: str
    chat: str
    seq: int
    """The newest entry of the agent's log when the host last heard from it."""

    def __str__(self) -> str:
        return f"{self.agent}/{self.chat}@{self.seq}"

    @classmethod
    def read(cls, text: object) -> Place | None:
        """Return the point that a text names; None for any other text."""
        match = (
            re.fullmatch(r"([^\s<>|\\/]{1,64})/(.*)@(\d{1,18})", text, re.DOTALL)
            if isinstance(text, str)
            else None
        )
        return match and cls(match[1], match[2], int(match[3]))


def unheard(delivered: Sequence[Message], past: Sequence[Entry], name: str) -> list[Message]:
    """Return the messages of a conversation that are not in its past yet.

    A message with the id and the words of one that was stored is old. Own words are new only where the past
    does not have them at all, since the agent's own turns store them.
    """
    known = {(entry.message.extra.get(DELIVERY), entry.message.spoken) for entry in past}
    own = _own_words(past)
    return [
        message
        for message in new_messages(delivered, past, name)
        if (message.extra.get(DELIVERY), message.spoken) not in known
        and not (message.role == "assistant" and message.spoken in own)
    ]


def unanswered(past: Sequence[Entry], *starts: int) -> list[Entry]:
    """Return what was heard after each of these entries, up to the next words of the agent."""
    found: dict[int, Entry] = {}
    for start in starts:
        after = (entry for entry in past if entry.seq > start)
        heard = takewhile(lambda entry: entry.message.role != "assistant" or entry.hidden, after)
        found.update((entry.seq, entry) for entry in heard)
    return list(found.values())


def unheard_history(history: Iterable[Message], past: Sequence[Entry]) -> list[Message]:
    """Return what the past does not have of a history of the host, which may lack any of its lines."""
    own = _own_words(past)
    said = [(entry.message.role == "assistant", entry.message.name, entry.message.spoken) for entry in past]
    new, start = [], 0
    for message in history:
        if message.role == "assistant":
            if message.spoken not in own:
                new.append(message)
            continue
        line = (False, message.name, message.spoken)
        if line in said[start:]:
            start = said.index(line, start) + 1
        elif line not in said:
            new.append(message)
    return new


def is_finished(past: Sequence[Entry], seq: int) -> bool:
    """Return whether the agent has acted on all that was heard. `seq` is the end of its last turn."""
    heard = [entry for entry in past if not entry.hidden]
    return bool(heard) and (heard[-1].message.role == "assistant" or heard[-1].seq <= seq)


def told_of(memory: MemoryHierarchy, place: Place) -> int:
    """Return the entry that told the agent that the host is back at this point; the point if none did."""
    after = memory.log.since(place.seq)
    of_chat = (entry for entry in after if chat_of(entry.message) == place.chat)
    return max((e.seq for e in of_chat if e.message.extra.get(RESUMED) == place.seq), default=place.seq)


def said_since(memory: MemoryHierarchy, place: Place) -> bool:
    """Return whether the agent has said something in a conversation after a point, and was not told of it."""
    return any(
        entry.message.role == "assistant" and entry.message.spoken and chat_of(entry.message) == place.chat
        for entry in memory.log.since(told_of(memory, place))
    )


def heard_since(memory: MemoryHierarchy, place: Place) -> list[Entry]:
    """Return what was heard in a conversation after a point, up to the first words of the agent."""
    heard = []
    for entry in memory.log.since(place.seq):
        if chat_of(entry.message) != place.chat or entry.message.spoken is None:
            continue
        if entry.message.role == "assistant":
            break
        heard.append(entry)
    return heard


def is_same(one: Message, other: Message) -> bool:
    """Return whether the same speaker says the same words."""
    return (one.name, one.spoken) == (other.name, other.spoken)


def taken_back(memory: MemoryHierarchy, place: Place) -> Message:
    """Return the event that tells an agent that a conversation was taken back to a point."""
    newest = memory.log.among([(place.seq, place.seq)])
    time = format_time(newest[0].message.time, memory.zone) if newest else "before its first message"
    alert = Message.event("alert", BEHIND.format(time=time))
    return replace(alert, extra={CHAT: [place.chat], RESUMED: place.seq})


def _own_words(past: Iterable[Entry]) -> set[str]:
    """Return what the agent said, by step and by turn: a host has the words of a turn as one message."""
    turns: dict[str, list[str]] = {}
    words = set()
    for entry in past:
        spoken = entry.message.spoken
        if entry.message.role == "assistant" and spoken is not None:
            words.add(spoken)
            turns.setdefault(str(entry.message.extra.get(TURN, entry.seq)), []).append(spoken)
    return words | {"\n".join(said) for said in turns.values()}
