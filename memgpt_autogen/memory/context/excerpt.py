"""An excerpt by rules: of many lines, the sentences that say the most different things in little room.

Each sentence is worth the words that no chosen sentence has yet; rare words, names and numbers are worth
more. The sentence with the most worth for its length is chosen first, as in Lin and Bilmes, "Multi-document
summarization via budgeted maximization of submodular functions" (2010).
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from memgpt_autogen.memory.context.dated_line import DatedLine, joined, write_log
from memgpt_autogen.text.chunking import split_text
from memgpt_autogen.text.equal import UNSPACED
from memgpt_autogen.text.words import stem, stems

LONGEST = 240
"""Characters of a sentence; a longer one is read as several, at the pauses inside it."""

AROUND = 8
"""What a sentence costs besides its characters: a day and a speaker, where they differ from the last."""


def excerpt(
    lines: Sequence[DatedLine], fits: Callable[[str], bool], *, left_out: int = 0
) -> tuple[list[DatedLine], int]:
    """Return what fits of the lines, in their order, and how many of them have no part in it.

    These are all lines if they fit. `fits` gets the text that the lines make together with the notice of how
    many are missing; `left_out` more are missing already.
    """
    for whole in (list(lines), joined(lines)):
        if fits(write_log(whole, left_out)):
            return whole, left_out
    sentences = _sentences(lines)
    order = _by_worth(sentences)
    low, high = 0, len(order)  # how many of them surely fit, and how many may
    while low < high:
        count = (low + high + 1) // 2
        if fits(write_log(*_made(sentences, order[:count], len(lines), left_out))):
            low = count
        else:
            high = count - 1
    return _made(sentences, order[:low], len(lines), left_out)


@dataclass(frozen=True, slots=True)
class _Sentence:
    line: DatedLine
    """The line with this sentence alone."""
    place: int
    """Which of the lines it is of."""
    worth: Mapping[str, float]
    """What each of its words is worth."""

    def gain(self, known: set[str]) -> float:
        fresh = sum(worth for word, worth in self.worth.items() if word not in known)
        return fresh / (len(self.line.what) + AROUND)


def _made(
    sentences: Sequence[_Sentence], chosen: Sequence[int], lines: int, left_out: int
) -> tuple[list[DatedLine], int]:
    taken = [sentences[number] for number in sorted(chosen)]
    missing = lines - len({sentence.place for sentence in taken})
    return joined([sentence.line for sentence in taken]), left_out + missing


def _by_worth(sentences: Sequence[_Sentence]) -> list[int]:
    """Return the numbers of the sentences in the order in which they are chosen.

    What a sentence adds only becomes less, so only the one that looks best is weighed again.
    """
    known: set[str] = set()
    waiting = [(-sentence.gain(known), number) for number, sentence in enumerate(sentences)]
    heapq.heapify(waiting)
    order = []
    while waiting:
        _, number = heapq.heappop(waiting)
        gain = sentences[number].gain(known)
        if waiting and -gain > waiting[0][0]:
            heapq.heappush(waiting, (-gain, number))
            continue
        order.append(number)
        known.update(sentences[number].worth)
    return order


def _sentences(lines: Sequence[DatedLine]) -> list[_Sentence]:
    parts = [
        (place, replace(line, what=part))
        for place, line in enumerate(lines)
        for sentence in filter(str.strip, _ENDS.split(line.what))
        for part in _parts(sentence)
    ]
    words = [set(_words(line.what)) for _, line in parts]
    counts = Counter(word for found in words for word in found)
    speakers = {word for line in lines for word in stems(line.speaker)}
    return [
        _Sentence(line, place, _worth(line.what, found - speakers, counts, len(parts)))
        for (place, line), found in zip(parts, words, strict=True)
    ]


def _parts(sentence: str) -> list[str]:
    parts = [part for part, _ in split_text(sentence, LONGEST)]
    return [*(f"{part}…" for part in parts[:-1]), *parts[-1:]]


def _worth(text: str, words: set[str], counts: Mapping[str, int], among: int) -> dict[str, float]:
    names = {stem(name.lower()) for name in _NAME.findall(text)}
    return {
        word: math.log(1 + among / counts[word]) * (2 if word in names or word[0].isdigit() else 1)
        for word in words
    }


def _words(text: str) -> list[str]:
    """Return the stems of a text. Scripts without spaces are read in pairs of characters."""
    pairs = ["".join(pair) for run in UNSPACED.findall(text) for pair in pairwise(run)]
    return [*stems(UNSPACED.sub(" ", text)), *pairs]


_ENDS = re.compile(r"(?<=[.!?…])[\"')\]”’]{0,2}\s+|(?<=[。！？])")
# capitals inside a sentence
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z]\w+")
