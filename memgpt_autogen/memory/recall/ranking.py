"""The ranking of a search over a conversation: which turns answer a query, by their words, their meaning and what stands around.

Signals: BM25 in windows of turns (see `windows`), the speaker that the query names, who speaks, how much is said, whether it is a
question itself, and the meaning where there is an embedder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from typing import Protocol

import numpy as np

from memgpt_autogen.memory.qdrant.fusion import MEANING
from memgpt_autogen.memory.qdrant.protocol import Where
from memgpt_autogen.memory.recall.index import SaidIndex
from memgpt_autogen.memory.recall.query_dates import MentionedTime
from memgpt_autogen.memory.windows import REACH, Scores, length_prior, merged, reached, summed, windows

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
