"""Which group chat a message belongs to, and which message of it it is: for all members in this process.

The first member that hears a message gives it a number, which is the time. A member that answers has the
number before it speaks, so its own steps have the one that the others hear.

How a chat goes on is not public in AutoGen. What is used here is the same in all supported versions: the
manager adds a message to the group's list before it delivers it, and asks its termination predicate once for
each message.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary, ref

from memgpt_autogen.adapter.groups import chat_of, outer_chat_of, watch_termination
from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.deferred_writes import DeferredWrite
from memgpt_autogen.memory.storage.groups.membership import Chat, end_group, enter_groups, join_group
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.messages import GROUP

logger = logging.getLogger(__name__)

Mark = Callable[[], Mapping[str, Any]]
"""Returns the part of a message's `extra` with its group. Reads the database the first time."""


def no_mark() -> Mapping[str, Any]:
    return {}


class GroupMarks:
    """The marks of the messages that one agent, with this name and log, hears and says in group chats."""

    def __init__(self, name: str, log: Log) -> None:
        self._name = name
        self._log = log

    def heard(self, message: Any, other: Any) -> Mark:
        """Return the mark of a message that a manager delivers."""
        chat = _chat_of(other)
        if chat is None or outer_chat_of(message, other):
            return no_mark
        return self._mark(chat, chat.number_of(message, other.groupchat))

    def answers(self, other: Any) -> Mapping[str, Any]:
        """Return the mark of what the agent is about to say to a manager."""
        chat = _chat_of(other)
        if chat is None:
            return {}
        mark = self._mark(chat, chat.begin_answer(self._name))
        try:
            return mark()
        except StorageError:  # the turn itself says so
            return {}

    def says(self, other: Any) -> Mark:
        """Return the mark of what the agent now says to a manager."""
        chat = _chat_of(other)
        return no_mark if chat is None else self._mark(chat, chat.say(self._name, other.groupchat))

    def _mark(self, chat: _GroupChat, number: int) -> Mark:
        def mark() -> Mapping[str, Any]:
            return {GROUP: [chat.join(self._log, self._name), number]}

        return mark


@dataclass(frozen=True, slots=True)
class _Row:
    """The row of a group, for one owner."""

    database: Database
    group_id: str


class _GroupChat:
    """What is known of the chat of one manager."""

    def __init__(self, manager: Any) -> None:
        self.token = str(uuid.uuid4())
        self._manager = ref(manager)
        self._lock = Lock("the messages of a group chat")
        self._numbers: dict[int, int] = {}
        """By the places in the group's list."""
        self._first: Any = None
        self._loose: tuple[Any, int] = (None, 0)
        """A message that is delivered and is not in the list, and its number."""
        self._answering: dict[str, int] = {}
        self._said: dict[str, int] = {}
        self._start: int | None = None
        """The place of the first message of this run of the chat."""
        self._over_at: int | None = None
        """The place of the message that has ended it."""
        self._rows: dict[tuple[int, str, str], _Row] = {}
        self._joined: set[tuple[int, str]] = set()
        """The members that have the row, with the number of the process: a fork is another one."""
        self._current: set[tuple[int, str, str]] = set()
        """The owners whose row says that this run of the chat goes on."""
        self._entering: dict[tuple[int, str], DeferredWrite] = {}
        """The members whose row waits for a commit, which is that of the first message they hear."""
        self._runner = _Runner()
        self._watch(manager)

    # What members hear and say

    def number_of(self, message: Any, groupchat: Any) -> int:
        """Return the number of a message that is delivered to a member."""
        with self._lock:
            self._look_at(groupchat)
            place = _place_of(message, groupchat.messages)
            if place is None:
                if message is not self._loose[0]:
                    self._loose = message, _next_number()
                return self._loose[1]
            if place not in self._numbers:
                name = message.get("name") if isinstance(message, Mapping) else None
                self._numbers[place] = self._said.pop(str(name), 0) or _next_number()
                self._is_last_round(place, groupchat)
            return self._numbers[place]

    def begin_answer(self, name: str) -> int:
        """Return the number that the next message of this member will have."""
        with self._lock:
            number = self._answering[name] = _next_number()
            return number

    def say(self, name: str, groupchat: Any) -> int:
        """Return the number of the message that this member sends now."""
        with self._lock:
            self._look_at(groupchat)
            number = self._said[name] = self._answering.pop(name, 0) or _next_number()
            return number

    def join(self, log: Log, name: str) -> str:
        """Return the id of the group for the owner of this agent, who is a member from now on.

        Only the first message of a chat reads and writes the database here. The members after the first one
        are stored together with what they hear.
        """
        database = log.database
        owner = os.getpid(), database.shown_url, database.owner
        member = os.getpid(), log.agent_id
        row = self._rows.get(owner)
        new = row is None or member not in self._joined
        if row is not None and new and owner in self._current and self._enters(row, member, log, name):
            return row.group_id
        if row is None or new:
            manager = self._manager()
            names = [name] if manager is None else chat_of(manager)["chat"]
            chat = Chat(self.token, names, goes_on=self._over_at is None)
            row = _Row(database, join_group(database, log.agent_id, name, chat, _is_alive))
            with self._lock:
                self._rows[owner] = row
                self._current.add(owner)
                self._joined.add(member)
                self._entering.pop(member, None)
        return row.group_id

    def _enters(self, row: _Row, member: tuple[int, str], log: Log, name: str) -> bool:
        """Let a member's row wait for a commit, if the chat goes on.

        Return False where it does not, or where the row was not stored.
        """
        with self._lock:
            waiting = self._entering.get(member)
            if not self.is_open or (waiting is not None and waiting.state == "failed"):
                return False
            if waiting is None:
                enter = row.group_id, log.agent_id, name
                waiting = log.database.deferred.add(enter_groups, enter)
                if waiting is not None:
                    self._entering[member] = waiting
            elif waiting.state == "written":
                self._joined.add(member)
                del self._entering[member]
            return True

    # How the chat goes on

    @property
    def is_open(self) -> bool:
        """Whether no end was seen."""
        return self._over_at is None

    def is_alive(self) -> bool:
        """Return whether the chat goes on, as far as this process sees, and is not what asks."""
        return self.is_open and self._manager() is not None and self._runner.is_elsewhere()

    def end(self, *, quietly: bool = False) -> None:
        """Note in the rows of this process that the chat has ended."""
        rows = [row for (process, *_), row in list(self._rows.items()) if process == os.getpid()]
        try:
            for row in rows:
                end_group(row.database, row.group_id, self.token)
        except StorageError as error:  # when the process has ended, it is known
            if not quietly:
                logger.warning("the end of a group chat is not stored: %s", error)

    def _look_at(self, groupchat: Any) -> None:
        """Note who runs the chat, and begin anew where the list of messages was emptied since."""
        self._runner = _Runner()
        first = groupchat.messages[0] if groupchat.messages else None
        if first is not self._first:
            self._first, self._numbers, self._start = first, {}, None
            self._over_at = None if self._over_at is None else -1

    def _is_last_round(self, place: int, groupchat: Any) -> bool:
        """Return whether the message is the last one. With a new message, a chat that had ended goes on."""
        if place != len(groupchat.messages) - 1:
            return False
        if self._over_at is not None and place > self._over_at:
            self._over_at = self._start = None
            self._joined.clear()
            self._current.clear()
            self._entering.clear()
        if self._start is None:
            self._start = place
        return bool(place - self._start >= groupchat.max_round - 1)

    def _watch(self, manager: Any) -> None:
        """Hear of each message by the manager's termination predicate, which may end the chat with it."""
        if hasattr(manager, "_is_termination_msg"):
            watch_termination(manager, partial(self._asked, manager.groupchat))

    def _asked(self, groupchat: Any, message: Any, *, over: bool) -> None:
        """Note that the manager asked whether this message ends the chat."""
        place = len(groupchat.messages) - 1
        if place < 0 or groupchat.messages[place] is not message:
            return
        with self._lock:
            self._look_at(groupchat)
            over = self._is_last_round(place, groupchat) or over
            if over:
                self._over_at = place
        if over:
            self.end()


class _Runner:
    """The thread and the task that run a chat, for as long as they exist."""

    def __init__(self) -> None:
        self._thread = threading.current_thread()
        try:
            task = asyncio.current_task()
        except RuntimeError:
            task = None
        self._task = None if task is None else ref(task)

    def is_elsewhere(self) -> bool:
        """Return whether it still runs and is not what asks."""
        here = _Runner()
        if self._task is None:
            return self._thread is not here._thread and self._thread.is_alive()
        task = self._task()
        return task is not None and self._task != here._task and not task.done()


_chats: WeakKeyDictionary[Any, _GroupChat] = WeakKeyDictionary()
_by_token: WeakValueDictionary[str, _GroupChat] = WeakValueDictionary()
_finding = Lock("the group chats of this process")


def _chat_of(other: Any) -> _GroupChat | None:
    if getattr(other, "groupchat", None) is None:
        return None
    with _finding:
        chat = _chats.get(other)
        if chat is None:
            chat = _chats[other] = _GroupChat(other)
            _by_token[chat.token] = chat
        return chat


def _is_alive(token: str) -> bool:
    chat = _by_token.get(token)
    return chat is not None and chat.is_alive()


def _place_of(message: Any, messages: list[Any]) -> int | None:
    """Return where a message is in the group's list: the message itself, or one that says the same."""
    for place in range(len(messages) - 1, -1, -1):
        if messages[place] is message:
            return place
    if not isinstance(message, Mapping) or not messages:
        return None
    newest = messages[-1]
    same = all(newest.get(part) == message.get(part) for part in ("name", "content"))
    return len(messages) - 1 if same else None


_numbering = Lock("the numbers of messages in groups")
_last = [0]


def _next_number() -> int:
    """Return the time in microseconds, larger each time."""
    with _numbering:
        _last[0] = max(_last[0] + 1, time.time_ns() // 1000)
        return _last[0]


@atexit.register
def _end_all() -> None:
    """Note the end of the chats that end with this process: not each end is seen."""
    for chat in list(_by_token.values()):
        if chat.is_open:
            chat.end(quietly=True)
