"""The part of a long text that a query asks about: where most of its words stand together."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from memgpt_autogen.text.equal import UNSPACED
from memgpt_autogen.text.letters import bare_form
from memgpt_autogen.text.query import QueryTerms, read_query
from memgpt_autogen.text.spellings import spellings
from memgpt_autogen.text.words import WORD, stem, words

LONGEST_TERMS = 1000
"""Characters of a query that are searched literally: many terms in a long text take a long time."""


Place = tuple[int, int, str]
"""Where a text has a term: where its word begins and ends, and which term it is."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text."""

    start: int
    """Where its first word of the query begins."""
    end: int
    """Where its last word of the query ends."""
    words: int
    """How many words of the query are in it."""


def matching_part(text: str, query: str, chars: int) -> Part | None:
    """Return the part of at most `chars` characters with most of the query's words; of several, the first.

    Returns None if the text has none of them.
    """
    best: Part | None = None
    for start, end, inside in _parts(term_places(text, read_query(query)), chars):
        if best is None or len(inside) > best.words:
            best = Part(start, end, len(inside))
    return best


def heaviest_part(
    places: Sequence[Place], chars: int, weigh: Callable[[Mapping[str, int]], float]
) -> Mapping[str, int]:
    """Return how often each term is in the part of at most `chars` characters that weighs most."""
    best, heaviest = {}, 0.0
    for _, _, inside in _parts(places, chars):
        weight = weigh(inside)
        if weight > heaviest:
            best, heaviest = dict(inside), weight
    return best


def term_places(text: str, query: QueryTerms, terms: Collection[str] | None = None) -> list[Place]:
    """Return where the text has the terms of a query, or these of them, in order."""
    wanted = frozenset(query.texts if terms is None else terms)
    others = wanted & {term for each in query.spelled for term in each.terms}
    return sorted(set(_places(text, wanted, others)))


def _parts(places: Sequence[Place], chars: int) -> Iterator[tuple[int, int, Mapping[str, int]]]:
    """Yield for each place the part that ends there, and how often each term is in it."""
    inside: dict[str, int] = {}
    first = 0
    for start, end, term in places:
        inside[term] = inside.get(term, 0) + 1
        while end - places[first][0] > chars and places[first][0] < start:
            gone = places[first][2]
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            first += 1
        yield places[first][0], end, inside


def shown_from(text: str, query: str, chars: int) -> int:
    """Return where to begin to show `chars` characters of a long text, with the part that matches."""
    part = matching_part(text, query, max(chars * 3 // 4, 1))
    start = part.start if part else _literal(text, query)
    return max(0, min(start - chars // 4, len(text) - chars))


def _literal(text: str, query: str) -> int:
    """Return where a term of the query is in the text as it stands, such as a sign; 0 if none is."""
    terms = query[:LONGEST_TERMS].replace('"', " ").split()
    found = re.search("|".join(map(re.escape, terms)), text, re.IGNORECASE) if terms else None
    return found.start() if found else 0


def _places(text: str, wanted: AbstractSet[str], others: AbstractSet[str]) -> Iterator[Place]:
    """Yield where the text has these terms. The others are those of other spellings."""
    bare = bare_form(text)
    if len(bare) == len(text):
        yield from _bare_places(bare, wanted - others)
        for name in others:
            yield from ((start, end, name) for start, end in _whole_words(bare, name))
    else:
        yield from _places_of_words(text, wanted)
    for term in filter(UNSPACED.fullmatch, wanted):
        yield from ((at, at + len(term), term) for at in _all(text, term))
    if any(term.islower() or not term.isalpha() for term in others):  # a name was found above
        where = bare if len(bare) == len(text) else text
        for spelled, shown in spellings(bare):
            if (term := stem(spelled)) in others and (at := where.find(shown)) >= 0:
                yield at, at + len(shown), term


def _places_of_words(text: str, wanted: AbstractSet[str]) -> Iterator[Place]:
    for found in WORD.finditer(text):
        for word in words(bare_form(found[0])):
            if (term := stem(word)) in wanted:
                yield *found.span(), term


def _bare_places(text: str, wanted: AbstractSet[str]) -> Iterator[Place]:
    low = text.lower()
    for term in wanted:
        start = _begin(term)
        for at in _all(low, start):
            if at and low[at - 1].isalnum():
                continue
            found = WORD.match(low, at)
            if found and stem(found[0]) == term:
                yield *found.span(), term


def _begin(term: str) -> str:
    """Return how the words begin of which this is the stem, such as "hap" for "happi"."""
    return term[:1] if term in _IRREGULAR else term[: max(2, len(term) - 2)]


_IRREGULAR = frozenset(("die", "lie", "tie", "sky"))


def _whole_words(text: str, word: str) -> Iterator[tuple[int, int]]:
    for at in _all(text, word):
        found = WORD.match(text, at)
        if found and found[0] == word and not (at and text[at - 1].isalnum()):
            yield found.span()


def _all(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
