"""The ranking of a search: one order of all that it finds, of which every page is a slice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from memgpt_autogen.memory.fusion import fused
from memgpt_autogen.memory.index import Hit, PassageIndex, Where

HEAD = 200
"""How many of the best lexical hits are ranked with one request; only pages behind them need more."""

NEAREST = 100
"""How many passages a search adds for their meaning alone."""


class Ranking:
    """The one order of all that a search finds, of which every page is a slice.

    Its head are the `HEAD` best lexical hits, fused with the `NEAREST` by meaning where there is one. The lexical hits behind
    them follow in lexical order. Of equal scores the newer comes first, then the smaller id.
    """

    def __init__(
        self, index: PassageIndex, where: Where, words: dict[int, float], meaning: Sequence[float] | None
    ) -> None:
        self._index = index
        self._where = where
        self._words = words
        lexical = index.by_words(where, words, HEAD)
        self._whole = len(lexical) < HEAD
        self._head = lexical
        self.words = {hit.id: hit.score for hit in lexical}
        self.meaning: dict[str, float] = {}
        if meaning is not None:
            self.meaning = {hit.id: hit.score for hit in index.by_meaning(where, meaning, NEAREST)}
            self._head = [Hit(id_, score) for id_, score in fused(self.words, self.meaning).items()]
        self._head = self._ordered(self._head)

    def total(self) -> int:
        """Exactly how many there are, which is counted with each call."""
        if self._whole:
            return len(self._head)
        sharing = replace(self._where, terms=tuple(self._words))
        others = tuple(id_ for id_ in self.meaning if id_ not in self.words)
        lexical_too = self._index.count(replace(sharing, ids=others)) if others else 0
        return self._index.count(sharing) + len(others) - lexical_too

    def slice(self, first: int, behind: int) -> list[Hit]:
        if self._whole or behind <= len(self._head):
            return self._head[first:behind]
        # all of them, since of equally good ones the index would choose for each limit as it likes
        lexical = self._ordered(self._index.by_words(self._where, self._words, self.total()))
        seen = {hit.id for hit in self._head}
        best = max(self.words.values(), default=1.0) or 1.0
        least = self._head[-1].score
        tail = [
            replace(hit, score=min(least, hit.score / best)) if self.meaning else hit
            for hit in lexical
            if hit.id not in seen
        ]
        return [*self._head, *tail][first:behind]

    def _ordered(self, hits: Sequence[Hit]) -> list[Hit]:
        return ordered(hits, lambda ids: self._index.times(self._where, ids))


def ordered(hits: Sequence[Hit], times: Callable[[Sequence[str]], Mapping[str, str]]) -> list[Hit]:
    """The best first, of equal scores the newer first, then the smaller id. Only the times of those are asked for."""
    often = Counter(hit.score for hit in hits)
    equal = [hit.id for hit in hits if often[hit.score] > 1]
    created = times(equal) if equal else {}
    by_time = sorted(
        sorted(hits, key=lambda hit: hit.id), key=lambda hit: created.get(hit.id, ""), reverse=True
    )
    return sorted(by_time, key=lambda hit: -hit.score)
