"""Windows: what a turn of a conversation is worth to a query, by its own words and by those around it.

An answer seldom repeats the question's words; the turns before it do. So each word of the query counts for a turn in the best
of its places around it, weighted by how far off that is, and the turn's score is the sum over the words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

AROUND = (0.2, 0.3, 0.4, 0.7, 1.0, 0.5, 0.4, 0.3, 0.2)
"""What a word counts that stands four turns before, ..., in the turn itself, ..., four turns behind it.

The turn just before counts more than the one behind: answers follow questions.
"""

REACH = len(AROUND) // 2
"""Turns that a window reaches to either side."""

LENGTH_WEIGHT = 0.4
FULL_LENGTH = 50
"""Words beyond which a longer turn says no more about one thing."""
FALL = 0.2


def windows(hits: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """The score of every place within reach of a hit. `hits` has, for each word of the query, the places and their BM25."""
    import numpy as np  # late: it takes a tenth of a second, and most turns search nothing

    offsets = np.arange(REACH, -REACH - 1, -1)  # a word at place p counts for the turn at p + offset
    weights = np.array(AROUND)
    numbers, places, scores = [], [], []
    for number, found in enumerate(hits):
        if found:
            at = np.fromiter(found, dtype=np.int64, count=len(found))
            fits = np.fromiter(found.values(), dtype=np.float64, count=len(found))
            places.append((at[:, None] + offsets).ravel())
            scores.append((fits[:, None] * weights).ravel())
            numbers.append(np.full(places[-1].size, number))
    if not places:
        return {}
    place, word, score = np.concatenate(places), np.concatenate(numbers), np.concatenate(scores)
    # the best of each word at each place, then the sum over the words
    order = np.lexsort((word, place))
    place, word, score = place[order], word[order], score[order]
    starts = np.flatnonzero(np.r_[True, (place[1:] != place[:-1]) | (word[1:] != word[:-1])])
    best, place = np.maximum.reduceat(score, starts), place[starts]
    starts = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
    total = np.add.reduceat(best, starts)
    return dict(zip(place[starts].tolist(), total.tolist(), strict=True))


def length_prior(words: int) -> float:
    """How much a turn of so many words is likely to say: more with its length, and less where it says many things."""
    prior = 1 + LENGTH_WEIGHT * math.log1p(min(words, FULL_LENGTH))
    return prior * (FULL_LENGTH / words) ** FALL if words > FULL_LENGTH else prior
