"""The write buffer: it keeps messages in order while the database fails, and stores them later."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from memgpt_autogen.errors import StorageError
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
        self._uncertain = False
        """Whether a write failed, and may have been stored all the same."""
        self.refused: list[Message] = []
        """The messages that the database refuses in every form. The log does not have them."""

    def __len__(self) -> int:
        """Return how many messages are not stored yet; they are lost if the process ends now."""
        return sum(count for _, count in self._unread) + len(self._unstored)

    def write(self, read: ReadMessages, count: int = 0) -> None:
        """Store `count` messages after all that wait.

        Messages that cannot be stored wait; raises no `StorageError`.
        """
        self._unread.append((read, count))
        try:
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
        self._store_read()
        while self._unread:
            read, count = self._unread.popleft()
            try:
                self._unstored += read()
            except StorageError:
                self._unread.appendleft((read, count))
                raise
            self._store_read()

    def clear(self) -> None:
        self._unread.clear()
        self._unstored, self._uncertain = [], False

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
