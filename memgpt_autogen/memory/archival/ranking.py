"""The ranking of a search: one order of everything that it finds. Every page is a slice of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter

from memgpt_autogen.memory.qdrant.fusion import fused
from memgpt_autogen.memory.qdrant.protocol import Hit, PassageIndex, Question, Stored, Where

HEAD = 100
"""How many of the best lexical hits one request ranks. Only later pages need more requests."""

NEAREST = 50
"""How many passages a search adds only because of their meaning."""

SHOWN = 25
"""A search of a distant archive brings its page with it, if that ends at most here, as those of tools do."""


class Ranking:
    """The order of everything that a search finds.

    Its head contains the `HEAD` best lexical hits, fused with the `NEAREST` by meaning if there is one. The
    other lexical hits follow in lexical order. Of hits with equal scores, the newer comes first, then the
    smaller id. `counted`: the total will be read. `shown`: where the page ends that will be read.
    """

    def __init__(
        self,
        index: PassageIndex,
        where: Where,
        words: dict[int, float],
        meaning: Sequence[float] | None,
        *,
        counted: bool = False,
        shown: int = 0,
    ) -> None:
        self._index = index
        self._where = where
        self._words = words
        # where reading them later would be a trip of its own, times come with the hits
        self._fields = ("created_at",) if index.distant else ()
        self._times: dict[str, str] = {}
        self.stored: dict[str, Stored] = {}
        """Passages that came with the answers, by their ids."""
        shown = shown if index.distant and shown <= SHOWN else 0
        by_words, by_meaning = _brought(shown)
        questions = [Question(where, HEAD, words=words, fields=self._fields, whole=by_words)]
        if meaning is not None:
            near = Question(where, NEAREST, meaning=meaning, fields=self._fields, whole=by_meaning)
            questions.append(near)
        answers = list(map(self._noted, index.ask(questions)))
        self.words = _rounded(answers[0])
        self._whole = len(self.words) < HEAD
        self.meaning: dict[str, float] = {}
        scores = self.words
        if meaning is not None:
            self.meaning = {hit.id: hit.score for hit in answers[1]}
            scores = fused(self.words, self.meaning)
        self._head = _best_first(scores.items())
        sharing = replace(where, terms=tuple(words))
        self._others = tuple(id_ for id_ in self.meaning if id_ not in self.words)
        self._sharing: Callable[[], int] = partial(index.count, sharing)
        self._others_sharing: Callable[[], int] = partial(index.count, replace(sharing, ids=self._others))
        if counted and not self._whole:
            self._sharing = index.ahead(self._sharing)
            self._others_sharing = index.ahead(self._others_sharing) if self._others else self._others_sharing

    @property
    def is_empty(self) -> bool:
        return not self._head

    def total(self) -> int:
        """Return how many there are. This is exact, and counted with each call or beside the search."""
        if self._whole:
            return len(self._head)
        return self._sharing() + len(self._others) - (self._others_sharing() if self._others else 0)

    def slice(self, first: int, behind: int) -> list[Hit]:
        """Return the hits from the place `first` on, up to `behind`, which is not included."""
        head = self._ordered(self._head, first, behind)
        if self._whole or behind <= len(self._head):
            return head
        # all of them, because which of several equal hits the index returns depends on the limit
        everything = Question(self._where, self.total(), words=self._words, fields=self._fields)
        lexical = _best_first(_rounded(self._noted(self._index.ask([everything])[0])).items())
        seen = {id_ for id_, _ in self._head}
        others = [scored for scored in lexical if scored[0] not in seen]
        tail = self._ordered(others, max(0, first - len(self._head)), behind - len(self._head))
        if self.meaning:
            best = max(self.words.values(), default=1.0) or 1.0
            least = self._head[-1][1]
            tail = [hit._replace(score=min(least, hit.score / best)) for hit in tail]
        return head + tail

    def _ordered(self, scored: Sequence[_Scored], first: int, behind: int) -> list[Hit]:
        """Return a slice of ids that are ordered by score.

        Times are read only for hits with equal scores.
        """
        start, end = min(first, len(scored)), min(behind, len(scored))
        while 0 < start < end and scored[start - 1][1] == scored[start][1]:
            start -= 1
        while start < end < len(scored) and scored[end][1] == scored[end - 1][1]:
            end += 1
        near = [Hit(*each) for each in scored[start:end]]
        often = Counter(hit.score for hit in near)
        equal = [hit.id for hit in near if often[hit.score] > 1]
        if unknown := [id_ for id_ in equal if id_ not in self._times]:
            if len(near) <= 2 * (behind - first):  # then one request also reads the passages of the page
                found = self._index.read(self._where, [hit.id for hit in near if hit.id not in self.stored])
                self.stored |= {each.id: each for each in found}
                self._times |= {each.id: each.payload["created_at"] for each in found}
            else:
                self._times |= self._index.times(self._where, unknown)
        times = self._times
        by_id = sorted(near, key=lambda hit: hit.id)
        newest = sorted(by_id, key=lambda hit: times.get(hit.id, ""), reverse=True)
        newest.sort(key=lambda hit: -hit.score)
        return newest[first - start : behind - start]

    def _noted(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        """Note the times of hits that have them, and the passages that came with them."""
        self._times |= {hit.id: hit.payload["created_at"] for hit in hits if hit.payload}
        self.stored |= {hit.id: hit.stored for hit in hits if hit.stored}
        return hits


def _brought(shown: int) -> tuple[int, int]:
    """Return how many of the best by words, and by meaning, are brought to show the first ones.

    A passage of the first page, of 10 or 25, was behind these in both orders in none of 240 searches of NQ
    and LoCoMo with wordllama.
    """
    return (2 * shown + 10, shown + 10) if shown else (0, 0)


_Scored = tuple[str, float]
"""An id and its score."""


def _best_first(scores: Iterable[_Scored]) -> list[_Scored]:
    return sorted(scores, key=itemgetter(1), reverse=True)


def _rounded(hits: Iterable[Hit]) -> dict[str, float]:
    """Return the scores by their ids, rounded to 13 bits, so that equally good hits have equal scores.

    These are about four digits. The engine adds in single precision, and in a different order in each of its
    segments.
    """
    apart = ((hit.id, hit.score, hit.score * _SPLIT) for hit in hits)
    return {id_: large - (large - score) for id_, score, large in apart}


_SPLIT = 2.0**40 + 1
"""Rounds to 53 - 40 bits (Veltkamp 1968, as in Dekker 1971), in a fifth of the time of `frexp`."""
