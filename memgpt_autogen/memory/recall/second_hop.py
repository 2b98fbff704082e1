"""A second hop: names and rare words of the first results, which the query does not have, to search again.

An answer of several hops stands in turns that share a name or a rare word with a turn that the query finds.
Rules choose the words; no model is asked. See docs/decisions/0101.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from memgpt_autogen.text.letters import bare_form
from memgpt_autogen.text.query import read_query
from memgpt_autogen.text.words import STOP_WORDS, stem, words

HOP = 0.2
"""What a result of the second hop weighs beside one of the query itself."""

READ = 5
"""How many of the first results are read."""

READ_CHARS = 1000
"""How many characters of each are read."""

TRIED = 24
"""How many words are looked up: names first, then long words, which are rarer."""

WORDS = 5
"""How many words are searched again."""

LEAST, SHARE, MOST = 2, 0.02, 300
"""A word is searched if at least so many turns have it, and at most this share of all turns, or so many."""

Occurring = Callable[[Sequence[str], int], Sequence[int]]
"""Returns for each stem how many turns have it. The number says up to which count that must be exact."""

_NAME = re.compile(r"(?<=[\w,;:'’] )[A-Z][^\W\d_]{2,}\b")  # its place in the sentence explains no capital


@dataclass(frozen=True, slots=True)
class _Candidate:
    word: str
    is_name: bool
    weight: float
    """The scores of the results that have it."""


def words_to_follow(
    query: str,
    found: Sequence[tuple[str, float]],
    *,
    speakers: Collection[str],
    turns: int,
    occurring: Occurring,
) -> list[str]:
    """Return the words to search again, the most telling first.

    `found` are the first results, as text and score. `speakers` are the stems of participants' names, which
    most turns beside theirs have. `turns` is how many turns the log has.
    """
    candidates = _candidates(query, found[:READ], speakers)
    tried = sorted(candidates, key=lambda each: (not candidates[each].is_name, -len(each), each))[:TRIED]
    if not tried:
        return []
    most = int(min(max(LEAST, SHARE * turns), MOST))
    counts = zip(tried, occurring(tried, most), strict=True)
    telling = {
        term: candidates[term].weight * math.log(turns / count)
        for term, count in counts
        if LEAST <= count <= most
    }
    best = sorted(telling, key=lambda term: (-telling[term], term))[:WORDS]
    return [candidates[term].word for term in best]


def _candidates(
    query: str, found: Sequence[tuple[str, float]], speakers: Collection[str]
) -> dict[str, _Candidate]:
    """Return the words of these results by their stems, without those of the query."""
    known = {*read_query(query).texts, *map(stem, words(bare_form(query))), *speakers}
    best = max((score for _, score in found), default=0.0) or 1.0
    candidates: dict[str, _Candidate] = {}
    for text, score in found:
        bare = bare_form(text[:READ_CHARS])
        names = {stem(name.lower()) for name in _NAME.findall(bare)}
        for word in dict.fromkeys(words(bare)):
            term = stem(word)
            if word in STOP_WORDS or len(word) < 3 or term in known:
                continue
            before = candidates.get(term)
            weight = score / best + (before.weight if before else 0.0)
            candidates[term] = _Candidate(word, term in names or bool(before and before.is_name), weight)
    return candidates
