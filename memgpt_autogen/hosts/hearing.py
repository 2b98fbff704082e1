"""Hearing: what a host tells an agent is stored once, also when the host delivers it again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from memgpt_autogen.adapter.redelivery import new_messages
from memgpt_autogen.adapter.write_buffer import WriteBuffer
from memgpt_autogen.concurrency import Lock
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import DELIVERY, WORDS, Message, without_words

CHAT = "chat"
"""The key of a message's `extra` for where it was said: a list that begins with the id of a conversation."""

PAST = 2000
"""How many of the newest messages are compared with a conversation that has no ids."""


class Hearing:
    """Writes what an agent hears to its log, from any thread.

    While the database fails, the messages wait in memory. Only `store` raises `StorageError`.
    """

    def __init__(self, memory: MemoryHierarchy) -> None:
        self.buffer = WriteBuffer(memory.name, memory.log)
        self._memory = memory
        self._lock = Lock(f"the log of agent '{memory.name}'", reentrant=True)
        self._delivered: set[str] = set()
        self._looked = 0
        """The newest entry whose id is among them."""

    def hear(self, messages: Sequence[Message]) -> None:
        """Store those of these messages that are new, in their order.

        A message whose id (`extra[DELIVERY]`) was stored before is old, also after it was undone. One without
        an id is new.
        """
        with self._lock:
            self.buffer.write(lambda: self._undelivered(messages), len(messages))

    def hear_conversation(self, messages: Sequence[Message], chat: str) -> None:
        """Store what is new of a conversation without ids, of which any part may be delivered again.

        `messages` are its newest lines, with the agent's own words where the host has them. They are compared
        with what the log has of this `chat`, so equal words of other conversations do not matter.
        """

        def read() -> list[Message]:
            return new_messages(told, self._of_chat(chat), self._memory.name)

        told = [in_chat(message, chat) for message in messages]
        with self._lock:
            self.buffer.write(read, len(told))

    def hear_history(self, earlier: Sequence[Message], newest: Sequence[Message]) -> None:
        """Store what is new of a history: the `newest` lines, and those before, with the agent's own words.

        A line whose id was stored is old. A host that has rebuilt a history gives old lines new ids. So
        where an `earlier` line has an unknown id, the unknown ones are compared with the words in the log,
        whatever their conversation.
        """

        def read() -> list[Message]:
            self._look()
            copied = not all(self._is_delivered(each.extra.get(DELIVERY)) for each in earlier)
            past = self._memory.log.spoken_tail(PAST) if copied else []
            return new_messages(self._undelivered([*earlier, *newest]), past, self._memory.name)

        with self._lock:
            self.buffer.write(read, len(newest))

    def knows(self, given: str) -> bool:
        """Return whether a message with this id was stored before. Raises `StorageError`."""
        with self._lock:
            self._look()
            return self._is_delivered(given)

    def record_own(self, *messages: Message) -> None:
        """Store what the agent said, or did, outside its loop."""
        with self._lock:
            self.buffer.write(lambda: messages, len(messages))

    def store(self) -> None:
        """Store everything that waits. Raises `StorageError` where that fails."""
        with self._lock:
            self.buffer.store()

    def _undelivered(self, messages: Sequence[Message]) -> list[Message]:
        self._look()
        new = []
        for message in messages:
            given = message.extra.get(DELIVERY)
            if given is None or not self._is_delivered(given):
                new.append(message)
            if given is not None:
                self._delivered.add(given)
        return new

    def _is_delivered(self, given: str | None) -> bool:
        """Return whether it was; of what was forgotten, the log has the id without the words."""
        return given in self._delivered or without_words(given or "") in self._delivered

    def _look(self) -> None:
        """Learn the ids that this or another process has stored since the last look."""
        newest = self._memory.log.last_seq()
        if newest < self._looked:  # the log was cleared
            self._delivered, self._looked = set(), 0
        if newest > self._looked:
            self._delivered |= self._memory.log.extra_values(DELIVERY, after=self._looked)
            self._looked = newest

    def _of_chat(self, chat: str) -> list[Entry]:
        past = self._memory.log.spoken_tail(PAST)
        return [entry for entry in past if chat_of(entry.message) == chat]


def with_words(given: str, text: str) -> str:
    """Return the id of a message whose host may give the same id to other words."""
    return f"{given}{WORDS}{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def in_chat(message: Message, chat: str) -> Message:
    """Return the message, said in this conversation."""
    return replace(message, extra={CHAT: [chat], **message.extra}) if chat else message


def chat_of(message: Message) -> str:
    """Return the id of the conversation in which it was said; empty where none is known."""
    chat = message.extra.get(CHAT)
    return str(chat[0]) if isinstance(chat, (list, tuple)) and chat else ""
