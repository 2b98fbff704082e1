"""Text as lexical search sees it: weighted terms, hashed to the indices of a sparse vector.

The weights are BM25's (Robertson and Zaragoza 2009), with a fixed average length in place of the archive's, so that a passage's
vector never changes; the other half, IDF, is the engine's. Scripts that are written without spaces are cut into pairs of
characters, and emoji and other signs outside ASCII are terms of their own.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from memgpt_autogen.text.words import folded, stem, stems, words

K = 1.2
B = 0.75
USUAL_LENGTH = 50
"""Terms in a passage of usual length."""

HEADING = 0.2
"""What a word of a passage's heading counts more."""

LONGEST_HEADING = 120
"""Characters of a first line that is a heading, where others follow."""

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003134f]+"
)
"""Runs of Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese and Korean."""

SIGN = re.compile(r"[^\w\s\x00-\x7f]")


def passage_weights(text: str) -> dict[int, float]:
    """A passage's sparse vector, in ascending order of its indices."""
    found = weights(map(index, passage_terms(text)))
    heading = _heading(text)
    if not heading:
        return found
    for term in set(map(index, passage_terms(heading))):
        found[term] = found.get(term, 0.0) + HEADING
    return dict(sorted(found.items()))


def weights(terms: Iterable[int], *, b: float = B, usual_length: float = USUAL_LENGTH) -> dict[int, float]:
    """BM25's weights of terms, repeats counted, in ascending order of their indices."""
    found = Counter(terms)
    norm = K * (1 - b + b * found.total() / usual_length)
    return {term: found[term] * (K + 1) / (found[term] + norm) for term in sorted(found)}


def query_weights(text: str) -> dict[int, float]:
    """A query's sparse vector: each of its terms counts once. It is empty for blank text only."""
    return dict.fromkeys(sorted({index(term) for term in query_terms(text)}), 1.0)


def shared_words(query: str, text: str) -> list[str]:
    """The query's words that the text has too, in the query's order and form."""
    found = set(passage_terms(text))
    return [form for term, form in _forms(query) if term in found]


def why_found(query: str, text: str, otherwise: str) -> str:
    """What a search tells of a result: the words that it shares with the query, or what else brought it."""
    shared = shared_words(query, text)
    return f"words: {', '.join(shared)}" if shared else otherwise


def passage_terms(text: str) -> list[str]:
    return _terms(text, singles=True)


def query_terms(text: str) -> list[str]:
    return _terms(text, singles=False)


@lru_cache(maxsize=65_536)
def index(term: str) -> int:
    """A term's place in the sparse vector: 32 bits, so two terms of a large archive may share one, which ranking survives."""
    return zlib.crc32(term.encode("utf-8", "replace"))


@lru_cache(maxsize=256)  # every result of a search asks for those of the same query
def _forms(query: str) -> tuple[tuple[str, str], ...]:
    """The query's distinct terms in order, each with the word that it was made from, or with itself."""
    forms = {stem(word): word for word in reversed(words(folded(unicodedata.normalize("NFKC", query))))}
    return tuple((term, forms.get(term, term)) for term in dict.fromkeys(query_terms(query)))


def _heading(text: str) -> str:
    first, line_end, _ = text.partition("\n")
    return first if line_end and len(first) <= LONGEST_HEADING else ""


def _terms(text: str, *, singles: bool) -> list[str]:
    """The terms, repeats kept. Stop words count where there is nothing else, and punctuation where there are not even those.

    So every text that is not blank has terms, and shares some with itself as a query.
    """
    text = unicodedata.normalize("NFKC", text)
    spaced = folded(UNSPACED.sub(" ", text))
    found = stems(spaced)
    for run in UNSPACED.findall(text):
        if singles or len(run) == 1:
            found += run
        found += map("".join, pairwise(run))
    found += (sign for sign in SIGN.findall(spaced) if unicodedata.category(sign).startswith("S"))
    return found or [stem(word) for word in words(spaced)] or [sign for sign in text if not sign.isspace()]
