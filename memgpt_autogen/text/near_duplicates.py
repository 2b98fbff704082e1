"""Near-duplicates: texts that say the same in the same words.

Only articles, interjections at the start, case, punctuation and contractions may differ, and in a long text a
misspelling. A different number, name, negation, tense or any other word makes a different text, because a
text that is folded wrongly is a lost fact.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Sequence

from memgpt_autogen.text.words import expand_contractions

LONG = 12
"""From this number of words on, one word in so many may be misspelt."""

LONGEST = 2000
"""Characters up to which texts are compared by their words. Longer texts are compared as they are."""

NEIGHBOURS = 8
"""With how many texts of the same beginning or end a long text is compared word by word."""


def repeats(texts: Sequence[tuple[Hashable, str]]) -> list[int]:
    """Return for each text the place of the first one that it repeats; its own place if it repeats none.

    Each text has an owner. Only texts of the same owner are compared. The time is proportional to the texts.
    """
    first: dict[Hashable, int] = {}
    alike: dict[Hashable, list[tuple[int, tuple[str, ...]]]] = {}
    found: list[int] = []
    for place, (owner, text) in enumerate(texts):
        words = meaning_words(text)
        same = first.setdefault((owner, words), place)
        if same == place and len(words) >= LONG:
            edges = ((owner, "first", words[: LONG // 2]), (owner, "last", words[-(LONG // 2) :]))
            near = [each for edge in edges for each in alike.get(edge, ())[:NEIGHBOURS]]
            same = min((other for other, theirs in near if _misspelt(words, theirs)), default=place)
            for edge in edges if same == place else ():
                alike.setdefault(edge, []).append((place, words))
        found.append(same)
    return found


def meaning_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that carry meaning, in order, with their signs and the question marks."""
    if len(text) > LONGEST:
        return (" ".join(text.split()),)
    raw = expand_contractions(unicodedata.normalize("NFKC", text)).split()
    found: list[str] = []
    for place, token in enumerate(raw):
        word = token.strip(_AROUND)
        low = word.lower()
        article = low in ("an", "the") or (low == "a" and (word == "a" or not place))  # "vitamin A" is a name
        opening = low in _OPENERS and not found and "?" not in token
        if low.strip("-–—•") and not article and not opening:
            found.append(_ORDINAL.sub(r"\1", low) if low[0].isdigit() else _DIGITS.get(low, low))
        if "?" in token:
            found.append("?")
    return tuple(found) or tuple(raw)


_AROUND = ".,;:!?…\"'“”‘’()[]{}*_`"
_OPENERS = frozenset("oh ah uh um hey hi hello ok okay well so and but please".split())
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_DIGITS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}


def _misspelt(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether two long texts differ only by misspellings."""
    if len(words) != len(others):
        return False
    different = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    return len(different) <= len(words) // LONG and all(_one_slip(*pair) for pair in different)


def _one_slip(word: str, other: str) -> bool:
    """Whether one letter inside a word is missing, wrong, or swapped with the next.

    The first and the last letter must be equal, because they can be a tense, a number or a prefix.
    """
    if min(len(word), len(other)) < 5 or abs(len(word) - len(other)) > 1 or not (word + other).isalpha():
        return False
    if word[0] != other[0] or word[-1] != other[-1]:
        return False
    start = next((at for at, pair in enumerate(zip(word, other, strict=False)) if pair[0] != pair[1]), 0)
    if len(word) != len(other):
        long, short = (word, other) if len(word) > len(other) else (other, word)
        start = next((at for at in range(len(short)) if long[at] != short[at]), len(short))
        return long[start + 1 :] == short[start:]
    swapped = word[:start] + word[start + 1 : start + 2] + word[start : start + 1] + word[start + 2 :]
    return other == swapped or word[start + 1 :] == other[start + 1 :]
