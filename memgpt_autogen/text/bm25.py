"""BM25: texts as sparse vectors of weighted terms, hashed to indices.

The weights are BM25's (Robertson and Zaragoza 2009) with a fixed average length, so that the vector of a
passage never changes. The engine adds the other half, IDF. Scripts that are written without spaces are cut
into pairs of characters, and emoji and other signs outside ASCII are terms of their own. The terms are those
of the form that a text is searched in, and the shared terms of other spellings (`spellings`).
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from string import punctuation

from memgpt_autogen.text.equal import UNSPACED, ZERO_WIDTH_SPACE, fold_spelled
from memgpt_autogen.text.letters import MARKS, bare_form
from memgpt_autogen.text.spellings import joined, numbered, parts_of_words, spellings_in_query
from memgpt_autogen.text.stop_word_names import names_in_query, names_in_text
from memgpt_autogen.text.words import stem, stems, words

FORM = 4
"""The version of the terms. An index with older ones is made again."""

FORM_TERM = zlib.crc32(f"\0form {FORM}".encode())
"""A term of no text, which every passage in an archive has whose terms are of this version."""

FORM_WEIGHT = 0.01
"""The weight of that term. No query asks for it."""

K = 1.2
B = 0.75
USUAL_LENGTH = 50
"""How many terms a passage of average length has."""

HEADING = 0.2
"""The extra weight of a word in a passage's heading."""

LONGEST_HEADING = 120
"""A first line of at most so many characters is a heading, if other lines follow."""

SIGN = re.compile(rf"[^\w\s\x00-\x7f{MARKS}]")

LONGEST_CACHED = 64
"""How many characters a token has at most whose terms are cached."""

PART_TERMS = 400
"""A longer text is weighed by parts of so many terms, so that its length takes no weight from its words."""


def passage_weights(text: str, *, marked: bool = False) -> dict[int, float]:
    """Return a passage's sparse vector, in ascending order of its indices.

    With `marked`, it also has `FORM_TERM`, as every passage in an archive.
    """
    found = _by_index(text)
    heading = _heading(text)
    for term in set(map(term_index, passage_terms(heading))) if heading else ():
        found[term] = found.get(term, 0.0) + HEADING
    if marked:
        found[FORM_TERM] = FORM_WEIGHT
    return _in_order(found)


def term_weights(
    text: str, *, b: float = B, usual_length: float = USUAL_LENGTH, part: int = 0
) -> dict[int, float]:
    """Return BM25's weights of a text's terms, in ascending order of their indices.

    With `part`, a text that has more terms is weighed by equal parts of at most so many, and each term has
    its best weight.
    """
    return _in_order(_by_index(text, b, usual_length, part))


def weights_of(
    wanted: Sequence[str], text: str, *, b: float = B, usual_length: float = USUAL_LENGTH, part: int = 0
) -> list[float]:
    """Return the weights that `term_weights` gives to these terms, which the text has."""
    weights, once = _weigh(own_terms(text), b, usual_length, part)
    return [weights.get(term, once) for term in wanted]


def _by_index(text: str, b: float = B, usual_length: float = USUAL_LENGTH, part: int = 0) -> dict[int, float]:
    """Return what `term_weights` returns, in any order."""
    terms, others = _terms(text, query=False)
    weights, once = _weigh(terms, b, usual_length, part)
    weights.update(dict.fromkeys(others, once))  # these are not among the text's own terms
    found = dict(zip(map(term_index, weights), weights.values(), strict=True))
    if len(found) < len(weights):  # two terms share an index
        found = dict.fromkeys(found, 0.0)
        for term, weight in weights.items():
            found[term_index(term)] += weight
    return found


def _in_order(weights: dict[int, float]) -> dict[int, float]:
    indices = sorted(weights)
    return dict(zip(indices, map(weights.__getitem__, indices), strict=True))


def _weigh(terms: list[str], b: float, usual_length: float, part: int) -> tuple[dict[str, float], float]:
    """Return the weights of a text's own terms, and that of a term of other spellings."""
    size = len(terms) or 1
    if part and size > part:  # parts of equal size, because a short rest would weigh more
        size = -(-size // -(-size // part))
    weights: dict[str, float] = {}
    for first in range(0, len(terms), size):
        part_terms = terms[first : first + size]
        counts = Counter(part_terms)
        by_count = {
            count: term_weight(count, len(part_terms), b=b, usual_length=usual_length)
            for count in set(counts.values())
        }
        if not first:
            weights = {term: by_count[count] for term, count in counts.items()}
            continue
        for term, count in counts.items():
            if by_count[count] > weights.get(term, 0.0):
                weights[term] = by_count[count]
    return weights, term_weight(1, min(len(terms), size), b=b, usual_length=usual_length)


def term_weight(count: int, length: int, *, b: float = B, usual_length: float = USUAL_LENGTH) -> float:
    """Return BM25's weight of a term that a text of `length` terms has `count` times."""
    return count * (K + 1) / (count + K * (1 - b + b * length / usual_length))


def query_weights(text: str) -> dict[int, float]:
    """Return a query's sparse vector: each term counts once. It is empty for blank text only."""
    return dict.fromkeys(sorted(map(term_index, query_terms(text))), 1.0)


def passage_terms(text: str) -> list[str]:
    terms, others = _terms(text, query=False)
    return terms + others


def query_terms(text: str) -> list[str]:
    terms, others = _terms(text, query=True)
    return terms + others


def spelled_terms(bare: str) -> set[str]:
    """Return the terms that a text has for other spellings of its words."""
    return _added(_spaced(bare))


def own_terms(text: str) -> list[str]:
    """Return the terms of a text in its own spelling, repeats included."""
    bare = bare_form(text)
    return _own_terms(text, bare, _spaced(bare), query=False)


def other_query_terms(query: str) -> Iterator[tuple[str, str]]:
    """Yield the terms of other spellings of what a query names, each with the words it stands for."""
    return _others(_spaced(bare_form(query)))


def other_letter_terms(text: str) -> Iterator[str]:
    """Yield words as keyboards without umlauts write them, and words that a zero-width space may part."""
    if text.isascii():
        return
    composed = unicodedata.normalize("NFC", text)
    for found in _UMLAUT.finditer(composed) if _UMLAUT_LETTER.search(composed) else ():
        yield from stems(bare_form(fold_spelled(found[0])))
    if ZERO_WIDTH_SPACE in text:
        yield from stems(bare_form(text.replace(ZERO_WIDTH_SPACE, " ")))


@lru_cache(maxsize=65_536)
def term_index(term: str) -> int:
    """Return a term's index in the sparse vector. Two terms rarely share one of the 32-bit indices."""
    return zlib.crc32(term.encode("utf-8", "replace"))


def _heading(text: str) -> str:
    first, line_end, _ = text.partition("\n")
    return first if line_end and len(first) <= LONGEST_HEADING else ""


def _terms(text: str, *, query: bool) -> tuple[list[str], list[str]]:
    """Return the terms, repeats included, and the distinct terms that only other spellings add."""
    bare = bare_form(text)
    spaced = _spaced(bare)
    found = _own_terms(text, bare, spaced, query=query)
    others = {term for term, _ in _others(spaced)} if query else _added(spaced)
    others.update(other_letter_terms(text))
    return found, sorted(others.difference(found))


def _spaced(bare: str) -> str:
    return bare if bare.isascii() else UNSPACED.sub(" ", bare)


def _spelled(spaced: str) -> set[str]:
    """Return the terms that a text has for other spellings of single tokens, and for parts of them."""
    # a word in lower case or with a first capital has none
    others = [t for t in set(spaced.split()) if not (t.isalpha() and (t.islower() or t.istitle()))]
    found: set[str] = set()
    for token in others:
        found.update(_spelled_in(token) if len(token) <= LONGEST_CACHED else _spelled_in.__wrapped__(token))
    return found


# most tokens come again, and reading one takes as long as looking up a hundred
@lru_cache(maxsize=16_384)
def _spelled_in(token: str) -> tuple[str, ...]:
    if token.strip(punctuation).isalpha() and (token.islower() or token.istitle()):
        return ()
    others = [term for term, _ in joined(token)]
    return tuple({stem(term) for term in (*others, *parts_of_words(token))})


def _own_terms(text: str, bare: str, spaced: str, *, query: bool) -> list[str]:
    """Return the terms of a text in its own spelling, repeats included.

    A text that has nothing but stop words has these as terms, and one without any words its signs. So every
    text that is not blank has terms, and shares some with itself as a query.
    """
    found = stems(spaced)
    if not bare.isascii():
        for run in UNSPACED.findall(bare):
            if not query or len(run) == 1:
                found += run
            found += map("".join, pairwise(run))
        found += (sign for sign in SIGN.findall(spaced) if unicodedata.category(sign).startswith("S"))
    return found or [stem(word) for word in words(spaced)] or [sign for sign in text if not sign.isspace()]


def _others(query: str) -> Iterator[tuple[str, str]]:
    """Yield the terms of other spellings of what a query names, each with the words it stands for."""
    for term, shown in spellings_in_query(query):
        yield stem(term), shown
    yield from names_in_query(query)


def _added(text: str) -> set[str]:
    """Return the terms of all other spellings in a text."""
    found = _spelled(text)
    found.update(stem(term) for term, _ in numbered(text))
    found.update(name for name, _ in names_in_text(text))
    return found


_UMLAUT_LETTER = re.compile("[äöüåøÄÖÜÅØ]")
_UMLAUT = re.compile(rf"(?<![^\W\d_])[^\W\d_]*{_UMLAUT_LETTER.pattern}[^\W\d_]*")
