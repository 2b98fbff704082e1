"""Whether a Qdrant server answers. One that does not is asked again in the background, not by every turn.

A server that hangs keeps each request until its time-out. After the first one, turns get an error at once
until the server has answered again. Code outside of turns, such as a command, still asks the server itself.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Protocol

from memgpt_autogen.concurrency import Lock, renew_in_child
from memgpt_autogen.errors import ArchiveAwayError
from memgpt_autogen.memory.storage.turn_lock import within_turn

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""The first and the longest pause between two questions whether a server is back. The first is at once."""

ENOUGH = 20
"""After so many answers in a row, a server that is away again is asked at once again."""

# what a proxy answers in the place of a server that is away
AWAY = (502, 503, 504)


class Probed(Protocol):
    """A connection that can ask its server for something small."""

    def probe(self) -> object:
        """Ask. Raises whatever the client raises if there is no answer."""


class Availability:
    """Whether one server answers, for all connections of this process to it."""

    def __init__(self, label: str) -> None:
        self._label = label
        self.pause = 0.0
        """The seconds before the next question whether the server is back."""
        self._answers = 0
        self._connections: weakref.WeakSet[Probed] = weakref.WeakSet()
        self._waiting: list[Callable[[], object]] = []
        self._lock = Lock(f"the state of Qdrant ({label})")
        self._trouble: str | None = None
        self._asking = False
        renew_in_child(self)

    @classmethod
    def of(cls, label: str) -> Availability:
        """Return what is known of the server with this label."""
        with _lock:
            found = _known.get(label)
            if found is None:
                found = _known[label] = cls(label)
            return found

    @property
    def away(self) -> bool:
        """Whether the server did not answer when it was asked last."""
        return self._trouble is not None

    def refuse(self) -> None:
        """Raise `ArchiveAwayError` inside a turn while the server is away."""
        trouble = self._trouble
        if trouble is not None and within_turn.get():
            self._begin()  # a forked child does not have the thread of its parent
            raise ArchiveAwayError(trouble)

    def answered(self) -> None:
        """Note that a request was answered."""
        self._answers += 1
        if self._answers >= ENOUGH:
            self.pause = 0.0
        if self.away:
            self._back()

    def failed(self, told: str, connection: Probed) -> ArchiveAwayError:
        """Note that the server did not answer. Returns the error to raise."""
        self._connections.add(connection)
        self._answers = 0
        if not self.away:
            logger.warning("%s. It is asked again in the background.", told)
        self._trouble = told
        self._begin()
        return ArchiveAwayError(told)

    def when_back(self, call: Callable[[], object]) -> bool:
        """Call this once in the background when the server answers again. Returns False if it is not away."""
        with self._lock:
            if not self.away:
                return False
            if call not in self._waiting:
                self._waiting.append(call)
            return True

    def renew_in_child(self) -> None:
        self._asking = False

    def _begin(self) -> None:
        with self._lock:
            if self._asking:
                return
            self._asking = True
        try:
            threading.Thread(target=self._ask, name="memgpt-qdrant-away", daemon=True).start()
        except RuntimeError:  # the interpreter is ending
            self._asking = False

    def _ask(self) -> None:
        """Ask until there is an answer, or nobody is left who would use it."""
        bell = threading.Event()
        while self._next() is not None:
            bell.wait(self.pause)
            # what answers this question, and not others, is asked less and less often too
            self.pause = min(max(2 * self.pause, PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            if (connection := self._next()) is None:
                return
            try:
                connection.probe()
                answers = True
            except Exception as error:  # noqa: BLE001 - a refusal is an answer, too
                answers = not is_away(error)
            del connection  # it may be released meanwhile
            if answers:
                self._back()

    def _next(self) -> Probed | None:
        """Return the connection that asks; None if the thread ends, and the next failure starts one."""
        with self._lock:
            found = next(iter(self._connections), None) if self.away else None
            self._asking = found is not None
            return found

    def _back(self) -> None:
        with self._lock:
            self._trouble = None
            calls, self._waiting = self._waiting, []
        logger.warning("Qdrant (%s) answers again.", self._label)
        for call in calls:
            threading.Thread(target=call, name="memgpt-qdrant-back", daemon=True).start()


def servers_away() -> int:
    """Return how many servers did not answer this process when it asked them last."""
    with _lock:
        return sum(each.away for each in _known.values())


def is_away(error: BaseException) -> bool:
    """Return whether a server did not answer, in contrast to one that refuses."""
    # here, since a server that has no archive on Qdrant needs none of its client's 60 MB
    import httpx
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    if isinstance(error, UnexpectedResponse):
        return error.status_code in AWAY
    if isinstance(error, ResponseHandlingException):
        error = error.source
    return isinstance(error, (httpx.TransportError, OSError))


_known: weakref.WeakValueDictionary[str, Availability] = weakref.WeakValueDictionary()
_lock = Lock("the list of Qdrant servers")
