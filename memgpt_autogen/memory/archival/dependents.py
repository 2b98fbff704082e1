"""What may be outdated since a passage was replaced: a hint from words, without a model."""

from __future__ import annotations

from collections.abc import Collection

from memgpt_autogen.memory.archival import search
from memgpt_autogen.memory.archival.store import ArchiveStore
from memgpt_autogen.memory.passages import Passage, PassageFilter
from memgpt_autogen.memory.qdrant.embedding_queue import EmbeddingQueue
from memgpt_autogen.messages import now
from memgpt_autogen.text.changed_values import ChangedValues

MOST = 5

SEARCHED = 50
"""Among this many of the best results of a search by words."""


def dependents(
    store: ArchiveStore, pending: EmbeddingQueue, old: Passage, new: str, without: Collection[str]
) -> list[Passage]:
    """Return at most `MOST` passages that hold now and cite the old one, or still say what it said.

    `without` has the ids of those that are left out.
    """
    change = ChangedValues.between(old.text, new)
    query = f"{change.query} {old.id}"
    current = PassageFilter(as_of=now())
    found = search.find(store, pending, query, current, 0, SEARCHED, trouble="by words only")
    passages = [hit.passage for hit in found.items if hit.passage.id not in without]
    saying = (each for each in passages if old.id in each.text or change.still_said(each.text))
    return [each for each, _ in zip(saying, range(MOST), strict=False)]
