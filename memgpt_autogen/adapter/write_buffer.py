"""The write buffer: it keeps messages in order while the database fails, and stores them later."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.storage.deferred_writes import DeferredWrite
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.refusals import RowRefusedError
from memgpt_autogen.messages import Message
from memgpt_autogen.rendering.plain_text import counted

logger = logging.getLogger(__name__)

ReadMessages = Callable[[], Iterable[Message]]
"""Reads what it needs from memory, and returns the messages to store.

Changes nothing if it raises `StorageError`.
"""

SEARCHED = 500
"""How many entries of the log are searched for messages of a write whose outcome is unknown."""


class WriteBuffer:
    """Stores each message in an agent's log once: at once, or when the database works again.

    For one thread at a time.
    """

    def __init__(self, name: str, log: Log) -> None:
        self._name = name
        self._log = log
        self._unread: deque[tuple[ReadMessages, int]] = deque()
        self._unstored: list[Message] = []
        self._deferred: list[tuple[list[Message], DeferredWrite]] = []
        self._uncertain = False
        """Whether a write failed, and may have been stored all the same."""
        self.refused: list[Message] = []
        """The messages that the database refuses in every form. The log does not have them."""

    def __len__(self) -> int:
        """Return how many messages are not stored yet; they are lost if the process ends now."""
        self._look_at_deferred()
        deferred = sum(len(messages) for messages, _ in self._deferred)
        return sum(count for _, count in self._unread) + len(self._unstored) + deferred

    def write(self, read: ReadMessages, count: int = 0, *, deferred: bool = False) -> None:
        """Store `count` messages after all that wait.

        Messages that cannot be stored wait; raises no `StorageError`. With `deferred`, they are stored when
        `log.database.deferred` is settled. If that fails, the next `store` stores them.
        """
        self._unread.append((read, count))
        try:
            if deferred:
                self._defer()
            else:
                self.store()
        except StorageError as error:
            logger.warning(
                "%s cannot store what it hears: %s Waiting in memory until the database works again: %s.",
                self._name,
                error,
                counted(len(self), "message"),
            )

    def store(self) -> None:
        """Store everything that waits. Raises `StorageError` where that fails."""
        if self._deferred:
            self._log.database.deferred.settle()
            self._look_at_deferred()
        self._store_read()
        while self._unread:
            read, count = self._unread.popleft()
            try:
                self._unstored += read()
            except StorageError:
                self._unread.appendleft((read, count))
                raise
            self._store_read()

    @property
    def deferred_failed(self) -> bool:
        """Whether what was deferred could not be stored, and is not tried again yet."""
        return any(write.state == "failed" for _, write in self._deferred)

    def clear(self) -> None:
        self._unread.clear()
        self._deferred = []
        self._unstored, self._uncertain = [], False

    def _defer(self) -> None:
        """Let the newest messages wait for the next commit, if none wait before them for another one."""
        self._look_at_deferred()
        if self._unstored or len(self._unread) > 1:
            self.store()
            return
        messages = list(self._unread[0][0]())
        self._unread.clear()
        if not messages:
            return
        write = self._log.defer(*messages, after=[write for _, write in self._deferred])
        if write is not None:
            self._deferred.append((messages, write))
            return
        self._look_at_deferred()
        self._unstored += messages
        self.store()

    def _look_at_deferred(self) -> None:
        for messages, write in self._deferred:
            if write.state == "failed":
                self._unstored += messages
                self._uncertain = True
        self._deferred = [each for each in self._deferred if each[1].state == "waiting"]

    def _store_read(self) -> None:
        if self._unstored and self._uncertain:
            newest = self._log.since(self._log.last_seq() - len(self._unstored) - SEARCHED)
            stored = {(entry.message.time, entry.message.text) for entry in newest}
            self._unstored = [each for each in self._unstored if (each.time, each.text) not in stored]
        if self._unstored:
            self._uncertain = True
            self._append(self._unstored)
        self._unstored, self._uncertain = [], False

    def _append(self, messages: Sequence[Message]) -> None:
        try:
            self._log.append(*messages)
        except RowRefusedError as error:
            if len(messages) > 1:
                for message in messages:
                    self._append([message])
                return
            # it would be refused again, and keep all that follow from being stored
            self.refused += messages
            # the stack is that of every message, so it would say nothing
            logger.error("%s heard a message that is not stored: %s", self._name, error)  # noqa: TRY400
