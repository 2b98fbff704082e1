"""Which words of a query a text has.

Every result of a search tells them, so most of a text is passed by: only words that begin as a word of the
query are stemmed, and other spellings are looked for only where the text may have some.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Sequence

from memgpt_autogen.text.bm25 import other_letter_terms, own_terms, spelled_terms
from memgpt_autogen.text.equal import UNSPACED
from memgpt_autogen.text.letters import bare_form
from memgpt_autogen.text.query import read_query, without_parts
from memgpt_autogen.text.words import STOP_WORDS, WORD, stem, words


def shared_words(query: str, text: str) -> list[str]:
    """Return the query's words that are also in the text, in the query's order and form."""
    shown = read_query(query).shown
    bare = bare_form(text)
    found = _own_terms_like([term for term, _ in shown], text, bare)
    missing = [term for term, _ in shown if term not in found]
    if missing and _may_be_spelled(missing, bare):
        found |= spelled_terms(bare)
    if missing:
        found.update(other_letter_terms(text))
    return without_parts([word for term, word in shown if term in found])


def shared_forms(queries: Collection[str], text: str) -> list[str]:
    """Return the words of the text that queries have too, as the text writes them, in its order.

    Of scripts without spaces, these are characters and pairs of them.
    """
    wanted = {term for query in queries for term, _ in read_query(query).shown}
    found: dict[str, None] = {}
    for word in dict.fromkeys(WORD.findall(text)):
        if UNSPACED.search(word):
            found.update(dict.fromkeys(term for term in own_terms(word) if term in wanted))
        elif stem(bare_form(word).lower()) in wanted or (not _is_plain(word) and _terms_of(word) & wanted):
            found[word] = None
    return list(found)


def _own_terms_like(wanted: Collection[str], text: str, bare: str) -> set[str]:
    """Return the terms of a text in its own spelling, at least those among the wanted ones."""
    if not bare.isascii():
        return set(own_terms(text))
    begin = {term[:1] for term in wanted}  # a stem begins as its word
    found = [word for word in set(words(bare)) if word not in STOP_WORDS]
    return {stem(word) for word in found if word[0] in begin} if found else set(own_terms(text))


def _terms_of(word: str) -> set[str]:
    return {*own_terms(word), *spelled_terms(bare_form(word)), *other_letter_terms(word)}


def _may_be_spelled(terms: Sequence[str], bare: str) -> bool:
    """Whether a text may have one of these terms in another spelling. It is sometimes wrongly true."""
    if not _has_spelled(terms, bare):  # most texts end here; the next step is slower, and right more often
        return False
    return _has_spelled(terms, " ".join(token for token in bare.split() if not _is_plain(token)))


def _has_spelled(terms: Sequence[str], bare: str) -> bool:
    joined = bare.lower().translate(_SIGNS)
    return any(
        (term in bare if not term.islower() else term[: max(3, len(term) - 2)] in joined)
        if term.isalpha()
        else _DIGIT.search(joined) is not None
        for term in terms
    )


def _is_plain(token: str) -> bool:
    """Whether it is a word without signs inside, digits and seams, so that nobody spells it otherwise."""
    bare = token if token.isalpha() else token.strip(string.punctuation)
    return bare.isalpha() and (bare.islower() or bare.istitle() or bare.isupper())


_SIGNS = dict.fromkeys(map(ord, string.punctuation))
_DIGIT = re.compile("[0-9]")
