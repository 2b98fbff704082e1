"""Find quotes of what is to be forgotten in a text, and cut the sentences that contain them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from memgpt_autogen.messages import REMOVED
from memgpt_autogen.text.equal import UNSPACED, Folded, Span, alike_spans, equal_spans, fold
from memgpt_autogen.text.safe import join_surrogates

QUOTE_WORDS = 8
"""This many words of a longer text in a row are a quote of it; a shorter text is quoted as a whole."""

LEAST_WORDS = 3
LEAST_LETTERS = 12
"""A text that is shorter than both, such as "yes", is never a quote: everybody says it."""

LEAST_FOREIGN_WORDS = 6
"""A text by someone else quotes only what has this many words: people often say the same short things."""


class Quotes:
    """This class finds quotes of the texts that were added.

    A quote is `QUOTE_WORDS` words in a row of a long text, or a whole short text. Words that readers take as
    equal are equal.
    """

    def __init__(self) -> None:
        self._runs: dict[int, set[int]] = {}
        self._firsts: dict[int, set[str]] = {}

    def add(self, text: str) -> None:
        text = fold(text)
        words = [text[start:end] for start, end in _words(text)]
        weight = sum(0.5 if UNSPACED.fullmatch(word) else 1.0 for word in words)
        if weight < LEAST_WORDS and sum(map(len, words)) < LEAST_LETTERS:
            return
        length = min(len(words), QUOTE_WORDS)
        if not length:
            return
        for first in range(len(words) - length + 1):
            self._runs.setdefault(length, set()).add(hash(tuple(words[first : first + length])))
            self._firsts.setdefault(length, set()).add(words[first])

    def spans(self, text: str, *, least: int = 1) -> Iterator[Span]:
        """Yield where the text quotes at least `least` words."""
        lengths = [length for length in self._runs if length >= least]
        if not lengths or not text:
            return
        folded = fold(text)
        places = list(_words(folded))
        words = [folded[start:end] for start, end in places]
        whole: Folded | None = None
        for length in lengths:
            firsts, runs = self._firsts[length], self._runs[length]
            for first in range(len(words) - length + 1):
                if words[first] in firsts and hash(tuple(words[first : first + length])) in runs:
                    whole = whole or Folded(text)
                    yield whole.span(places[first][0], places[first + length - 1][1])


class Phrase:
    """Whole words to find in this order, in every form that readers take as equal.

    With `alike`, forms that are only alike are found too.
    """

    def __init__(self, words: str, *, alike: bool = False) -> None:
        self._words = words
        self._alike = alike

    def spans(self, text: str) -> Iterator[Span]:
        return (alike_spans if self._alike else equal_spans)(self._words, text)

    def is_in(self, text: str) -> bool:
        return any(True for _ in self.spans(text))

    def is_only_alike_in(self, text: str) -> bool:
        """Return whether the text contains a form that is only alike, and that this does not look for."""
        if self._alike:
            return False
        alike = set(alike_spans(self._words, text))
        return bool(alike) and not alike <= set(equal_spans(self._words, text))


def cut_sentences(text: str, spans: Iterable[Span], *, mark: str = REMOVED, keep: str | None = None) -> str:
    """Return the text without the sentences that overlap a span.

    `mark` replaces them, once for several in a row. A sentence that is also in `keep` stays.
    """
    found = sorted(spans)
    if not found:
        return text
    left: list[str] = []
    for start, end in _sentences(text):
        hit = any(first < end and last > start for first, last in found)
        sentence = text[start:end]
        if not hit or (keep is not None and sentence.strip() in keep):
            left.append(sentence)
        elif mark and not (left and left[-1].strip() == mark):
            left.append(mark + sentence[len(sentence.rstrip()) :])
        elif not mark and left and "\n" in sentence and not left[-1].endswith("\n"):
            left[-1] = left[-1].rstrip() + "\n"  # the end of a line, which the next line must not join
    return "".join(left).strip("\n")


def sentences(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in _sentences(text)]


def line_of(text: str, span: Span) -> str:
    """Return the whole line of a span, or the lines."""
    end = text.find("\n", span[1])
    return text[text.rfind("\n", 0, span[0]) + 1 : end if end >= 0 else len(text)]


def unescape(text: str) -> str:
    """Return a text in which JSON was quoted with its escapes read, as far as words need it."""
    if "\\" not in text:
        return text
    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    text = join_surrogates(text)
    return re.sub(r'\\+([nrt"/\\])', lambda match: " " if match[1] in "nrt" else match[1], text)


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, the names of its fields too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def _words(text: str) -> Iterator[Span]:
    """Yield where the words are; in scripts without spaces each character is a word."""
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


def _sentences(text: str) -> Iterator[Span]:
    """Yield the sentences and lines; the white space after a sentence belongs to it."""
    start = 0
    for end in re.finditer(r"(?:[.!?…]['\"”’)\]]*[ \t]+|[。！？]|\n+)", text):
        yield start, end.end()
        start = end.end()
    if start < len(text):
        yield start, len(text)
