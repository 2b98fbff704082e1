"""Find quotes of what is to be forgotten in a text, and cut the sentences that contain them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any
from urllib.parse import unquote

from memgpt_autogen.messages import REMOVED
from memgpt_autogen.text.equal import UNSPACED, UNSPACED_RANGES, Folded, Span, alike_spans, equal_spans, fold
from memgpt_autogen.text.safe import join_surrogates
from memgpt_autogen.text.told_times.read import ADDED

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
    equal are equal, and dates that a search result has beside the words are passed over.
    """

    def __init__(self) -> None:
        self._runs: dict[int, set[int]] = {}
        self._firsts: dict[int, set[str]] = {}

    def add(self, text: str) -> None:
        words = _folded_words(ADDED.sub("", text))
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
        words = _folded_words(text)
        places: list[Span] = []
        if "(=" in text:
            folded = fold(text)
            places = _places_of_quoted(folded)
            words = [folded[start:end] for start, end in places]
        for length in lengths:
            firsts, runs = self._firsts[length], self._runs[length]
            for first, word in enumerate(words[: max(0, len(words) - length + 1)]):
                if word in firsts and hash(tuple(words[first : first + length])) in runs:
                    places = places or [each.span() for each in _WORD.finditer(fold(text))]
                    yield _folded(text).span(places[first][0], places[first + length - 1][1])


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
    found = _joined(spans)
    if not found:
        return text
    left: list[str] = []
    next_span = 0
    for start, end in _sentences(text):
        while next_span < len(found) and found[next_span][1] <= start:
            next_span += 1
        hit = next_span < len(found) and found[next_span][0] < end
        sentence = text[start:end]
        if not hit or (keep is not None and sentence.strip() in keep):
            left.append(sentence)
        elif mark and not (left and left[-1].strip() == mark):
            left.append(mark + sentence[len(sentence.rstrip()) :])
        elif not mark and left and "\n" in sentence and not left[-1].endswith("\n"):
            left[-1] = left[-1].rstrip() + "\n"  # the end of a line, which the next line must not join
    return "".join(left).strip("\n")


def sentence_spans(text: str) -> Iterator[Span]:
    """Yield the sentences and lines of a text, with the white space that follows them."""
    return _sentences(text)


def sentences(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in _sentences(text)]


def in_lines(text: str, spans: Iterable[Span], is_meant: Callable[[str], bool]) -> Iterator[Span]:
    """Yield the spans in lines that are meant. The line of a span is the whole line, or all its lines."""
    first, last, meant = 0, -1, False
    for start, end in spans:
        if not first <= start <= end <= last:
            first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
            last = len(text) if last < 0 else last
            meant = is_meant(text[first:last])
        if meant:
            yield start, end


def readings(text: str) -> Iterator[str]:
    """Yield the text with the escapes of JSON read, and with those of addresses and HTML if it has any."""
    plain = unescape(text)
    yield plain
    if "%" in plain or "&" in plain:
        read = html.unescape(unquote(plain))
        if read != plain:
            yield read


def unescape(text: str) -> str:
    """Return a text in which JSON was quoted with its escapes read, as far as words need it."""
    return join_surrogates(ESCAPES.sub(_read, text)) if "\\" in text else text


ESCAPES = re.compile(r'\\+(?:u([0-9a-fA-F]{4})|([nrt"/]))?')
"""The escapes of JSON. It matches wherever backslashes are, so it never tries a run of them again."""


def _read(escape: re.Match[str]) -> str:
    code, char = escape.groups()
    if code:
        return chr(int(code, 16))
    return " " if char in ("n", "r", "t") else char or "\\"


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, the names of its fields too, at any depth."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            yield from map(str, each)
            waiting.extend(each.values())
        elif isinstance(each, list | tuple):
            waiting.extend(each)


def texts_in(content: bytes) -> Iterator[str]:
    """Yield the texts in a file of another kind, such as a drawing, or what a camera has noted in a photo."""
    for code, runs in _RUNS.items():
        for run in runs.findall(content):
            yield from readings(run.decode(code, "ignore"))


# six characters in a row are a text, and not the bytes of a picture
_RUNS = {
    "utf-8": re.compile(
        rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}){6,}"
    ),
    "utf-16-le": re.compile(rb"(?:[\t\n\r\x20-\xff]\x00|.[\x01-\x06\x20]){6,}", re.DOTALL),
    "utf-16-be": re.compile(rb"(?:\x00[\t\n\r\x20-\xff]|[\x01-\x06\x20].){6,}", re.DOTALL),
}


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, with those that overlap or touch as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _places_of_quoted(folded: str) -> list[Span]:
    """Return where the words of a folded text are, without the dates that a search result has added."""
    kept: list[Span] = []
    start = 0
    for added in (*ADDED.finditer(folded), None):
        end = added.start() if added else len(folded)
        kept += [each.span() for each in _WORD.finditer(folded, start, end)]
        start = added.end() if added else end
    return kept


@lru_cache(maxsize=4)
def _folded_words(text: str) -> list[str]:
    """Return the words of the text's folded form; in scripts without spaces each character is a word."""
    if text.isascii():
        return _WORD.findall(fold(text))
    return list(chain.from_iterable(map(_words_in, text.split())))


@lru_cache(maxsize=16_384)  # most of a text are words that were folded before
def _words_in(token: str) -> list[str]:
    return _WORD.findall(fold(token))


@lru_cache(maxsize=2)
def _folded(text: str) -> Folded:
    return Folded(text)


_WORD = re.compile(rf"[^\W{UNSPACED_RANGES}]+|(?=\w)[{UNSPACED_RANGES}]")


def _sentences(text: str) -> Iterator[Span]:
    """Yield the sentences and lines; the white space after a sentence belongs to it."""
    start = 0
    for end in re.finditer(r"(?:[.!?…]['\"”’)\]]*[ \t]+|[。！？]|\n+)", text):
        yield start, end.end()
        start = end.end()
    if start < len(text):
        yield start, len(text)
