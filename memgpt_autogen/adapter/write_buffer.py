"""The backlog: what was heard while the database could not be written, in memory and in order until it can."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.messages import Message

logger = logging.getLogger(__name__)

Hearing = Callable[[], Iterable[Message]]
"""Reads what it needs of memory, then gives what the log is to keep. One that a `StorageError` stops has changed nothing."""

LOOKED_BACK = 500
"""Entries of the log among which a write of unknown outcome is looked for."""


class WriteBuffer:
    """Stores what is heard in an agent's log: at once, or as soon as the database works again, each message once.

    For one thread at a time.
    """

    def __init__(self, name: str, log: Log) -> None:
        self._name = name
        self._log = log
        self._hearings: deque[tuple[Hearing, int]] = deque()
        self._unstored: list[Message] = []
        self._doubtful = False
        """Whether a write failed: it may have been the acknowledgement only that was lost."""

    def __len__(self) -> int:
        """How many messages were heard and are not stored; they are lost if the process ends now."""
        return sum(count for _, count in self._hearings) + len(self._unstored)

    def take(self, hearing: Hearing, count: int = 0) -> None:
        """Store what was heard, `count` messages, after all that waits. Never raises `StorageError`; what cannot be stored waits."""
        self._hearings.append((hearing, count))
        try:
            self.store()
        except StorageError as error:
            logger.warning(
                "%s cannot store what it hears: %s %d messages wait in memory and are stored when the database works again.",
                self._name,
                error,
                len(self),
            )

    def store(self) -> None:
        """Store all that waits. Raises `StorageError` where something has to wait on."""
        self._write()
        while self._hearings:
            hearing, count = self._hearings.popleft()
            try:
                self._unstored += hearing()
            except StorageError:
                self._hearings.appendleft((hearing, count))
                raise
            self._write()

    def clear(self) -> None:
        self._hearings.clear()
        self._unstored, self._doubtful = [], False

    def _write(self) -> None:
        if self._unstored and self._doubtful:
            newest = self._log.since(self._log.last_seq() - len(self._unstored) - LOOKED_BACK)
            there = {(entry.message.time, entry.message.text) for entry in newest}
            self._unstored = [each for each in self._unstored if (each.time, each.text) not in there]
            self._doubtful = False
        if self._unstored:
            self._doubtful = True
            self._log.append(*self._unstored)
            self._unstored, self._doubtful = [], False
