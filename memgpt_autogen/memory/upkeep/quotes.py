"""Quotes: where a text holds words that are to be forgotten, and the text without the sentences around them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from memgpt_autogen.messages import REMOVED
from memgpt_autogen.text.bm25 import UNSPACED

RUN = 8
"""So many words of a longer text in a row are a quote of it; a shorter text is quoted as a whole."""

LEAST_WORDS = 3
LEAST_LETTERS = 12
"""What is shorter than both, such as "yes", is everybody's and no quote of anyone."""

LEAST_OTHERS = 6
"""Words from which on a text counts as quoted where someone else says the same, as people do with short ones."""

Span = tuple[int, int]


class Quotes:
    """Recognises what was taken from texts: from long ones any run of `RUN` words, from short ones the whole."""

    def __init__(self) -> None:
        self._runs: dict[int, set[int]] = {}
        self._firsts: dict[int, set[str]] = {}

    def add(self, text: str) -> None:
        words = [text[start:end].casefold() for start, end in _words(text)]
        weight = sum(0.5 if UNSPACED.fullmatch(word) else 1.0 for word in words)
        if weight < LEAST_WORDS and sum(map(len, words)) < LEAST_LETTERS:
            return
        length = min(len(words), RUN)
        if not length:
            return
        for first in range(len(words) - length + 1):
            self._runs.setdefault(length, set()).add(hash(tuple(words[first : first + length])))
            self._firsts.setdefault(length, set()).add(words[first])

    def spans(self, text: str, *, least: int = 1) -> Iterator[Span]:
        """Where the text quotes at least so many words."""
        lengths = [length for length in self._runs if length >= least]
        if not lengths or not text:
            return
        places = list(_words(text))
        words = [text[start:end].casefold() for start, end in places]
        for length in lengths:
            firsts, runs = self._firsts[length], self._runs[length]
            for first in range(len(words) - length + 1):
                if words[first] in firsts and hash(tuple(words[first : first + length])) in runs:
                    yield places[first][0], places[first + length - 1][1]


class Phrase:
    """Words that are looked for as they stand, whole and in this order; case and the kind of white space do not count."""

    def __init__(self, words: str) -> None:
        forms = {unicodedata.normalize(form, words) for form in ("NFC", "NFD", "NFKC")} | {words}
        self._pattern = re.compile("|".join(map(_bounded, sorted(forms))), re.IGNORECASE)

    def spans(self, text: str) -> Iterator[Span]:
        return (match.span() for match in self._pattern.finditer(text))


def without(text: str, spans: Iterable[Span], *, mark: str = REMOVED, keep: str | None = None) -> str:
    """The text without the sentences that a span reaches into; `mark` stands in their place, once for several in a row.

    A sentence that stands in `keep` too is left.
    """
    found = sorted(spans)
    if not found:
        return text
    told: list[str] = []
    for start, end in _sentences(text):
        hit = any(first < end and last > start for first, last in found)
        sentence = text[start:end]
        if not hit or (keep is not None and sentence.strip() in keep):
            told.append(sentence)
        elif mark and not (told and told[-1].strip() == mark):
            told.append(mark + sentence[len(sentence.rstrip()) :])
    return "".join(told).strip("\n") if told else ""


def sentences(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in _sentences(text)]


def readable(text: str) -> str:
    """A text in which JSON was quoted, with its escapes read, as far as that finds words."""
    if "\\" not in text:
        return text
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    return re.sub(r'\\+([nrt"/\\])', lambda match: " " if match[1] in "nrt" else match[1], text)


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, the names of its fields too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def arguments_of(text: str) -> dict[str, Any] | None:
    """A call's arguments; None where the model wrote no JSON object."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


_WORD = re.compile(r"\w")


def _words(text: str) -> Iterator[Span]:
    """Where the words are; in scripts without spaces each sign is one."""
    for match in re.finditer(r"\w+", text):
        at = match.start()
        for run in UNSPACED.finditer(text, match.start(), match.end()):
            if run.start() > at:
                yield at, run.start()
            for place in range(*run.span()):
                yield place, place + 1
            at = run.end()
        if at < match.end():
            yield at, match.end()


def _bounded(words: str) -> str:
    body = r"\s+".join(map(re.escape, words.split()))
    before = r"(?<!\w)" if _spaced(words.strip()[0]) else ""
    behind = r"(?!\w)" if _spaced(words.strip()[-1]) else ""
    return f"{before}{body}{behind}"


def _spaced(sign: str) -> bool:
    return bool(_WORD.match(sign)) and not UNSPACED.match(sign)


def _sentences(text: str) -> Iterator[Span]:
    """The text cut behind each line's and each sentence's end; what separates them belongs to the one before."""
    start = 0
    for end in re.finditer(r"(?:[.!?…]['\"”’)\]]*[ \t]+|[。！？]|\n+)", text):
        yield start, end.end()
        start = end.end()
    if start < len(text):
        yield start, len(text)
