"""Windows: what a turn of a conversation is worth to a query, by its own words and by those around it.

An answer seldom repeats the question's words; the turns before it do. So each word of the query counts for a turn in the best
of its places around it, weighted by how far off that is, and the turn's score is the sum over the words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

AROUND = (0.2, 0.3, 0.4, 0.7, 1.0, 0.5, 0.4, 0.3, 0.2)
"""What a word counts that stands four turns before, ..., in the turn itself, ..., four turns behind it.

The turn just before counts more than the one behind: answers follow questions.
"""

REACH = len(AROUND) // 2
"""Turns that a window reaches to either side."""

_OFFSETS = np.arange(REACH, -REACH - 1, -1)  # a word at place p counts for the turn at p + offset
_WEIGHTS = np.array(AROUND)

LENGTH_WEIGHT = 0.4
FULL_LENGTH = 50
"""Words beyond which a longer turn says no more about one thing."""
FALL = 0.2


@dataclass(frozen=True, slots=True)
class Scores:
    """A score for each of some places, which are all different."""

    places: NDArray[np.int64]
    values: NDArray[np.float64]

    @classmethod
    def of(cls, scores: Mapping[int, float]) -> Scores:
        places = np.fromiter(scores, dtype=np.int64, count=len(scores))
        return cls(places, np.fromiter(scores.values(), dtype=np.float64, count=len(scores)))

    def __len__(self) -> int:
        return self.places.size

    def best(self, count: int) -> list[int]:
        """The places of the `count` best, the later of equals first."""
        best: list[int] = self.places[np.lexsort((-self.places, -self.values))[:count]].tolist()
        return best

    def at(self, places: Sequence[int]) -> NDArray[np.float64]:
        """The scores of these places; 0 where there is none."""
        order = np.argsort(self.places)
        known, values = self.places[order], self.values[order]
        asked = np.asarray(places, dtype=np.int64)
        if not known.size:
            return np.zeros(asked.size)
        found = np.minimum(np.searchsorted(known, asked), known.size - 1)
        scores: NDArray[np.float64] = np.where(known[found] == asked, values[found], 0.0)
        return scores

    def among(self, places: NDArray[np.int64]) -> Scores:
        """The scores of these places alone."""
        kept = np.isin(self.places, places)
        return Scores(self.places[kept], self.values[kept])

    def normalised(self) -> Scores:
        """From 0 for the least to 1 for the largest; 1 where all are the same."""
        if not self.places.size:
            return self
        least, largest = self.values.min(), self.values.max()
        spread = largest - least
        return Scores(self.places, (self.values - least) / spread if spread else np.ones_like(self.values))


def reached(places: Sequence[int]) -> NDArray[np.int64]:
    """These places and all within reach of them."""
    around = np.unique(np.asarray(places, dtype=np.int64)[:, None] + _OFFSETS)
    return around[around > 0]


def windows(hits: Sequence[Scores]) -> Scores:
    """The score of every place within reach of a hit. `hits` has BM25 for each word of the query."""
    filled = [(number, found) for number, found in enumerate(hits) if len(found)]
    if not filled:
        return Scores.of({})
    place = np.concatenate([(found.places[:, None] + _OFFSETS).ravel() for _, found in filled])
    score = np.concatenate([(found.values[:, None] * _WEIGHTS).ravel() for _, found in filled])
    word = np.concatenate([np.full(len(found) * _OFFSETS.size, number) for number, found in filled])
    # the best of each word at each place, then the sum over the words
    places, score = _reduced(np.maximum, place * len(hits) + word, score)
    return Scores(*_reduced(np.add, places // len(hits), score))


def length_prior(words: int) -> float:
    """How much a turn of so many words is likely to say: more with its length, and less where it says many things."""
    prior = 1 + LENGTH_WEIGHT * math.log1p(min(words, FULL_LENGTH))
    return prior * (FULL_LENGTH / words) ** FALL if words > FULL_LENGTH else prior


def merged(one: Scores, other: Scores) -> Scores:
    """The places of both; where they share one, the score of `other`."""
    alone = ~np.isin(one.places, other.places)
    return Scores(
        np.concatenate((one.places[alone], other.places)), np.concatenate((one.values[alone], other.values))
    )


def summed(parts: Iterable[tuple[float, Scores]]) -> Scores:
    """The weighted sum of scores."""
    parts = list(parts)
    place = np.concatenate([found.places for _, found in parts])
    score = np.concatenate([weight * found.values for weight, found in parts])
    return Scores(*_reduced(np.add, place, score)) if place.size else Scores.of({})


def _reduced(
    how: np.ufunc, keys: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    return keys[starts], how.reduceat(values, starts)
