"""The part of a long text that a query asks about: where most of its words stand together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from memgpt_autogen.text.bm25 import query_forms
from memgpt_autogen.text.equal import UNSPACED
from memgpt_autogen.text.letters import bare_form
from memgpt_autogen.text.spellings import spellings
from memgpt_autogen.text.words import WORD, stem, words

LONGEST_TERMS = 1000
"""Characters of a query that are searched literally: many terms in a long text take a long time."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text."""

    start: int
    """Where its first word of the query begins."""
    end: int
    """Where its last word of the query ends."""
    share: float
    """How much of what the text has of the query is in this part, from 0 to 1."""
    words: int
    """How many words of the query are in it."""


def matching_part(text: str, query: str, chars: int) -> Part | None:
    """Return the part of at most `chars` characters with most of the query's words; of several, the first.

    Returns None if the text has none of them.
    """
    hits = sorted(set(_hits(text, query)))
    total = len({term for *_, term in hits})
    inside: Counter[str] = Counter()
    best: Part | None = None
    first = 0
    for start, end, term in hits:
        inside[term] += 1
        while end - hits[first][0] > chars and hits[first][0] < start:
            inside[hits[first][2]] -= 1
            first += 1
        count = sum(1 for times in inside.values() if times)
        if best is None or count > best.words:
            best = Part(hits[first][0], end, count / total, count)
    return best


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


def _hits(text: str, query: str) -> Iterator[tuple[int, int, str]]:
    """Yield where the text has a word of the query: where it begins and ends, and which term it is."""
    forms = query_forms(query)
    wanted = {term for term, _ in forms}
    bare = bare_form(text)
    if len(bare) == len(text):
        yield from _bare_hits(bare, wanted)
    else:
        for found in WORD.finditer(text):
            for word in words(bare_form(found[0])):
                if (term := stem(word)) in wanted:
                    yield *found.span(), term
    for term in wanted:
        if UNSPACED.fullmatch(term):
            yield from ((at, at + len(term), term) for at in _all(text, term))
    if any(not UNSPACED.search(term) and not term.isalpha() for term in wanted):
        for spelled, shown in spellings(text):
            if (term := stem(spelled)) in wanted and (at := text.find(shown)) >= 0:
                yield at, at + len(shown), term


def _bare_hits(text: str, wanted: set[str]) -> Iterator[tuple[int, int, str]]:
    low = text.lower()
    for term in wanted:
        # a stem begins as its words do, apart from its last letters
        start = term[: max(2, len(term) - 2)].lower()
        for at in _all(low, start):
            if at and (low[at - 1].isalnum()):
                continue
            found = WORD.match(text, at)
            if found and (stem(found[0].lower()) == term or found[0] == term):
                yield *found.span(), term


def _all(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
