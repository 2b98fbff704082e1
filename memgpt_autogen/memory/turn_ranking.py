"""The ranking of a search over a conversation: which turns answer a query, by their words, their meaning and what stands around.

Signals: BM25 in windows of turns (see `windows`), the speaker that the query names, who speaks, how much is said, whether it is a
question itself, and the meaning where there is an embedder.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from typing import Protocol

from memgpt_autogen.memory.fusion import MEANING, normalised
from memgpt_autogen.memory.index import Where
from memgpt_autogen.memory.mentioned_times import MentionedTime
from memgpt_autogen.memory.said import SaidIndex
from memgpt_autogen.memory.windows import REACH, length_prior, windows

HITS = 500
"""Turns that are looked at for each word; of a word that more turns hold, those are chosen by the other words."""

HEAD = 200
"""Turns that are ranked by all signals; those that hold a word of the query and are not among them follow by BM25."""

NEAREST = 200
"""Turns that a search adds for their meaning alone."""

LOOKED_THROUGH = 4000
"""Turns that are looked at under a filter before `HEAD` are ranked."""

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

    def __call__(self, places: Sequence[int], *, filtered: bool) -> list[Turn]:
        """The turns of these places that are there, in this order; only those that the search's filter lets through, if `filtered`."""


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
        meaning: str = "",
    ) -> None:
        self._said = said
        self._read = read
        self._words = words
        self._filtered = filtered
        narrow = filtered != around
        hits = said.by_each_word(around, words, HITS)
        if narrow:
            for found, more in zip(hits, said.by_each_word(filtered, words, HITS), strict=True):
                found.update(more)
        cosines = said.by_meaning(filtered, meaning, NEAREST) if meaning else {}
        near = windows([normalised(cosines)]) if cosines else {}
        scores = _summed(windows(hits), near)
        places = heapq.nlargest(
            LOOKED_THROUGH if narrow else HEAD, scores, key=lambda place: (scores[place], place)
        )
        turns = read(places, filtered=narrow)[:HEAD]
        hits = self._completed(around, hits, turns)
        self._head = _ranked(turns, hits, near, cosines, asked)
        holding = sum(1 for ranked in self._head if ranked.words)
        self._beside = len(self._head) - holding
        few = all(len(found) < HITS for found in hits) and not narrow
        self._holding = len(set().union(*hits)) if few and hits else said.count(filtered, words, exact=False)
        self.exact = few
        if not few and self._holding <= EXACT:
            self._count()

    @property
    def total(self) -> int:
        return self._holding + self._beside

    def slice(self, first: int, behind: int) -> list[RankedTurn]:
        if behind <= len(self._head):
            return self._head[first:behind]
        if not self.exact:
            self._count()
        seen = {ranked.turn.place for ranked in self._head}
        tail = [
            place
            for place in _ordered(self._said.by_words(self._filtered, self._words, self._holding))
            if place not in seen
        ]
        first, behind = first - len(self._head), behind - len(self._head)
        turns = self._read(tail[max(first, 0) : behind], filtered=False)
        least = self._head[-1].score if self._head else 1.0
        found = [RankedTurn(turn, least, self._held(turn.place), (), 0.0, False, False) for turn in turns]
        return [*(self._head[first:] if first < 0 else ()), *found]

    def _count(self) -> None:
        self._holding, self.exact = self._said.count(self._filtered, self._words), True

    def _held(self, place: int) -> tuple[int, ...]:
        found = self._said.by_each_word(self._filtered, self._words, 1, places=[place])
        return tuple(number for number, hits in enumerate(found) if hits)

    def _completed(
        self, around: Where, hits: list[dict[int, float]], turns: Sequence[Turn]
    ) -> list[dict[int, float]]:
        """The hits with all places around these turns of the words that more turns hold than were looked at."""
        many = [number for number, found in enumerate(hits) if len(found) >= HITS]
        if not many:
            return hits
        places = sorted({turn.place + offset for turn in turns for offset in range(-REACH, REACH + 1)} - {0})
        found = self._said.by_each_word(
            around, [self._words[each] for each in many], len(places), places=places
        )
        completed = [dict(each) for each in hits]
        for number, more in zip(many, found, strict=True):
            completed[number].update(more)
        return completed


def _summed(lexical: Mapping[int, float], near: Mapping[int, float]) -> dict[int, float]:
    best = max(lexical.values(), default=0.0) or 1.0
    places = dict.fromkeys([*lexical, *near])
    return {place: lexical.get(place, 0.0) / best + MEANING * near.get(place, 0.0) for place in places}


def _ranked(
    turns: Sequence[Turn],
    hits: Sequence[Mapping[int, float]],
    near: Mapping[int, float],
    cosines: Mapping[int, float],
    asked: Asked,
) -> list[RankedTurn]:
    """These turns in their order, without those that nothing but a faint echo speaks for."""
    around = {turn.place + offset for turn in turns for offset in range(-REACH, REACH + 1)}
    lexical = windows([{place: score for place, score in found.items() if place in around} for found in hits])
    weights = {turn.place: _weight(turn, asked) for turn in turns}
    asking = {turn.place: ASKING if turn.text.rstrip().endswith(("?", "？")) else 1.0 for turn in turns}
    by_words = {place: lexical.get(place, 0.0) * weights[place] * asking[place] for place in weights}
    best = max(by_words.values(), default=0.0) or 1.0
    heaviest = max(weights.values(), default=1.0)
    scores = {
        place: by_words[place] / best + MEANING * near.get(place, 0.0) * weights[place] / heaviest
        for place in weights
    }
    least = FAINT * max(scores.values(), default=0.0)
    ranked = []
    for turn in turns:
        words = tuple(number for number, found in enumerate(hits) if turn.place in found)
        score = scores[turn.place]
        if not words and turn.place not in cosines and score < least:
            continue
        beside = tuple(
            number
            for number, found in enumerate(hits)
            if number not in words
            and any(turn.place + offset in found for offset in range(-REACH, REACH + 1))
        )
        meaning = max(
            (cosines.get(turn.place + offset, 0.0) for offset in range(-REACH, REACH + 1)), default=0.0
        )
        ranked.append(
            RankedTurn(
                turn, score, words, beside, meaning, turn.name in asked.names, asked.names_time(turn.time)
            )
        )
    return sorted(ranked, key=lambda each: (-each.score, -each.turn.seq))


def _weight(turn: Turn, asked: Asked) -> float:
    weight = length_prior(turn.text.count(" ") + 1)
    if turn.name in asked.names:
        weight *= NAMED
    if asked.names_time(turn.time):
        weight *= TIMED
    return weight if turn.own else weight * OTHERS


def _ordered(scores: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda place: (-scores[place], -place))
