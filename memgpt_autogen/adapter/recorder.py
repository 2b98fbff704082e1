"""What an agent hears in AutoGen's chats, and what it says there by other ways than its loop: kept once each, in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from memgpt_autogen.adapter.groups import GroupChats, chat_of, refuse_namesakes, with_pictures
from memgpt_autogen.adapter.messages import Reply, read, text_of
from memgpt_autogen.adapter.redelivery import DELIVERED_AS, RedeliveryFilter, unheard
from memgpt_autogen.adapter.write_buffer import WriteBuffer
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, now

PAST = 2000
"""How far back a host may deliver old messages again and be recognised, in utterances."""


class ChatRecorder:
    """Keeps messages in the log of an agent's memory. For any thread.

    While the database fails, what is heard waits in memory; nothing here raises `StorageError` but `store`.
    """

    def __init__(self, name: str, memory: MemoryHierarchy) -> None:
        self.waiting = WriteBuffer(name, memory.log)
        self._name = name
        self._memory = memory
        self._redelivery = RedeliveryFilter(name)
        self._groups = GroupChats(name, self.hear)
        self._hearing = threading.Lock()
        self._unsent: deque[str] = deque(maxlen=16)

    def meet(self, other: Any, *, asynchronous: bool) -> None:
        """Be there when the group chat ends whose manager this may be."""
        self._groups.listen(other, asynchronous=asynchronous)

    def hear(self, message: Reply, sender: Any) -> None:
        """Keep a message that is received. Raises `ConfigurationError` where a member of the sender's group has this name too."""
        refuse_namesakes(self._name, sender)
        with self._hearing:
            if self._groups.begins_again(sender):
                self._expect_repetitions()
            self._take([message], sender)

    def catch_up(self, messages: Sequence[dict[str, Any]] | None, sender: Any) -> None:
        """Settle what waits in the inbox, and take up a conversation that was handed over without ever being received."""
        with self._hearing:
            self.waiting.take(self._redelivery.settle)
            if messages is not None:
                self._take(messages, sender, whole=True)

    def store(self) -> None:
        """Store all that was heard. Raises `StorageError` where it has to wait on."""
        with self._hearing:
            self.waiting.store()

    def will_send(self, text: str) -> None:
        """Know words that the log has already when they are sent."""
        self._unsent.append(text)

    def keep_own(self, message: Reply, sent: Reply, recipient: Any) -> None:
        """Keep own words that did not come from the loop, such as a nested chat's summary or what a human typed for us."""
        original, text = text_of(message), text_of(sent)
        with self._hearing:
            if self._groups.begins_again(recipient):
                self._expect_repetitions()
            for known in (original, text):
                if known in self._unsent:
                    self._unsent.remove(known)
                    return
            if text.strip() and not (isinstance(sent, dict) and sent.get("role") == "tool"):
                own = Message("assistant", text, "spoken", extra={"to": recipient.name, **chat_of(recipient)})
                self.waiting.take(lambda: self._redelivery.take(own), 1)

    def expect_repetitions(self) -> None:
        """The host may say again what was said, and that is known then."""
        with self._hearing:
            self._expect_repetitions()

    def cleared(self, *, all_chats: bool) -> None:
        """The host cleared its transcript of all chats, or of one."""
        self._groups.cleared(all_chats=all_chats)

    def reset(self) -> None:
        """Forget everything, in memory too."""
        with self._hearing:
            self._memory.reset()
            self.waiting.clear()

    def _expect_repetitions(self) -> None:
        self.waiting.take(lambda: self._redelivery.arm(self._memory.log.spoken_tail(PAST)))

    def _take(self, messages: Sequence[Reply], sender: Any, *, whole: bool = False) -> None:
        """Keep what was heard now: messages that were received, or a `whole` conversation that was handed over."""
        time = now()
        # hosts change theirs
        messages = [dict(each) if isinstance(each, dict) else each for each in messages]

        def hearing() -> list[Message]:
            heard = [
                replace(each, time=time)
                for message in messages
                for each in self._read(message, sender, handed=whole)
            ]
            if whole:
                return unheard(heard, self._memory.log.spoken_tail(PAST), self._name)
            return [new for each in heard for new in self._redelivery.take(each)]

        self.waiting.take(hearing, len(messages))

    def _read(self, message: Reply, sender: Any, *, handed: bool = False) -> Iterator[Message]:
        """A message as ours. One that is received is never our own; one that is handed over may be."""
        speaker = sender.name if sender is not None else "user"
        place = chat_of(sender)
        if not handed and isinstance(message, dict):
            named = message.get("name")
            # a stock agent's tool call has its role `assistant` and no name; and nobody but a group brings own words back
            if not named or (named == self._name and not place and speaker != self._name):
                message = {**message, "name": speaker}
        whole = with_pictures(message, sender) if isinstance(message, dict) else message
        if whole is not message:
            place = {**place, DELIVERED_AS: text_of(message)}
        for heard in read(whole, speaker, self._name, self._memory.queue.waiting, self._memory.log.answers):
            yield replace(heard, extra={**heard.extra, **place}) if place else heard
