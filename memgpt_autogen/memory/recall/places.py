"""Places of the log as arrays: which are distinct, which are in several arrays, and where each one is.

Each question marks the places in a table of all places between the first and the last. To sort ten thousand
places takes ten times as long.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TABLE = 100_000
"""A table for all places between two is fast while it has at most so many."""

NOWHERE: NDArray[np.int64] = np.array([], dtype=np.int64)


def distinct(places: NDArray[np.int64], reach: int = 0) -> NDArray[np.int64]:
    """Return the distinct places of these, and those within `reach` of them, in order."""
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
