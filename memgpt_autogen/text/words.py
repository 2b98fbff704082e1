"""The words of a text for lexical search: in lower case, without stop words, stemmed (Snowball, English)."""

from __future__ import annotations

import re
from functools import lru_cache

import snowballstemmer

from memgpt_autogen.text.letters import MARKS

WORD = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*(?:['’][^\W_](?:[^\W_]|[{MARKS}])*)*")

# the same for a text in ASCII, in a third of the time
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")

STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being but by can could did do
    does doing done for from had has have having he her hers him his how i if in into is it its just me my no
    nor not of off on once only or our ours out over own she should so some such than that the their theirs
    them then there these they this those through to too under until up very was we were what when where which
    while who whom whose why will with would you your yours i'm i've i'd i'll it's that's what's who's don't
    didn't doesn't isn't aren't wasn't weren't can't couldn't won't wouldn't you're you've we're we've they're
    they've he's she's there's let's""".split()
)

_CONTRACTIONS = (
    (re.compile(r"\bcan(?:'t|not)\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon't\b", re.IGNORECASE), "will not"),
    (re.compile(r"\bshan't\b", re.IGNORECASE), "shall not"),
    (re.compile(r"n't\b", re.IGNORECASE), " not"),
    (re.compile(r"(?<=\w)'m\b", re.IGNORECASE), " am"),
    (re.compile(r"(?<=\w)'re\b", re.IGNORECASE), " are"),
    (re.compile(r"(?<=\w)'ve\b", re.IGNORECASE), " have"),
    (re.compile(r"(?<=\w)'ll\b", re.IGNORECASE), " will"),
    (re.compile(r"\b(it|that|he|she|there|what|who|where|here)'s\b", re.IGNORECASE), r"\1 is"),
)

# a stemmer stores the word that it works on in itself, so each thread takes one that no other has
_stemmers = [snowballstemmer.stemmer("english")]


def words(text: str) -> list[str]:
    """Return the words of a text in order and in lower case, with stop words."""
    low = text.lower()
    return _ASCII_WORD.findall(low) if low.isascii() else WORD.findall(low.replace("’", "'"))


def query_words(text: str) -> list[str]:
    """Return the distinct words of a query without stop words, in order. A query of stop words keeps them."""
    distinct = list(dict.fromkeys(words(text)))
    return [word for word in distinct if word not in STOP_WORDS] or distinct


def stems(text: str) -> list[str]:
    """Return the stems of a text's words, without stop words. Repeated stems stay."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def expand_contractions(text: str) -> str:
    """Return the text with "do not" for "don't" and the like. A possessive 's stays."""
    text = text.replace("’", "'")
    if "'" not in text and "annot" not in text:
        return text
    for contraction, full in _CONTRACTIONS:
        text = contraction.sub(full, text)
    return text


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    try:
        stemmer = _stemmers.pop()
    except IndexError:
        stemmer = snowballstemmer.stemmer("english")
    stemmed: str = stemmer.stemWord(word.removesuffix("'s"))
    _stemmers.append(stemmer)
    return stemmed
