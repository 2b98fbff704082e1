"""The ranking of a search: one order of all that it finds, of which every page is a slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from memgpt_autogen.memory.index import RRF_K, Hit, PassageIndex, Where

HEAD = 200
"""How many of the best lexical hits are ranked with one request; only pages behind them need more."""

NEAREST = 100
"""How many passages a search adds for their meaning alone."""


class Ranking:
    """The one order of all that a search finds, of which every page is a slice.

    Its head is ranked by the index: the `HEAD` best lexical hits, fused with the `NEAREST` by meaning where there is one. The
    lexical hits behind them follow in lexical order. Of equal scores the newer comes first, then the smaller id,
    since the index orders them anyhow.
    """

    def __init__(
        self, index: PassageIndex, where: Where, words: dict[int, float], meaning: Sequence[float] | None
    ) -> None:
        self._index = index
        self._where = where
        self._words = words
        sharing = replace(where, terms=tuple(words))
        self._sharing = index.count(sharing)
        self._fused = meaning is not None
        if meaning is None:
            head = index.by_words(where, words, HEAD)
        else:
            head = index.fused(where, words, meaning, HEAD, NEAREST)
        self._head = _ordered(head)
        self.total = len(head)
        if self._sharing > HEAD:
            lexical = replace(sharing, ids=tuple(hit.id for hit in head))
            self.total += self._sharing - index.count(lexical)

    def slice(self, first: int, behind: int) -> list[Hit]:
        if behind <= len(self._head) or first >= self.total or len(self._head) == self.total:
            return self._head[first:behind]
        seen = {hit.id for hit in self._head}
        lexical = _ordered(self._index.by_words(self._where, self._words, self._sharing))
        tail = [
            replace(hit, score=min(self._head[-1].score, 1 / (RRF_K + rank))) if self._fused else hit
            for rank, hit in enumerate(lexical)
            if hit.id not in seen
        ]
        return [*self._head, *tail][first:behind]


def _ordered(hits: Sequence[Hit]) -> list[Hit]:
    by_time = sorted(sorted(hits, key=lambda hit: hit.id), key=lambda hit: hit.created_at, reverse=True)
    return sorted(by_time, key=lambda hit: -hit.score)
