"""What waits for the server of an archive: it is delivered later, and deleted with the rest."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from memgpt_autogen.concurrency import start_thread
from memgpt_autogen.errors import ArchiveAwayError, MemGPTError
from memgpt_autogen.memory.archival.entries import entry_of
from memgpt_autogen.memory.archival.store import ArchiveStore
from memgpt_autogen.memory.passages import Passage, PassageFilter, Piece
from memgpt_autogen.memory.qdrant.protocol import Scope, Space

logger = logging.getLogger(__name__)


class Delivery:
    """What waits for the server of one archive. Without an outbox, nothing ever does."""

    def __init__(self, store: ArchiveStore) -> None:
        self._store = store
        self._outgoing = store.outgoing
        self._delivers = _weakly(self._deliver_quietly)

    def keep(self, pieces: Sequence[Piece]) -> bool:
        """Keep passages until the server answers again. Returns whether there is an outbox for them."""
        if self._outgoing is None:
            return False
        self._outgoing.keep(pieces)
        self._deliver_when_back()
        return True

    def count(self) -> int:
        """Return how many passages wait."""
        return 0 if self._outgoing is None else self._outgoing.count()

    def deliver(self) -> int:
        """Store what waits. Returns how many passages that were."""
        return 0 if self._outgoing is None else self._outgoing.deliver()

    def begin(self) -> None:
        """Deliver in the background what an earlier process has left, if it has."""
        if self.count():
            start_thread(self._delivers, name="memgpt-deliver")

    def matching(
        self, filters: PassageFilter, ids: Sequence[str] | None = None, text: str | None = None
    ) -> list[Passage]:
        """Return what waits and meets every condition."""
        return [] if self._outgoing is None else self._outgoing.matching(filters, ids, text)

    def payloads(self, end: datetime | None) -> dict[str, Mapping[str, Any]]:
        """Return what waits, up to a time, by its ids. Another embedding model may keep it for long."""
        scope = Scope(self._store.archive_id, Space())
        waiting = [] if self._outgoing is None else self._outgoing.pieces()
        return {
            piece.passage.id: entry_of(scope, piece).payload
            for piece in waiting
            if end is None or piece.passage.created_at <= end
        }

    def settle(self) -> None:
        """Wait until nothing is on its way, before something is deleted: it would come after that."""
        if self._outgoing is not None:
            self._outgoing.settle()

    def forget(self, ids: Sequence[str] | None = None) -> int:
        """Delete what waits, as it would come back. Returns how many passages that were."""
        return 0 if self._outgoing is None else self._outgoing.remove(ids)

    def _deliver_when_back(self) -> None:
        if not self._store.index.when_back(self._delivers):
            start_thread(self._delivers, name="memgpt-deliver")

    def _deliver_quietly(self) -> None:
        try:
            self.deliver()
        except ArchiveAwayError:
            self._deliver_when_back()
        except MemGPTError as error:  # the next use tries again
            archive = self._store.archive_id
            logger.warning("what waits for archive '%s' cannot be delivered: %s", archive, error)


def _weakly(method: Callable[[], object]) -> Callable[[], object]:
    """Return a function that calls the method as long as its object is used elsewhere."""
    known = weakref.WeakMethod(method)

    def call() -> object:
        found = known()
        return None if found is None else found()

    return call
