"""The passages that wait for their vectors, and the thread that embeds them while the conversation continues.

When an insert returns, its passages are stored and can be found by their words. The index shows which
passages have no vector yet, so a process that dies loses nothing: the next one that uses the archive
continues.
"""

from __future__ import annotations

import atexit
import logging
import math
import os
import threading
import time
import weakref
from collections.abc import Sequence
from typing import Protocol

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.memory.qdrant.protocol import Space, Stored

logger = logging.getLogger(__name__)

MOST = 32
"""How many passages are embedded at once. With a larger batch, other users of the model would wait."""

GATHER_SECONDS = 0.05
"""How long the first passage waits for others that are embedded with it."""

PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""The pauses after the first failure and after many in a row."""

GIVE_UP = 5
"""After so many failures in a row `settle` waits no longer. The thread continues to try."""

STOP_SECONDS = 0.5
"""The shortest time that the thread gets to end."""

EXIT_SECONDS = 3.0
"""How long the end of the process waits for pending passages. The next process embeds the rest."""


class PendingPassages(Protocol):
    """Texts that may not have their vectors yet."""

    archive_id: str

    @property
    def embeds(self) -> bool:
        """Whether there is an embedder."""

    def pending(self) -> int:
        """Return how many wait."""

    def waiting(self, most: int) -> list[Stored]:
        """Return the oldest of them."""

    def meanings(self, waiting: Sequence[Stored]) -> Sequence[Sequence[float]]:
        """Return their vectors."""

    def place(self, waiting: Sequence[Stored], meanings: Sequence[Sequence[float]]) -> None:
        """Store the vectors of those that still wait for them."""


class EmbeddingQueue:
    """Embeds pending passages, oldest first and in batches, in a thread that lives while there are any.

    The index is free while the embedder works. After failures the embedder is asked less and less often, and
    for fewer texts, so that a text that cannot be embedded does not block the others.
    """

    _thread: threading.Thread | None
    _settlers: int

    def __init__(self, passages: PendingPassages) -> None:
        self.trouble: str | None = None
        """The error of the last failure; None after a success."""
        self._passages = passages
        self._looked = False
        self._abandoned = False
        self._warned = "", 0.0
        self._reset()

    def count(self) -> int:
        return self._passages.pending()

    def look(self) -> None:
        """Start the thread if another process has left pending passages. Only the first look costs time."""
        if self._looked:
            return
        self._looked = True
        if self._passages.embeds and self.count():
            self.begin()

    def begin(self) -> None:
        """Start the thread, because a passage waits."""
        if self._process != os.getpid():
            self._reset()  # a fork does not have the thread of its parent
        with self._state:
            self._asked, self._stopping = True, False
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="memgpt-embedding", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:  # the interpreter is ending; the next process continues
                    self._thread = None
        if not _running:
            # registered after the index's own function, so that the folders are closed after this
            atexit.unregister(_finish)
            atexit.register(_finish)
        _running.add(self)

    def settle(self, timeout: float | None = None) -> int:
        """Wait for pending passages, and return how many are left.

        It ends when there are none, when the embedder keeps failing, or after `timeout` seconds.
        """
        if not self._passages.embeds or not self.count():
            return self.count()
        self.begin()
        with self._state:
            self._settlers += 1
            self._failures = 0
            self._state.notify_all()
            try:
                self._state.wait_for(lambda: self._thread is None or self._failures >= GIVE_UP, timeout)
            finally:
                self._settlers -= 1
        return self.count()

    def stop(self, timeout: float) -> None:
        """End the thread. It has `timeout` seconds to continue, as long as nothing fails."""
        began = time.monotonic()
        if self._thread is not None and self._process == os.getpid():
            with self._state:
                self._state.wait_for(lambda: self._thread is None or self.trouble is not None, timeout)
                self._stopping = True
                self._state.notify_all()
                left = max(STOP_SECONDS, timeout - (time.monotonic() - began))
                self._state.wait_for(lambda: self._thread is None, left)
        self._looked = False

    def abandon(self) -> None:
        """Continue until the first failure, because nobody uses the passages any more."""
        self._abandoned = True

    def _reset(self) -> None:
        self._process = os.getpid()
        self._state = threading.Condition()
        self._thread = None
        self._asked = False
        self._stopping = False
        self._settlers = 0
        self._failures = 0

    def _run(self) -> None:
        size, pause, more = MOST, PAUSE_SECONDS, True
        hopeless: set[str] = set()
        self._rest(GATHER_SECONDS)
        while self._continues(more=more):
            batch: list[Stored] = []
            try:
                found = self._passages.waiting(size + len(hopeless))
                batch = [stored for stored in found if stored.id not in hopeless][:size]
                more = bool(batch or hopeless)
                if batch:
                    meanings = self._passages.meanings(batch)
                    if not self._stopping:
                        self._passages.place(batch, meanings)
            except Exception as error:  # noqa: BLE001 - after any error the passages still wait
                self._failed(error, len(batch))
                more = True
                if len(batch) == 1:
                    hopeless.add(batch[0].id)
                size = max(1, len(batch) // 4)
                self._rest(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                continue
            if batch:
                size, pause = min(2 * size, MOST), PAUSE_SECONDS
                self._succeeded()
            elif hopeless:
                hopeless.clear()
                self._rest(LONGEST_PAUSE_SECONDS)

    def _continues(self, *, more: bool) -> bool:
        """Return whether the thread continues. If not, it has ended, and the next insert starts one."""
        with self._state:
            if not self._stopping and (more or self._asked):
                self._asked = False
                return True
            self._thread = None
            self._state.notify_all()
            return False

    def _rest(self, seconds: float) -> None:
        with self._state:
            self._state.wait_for(lambda: self._stopping or self._settlers > 0, seconds)

    def _succeeded(self) -> None:
        with self._state:
            self._failures, self.trouble = 0, None

    def _failed(self, error: Exception, size: int) -> None:
        trouble = f"{type(error).__name__}: {error}"
        if trouble != self._warned[0] or time.monotonic() - self._warned[1] > LONGEST_PAUSE_SECONDS:
            self._warned = trouble, time.monotonic()
            logger.warning(
                "%d passages of archive '%s' still wait for their vectors: %s",
                size,
                self._passages.archive_id,
                trouble,
            )
        with self._state:
            self._failures, self.trouble = self._failures + 1, trouble
            # waiting does not help here, or nobody waits any more
            self._stopping = self._stopping or self._abandoned or isinstance(error, ConfigurationError)
            self._state.notify_all()


_running: weakref.WeakSet[EmbeddingQueue] = weakref.WeakSet()


def _finish() -> None:
    until = time.monotonic() + EXIT_SECONDS
    for queue in list(_running):
        queue.stop(max(0.0, until - time.monotonic()))


def checked_vectors(
    space: Space, vectors: Sequence[Sequence[float]], count: int
) -> Sequence[Sequence[float]]:
    """Return the vectors, or raise `ModelError` if they are not what was asked for.

    Qdrant Edge would accept a NaN and never find the passage again.
    """
    if len(vectors) != count:
        raise ModelError(
            f"embedding model {space} returned {len(vectors)} vectors for {count} texts. Check its endpoint."
        )
    for number, vector in enumerate(vectors, 1):
        if len(vector) != space.dimension:
            raise ModelError(
                f"embedding model {space} returned a vector of {len(vector)} numbers for text {number} of "
                f"{count}. Configure the dimension that it has."
            )
        # a sum takes a tenth of the time, and is finite only if all numbers are
        if not math.isfinite(sum(vector)) and not all(map(math.isfinite, vector)):
            raise ModelError(
                f"embedding model {space} returned a vector with NaN or infinity for text {number} of "
                f"{count}. Nothing of this batch was stored; check its endpoint and try again."
            )
    return vectors
