"""The chat recorder: it stores once what an agent hears in AutoGen's chats and says outside its loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from memgpt_autogen.adapter.group_marks import GroupMarks, Mark, no_mark
from memgpt_autogen.adapter.groups import GroupChats, chat_of, check_own_name, outer_chat_of, restore_images
from memgpt_autogen.adapter.messages import Reply, read_message, text_of, with_call_ids
from memgpt_autogen.adapter.redelivery import DELIVERED_AS, RedeliveryFilter, new_messages
from memgpt_autogen.adapter.transcripts import Line, Transcripts
from memgpt_autogen.adapter.write_buffer import WriteBuffer
from memgpt_autogen.concurrency import Lock
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, ToolCall, now

PAST = 2000
"""How many of the newest messages are compared with what AutoGen may deliver again."""


class ChatRecorder:
    """Writes messages to the log of an agent, from any thread.

    While the database fails, the messages wait in memory. Only `store` raises `StorageError`.
    """

    def __init__(self, name: str, memory: MemoryHierarchy) -> None:
        self.buffer = WriteBuffer(name, memory.log)
        self._name = name
        self._memory = memory
        self._redelivery = RedeliveryFilter(name)
        self._groups = GroupChats(name, self.hear)
        self._marks = GroupMarks(name, memory.log)
        self._transcripts = Transcripts()
        self.lock = self._lock = Lock(f"the log of agent '{name}'", reentrant=True)
        self._logged: deque[str] = deque(maxlen=16)
        """Words that are in the log already and are about to be sent."""

    def follow(self, other: Any, *, asynchronous: bool) -> None:
        """Hear the last message of a group chat too, where `other` is its manager."""
        self._groups.follow(other, asynchronous=asynchronous)

    def hear(
        self, message: Reply, sender: Any, *, asynchronous: bool | None = None, deferred: bool = False
    ) -> None:
        """Record a message that is received. With `asynchronous`, follow the sender's chat too.

        With `deferred`, it waits for a commit that follows at once.
        Raises `ConfigurationError` where another member of the sender's group has this agent's name.
        """
        if asynchronous is not None:
            self._groups.follow(sender, asynchronous=asynchronous)
        check_own_name(self._name, sender)
        with self._lock:
            if self._groups.may_redeliver(sender):
                self.expect_redelivery()
            self._record([message], sender, deferred=deferred)

    def retry_deferred(self) -> None:
        """Try again to store what was `deferred` and failed. While the database fails, it waits."""
        if self.buffer.deferred_failed:
            with self._lock:
                self.buffer.write(list)

    def catch_up(self, messages: Sequence[dict[str, Any]] | None, sender: Any) -> None:
        """Decide about messages that may be old, and record a conversation that was never received."""
        with self._lock:
            self.buffer.write(self._redelivery.settle if self._redelivery.armed else list)
            if messages is not None:
                self._record(messages, sender, whole=True)

    def note(self, other: Any, line: Line) -> None:
        """Note a line of a transcript that was sent or received: it is recorded already."""
        self._transcripts.note(other, line)

    def read_transcripts(self, chats: Mapping[Any, Sequence[Line]]) -> None:
        """Record the lines that a program wrote into these transcripts itself."""
        with self._lock:
            for other, transcript in list(chats.items()):
                if written := self._transcripts.written(other, transcript):
                    lines = [dict(line) for line in transcript]
                    self._record(lines, other, whole=True, only=written)

    def store(self) -> None:
        """Store everything that waits. Raises `StorageError` where that fails."""
        with self._lock:
            self.buffer.store()

    def expect_own(self, text: str) -> None:
        """Do not record these words when they are sent: they are in the log already."""
        self._logged.append(text)

    def begin_answer(self, other: Any) -> Mapping[str, Any]:
        """Return what the steps of an answer to a group chat's manager have in `extra`."""
        return self._marks.answers(other)

    def record_own(self, message: Reply, sent: Reply, recipient: Any) -> None:
        """Record own words that are not from the loop, such as a nested chat's summary or a human's input."""
        original, text = text_of(message), text_of(sent)
        mark = self._marks.says(recipient)
        with self._lock:
            if self._groups.may_redeliver(recipient):
                self.expect_redelivery()
            for known in (original, text):
                if known in self._logged:
                    self._logged.remove(known)
                    return
            if text.strip() and not (isinstance(sent, dict) and sent.get("role") == "tool"):
                own = Message("assistant", text, "spoken", extra={"to": recipient.name, **chat_of(recipient)})
                self.buffer.write(lambda: self._redelivery.take(_marked(own, mark)), 1)

    def expect_redelivery(self) -> None:
        """Recognise old messages that AutoGen delivers again."""
        with self._lock:
            self.buffer.write(lambda: self._redelivery.arm(self._memory.log.spoken_tail(PAST)))

    def chats_cleared(self, *, all_chats: bool) -> None:
        """AutoGen cleared its transcript of all chats, or of one."""
        self._groups.chats_cleared(all_chats=all_chats)

    def reset(self) -> None:
        """Forget everything, in memory too."""
        with self._lock:
            self._memory.reset()
            self.buffer.clear()

    def _record(
        self,
        messages: Sequence[Reply],
        sender: Any,
        *,
        whole: bool = False,
        only: frozenset[int] | None = None,
        deferred: bool = False,
    ) -> None:
        """Record messages that were received now, or a `whole` conversation that was handed over.

        With `only`, the messages at other places are recorded already, and show which of these are new.
        """
        time = now()
        # AutoGen may change its dictionaries before they are read
        received = messages
        messages = [dict(each) if isinstance(each, dict) else each for each in messages]
        if whole:
            messages = with_call_ids(messages)
        # the group's own chat may begin before they are read
        chats = [(not whole and outer_chat_of(each, sender)) or chat_of(sender) for each in messages]
        marks = [no_mark if whole else self._marks.heard(each, sender) for each in received]

        def read() -> list[Message]:
            calls: dict[str, ToolCall] = {}
            heard: list[Message] = []
            recorded: set[int] = set()
            for place, message in enumerate(messages):
                mark = marks[place]
                for each in self._read(message, sender, chats[place], handed_over=whole, calls=calls):
                    calls.update((call.id, call) for call in each.tool_calls)
                    heard.append(replace(_marked(each, mark), time=time))
                    if only is not None and place not in only:
                        recorded.add(id(heard[-1]))
            if whole:
                new = new_messages(heard, self._memory.log.spoken_tail(PAST), self._name)
                return [each for each in new if id(each) not in recorded]
            if not self._redelivery.armed:
                return heard
            return [new for each in heard for new in self._redelivery.take(each)]

        self.buffer.write(read, len(messages) if only is None else len(only), deferred=deferred)

    def _read(
        self,
        message: Reply,
        sender: Any,
        chat: Mapping[str, Any],
        *,
        handed_over: bool,
        calls: Mapping[str, ToolCall],
    ) -> list[Message]:
        """Return AutoGen's message as ours.

        One that is received is never the agent's own; one handed over may be. `calls` are own calls of the
        same conversation.
        """
        speaker = sender.name if sender is not None else "user"
        extra = dict(chat)
        if not handed_over and isinstance(message, dict):
            name = message.get("name")
            # a stock agent's tool call has the role `assistant` and no name; only groups deliver own words
            if not name or (name == self._name and not extra and speaker != self._name):
                message = {**message, "name": speaker}
        whole = restore_images(message, sender) if isinstance(message, dict) else message
        if whole is not message:
            extra = {**extra, DELIVERED_AS: text_of(message)}

        def waiting() -> Mapping[str, ToolCall]:
            return {**self._memory.queue.waiting(), **calls}

        log = self._memory.log
        called = log.calls if handed_over else None
        heard = read_message(whole, speaker, self._name, waiting, log.answers, called)
        return [replace(each, extra={**each.extra, **extra}) for each in heard] if extra else heard


def _marked(message: Message, mark: Mark) -> Message:
    return message if mark is no_mark else replace(message, extra={**message.extra, **mark()})
