"""One more score for the best results of a search: a reranker's, beside all others.

It is never the only judge: rerankers that were trained on pages of the web lower what conversations find. See
docs/decisions/0102.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.protocols import Reranker
from memgpt_autogen.llm.rerankers.base import scores_of

if TYPE_CHECKING:
    from memgpt_autogen.memory.recall.search import RecallPage, Utterance

TOP = 50
"""How many of the best results are reranked."""

WEIGHT = 0.2
"""What the reranker's best result gains; the best score of the search itself is 1.0."""

RERANKED_CHARS = 2000
"""How many characters of a result a reranker reads. Most read no more."""

Search = Callable[[int, int], "RecallPage"]
"""Returns a page of results, by its number from 0 and its size."""


def search_reranked(search: Search, reranker: Reranker, query: str, page: int, page_size: int) -> RecallPage:
    """Return a page of a search whose `TOP` results are reranked.

    If the reranker fails, they stay as they are, and `trouble` says why.
    """
    first, end = page * page_size, (page + 1) * page_size
    if first >= TOP:
        return search(page, page_size)
    found = search(0, max(end, TOP))
    head, rest, trouble = found.items[:TOP], found.items[TOP:], found.trouble
    if len(head) > 1:
        try:
            head = reranked(head, scores_of(reranker, query, list(map(_shown, head))))
        except (ModelError, ConfigurationError) as error:
            trouble = "; ".join(filter(None, (trouble, f"not reranked: {error}")))
    return replace(found, items=[*head, *rest][first:end], page=page, page_size=page_size, trouble=trouble)


def reranked(items: Sequence[Utterance], scores: Sequence[float]) -> list[Utterance]:
    """Return the results in the order of their own scores and a reranker's, which may have any range."""
    best = max(item.score for item in items)
    least, spread = min(scores), max(scores) - min(scores)
    if spread <= 0:
        return list(items)
    total = [
        (item.score / best if best > 0 else 1 / (1 + rank)) + WEIGHT * (score - least) / spread
        for rank, (item, score) in enumerate(zip(items, scores, strict=True))
    ]
    order = sorted(range(len(items)), key=lambda number: -total[number])
    return [replace(items[number], score=round(total[number], 4)) for number in order]


def _shown(item: Utterance) -> str:
    return f"{item.name}: {item.part or item.text}"[:RERANKED_CHARS]
