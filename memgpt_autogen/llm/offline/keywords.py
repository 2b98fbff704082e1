"""The words that tell what a text is about. Words of one stem or of one topic are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import snowballstemmer

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.llm.offline.speech import MARKS, pattern
from memgpt_autogen.text.equal import UNSPACED
from memgpt_autogen.text.letters import bare_form
from memgpt_autogen.text.spellings import spellings
from memgpt_autogen.text.words import STOP_WORDS, WORD

COMMON = 0.4  # the weight of a word that says little about a subject, such as "start"


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word of a text, with what it is compared by."""

    text: str
    forms: frozenset[str]
    """Its stems, or its topic."""
    weight: float = 1.0

    @property
    def topic(self) -> bool:
        return any(form.startswith("@") for form in self.forms)

    @property
    def value(self) -> bool:
        """Whether it is a number, a day or a month."""
        return bool(pattern("value").search(self.text))


@lru_cache(maxsize=4096)
def keywords(text: str) -> tuple[Keyword, ...]:
    """Return the words that matter in a text, each once; of scripts without spaces, pairs of characters."""
    plain = bare_form(_MOVED.sub(" live ", text.replace("’", "'"))).lower().translate(_FOLDED)
    found: list[Keyword] = []
    for topic in _TOPICS:
        unspaced = "|".join(word for word in MARKS[topic].split("|") if UNSPACED.search(word))
        if match := re.search(unspaced, plain):
            found.append(Keyword(match.group(), frozenset([topic]), _WEIGHTS.get(topic, 1.0)))
            plain = re.sub(unspaced, " ", plain)
    for run in UNSPACED.findall(plain):
        for piece in re.sub(MARKS["functions.zh"], " ", run).split():
            pairs = map("".join, pairwise(piece)) if len(piece) > 1 else [piece]
            found += [Keyword(pair, frozenset([pair])) for pair in pairs]
    spaced = [word.removesuffix("'s") for word in WORD.findall(_ELIDED.sub(" ", UNSPACED.sub(" ", plain)))]
    functions = _FUNCTIONS[language(text)]
    found += [_spaced(word) for word in spaced if word not in functions and (len(word) > 1 or word.isdigit())]
    return tuple({keyword.forms: keyword for keyword in found}.values())


def forms_in(text: str) -> frozenset[str]:
    """Return everything that a text can be found by.

    These are also the single characters of words without spaces, and other spellings of numbers.
    """
    forms = {form for word in keywords(text) for form in (*word.forms, *_HAN.findall(word.text))}
    return frozenset(forms.union(term for term, _ in spellings(bare_form(text))))


def subject_of(text: str, *, names: bool = False) -> list[Keyword]:
    """Return what a statement is about, without values and names: "release" in "the release is on 14 May"."""
    bare = text if names or language(text) == "de" else re.sub(r"(?<=\w )[A-Z][\w-]*", " ", text)
    return [word for word in keywords(bare) if not word.value and not pattern("correcting").search(word.text)]


@lru_cache(maxsize=4096)
def language(text: str) -> str:
    """Return the language whose function words are most frequent in a text; English if none is."""
    words = [bare_form(word) for word in WORD.findall(_ELIDED.sub(" ", text.lower().replace("’", "'")))]
    return max(_FUNCTIONS, key=lambda name: sum(word in _FUNCTIONS[name] for word in words))


@lru_cache(maxsize=65_536)
def _spaced(word: str) -> Keyword:
    for topic in _TOPICS:
        if pattern(topic).fullmatch(word):
            return Keyword(word, frozenset([topic]), _WEIGHTS.get(topic, 1.0))
    names = _CYRILLIC if "а" <= word[0] <= "я" else _LATIN
    with _stemming:
        forms = frozenset(f"{name}:{_STEMMERS[name].stemWord(word)}" for name in names)
    if any(map(str.isdigit, word)):
        forms = forms.union([word], (term for term, _ in spellings(word)))
    return Keyword(word, forms, COMMON if word in MARKS["functions.common"].split() else 1.0)


_LATIN, _CYRILLIC = ("english", "german", "french", "spanish"), ("russian",)
_TOPICS = [name for name in MARKS if name.startswith("@")]
_WEIGHTS = {"@like": COMMON, "@name": 0.6}
_stemming = Lock("the stemmer")  # a stemmer stores the word that it works on in itself
_STEMMERS = {name: snowballstemmer.stemmer(name) for name in _LATIN + _CYRILLIC}
_FOLDED = str.maketrans({"ё": "е", "ß": "ss"})
_HAN = re.compile("[\u4e00-\u9fff]")
_ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu)'(?=\w)")
_MOVED = re.compile(
    r"\b(?:i|we|he|she|they)(?:'\w+| am| have| has| are)?(?: \w+)? mov(?:ed|ing)\b(?! (?:it|the|my))"
    r"|^moved(?= to)",
    re.IGNORECASE,
)
_FUNCTIONS = {name: frozenset(MARKS[f"functions.{name}"].split()) for name in ("en", "de", "fr", "es", "ru")}
_FUNCTIONS["en"] |= STOP_WORDS
