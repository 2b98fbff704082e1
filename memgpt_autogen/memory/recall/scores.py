"""Scores of places of the log, and sets of places: what the ranking computes with.

A place is where a turn is in the conversation. Looking up the hits of a common word in a table takes a tenth
of the time of sorting them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TABLE = 100_000
"""A table for all places between two is fast while it has at most so many."""

NOWHERE: NDArray[np.int64] = np.array([], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Scores:
    """A score for each of some places. No place occurs twice."""

    places: NDArray[np.int64]
    values: NDArray[np.float64]

    @classmethod
    def from_dict(cls, scores: Mapping[int, float]) -> Scores:
        places = np.fromiter(scores, dtype=np.int64, count=len(scores))
        return cls(places, np.fromiter(scores.values(), dtype=np.float64, count=len(scores)))

    def __len__(self) -> int:
        return self.places.size

    def best(self, count: int) -> list[int]:
        """Return the places of the `count` best scores; of equal scores, the later place first."""
        best: list[int] = self.places[self._order(count)].tolist()
        return best

    def first(self, count: int) -> Scores:
        """Return the `count` best scores."""
        if len(self) <= count:
            return self
        best = self._order(count)
        return Scores(self.places[best], self.values[best])

    def _order(self, count: int) -> NDArray[np.int64]:
        """Return where the `count` best scores are, the best first."""
        kept = np.arange(len(self))
        if 0 < count < len(self):  # sorting all takes ten times as long as finding the least of the best
            kept = np.flatnonzero(self.values >= np.partition(self.values, -count)[-count])
        order: NDArray[np.int64] = kept[np.lexsort((-self.places[kept], -self.values[kept]))[:count]]
        return order

    def at(self, places: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the scores of these places, 0 for a place without one."""
        if not len(self):
            return np.zeros(len(places))
        known, values = self.places, self.values
        if np.any(known[1:] < known[:-1]):
            order = np.argsort(known)
            known, values = known[order], values[order]
        asked = np.asarray(places, dtype=np.int64)
        found = np.minimum(np.searchsorted(known, asked), known.size - 1)
        scores: NDArray[np.float64] = np.where(known[found] == asked, values[found], 0.0)
        return scores

    def among(self, places: NDArray[np.int64]) -> Scores:
        """Return the scores of these places alone."""
        kept = np.isin(self.places, places)
        return Scores(self.places[kept], self.values[kept])

    def normalised(self) -> Scores:
        """Scale the scores from 0 for the smallest to 1 for the largest; all are 1 if they are equal."""
        if not self.places.size:
            return self
        least, largest = self.values.min(), self.values.max()
        spread = largest - least
        return Scores(self.places, (self.values - least) / spread if spread else np.ones_like(self.values))


def distinct(places: NDArray[np.int64], reach: int = 0) -> NDArray[np.int64]:
    """Return the distinct places of these, and those within `reach` of them, in order.

    It marks them in a table of all places. To sort ten thousand takes ten times as long.
    """
    if not places.size:
        return places
    first = int(places.min()) - reach
    found = np.zeros(int(places.max()) + reach - first + 1, dtype=np.bool_)
    for offset in range(-reach, reach + 1):
        found[places + (offset - first)] = True
    return np.flatnonzero(found) + first


def ranks(ordered: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where in `ordered` each of the places is; -1 for those that are not in it."""
    if not ordered.size or not places.size:
        return np.full(places.shape, -1)
    first = min(int(ordered[0]), int(places.min()))
    size = max(int(ordered[-1]), int(places.max())) - first + 1
    if size >= TABLE:
        found = np.minimum(np.searchsorted(ordered, places), ordered.size - 1)
        return np.where(ordered[found] == places, found, -1)
    table = np.full(size, -1)
    table[ordered - first] = np.arange(ordered.size)
    return table[places - first]


def in_all(groups: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the places that are in each group, in order. In a group, no place occurs twice."""
    if not groups or not all(group.size for group in groups):
        return NOWHERE
    count = np.zeros(max(int(group.max()) for group in groups) + 1, dtype=np.int32)
    for group in groups:
        count[group] += 1
    return np.flatnonzero(count == len(groups))


def places_of(hits: Sequence[Scores]) -> NDArray[np.int64]:
    """Return all places of these, some more than once."""
    return np.concatenate([found.places for found in hits]) if hits else NOWHERE


def best_of(hits: Sequence[Scores]) -> Scores:
    """Return the best score at each place."""
    places = np.concatenate([found.places for found in hits])
    return Scores(*_reduced(np.maximum, places, np.concatenate([found.values for found in hits])))


def merged(one: Scores, other: Scores) -> Scores:
    """Return the scores of both; where both have a place, that of `other`."""
    if not len(one) or not len(other):
        return other if len(other) else one
    size = max(int(one.places.max()), int(other.places.max())) + 1
    taken = np.zeros(size, dtype=np.bool_)
    taken[other.places] = True
    alone = ~taken[one.places]
    return Scores(
        np.concatenate((one.places[alone], other.places)), np.concatenate((one.values[alone], other.values))
    )


def summed(parts: Iterable[tuple[float, Scores]]) -> Scores:
    """Return the weighted sum of scores."""
    parts = [part for part in parts if len(part[1])]
    if len(parts) == 1:
        ((weight, found),) = parts
        return Scores(found.places, weight * found.values)
    if not parts:
        return Scores.from_dict({})
    place = np.concatenate([found.places for _, found in parts])
    score = np.concatenate([weight * found.values for weight, found in parts])
    first = int(place.min())
    if int(place.max()) - first >= TABLE:
        return Scores(*_reduced(np.add, place, score))
    total = np.asarray(np.bincount(place - first, weights=score), dtype=np.float64)
    places = distinct(place)
    return Scores(places, total[places - first])


def _reduced(
    how: np.ufunc, keys: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if not keys.size:
        return keys, values
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    return keys[starts], how.reduceat(values, starts)
