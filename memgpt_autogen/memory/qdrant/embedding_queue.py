"""The passages of an archive that wait for their vectors, and the thread that sees to them while the conversation goes on.

A passage is stored and found by its words when its insert returns. That it has no vector yet is a fact of the index, so a process
that dies loses nothing: whoever uses the archive next goes on.
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
"""How many passages are embedded at once; a larger batch would keep others waiting for the model."""

GATHER_SECONDS = 0.05
"""How long the first passage waits for others to be embedded with it."""

PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""After a failure, and after many in a row."""

GIVE_UP = 5
"""After so many failures in a row nobody waits any longer; it is tried again all the same."""

STOP_SECONDS = 0.5
"""How long the thread has to end at least, when it is told to."""

EXIT_SECONDS = 3.0
"""How long the end of the process waits for what is pending; the rest is for the next process."""


class Waiting(Protocol):
    """What keeps texts without their vectors for a while."""

    archive_id: str

    @property
    def embeds(self) -> bool:
        """Whether there is an embedder."""

    def pending(self) -> int:
        """How many wait."""

    def waiting(self, most: int) -> list[Stored]:
        """The oldest of them."""

    def meanings(self, waiting: Sequence[Stored]) -> Sequence[Sequence[float]]:
        """Their vectors."""

    def place(self, waiting: Sequence[Stored], meanings: Sequence[Sequence[float]]) -> None:
        """Give them their vectors, as far as they still wait for these."""


class Pending:
    """Embeds what waits, oldest first and in batches, in a thread that lives as long as something waits.

    The index is not held while the embedder works. A failing embedder is asked again, ever more slowly and with fewer texts, so
    that one text which cannot be embedded keeps none of the others waiting.
    """

    _thread: threading.Thread | None
    _settlers: int

    def __init__(self, held: Waiting) -> None:
        self.trouble: str | None = None
        """What the last failure said, while there has been no success since."""
        self._held = held
        self._looked = False
        self._abandoned = False
        self._warned = "", 0.0
        self._reset()

    def count(self) -> int:
        return self._held.pending()

    def look(self) -> None:
        """Begin where an earlier process, or another one, has left some. Only the first look costs anything."""
        if self._looked or not self._held.embeds:
            return
        self._looked = True
        if self.count():
            self.begin()

    def begin(self) -> None:
        """There is something that waits: see to it, from a thread."""
        if self._process != os.getpid():
            self._reset()  # the thread stayed on the other side of a fork
        with self._state:
            self._asked, self._stopping = True, False
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="memgpt-embedding", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:  # the interpreter is ending; the next process goes on
                    self._thread = None
        if not _at_work:
            # behind the index's own, which is registered by now, so that the folders are closed after this
            atexit.unregister(_finish)
            atexit.register(_finish)
        _at_work.add(self)

    def settle(self, timeout: float | None = None) -> int:
        """Wait until nothing waits, the embedder keeps failing, or the time is over; how many wait then."""
        if not self._held.embeds or not self.count():
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
        """End the thread, after a while in which it may finish what goes well."""
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
        """Nobody asks for the passages any more: go on while it goes well, and end at the first failure."""
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
        while self._goes_on(more=more):
            batch: list[Stored] = []
            try:
                found = self._held.waiting(size + len(hopeless))
                batch = [stored for stored in found if stored.id not in hopeless][:size]
                more = bool(batch or hopeless)
                if batch:
                    meanings = self._held.meanings(batch)
                    if not self._stopping:
                        self._held.place(batch, meanings)
            except Exception as error:  # noqa: BLE001  whatever it is, they wait on
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
                self._went_well()
            elif hopeless:
                hopeless.clear()
                self._rest(LONGEST_PAUSE_SECONDS)

    def _goes_on(self, *, more: bool) -> bool:
        """Whether the thread does; else it has ended here, and what is inserted from now on begins another one."""
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

    def _went_well(self) -> None:
        with self._state:
            self._failures, self.trouble = 0, None

    def _failed(self, error: Exception, size: int) -> None:
        told = f"{type(error).__name__}: {error}"
        if told != self._warned[0] or time.monotonic() - self._warned[1] > LONGEST_PAUSE_SECONDS:
            self._warned = told, time.monotonic()
            logger.warning(
                "%d passages of archive '%s' wait on for their vectors: %s", size, self._held.archive_id, told
            )
        with self._state:
            self._failures, self.trouble = self._failures + 1, told
            # nobody can mend these by waiting, or nobody is left to wait
            self._stopping = self._stopping or self._abandoned or isinstance(error, ConfigurationError)
            self._state.notify_all()


_at_work: weakref.WeakSet[Pending] = weakref.WeakSet()


def _finish() -> None:
    until = time.monotonic() + EXIT_SECONDS
    for pending in list(_at_work):
        pending.stop(max(0.0, until - time.monotonic()))


def checked_vectors(
    space: Space, vectors: Sequence[Sequence[float]], count: int
) -> Sequence[Sequence[float]]:
    """The vectors, if they are what was asked for. Qdrant Edge would take a NaN and never find the passage again."""
    if len(vectors) != count:
        raise ModelError(
            f"embedding model {space} gave {len(vectors)} vectors for {count} texts. Check its endpoint."
        )
    for number, vector in enumerate(vectors, 1):
        if len(vector) != space.dimension:
            raise ModelError(
                f"embedding model {space} gave a vector of {len(vector)} numbers for text {number} of {count}. "
                f"Configure the dimension that it has."
            )
        if not all(map(math.isfinite, vector)):
            raise ModelError(
                f"embedding model {space} gave a vector with NaN or infinity for text {number} of {count}. Nothing of "
                f"this batch was stored; check its endpoint and try again."
            )
    return vectors
