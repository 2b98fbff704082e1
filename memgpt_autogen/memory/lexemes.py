"""Words as PostgreSQL's full-text index holds them: the same ones that SQLite's FTS5 makes of a text itself.

FTS5 is told `porter unicode61 remove_diacritics 2`: runs of letters and digits, in lower case, Latin ones without accents,
stemmed by Porter's algorithm of 1980. Stop words are kept, so that a phrase may hold them.
"""

from __future__ import annotations

import re
import threading
from functools import lru_cache

import snowballstemmer

from memgpt_autogen.text.words import folded

LONGEST_LEXEME = 500
"""Characters of a word that count; PostgreSQL refuses lexemes of 2,047 bytes."""

MOST_BYTES = 1_000_000
"""What of a text's words fits into a `tsvector`, PostgreSQL's megabyte; words that come first after that are not indexed."""

MOST_POSITIONS = 255
"""Places of one word that a `tsvector` keeps."""

LAST_POSITION = 16_383
"""A `tsvector` counts no further; words behind it are found, phrases are not."""

STEMMED_BYTES = 64
"""FTS5 stems no longer words."""

_RUN = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")

_SAME = str.maketrans("ςſµ", "σsμ")
"""Small letters that FTS5 takes for others."""

_stemmer = snowballstemmer.stemmer("porter")
_stemming = threading.Lock()  # the stemmer keeps the word it works on in itself


def lexemes(text: str) -> list[str]:
    """The stems of a text's words in order, repeats kept."""
    return [_stem(word) for word in _RUN.findall(text)]


def vector(text: str) -> tuple[str, int]:
    """A text as the literal of a `tsvector`, and how many words it has."""
    places: dict[str, list[int]] = {}
    runs = _RUN.findall(text)
    held = 0
    for position, word in enumerate(runs, start=1):
        lexeme = _stem(word)
        known = places.get(lexeme)
        if known is None:
            known = places[lexeme] = []
            held += len(lexeme.encode()) + 4
        if not known or (len(known) < MOST_POSITIONS and position <= LAST_POSITION):
            known.append(min(position, LAST_POSITION))
            held += 2
        if held > MOST_BYTES:
            break
    literal = " ".join(f"'{lexeme}':{','.join(map(str, known))}" for lexeme, known in places.items())
    return literal, len(runs)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    plain = folded(word.lower().translate(_SAME))[:LONGEST_LEXEME]
    if not 3 <= len(plain.encode()) <= STEMMED_BYTES:
        return plain
    with _stemming:
        stemmed: str = _stemmer.stemWord(plain)
    return stemmed
