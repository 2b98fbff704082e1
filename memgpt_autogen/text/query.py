"""The terms of a query: the words that they stand for, and which terms are other spellings of some words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from memgpt_autogen.text.bm25 import other_query_terms, query_terms, term_index
from memgpt_autogen.text.letters import bare_form
from memgpt_autogen.text.stop_word_names import names_in_query
from memgpt_autogen.text.words import stem, stems, words


@dataclass(frozen=True, slots=True)
class Spelled:
    """Other spellings of some words of a query. A text that has both says the same only once."""

    terms: frozenset[str]
    words: frozenset[str]
    """The terms of the words that are spelled otherwise. Empty if these are stop words."""


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """What a search looks for."""

    shown: tuple[tuple[str, str], ...]
    """The distinct terms, each with the word that it stands for as the query has it."""
    spelled: tuple[Spelled, ...]
    needed: tuple[frozenset[str], ...]
    """For each word of the query the terms of which a text that holds the word has one."""

    @property
    def texts(self) -> list[str]:
        return [term for term, _ in self.shown]

    @property
    def indices(self) -> list[int]:
        """The places of the terms in the vectors of texts, in the same order."""
        return [term_index(term) for term, _ in self.shown]

    def first(self, most: int) -> QueryTerms:
        """Return no more than so many terms, and what concerns these."""
        if len(self.shown) <= most:
            return self
        kept = {term for term, _ in islice(self.shown, most)}
        return QueryTerms(
            self.shown[:most],
            tuple(each for each in self.spelled if each.terms <= kept and each.words <= kept),
            tuple(each for each in self.needed if each <= kept),
        )


@lru_cache(maxsize=256)  # every result of a search asks for those of the same query
def read_query(query: str) -> QueryTerms:
    """Return the terms of a query."""
    bare = bare_form(query)
    terms = list(dict.fromkeys(query_terms(query)))
    names = only_names(query)
    if names:
        return QueryTerms(names, (), (frozenset(term for term, _ in names),))
    by_word = {stem(word): word for word in reversed(words(bare))}
    others: dict[str, set[str]] = {}
    for term, shown in other_query_terms(query):
        others.setdefault(shown, set()).add(term)
    known = {term for found in others.values() for term in found} - by_word.keys()
    base = [term for term in terms if term not in known]
    spelled: list[Spelled] = []
    for shown, found in others.items():
        inside = frozenset(stem(word) for word in words(shown)) & set(base)
        spelled = _joined(spelled, Spelled(frozenset(found & known), inside))
    needed = {term: {term} for term in base}
    for each in spelled:
        for word in each.words:
            needed[word] |= each.terms
    return QueryTerms(
        tuple((term, by_word.get(term) or _shown(term, others) or term) for term in terms),
        tuple(each for each in spelled if each.terms),
        tuple(map(frozenset, needed.values())),
    )


def only_names(query: str) -> tuple[tuple[str, str], ...]:
    """Return the terms of names in a query that has nothing but stop words, each with its word; else none."""
    bare = bare_form(query)
    return () if stems(bare) else tuple(dict(names_in_query(bare)).items())


def without_parts(found: Sequence[str]) -> list[str]:
    """Return the distinct words without those that are a part of another one, such as a telephone number."""
    distinct = list(dict.fromkeys(found))
    inside = {part for word in distinct for part in words(word) if part != word}
    return [word for word in distinct if word not in inside]


def _joined(groups: list[Spelled], new: Spelled) -> list[Spelled]:
    """Return the groups with one more. Groups that spell the same word are one."""
    apart = []
    for each in groups:
        if each.words & new.words:
            new = Spelled(each.terms | new.terms, each.words | new.words)
        else:
            apart.append(each)
    return [*apart, new]


def _shown(term: str, others: dict[str, set[str]]) -> str:
    return next((shown for shown, found in others.items() if term in found), "")
