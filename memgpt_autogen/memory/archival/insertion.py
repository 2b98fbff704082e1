"""Insertions into an archive: texts are split into passages and written in batches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ArchiveAwayError
from memgpt_autogen.memory.archival import chains
from memgpt_autogen.memory.archival.delivery import Delivery
from memgpt_autogen.memory.archival.store import BATCH, ArchiveStore
from memgpt_autogen.memory.passages import Passage, Piece, part_id
from memgpt_autogen.memory.qdrant.embedding_queue import EmbeddingQueue
from memgpt_autogen.text.chunking import split_lines, split_text


def insert(
    store: ArchiveStore,
    delivery: Delivery,
    pending: EmbeddingQueue,
    pieces: Sequence[Piece],
    *,
    later: bool,
    just_made: bool,
    progress: Progress | None,
) -> list[Passage]:
    """Insert in batches. Where the server is away and there is an outbox, the rest waits there.

    `later` and `just_made` as in `ArchiveStore.insert`.
    """
    passages: list[Passage] = []
    for first in range(0, len(pieces), BATCH):
        batch = pieces[first : first + BATCH]
        try:
            passages += store.insert(batch, anew=True, later=later, just_made=just_made)
        except ArchiveAwayError:
            if not delivery.keep(pieces[first:]):
                raise
            return passages + [piece.passage for piece in pieces[first:]]
        if progress:
            progress(len(passages), len(pieces))
    if later and pieces:
        pending.begin()
    else:
        pending.look()
    return passages


def insert_replacing(
    store: ArchiveStore,
    delivery: Delivery,
    pending: EmbeddingQueue,
    pieces: Sequence[Piece],
    replaces: Sequence[str],
    *,
    later: bool,
) -> list[Passage]:
    """Insert the pieces of one text, and mark what it replaces, with the last of them."""
    with store.alone():
        pieces = store.next_edition(pieces)
        both = chains.linked(store, pieces, replaces)
        stored = insert(store, delivery, pending, both, later=later, just_made=False, progress=None)
    return stored[: len(pieces)]


def split(
    parent: str,
    text: str,
    tags: tuple[str, ...],
    source: str | None,
    created_at: datetime,
    size: int,
    *,
    exact: bool,
) -> list[Piece]:
    """Return a text as pieces of at most `size` characters. With `exact`, these are whole lines."""
    texts = (split_lines if exact else split_text)(text, size)
    return [
        Piece(Passage(part_id(parent, part), text, tags, source, created_at, parent, part, len(texts)), gap)
        for part, (text, gap) in enumerate(texts, 1)
    ]
