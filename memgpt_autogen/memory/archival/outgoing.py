"""Passages of an archive that wait for its server: they are kept, searched by their words, and delivered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from memgpt_autogen.errors import ArchiveAwayError, MemGPTError, StorageError
from memgpt_autogen.memory.archival.entries import entry_of, piece_of
from memgpt_autogen.memory.passages import Passage, PassageFilter, Piece, distinct
from memgpt_autogen.memory.qdrant.protocol import Scope, Space, Stored
from memgpt_autogen.memory.storage.outbox import CLAIM_SECONDS, Outbox
from memgpt_autogen.text.equal import equal_names, fold, is_equal
from memgpt_autogen.text.safe import clean_text

logger = logging.getLogger(__name__)

MOST = 256
"""How many passages are delivered at once."""

SEARCH_SECONDS, DELETION_SECONDS = 1.0, 15.0
"""How long a search, and how long a deletion, waits for another thread or process that delivers."""

TROUBLE = "the server of archival memory does not answer; only what was stored since then was searched"
"""Why a search did not find all, as a model reads it."""


class Outgoing:
    """The passages of one archive that wait.

    `insert` stores some in the archive, and `stored` is called after that: their vectors may follow.
    """

    def __init__(
        self,
        outbox: Outbox,
        insert: Callable[[Sequence[Piece]], object],
        stored: Callable[[], object] | None = None,
    ) -> None:
        self._outbox = outbox
        self._scope = Scope(outbox.archive_id, Space())
        self._insert = insert
        self._stored = stored
        self._inside = threading.local()

    def keep(self, pieces: Sequence[Piece]) -> None:
        """Keep passages until the server answers again."""
        self._outbox.put([(piece.passage.id, entry_of(self._scope, piece).payload) for piece in pieces])

    def pieces(self) -> list[Piece]:
        """Return what waits, in order; a passage that was inserted several times is there once."""
        found: dict[str, Piece] = {}
        for kept in self._outbox.kept():
            piece = piece_of(Stored(kept.id, kept.payload))
            first = found.setdefault(kept.id, piece)
            tags = distinct((*first.passage.tags, *piece.passage.tags))
            found[kept.id] = replace(first, passage=replace(first.passage, tags=tags))
        return list(found.values())

    def count(self) -> int:
        """Return how many passages wait."""
        return self._outbox.count()

    def find(self, words: Mapping[int, float], filters: PassageFilter) -> list[tuple[Passage, float]]:
        """Return the passages that share a word and pass the filters, best first, with their scores."""
        filters = filters.checked()
        scored = []
        for piece in self.pieces():
            held = entry_of(self._scope, piece).words
            score = sum(weight * held[word] for word, weight in words.items() if word in held)
            if score and _passes(piece.passage, filters):
                scored.append((piece.passage, score))
        return sorted(scored, key=lambda each: -each[1])

    def matching(self, filters: PassageFilter, ids: Sequence[str] | None, text: str | None) -> list[Passage]:
        """Return the passages that meet every condition, as a deletion understands them."""
        filters = filters.checked()
        wanted = None if text is None else _plain(text)
        return [
            piece.passage
            for piece in self.pieces()
            if _passes(piece.passage, filters)
            and (ids is None or piece.passage.id in ids)
            and (wanted is None or wanted in _plain(piece.passage.text))
        ]

    def deliver(self) -> int:
        """Store in the archive what waits, in order. Returns how many passages that were.

        Raises what the archive raises. What was not stored still waits then.
        """
        if getattr(self._inside, "delivering", False) or self._outbox.is_empty():
            return 0
        self._inside.delivering, delivered = True, 0
        try:
            while claimed := self._outbox.claim(MOST):
                try:
                    self._insert([piece_of(Stored(kept.id, kept.payload)) for kept in claimed])
                except BaseException:
                    self._outbox.release(claimed)
                    raise
                self._outbox.delivered(claimed)
                delivered += len(claimed)
            self._outbox.wait(SEARCH_SECONDS)  # another one may deliver at this moment
        finally:
            self._inside.delivering = False
            if delivered and self._stored is not None:
                self._stored()
        return delivered

    def deliver_first(self) -> None:
        """Deliver what waits, before the archive is used. Raises `ArchiveAwayError` while it is away.

        Where another error stops it, such as another embedding model, the archive is used without it.
        """
        try:
            self.deliver()
        except ArchiveAwayError:
            raise
        except MemGPTError as error:
            archive = self._outbox.archive_id
            logger.warning("what waits for archive '%s' cannot be delivered: %s", archive, error)

    def remove(self, ids: Collection[str] | None = None) -> int:
        """Forget the passages of these ids, or all. Returns how many passages that were."""
        return self._outbox.remove(ids)

    def settle(self) -> None:
        """Wait until nothing is on its way, before something is deleted: it would come after that.

        Raises `StorageError` if another one delivers for long.
        """
        if self.count() and not self._outbox.wait(DELETION_SECONDS):
            raise StorageError(
                f"passages of archive '{self._outbox.archive_id}' are being delivered to its server by "
                f"another process. Try again in {CLAIM_SECONDS:g} seconds."
            )


def _plain(text: str) -> str:
    return " ".join(fold(clean_text(text)).split())


def _passes(passage: Passage, filters: PassageFilter) -> bool:
    matches = all if filters.tag_match_mode == "all" else any
    return (
        (not filters.tags or matches(equal_names(tag, passage.tags) for tag in filters.tags))
        and (not filters.sources or any(is_equal(name, passage.source or "") for name in filters.sources))
        and (filters.start is None or passage.created_at >= filters.start)
        and (filters.end is None or passage.created_at <= filters.end)
        and (filters.as_of is None or not (mark := passage.superseded_by) or mark > filters.as_of)
    )
