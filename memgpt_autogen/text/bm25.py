"""BM25: texts as sparse vectors of weighted terms, hashed to indices.

The weights are BM25's (Robertson and Zaragoza 2009) with a fixed average length, so that the vector of a
passage never changes. The engine adds the other half, IDF. Scripts that are written without spaces are cut
into pairs of characters, and emoji and other signs outside ASCII are terms of their own.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from memgpt_autogen.text.equal import UNSPACED
from memgpt_autogen.text.words import stem, stems, strip_accents, words

K = 1.2
B = 0.75
USUAL_LENGTH = 50
"""How many terms a passage of average length has."""

HEADING = 0.2
"""The extra weight of a word in a passage's heading."""

LONGEST_HEADING = 120
"""A first line of at most so many characters is a heading, if other lines follow."""

SIGN = re.compile(r"[^\w\s\x00-\x7f]")


def passage_weights(text: str) -> dict[int, float]:
    """Return a passage's sparse vector, in ascending order of its indices."""
    found = term_weights(text)
    heading = _heading(text)
    if not heading:
        return found
    for term in set(map(term_index, passage_terms(heading))):
        found[term] = found.get(term, 0.0) + HEADING
    return dict(sorted(found.items()))


def term_weights(text: str, *, b: float = B, usual_length: float = USUAL_LENGTH) -> dict[int, float]:
    """Return BM25's weights of a text's terms, in ascending order of their indices."""
    found = Counter(map(term_index, passage_terms(text)))
    norm = K * (1 - b + b * found.total() / usual_length)
    return {term: found[term] * (K + 1) / (found[term] + norm) for term in sorted(found)}


def query_weights(text: str) -> dict[int, float]:
    """Return a query's sparse vector: each term counts once. It is empty for blank text only."""
    return dict.fromkeys(sorted(map(term_index, query_terms(text))), 1.0)


def query_words_by_term(query: str) -> dict[int, str]:
    """Return the query's distinct terms in order, by index, each with its word as the query has it."""
    return {term_index(term): word for term, word in _forms(query)}


def shared_words(query: str, text: str) -> list[str]:
    """Return the query's words that are also in the text, in the query's order and form."""
    found = set(passage_terms(text))
    return [form for term, form in _forms(query) if term in found]


def why_found(query: str, text: str, otherwise: str) -> str:
    """Return why a search found a text: the words that it shares with the query, else `otherwise`."""
    shared = shared_words(query, text)
    return f"words: {', '.join(shared)}" if shared else otherwise


def passage_terms(text: str) -> list[str]:
    return _terms(text, singles=True)


def query_terms(text: str) -> list[str]:
    return _terms(text, singles=False)


@lru_cache(maxsize=65_536)
def term_index(term: str) -> int:
    """Return a term's index in the sparse vector. Two terms rarely share one of the 32-bit indices."""
    return zlib.crc32(term.encode("utf-8", "replace"))


@lru_cache(maxsize=256)  # every result of a search asks for those of the same query
def _forms(query: str) -> tuple[tuple[str, str], ...]:
    """Return the query's distinct terms in order, each with the word it comes from, or with itself."""
    forms = {
        stem(word): word for word in reversed(words(strip_accents(unicodedata.normalize("NFKC", query))))
    }
    return tuple((term, forms.get(term, term)) for term in dict.fromkeys(query_terms(query)))


def _heading(text: str) -> str:
    first, line_end, _ = text.partition("\n")
    return first if line_end and len(first) <= LONGEST_HEADING else ""


def _terms(text: str, *, singles: bool) -> list[str]:
    """Return the terms, repeats included.

    A text that has nothing but stop words has these as terms, and one without any words its signs. So every
    text that is not blank has terms, and shares some with itself as a query.
    """
    text = unicodedata.normalize("NFKC", text)
    spaced = strip_accents(UNSPACED.sub(" ", text))
    found = stems(spaced)
    for run in UNSPACED.findall(text):
        if singles or len(run) == 1:
            found += run
        found += map("".join, pairwise(run))
    found += (sign for sign in SIGN.findall(spaced) if unicodedata.category(sign).startswith("S"))
    return found or [stem(word) for word in words(spaced)] or [sign for sign in text if not sign.isspace()]
