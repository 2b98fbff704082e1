"""Exact rules that score an answer from 0 to 1, for the data sets that have them.

LoCoMo's token F1 is with stems and without commas and articles (arXiv 2402.17753); answers of several parts
are compared part by part. The plain F1 is SQuAD's (arXiv 1606.05250).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any

from benchmarks.answers.conversations import Asked

NOT_KNOWN = re.compile(
    r"""\b(?:
      (?:not|never|n[o']t|hasn't|isn't|wasn't|aren't|weren't)\ (?:(?:explicitly|directly|been|yet)\ )*
        (?:known|mentioned|stated|said|specified|available|told|given|provided|discussed|recorded|clear|found|sure)
      | no\ (?:such\ )?(?:\w+\ )?(?:information|mention|record|answer|evidence|details?|memory)
      | (?:unknown|unanswerable|unclear|unspecified|uncertain)
      | (?:do|does|did|could|can)(?:n't|n’t|\ not|not)\ (?:\w+\ )?
          (?:know|say|tell|mention|specify|state|find|have|contain|answer|determine|recall|remember|provide|include)
      | nothing\ (?:\w+\ )?(?:about|found|known|said)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words that say that an answer is not known."""


def score(question: Asked, answer: str) -> float | None:
    """Return the score of an answer; None where its rule needs a judge."""
    rule = _RULES.get(question.rule)
    return None if rule is None else rule(question, answer)


def _best_f1(question: Asked, answer: str) -> float:
    return max(f1(plain_words(answer), plain_words(right)) for right in question.answers)


def _stemmed_f1(question: Asked, answer: str) -> float:
    return max(f1(stems(answer), stems(right)) for right in question.answers)


def _each_part_f1(question: Asked, answer: str) -> float:
    """Return how well the answer's parts between commas match each part of the right answer, on average."""
    given = [stems(part) for part in answer.split(",")]
    return max(
        fmean(max(f1(part, stems(wanted)) for part in given) for wanted in right.split(","))
        for right in question.answers
    )


def _not_known(_: Asked, answer: str) -> float:
    return float(NOT_KNOWN.search(answer) is not None)


def _contains(question: Asked, answer: str) -> float:
    words = f" {' '.join(plain_words(answer))} "
    return float(any(f" {' '.join(plain_words(right))} " in words for right in question.answers))


_RULES: Mapping[str, Callable[[Asked, str], float]] = {
    "f1": _best_f1,
    "stemmed_f1": _stemmed_f1,
    "each_part_f1": _each_part_f1,
    "not_known": _not_known,
    "contains": _contains,
}


def f1(given: list[str], right: list[str]) -> float:
    """Return the harmonic mean of precision and recall of the words, each as often as it stands there."""
    common = (Counter(given) & Counter(right)).total()
    return 2 * common / (len(given) + len(right)) if common else float(not given and not right)


def plain_words(text: str) -> list[str]:
    """Return the words in lower case, without punctuation and articles."""
    return _without(text, "a an the")


def stems(text: str) -> list[str]:
    """Return the stems of the words, without punctuation, articles and `and`."""
    return [_stem(word) for word in _without(text, "a an the and")]


def _without(text: str, left_out: str) -> list[str]:
    bare = text.lower().translate(_PUNCTUATION)
    return [word for word in bare.split() if word not in left_out.split()]


_PUNCTUATION = str.maketrans("", "", string.punctuation)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("porter")
