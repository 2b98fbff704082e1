"""The ranking of a search: one order of all that it finds, of which every page is a slice."""

from __future__ import annotations

from collections.abc import Sequence
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
        sharing = replace(where, terms=tuple(words))
        lexical = index.by_words(where, words, HEAD)
        self._sharing = len(lexical) if len(lexical) < HEAD else index.count(sharing)
        self._head = ordered(lexical)
        self.total = self._sharing
        self.words = {hit.id: hit.score for hit in lexical}
        self.meaning: dict[str, float] = {}
        if meaning is not None:
            nearest = index.by_meaning(where, meaning, NEAREST)
            self.meaning = {hit.id: hit.score for hit in nearest}
            scores = fused(self.words, self.meaning)
            known = {hit.id: hit for hit in (*lexical, *nearest)}
            self._head = ordered([replace(known[id_], score=score) for id_, score in scores.items()])
            others = tuple(hit.id for hit in nearest if hit.id not in self.words)
            lexical_too = index.count(replace(sharing, ids=others)) if self._sharing > HEAD else 0
            self.total += len(others) - lexical_too

    def slice(self, first: int, behind: int) -> list[Hit]:
        if behind <= len(self._head) or first >= self.total or len(self._head) == self.total:
            return self._head[first:behind]
        seen = {hit.id for hit in self._head}
        lexical = ordered(self._index.by_words(self._where, self._words, self._sharing))
        best = max(self.words.values(), default=1.0) or 1.0
        least = self._head[-1].score
        tail = [
            replace(hit, score=min(least, hit.score / best)) if self.meaning else hit
            for hit in lexical
            if hit.id not in seen
        ]
        return [*self._head, *tail][first:behind]


def ordered(hits: Sequence[Hit]) -> list[Hit]:
    by_time = sorted(sorted(hits, key=lambda hit: hit.id), key=lambda hit: hit.created_at, reverse=True)
    return sorted(by_time, key=lambda hit: -hit.score)
