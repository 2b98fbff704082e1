"""The ranking of a search over a conversation: which turns answer a query, by their words, their meaning and what stands around.

Signals: BM25 in windows of turns (see `windows`), the speaker that the query names, who speaks, how much is said, whether it is a
question itself, and the meaning where there is an embedder.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memgpt_autogen.memory.qdrant.fusion import MEANING
from memgpt_autogen.memory.qdrant.protocol import Where
from memgpt_autogen.memory.recall.index import SaidIndex
from memgpt_autogen.memory.recall.query_dates import MentionedTime

HITS = 300
"""Turns that are looked at for each word; of a word that more turns hold, those are chosen by the other words."""

HEAD = 100
"""Turns that are ranked by all signals; those that hold a word of the query and are not among them follow by BM25."""

NEAREST = 200
"""Turns that a search adds for their meaning alone."""

LOOKED_THROUGH = 1000
"""Turns that are looked through under a filter for the `HEAD` that are ranked."""

EXACT = 10_000
"""Beyond this many results, their number is an estimate until somebody pages so far."""

NAMED, TIMED, OTHERS, ASKING = 1.6, 2.0, 1.5, 0.8
"""What a turn counts more if the query names its speaker or its time, if it is not the agent's own, and less if it asks itself."""

FAINT = 0.25
"""The share of the best score that a turn must reach that holds no word of the query itself."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said, as a ranking needs it."""

    place: int
    seq: int
    name: str
    own: bool
    """Whether the agent said it."""
    text: str
    time: datetime


@dataclass(frozen=True, slots=True)
class RankedTurn:
    turn: Turn
    score: float
    words: tuple[int, ...]
    """Which words of the query it holds, by their numbers."""
    beside: tuple[int, ...]
    """Which others turns around it hold."""
    meaning: float
    """Its cosine, or that of the turn around it which brought it here; 0 where meaning had no part."""
    named: bool
    """Whether the query names the speaker."""
    timed: bool
    """Whether the query names the time."""


class Read(Protocol):
    """Reads turns from the log."""

    def __call__(
        self, places: Sequence[int], *, filtered: bool = False, most: int | None = None
    ) -> list[Turn]:
        """The first of these places' turns that are there, in this order; those that fit the search's filter, if `filtered`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom and when a query names."""

    names: frozenset[str] = frozenset()
    times: Sequence[MentionedTime] = ()
    zone: tzinfo = timezone.utc

    def names_time(self, time: datetime) -> bool:
        return any(each.holds(time, self.zone) for each in self.times)


class TurnRanking:
    """The one order of all that a search finds, of which every page is a slice.

    `words` are the query's terms without the names of those that are `asked` for. `filtered` is what the results must
    fit; `around` is what may lend them its words.
    """

    def __init__(
        self,
        said: SaidIndex,
        read: Read,
        words: Sequence[int],
        *,
        filtered: Where,
        around: Where,
        asked: Asked,
        meaning: Sequence[float] | None = None,
    ) -> None:
        self._said = said
        self._read = read
        self._words = words
        self._filtered = filtered
        self._asked = asked
        narrow = filtered != around
        self._hits = [Scores.of(found) for found in said.by_each_word(around, words, HITS)]
        if narrow:
            more = said.by_each_word(filtered, words, HITS)
            self._hits = [merged(one, Scores.of(two)) for one, two in zip(self._hits, more, strict=True)]
        few = not narrow and all(len(found) < HITS for found in self._hits)
        holding = np.unique(np.concatenate([found.places for found in self._hits])) if self._hits else ()
        self._cosines = Scores.of(said.by_meaning(filtered, meaning, NEAREST) if meaning is not None else {})
        near = windows([self._cosines.normalised()])
        lexical = windows(self._hits)
        best = lexical.values.max(initial=0.0) or 1.0
        places = summed(((1 / best, lexical), (MEANING, near))).best(LOOKED_THROUGH if narrow else HEAD)
        turns = read(places, filtered=narrow, most=HEAD)
        self._complete(around, [turn.place for turn in turns])
        self._head = self._ranked(turns, near)
        self._beside = sum(1 for _, _, holds in self._head if not holds)
        self._holding = len(holding) if few else said.count(filtered, words, exact=False)
        self.exact = few
        if not few and self._holding <= EXACT:
            self._count()

    @property
    def total(self) -> int:
        return self._holding + self._beside

    def slice(self, first: int, behind: int) -> list[RankedTurn]:
        shown = [(turn, score) for turn, score, _ in self._head[first:behind]]
        if behind > len(self._head):
            shown += self._tail(first - len(self._head), behind - len(self._head))
        places = [set(found.places.tolist()) for found in self._hits]
        return [self._told(turn, score, places) for turn, score in shown]

    def _tail(self, first: int, behind: int) -> list[tuple[Turn, float]]:
        """A slice of what follows the head: by BM25, of all that hold a word."""
        if not self.exact:
            self._count()
        seen = {turn.place for turn, _, _ in self._head}
        lexical = Scores.of(self._said.by_words(self._filtered, self._words, self._holding))
        tail = [place for place in lexical.best(len(lexical)) if place not in seen]
        tail = tail[max(first, 0) : behind]
        self._complete(self._filtered, tail)
        least = self._head[-1][1] if self._head else 1.0
        return [(turn, least) for turn in self._read(tail)]

    def _count(self) -> None:
        self._holding, self.exact = self._said.count(self._filtered, self._words), True

    def _complete(self, where: Where, places: Sequence[int]) -> None:
        """Look at all that is within reach of these places, for the words that more turns hold than were looked at."""
        many = [number for number, found in enumerate(self._hits) if len(found) >= HITS]
        if not many or not places:
            return
        near = reached(places).tolist()
        found = self._said.by_each_word(where, [self._words[each] for each in many], len(near), places=near)
        for number, more in zip(many, found, strict=True):
            self._hits[number] = merged(self._hits[number], Scores.of(more))

    def _ranked(self, turns: Sequence[Turn], near: Scores) -> list[tuple[Turn, float, bool]]:
        """The turns in their order with their scores and whether they hold a word; faint echoes are left out."""
        if not turns:
            return []
        places = [turn.place for turn in turns]
        weights = np.array([_weight(turn, self._asked) for turn in turns])
        asking = np.array([ASKING if turn.text.rstrip().endswith(("?", "？")) else 1.0 for turn in turns])
        near_them = reached(places)
        by_words = windows([found.among(near_them) for found in self._hits]).at(places) * weights * asking
        by_meaning = near.at(places) * weights / weights.max()
        scores = by_words / (by_words.max(initial=0.0) or 1.0) + MEANING * by_meaning
        holds = np.zeros(len(turns), dtype=bool)
        for found in self._hits:
            holds |= np.isin(places, found.places)
        kept = holds | np.isin(places, self._cosines.places) | (scores >= FAINT * scores.max())
        ranked = zip(turns, scores.tolist(), holds.tolist(), kept.tolist(), strict=True)
        found_ones = [(turn, score, held) for turn, score, held, stays in ranked if stays]
        return sorted(found_ones, key=lambda each: (-each[1], -each[0].seq))

    def _told(self, turn: Turn, score: float, hits: Sequence[set[int]]) -> RankedTurn:
        """The turn with its signals. `hits` are the places of each word, as sets: numpy is slow for a handful."""
        around = range(turn.place - REACH, turn.place + REACH + 1)
        words = [number for number, places in enumerate(hits) if turn.place in places]
        beside = [
            number
            for number, places in enumerate(hits)
            if number not in words and not places.isdisjoint(around)
        ]
        meaning = float(self._cosines.at(list(around)).max(initial=0.0))
        asked = self._asked
        named, timed = turn.name in asked.names, asked.names_time(turn.time)
        return RankedTurn(turn, score, tuple(words), tuple(beside), meaning, named, timed)


def _weight(turn: Turn, asked: Asked) -> float:
    weight = length_prior(turn.text.count(" ") + 1)
    if turn.name in asked.names:
        weight *= NAMED
    if asked.names_time(turn.time):
        weight *= TIMED
    return weight if turn.own else weight * OTHERS


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
