"""Several searches in one: their scores are added, so that what answers more than one of them comes first.

Scores say more than ranks: of a query that matches little, the second result is far below the first. See
docs/decisions/0101.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from memgpt_autogen.memory.recall.second_hop import HOP
from memgpt_autogen.memory.signals import Signals

if TYPE_CHECKING:
    from memgpt_autogen.memory.recall.search import RecallPage, Utterance

FUSED = 50
"""How many of the best results of each query are fused. The others follow, in the order of their query."""

WALKED = 500
"""How many results at a time are read behind the fused ones."""

MOST_QUERIES = 8
"""Each query is a search of its own."""

Search = Callable[[str, int, int], "RecallPage"]
"""Returns a page of a query's results, by its number from 0 and its size."""

Follow = Callable[[str, "Sequence[Utterance]"], str]
"""Returns what the second hop searches for, by the query and its first results; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best results of one query, best first, and what they weigh."""

    items: Sequence[Utterance]
    weight: float = 1.0


def distinct_queries(query: str | None, queries: str | Iterable[str] | None) -> list[str]:
    """Return all queries that are not blank, each once, in order; none if there is no other than blank."""
    more = [queries] if isinstance(queries, str) else list(queries or ())
    return list(dict.fromkeys(each.strip() for each in (query or "", *more) if each.strip()))


def search_several(
    search: Search, queries: Sequence[str], page: int, page_size: int, *, follow: Follow | None = None
) -> RecallPage:
    """Return a page of what these queries find together. With `follow`, there is a second hop.

    The total is an estimate as long as some query has more results than are fused.
    """
    heads = [search(query, 0, FUSED) for query in queries]
    head = fused(Ranking(each.items) for each in heads)
    trouble = next(filter(None, (each.trouble for each in heads)), "")
    if follow is not None and not trouble and (more := follow(" ".join(queries), head)):
        head = fused([*(Ranking(each.items) for each in heads), Ranking(search(more, 0, FUSED).items, HOP)])
    whole = all(each.exact and each.total <= len(each.items) for each in heads)
    behind = 0 if whole else sum(each.total - len(each.items) for each in heads)
    total, exact = len(head) + max(behind, 0), whole
    first, end = page * page_size, (page + 1) * page_size
    rest: Iterable[Utterance] = () if whole else _behind(search, queries, {item.seq for item in head})
    items = list(islice(chain(head, rest), first, end))
    if items and len(items) < page_size and end > len(head):  # nothing is left, so all were counted
        total, exact = first + len(items), True
    return replace(
        heads[0], items=items, total=total, page=page, page_size=page_size, exact=exact, trouble=trouble
    )


def fused(rankings: Iterable[Ranking]) -> list[Utterance]:
    """Return the results of all rankings, best first; of equal ones, the newer first.

    The best result of a ranking counts as 1.0, times the ranking's weight.
    """
    scores: dict[int, float] = {}
    found: dict[int, Utterance] = {}
    for ranking in rankings:
        best = max((item.score for item in ranking.items), default=0.0)
        for rank, item in enumerate(ranking.items):
            # what a database found by signs may have no scores, but an order
            share = item.score / best if best > 0 else 1 / (1 + rank)
            scores[item.seq] = scores.get(item.seq, 0.0) + ranking.weight * share
            known = found.get(item.seq)
            found[item.seq] = item if known is None else _joined(known, item)
    order = sorted(scores, key=lambda seq: (-scores[seq], -seq))
    return [replace(found[seq], score=round(scores[seq], 4)) for seq in order]


def _behind(search: Search, queries: Sequence[str], seen: set[int]) -> Iterator[Utterance]:
    """Yield the other results of each query in turn, each result once."""
    for query in queries:
        number, more = 0, True
        while more:
            items = search(query, number, WALKED).items
            for item in items:
                if item.seq not in seen:
                    seen.add(item.seq)
                    yield item
            number, more = number + 1, len(items) == WALKED


def _joined(one: Utterance, other: Utterance) -> Utterance:
    """Return a result that two queries found, with the reasons of both."""
    signals = _union(one.signals, other.signals)
    return replace(one, signals=signals, why=str(signals) or one.why)


def _union(one: Signals, other: Signals) -> Signals:
    words = tuple(dict.fromkeys((*one.words, *other.words)))
    meanings = [each.meaning for each in (one, other) if each.meaning is not None]
    return replace(
        one,
        words=words,
        beside=tuple(word for word in dict.fromkeys((*one.beside, *other.beside)) if word not in words),
        speaker=one.speaker or other.speaker,
        time=one.time or other.time,
        meaning=max(meanings, default=None),
    )
