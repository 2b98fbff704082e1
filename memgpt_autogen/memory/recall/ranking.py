"""The ranking of a recall search, by words, meaning and the turns around a turn.

Signals: BM25 in windows of turns and, with a small weight, around them; the speaker and the time that the
query names; who speaks; the length of a turn; whether it is a question itself; how good the turns next to it
are; its meaning if there is an embedder. A window reaches a few turns to either side, because an answer often
contains none of the words of its question. See docs/decisions/0099.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from functools import partial

import numpy as np
from numpy.typing import NDArray

from memgpt_autogen.memory.qdrant.fusion import MEANING
from memgpt_autogen.memory.qdrant.protocol import Question, Where
from memgpt_autogen.memory.recall.index import USUAL_LENGTH, B, weights_in
from memgpt_autogen.memory.recall.log_search import LoggedTurn
from memgpt_autogen.memory.recall.query_dates import MentionedTime
from memgpt_autogen.memory.recall.reading import IndexReading
from memgpt_autogen.memory.signals import Signals
from memgpt_autogen.text.bm25 import term_weight
from memgpt_autogen.text.common_words import commonness_weight
from memgpt_autogen.text.parts import heaviest_part, term_places
from memgpt_autogen.text.query import QueryTerms, without_parts

HITS = 300
"""How many turns are ranked for each word. The other words choose among the turns of a word that has more."""

HEAD = 100
"""How many turns are ranked by all signals. The other turns that contain a word follow, ranked by BM25."""

NEAREST = 200
"""How many turns are added for their meaning alone."""

MOST_FILTERED = 1000
"""How many turns are tried against a filter to find the `HEAD`."""

EXACT = 10_000
"""Above this many results, their number is an estimate until a page beyond the head is read."""

NAMED, TIMED, OTHERS, ASKING = 1.6, 2.0, 1.5, 0.8
"""Weights: the query names the speaker, or the time; the turn is not the agent's own; it is a question."""

NAME_WORD = 0.5
"""The weight of a word that is part of a speaker's name: a turn may be about them, or by them."""

NARRATED = 1.5
"""The weight of a stage direction, if the query asks where something is."""

FAINT = 0.25
"""A turn without a word of the query needs this share of the best score."""

AROUND = (0.2, 0.3, 0.4, 0.65, 1.0, 0.45, 0.4, 0.3, 0.2)
"""Weights of a word four turns before a turn, ..., in the turn itself, ..., four turns after it.

The turn just before counts more than the turn just after, because answers follow questions.
"""

REACH = len(AROUND) // 2
"""How many turns a window reaches to either side."""

TOPIC = 0.4
"""The weight of the words near a turn, as what is talked about there. They are weighed without its length."""

TOPIC_REACH = 12
"""How many turns to either side are near. It is less than what the log leaves between two conversations."""

TOPIC_WORDS = 50
"""A turn with more words is less about what is talked about around it, unless it has all of the query's."""

BESIDE = 0.1
"""What the best turn beside a turn adds to its score: what answers a question stands together."""

BESIDE_REACH = 3

LENGTH_WEIGHT = 0.5
FULL_LENGTH = 50
"""Beyond this many words, a longer turn says no more about one thing."""
FALL = 0.2

TABLE = 100_000
"""A table for all places between two is fast while it has at most so many."""

PART_WORDS = 100
"""A turn with more words is long. It has the weight of one that has so many words."""

PART_CHARS = 350
PART_LENGTH = 32
"""The best part of a long turn counts as a turn: so many characters, with about so many terms."""

PART = 0.9
"""What a part weighs of a turn that says the same, as one of many parts may have some words by chance."""


@dataclass(frozen=True, slots=True)
class RankedTurn:
    """A turn with its score."""

    turn: LoggedTurn
    score: float
    signals: Signals
    """What matched: words in the turn or next to it, its speaker, its time, its meaning."""

    @property
    def why(self) -> str:
        return str(self.signals)


ReadTurns = Callable[[Sequence[int], int], list[LoggedTurn]]
"""Returns the turns of these places that pass the filter, in this order, and no more than the number."""


@dataclass(frozen=True, slots=True)
class QueryMentions:
    """The speakers and the times that a query names, and whether it asks for a place."""

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    """The terms of the query that are part of a speaker's name."""
    times: Sequence[MentionedTime] = ()
    zone: tzinfo = timezone.utc
    place: bool = False
    """Whether the query asks where something is."""

    def has_time(self, time: datetime) -> bool:
        return any(each.contains(time, self.zone) for each in self.times)


class TurnRanking:
    """The order of all results of a search. Each page is a slice of it.

    A turn that alone has all words of the `query` comes before every turn that has none. Results meet the
    condition `filtered`; turns that meet `around` lend their words to the results. Common words of English
    and those of names count less than other words.
    """

    def __init__(
        self,
        reading: IndexReading,
        read: ReadTurns,
        query: QueryTerms,
        *,
        filtered: Where,
        around: Where,
        mentions: QueryMentions,
        meaning: Sequence[float] | None = None,
    ) -> None:
        self._reading = reading
        self._index = reading.index
        self._read = read
        self._query = query
        self._terms = terms = query.indices
        self._weighted = {
            index: commonness_weight(text) * (NAME_WORD if text in mentions.words else 1.0)
            for text, index in zip(query.texts, terms, strict=True)
        }
        self._numbers = {term: number for number, term in enumerate(query.texts)}
        self._spelled = [(self._numbered(each.terms), self._numbered(each.words)) for each in query.spelled]
        others = {number for terms_of, _ in self._spelled for number in terms_of}
        self._plain = [number for number in range(len(terms)) if number not in others]
        self._filtered = filtered
        self._wide = around
        self._narrow = filtered != around
        self._mentions = mentions
        self._meaning = meaning
        self._reads_all = reading.most_hits is not None
        self._limit = reading.most_hits or HITS
        # all at once, where asking again is a trip
        self._asks_more = self._index.distant and not self._reads_all
        counted = partial(self._index.count, filtered, terms)
        estimate: Callable[[], int] | None = None if self._reads_all else partial(counted, exact=False)
        if estimate is not None and self._index.distant:
            estimate = self._index.ahead(estimate)
        questions = self._questions()
        turns = self._candidates(reading.ask(questions))
        added = range(0) if reading.adding is None else reading.added()
        if len(added) > HEAD:
            turns, added = self._candidates(reading.ask(questions)), range(0)
        exactly = None
        if not self._every_hit and estimate is not None:
            few = self._index.size <= EXACT or estimate() <= EXACT
            exactly = self._index.ahead(counted) if few else None
        many, completing = self._completing(around, [*(turn.place for turn in turns), *added])
        if added:
            answers = reading.ask([*questions, *completing])
            turns = self._candidates(answers[: len(questions)])
            self._complete(many, answers[len(questions) :])
        elif completing:
            self._complete(many, reading.ask(completing))
        self._head_near: tuple[NDArray[np.float64], dict[int, int]] = near_scores(self._hits, [])[0], {}
        self._head, self._without_words = self._ranked(turns)
        self._matching, self.exact = self._distinct, True
        if not self._every_hit:
            self.exact = exactly is not None or estimate is None
            self._matching = (exactly or estimate or counted)()

    @property
    def total(self) -> int:
        return self._matching + self._without_words

    def slice(self, first: int, end: int) -> list[RankedTurn]:
        shown = self._head[first:end]
        if end > len(self._head) and (self.total > len(self._head) or not self.exact):
            shown += self._tail(first - len(self._head), end - len(self._head))
        near = self._near_of([turn.place for turn, _ in shown]) > 0
        inside, beside = near[:, :, REACH].T.tolist(), near.any(axis=2).T.tolist()
        return [
            RankedTurn(turn, score, self._signals(turn, inside[number], beside[number]))
            for number, (turn, score) in enumerate(shown)
        ]

    def _tail(self, first: int, end: int) -> list[tuple[LoggedTurn, float]]:
        """Return a slice of what follows the head: all other turns that contain a word, by BM25."""
        if not self.exact:
            self._matching, self.exact = self._index.count(self._filtered, self._terms), True
        seen = {turn.place for turn, _ in self._head}
        if self._reads_all:
            lexical = summed((1.0, found) for found in self._passing)
        else:
            everything = self._index.by_words(self._filtered, self._weighted, self._matching)
            lexical = Scores.from_dict(self._reading.ask([everything])[0])
        tail = [place for place in lexical.best(lexical.places.size) if place not in seen][
            max(first, 0) : end
        ]
        many, completing = self._completing(self._filtered, tail)
        if completing:
            self._complete(many, self._reading.ask(completing))
        least = self._head[-1][1] if self._head else 1.0
        return [(turn, least) for turn in self._read(tail, len(tail))]

    def _questions(self) -> list[Question]:
        """Return what is asked first."""
        asked = [self._index.by_words(self._wide, self._only(term), self._limit) for term in self._terms]
        if self._narrow:
            asked += [
                self._index.by_words(self._filtered, self._only(term), self._limit) for term in self._terms
            ]
        if self._meaning is not None:
            asked.append(self._index.by_meaning(self._filtered, self._meaning, NEAREST))
        return asked + (self._more_questions() if self._asks_more else [])

    def _more_questions(self) -> list[Question]:
        """Return what is asked where not every hit was read.

        A long turn may have little of each word, and one of common words may not be among their hits.
        """
        asked = [self._index.by_words(self._filtered, self._weighted, HEAD)]
        if len(self._query.needed) > 1:
            every = [[self._terms[number] for number in self._numbered(each)] for each in self._query.needed]
            asked.append(self._index.by_words(self._filtered, self._weighted, HEAD, every=every))
        return asked

    def _candidates(self, answers: Sequence[Mapping[int, float]]) -> list[LoggedTurn]:
        """Return the turns that are ranked by all signals. `answers` are those to `_questions`."""
        left = iter(answers)
        every = passing = [Scores.from_dict(next(left)) for _ in self._terms]
        self._hits = [found.first(HITS) for found in every]
        if self._narrow:
            passing = [Scores.from_dict(next(left)) for _ in self._terms]
            best = [found.first(HITS) for found in passing]
            self._hits = [merged(one, two) for one, two in zip(self._hits, best, strict=True)]
        self._passing = passing
        self._every_hit = all(found.places.size < self._limit for found in passing)
        self._distinct = distinct(_places_of(passing)).size
        self._cosines = Scores.from_dict({} if self._meaning is None else next(left))
        self._near = windows([self._cosines.normalised()])
        best_by_words: list[int] = []
        self._whole = self._holding_all(self._hits)
        if self._narrow or any(found.places.size >= HITS for found in passing):
            more = list(left) or self._more()
            best_by_words = list(more[0])
            if len(more) > 1:
                self._whole = np.fromiter(more[1], dtype=np.int64, count=len(more[1]))
        lexical = self._lexical()
        largest = lexical.values.max(initial=0.0) or 1.0
        most = MOST_FILTERED if self._narrow else HEAD
        candidates = summed(((1 / largest, lexical), (MEANING, self._near))).best(most)
        whole = Scores(self._whole, lexical.at(self._whole)).best(HEAD)
        first = set(candidates[:HEAD])
        added = [place for place in dict.fromkeys((*best_by_words, *whole)) if place not in first]
        if self._reads_all:  # for the turns that were chosen, also those behind the best count
            self._hits = every
        return self._read(list(dict.fromkeys((*added, *candidates))), HEAD + len(added))

    def _more(self) -> Sequence[Mapping[int, float]]:
        """Return the answers to `_more_questions`, by all hits of each word if they were read."""
        if not self._reads_all:
            return self._reading.ask(self._more_questions())
        total = summed((1.0, found) for found in self._passing)
        whole = [total.among(self._holding_all(self._passing))] if len(self._query.needed) > 1 else []
        return [dict.fromkeys(found.best(HEAD), 0.0) for found in (total, *whole)]

    def _completing(self, where: Where, places: Sequence[int]) -> tuple[list[int], list[Question]]:
        """Return the words that have more hits than were read, and what finds those near these places."""
        many = [number for number, found in enumerate(self._hits) if found.places.size >= HITS]
        if self._reads_all or not many or not places:
            return [], []
        near = reached(places).tolist()
        where = self._index.near(where, near)
        return many, [self._index.by_words(where, self._only(self._terms[each]), len(near)) for each in many]

    def _complete(self, many: Sequence[int], found: Sequence[Mapping[int, float]]) -> None:
        for number, more in zip(many, found, strict=True):
            self._hits[number] = merged(self._hits[number], Scores.from_dict(more))

    def _ranked(self, turns: Sequence[LoggedTurn]) -> tuple[list[tuple[LoggedTurn, float]], int]:
        """Return the turns in order with their scores, without faint ones, and how many contain no word."""
        if not turns:
            return [], 0
        places = [turn.place for turn in turns]
        near, topic = near_scores(self._hits, places)
        self._head_near = near, {place: number for number, place in enumerate(places)}
        here = near[:, :, REACH]
        matches: NDArray[np.bool_] = np.count_nonzero(here, axis=0) > 0
        lengths = [turn.text.count(" ") + 1 for turn in turns]
        weights = self._weights(turns)
        priors = _PRIORS[np.minimum(lengths, PART_WORDS)]
        asking = np.array([ASKING if turn.text.rstrip()[-1:] in _ASKING_SIGNS else 1.0 for turn in turns])
        around = (near * _WEIGHTS).max(axis=2)
        by_words = np.maximum(around, self._in_parts(turns, lengths, here))
        whole = np.isin(places, self._whole) if self._whole.size else np.zeros(len(places), dtype=np.bool_)
        shares = np.where(whole, 1.0, np.minimum(1.0, TOPIC_WORDS / np.array(lengths)))
        by_topic = TOPIC * self._joined(topic) * shares
        by_words = (self._joined(by_words) * priors + by_topic) * weights * asking
        weights *= priors
        by_meaning = self._near.at(places) * weights / weights.max()
        scores = by_words / (by_words.max(initial=0.0) or 1.0) + MEANING * by_meaning
        kept = matches | (scores >= FAINT * scores.max())
        if self._cosines.places.size:
            kept |= np.isin(places, self._cosines.places)
        if len(self._whole) >= HEAD:  # some turns with all words come after the head
            kept = matches
        scores = _above_neighbours(scores, np.array(places), matches)
        scores = _with_beside(scores, np.array(places))
        if self._whole.size:
            scores = _above(scores, whole, kept & ~matches)
        ranked = [
            (turn, score) for turn, score, keep in zip(turns, scores.tolist(), kept, strict=True) if keep
        ]
        ranked.sort(key=lambda each: (-each[1], -each[0].seq))
        return ranked, int((kept & ~matches).sum())

    def _near_of(self, places: Sequence[int]) -> NDArray[np.float64]:
        """Return the first `near_scores` of these places, which the head may know."""
        near, known = self._head_near
        if all(place in known for place in places):
            return near[:, [known[place] for place in places]]
        return near_scores(self._hits, places)[0]

    def _only(self, term: int) -> dict[int, float]:
        return {term: self._weighted[term]}

    def _numbered(self, terms: Iterable[str]) -> list[int]:
        return sorted(self._numbers[term] for term in terms)

    def _lexical(self) -> Scores:
        """Return the score of every place within reach of a hit."""
        total = windows([self._hits[number] for number in self._plain])
        for terms, words in self._spelled:
            spelled = windows([_best_of([self._hits[number] for number in terms])])
            plain = windows([self._hits[number] for number in words])
            more = np.maximum(spelled.values - plain.at(spelled.places), 0.0)
            total = summed(((1.0, total), (1.0, Scores(spelled.places, more))))
        return total

    def _joined(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum over the words. What is spelled in several ways counts in the best of them."""
        total = np.sum(scores[self._plain], axis=0)
        for terms, words in self._spelled:
            total += np.maximum(np.max(scores[terms], axis=0) - np.sum(scores[words], axis=0), 0.0)
        summed_up: NDArray[np.float64] = np.asarray(total)
        return summed_up

    def _in_parts(
        self, turns: Sequence[LoggedTurn], lengths: Sequence[int], here: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the score of each word in each turn itself. Of a long turn, the best part counts as a turn.

        That holds for what others said. What the agent itself says at length is about many things.
        """
        long = [
            number
            for number, length in enumerate(lengths)
            if length > PART_WORDS and not turns[number].own and here[:, number].any()
        ]
        if not long:
            return here
        scores: NDArray[np.float64] = np.array(here)
        rarity = self._rarities(turns, here, np.count_nonzero(here[:, long], axis=1) > 0)
        once = [
            PART * term_weight(count, PART_LENGTH, b=B, usual_length=USUAL_LENGTH) for count in range(100)
        ]

        def weigh(inside: Mapping[str, int]) -> float:
            return sum(rarity[self._numbers[term]] * once[min(count, 99)] for term, count in inside.items())

        for number in long:
            held = [self._query.shown[word][0] for word in np.flatnonzero(here[:, number])]
            found = term_places(turns[number].text, self._query, held)
            for term, count in heaviest_part(found, PART_CHARS, weigh).items():
                word = self._numbers[term]
                scores[word, number] = max(scores[word, number], rarity[word] * once[min(count, 99)])
        return scores

    def _rarities(
        self, turns: Sequence[LoggedTurn], here: NDArray[np.float64], wanted: NDArray[np.bool_]
    ) -> list[float]:
        """Return for each wanted word how rare the engine takes it for: its score by its weight in a turn.

        The shortest turn that has the word is read for it.
        """
        rarities = np.zeros(len(here))
        for number in sorted(range(len(turns)), key=lambda each: len(turns[each].text)):
            unknown = np.flatnonzero(wanted & (rarities == 0) & (here[:, number] > 0))
            if unknown.size:
                weights = weights_in(turns[number].text, [self._query.shown[word][0] for word in unknown])
                rarities[unknown] = here[unknown, number] / weights
            elif rarities[wanted].all():
                break
        known: list[float] = rarities.tolist()
        return known

    def _holding_all(self, hits: Sequence[Scores]) -> NDArray[np.int64]:
        """Return the places of the turns that alone have all words of the query, by these hits."""
        needed = [self._numbered(each) for each in self._query.needed]
        if not all(any(hits[number].places.size for number in each) for each in needed):
            return NOWHERE
        return in_all(
            [
                hits[each[0]].places if len(each) == 1 else distinct(_places_of([hits[n] for n in each]))
                for each in needed
            ]
        )

    def _weights(self, turns: Sequence[LoggedTurn]) -> NDArray[np.float64]:
        """Return what the score of each turn is multiplied with, beside the prior of its length."""
        weights = np.ones(len(turns))
        if self._mentions.names:
            weights[[turn.name in self._mentions.names for turn in turns]] *= NAMED
        if self._mentions.times:
            weights[[self._mentions.has_time(turn.time) for turn in turns]] *= TIMED
        if self._mentions.place:
            weights[[_is_narrated(turn.text) for turn in turns]] *= NARRATED
        weights[[not turn.own for turn in turns]] *= OTHERS
        return weights

    def _signals(self, turn: LoggedTurn, here: Sequence[bool], near: Sequence[bool]) -> Signals:
        """Return what matched. `here` and `near` say of each word whether the turn or its window has it."""
        inside, beside = [], []
        for (_, word), is_inside, is_near in zip(self._query.shown, here, near, strict=True):
            if is_inside:
                inside.append(word)
            elif is_near:
                beside.append(word)
        around = range(turn.place - REACH, turn.place + REACH + 1)
        meaning = float(self._cosines.at(around).max(initial=0.0)) if self._cosines.places.size else 0.0
        return Signals(
            tuple(without_parts(inside)),
            tuple(without_parts(beside)),
            turn.name in self._mentions.names,
            bool(self._mentions.times) and self._mentions.has_time(turn.time),
            meaning if meaning > 0 else None,
        )


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


def _places_of(hits: Sequence[Scores]) -> NDArray[np.int64]:
    """Return all places of these, some more than once."""
    return np.concatenate([found.places for found in hits]) if hits else NOWHERE


def _best_of(hits: Sequence[Scores]) -> Scores:
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


_ASKING_SIGNS = frozenset(("?", "？"))

_OFFSETS = np.arange(REACH, -REACH - 1, -1)  # a word at place p counts for the turn at p + offset
_WEIGHTS = np.array(AROUND)


def reached(places: Sequence[int]) -> NDArray[np.int64]:
    """Return these places and all within reach of them."""
    around = distinct(np.asarray(places, dtype=np.int64), REACH)
    return around[around > 0]


def near_scores(
    hits: Sequence[Scores], places: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each word scores near some places.

    First its scores at each place and within `REACH` of it: word, place, offset. Then the best of its scores
    within `TOPIC_REACH`: word, place.
    """
    wanted = np.asarray(places, dtype=np.int64)
    asked = distinct(wanted, TOPIC_REACH)
    near = wanted[:, None] + np.arange(-TOPIC_REACH, TOPIC_REACH + 1)
    columns = ranks(asked, near)
    table = np.zeros((len(hits), asked.size))
    if hits and asked.size:
        # all words at once, because numpy is slow for a few values
        known = np.concatenate([found.places for found in hits])
        word = np.repeat(np.arange(len(hits)), [found.places.size for found in hits])
        column = ranks(asked, known)
        is_asked = column >= 0
        values = np.concatenate([found.values for found in hits])
        table[word[is_asked], column[is_asked]] = values[is_asked]
    beside = TOPIC_REACH - REACH
    return table[:, columns[:, beside : near.shape[1] - beside]], _best_within(table, columns)


def _best_within(table: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each row of neighbouring columns the best value: row of the table, row of columns."""
    width, size = columns.shape[1], 1
    while 2 * size <= width:  # the best of twice as many columns
        table, size = np.maximum(table[:, :-size], table[:, size:]), 2 * size
    return np.maximum(table[:, columns[:, 0]], table[:, columns[:, width - size]])


def windows(hits: Sequence[Scores]) -> Scores:
    """Return the score of every place within reach of a hit. `hits` are the BM25 scores of each word."""
    filled = [found for found in hits if found.places.size]
    if not filled:
        return Scores.from_dict({})
    known = np.concatenate([found.places for found in filled])
    near = distinct(known, REACH)
    # what is within reach of a hit is next to it there
    word = np.repeat(np.arange(len(filled)), [found.places.size for found in filled])
    at = ranks(near, known) + word * near.size
    values = np.concatenate([found.values for found in filled])
    # the best of each word at each place, then the sum over the words
    best = np.zeros(len(filled) * near.size)
    for offset, weight in zip(_OFFSETS.tolist(), AROUND, strict=True):
        reached = at + offset
        best[reached] = np.maximum(best[reached], values * weight)
    return Scores(near, best.reshape(len(filled), near.size).sum(axis=0))


def _above_neighbours(
    scores: NDArray[np.float64], places: NDArray[np.int64], matches: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the scores with the best hit near each turn that has no word of the query raised above it."""
    without = np.flatnonzero(~matches)
    if not without.size:
        return scores
    near = (np.abs(places[without, None] - places) <= REACH) & matches
    best = np.where(near, scores, 0.0).argmax(axis=1)
    scores = scores.copy()
    for row in np.flatnonzero(near.any(axis=1)):
        scores[best[row]] = max(scores[best[row]], scores[without[row]] * (1 + 1e-6))
    return scores


def _with_beside(scores: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the scores, each with a part of the best one beside it."""
    apart = np.abs(places[:, None] - places)
    beside = (apart > 0) & (apart <= BESIDE_REACH)
    added: NDArray[np.float64] = scores + BESIDE * np.where(beside, scores, 0.0).max(axis=1)
    return added


def _above(
    scores: NDArray[np.float64], holding: NDArray[np.bool_], none: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the scores with each turn that has all words of the query above every turn that has none.

    Turns that are raised keep their own order.
    """
    floor = scores[none].max(initial=0.0)
    if not floor:
        return scores
    raised = floor * (1 + 0.01 * scores / scores.max())
    return np.where(holding, np.maximum(scores, raised), scores)


def _is_narrated(text: str) -> bool:
    """Return whether a text is a stage direction, such as `[In the kitchen.]`, and not speech."""
    return text.lstrip()[:1] + text.rstrip()[-1:] in ("[]", "()", "**")


def length_prior(words: int) -> float:
    """Return a weight that grows with a turn's words, and falls for long turns, which say many things."""
    prior = 1 + LENGTH_WEIGHT * math.log1p(min(words, FULL_LENGTH))
    return prior * (FULL_LENGTH / words) ** FALL if words > FULL_LENGTH else prior


_PRIORS = np.array([length_prior(words) for words in range(PART_WORDS + 1)])
