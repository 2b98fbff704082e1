"""What a text says no more in its newer version, and whether another text still says it.

It is a rule about words, so it only gives hints: a name or a number that the newer version does not have, in
a text about the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from memgpt_autogen.text.common_words import commonness_weight
from memgpt_autogen.text.words import STOP_WORDS, WORD, stem

NEAR = 20
"""The characters before a word that tell whether it opens a sentence."""

SHARED = 2
"""If what changed is neither a name nor a number, a text must share so many other words of both versions."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as a text writes it."""

    shown: str
    is_value: bool
    """Whether it is a name or a number there."""


@dataclass(frozen=True, slots=True)
class ChangedValues:
    """The words of an older and of a newer version of a statement, by their stems."""

    gone: Mapping[str, Word]
    """What only the older one has."""
    come: Mapping[str, Word]
    """What only the newer one has."""
    kept: Mapping[str, Word]
    """What both have."""

    @classmethod
    def between(cls, old: str, new: str) -> ChangedValues:
        before, after = _read(old), _read(new)
        return cls(
            {term: word for term, word in before.items() if term not in after},
            {term: word for term, word in after.items() if term not in before},
            {term: word for term, word in before.items() if term in after},
        )

    def still_said(self, text: str) -> list[str]:
        """Return what is gone and is said by another text on the same subject, as the older one writes it.

        Nothing if the text also says what has come in its place: then it tells of the change itself.
        """
        found = _read(text)
        subject = _values(self.kept) or self.kept
        if not found.keys() & subject.keys():
            return []
        said = {term: word for term, word in self.gone.items() if term in found}
        # a name that opens a sentence of the older text may be known as one only by this text
        values = {term: word for term, word in said.items() if word.is_value or found[term].is_value}
        if values:
            change = _values(self.come)
        elif _values(self.gone) or len(found.keys() & self.kept.keys()) < SHARED:
            return []
        else:
            values, change = said, self.come
        return [] if found.keys() & change.keys() else [word.shown for word in values.values()]

    @property
    def query(self) -> str:
        """The words by which texts are searched that may still say it; empty if nothing is common or gone."""
        gone, kept = _values(self.gone) or self.gone, _values(self.kept) or self.kept
        return " ".join(word.shown for word in (*gone.values(), *kept.values())) if gone and kept else ""


def _values(words: Mapping[str, Word]) -> Mapping[str, Word]:
    return {term: word for term, word in words.items() if word.is_value}


def _read(text: str) -> dict[str, Word]:
    """Return the words of a text by their stems, without stop words."""
    found: dict[str, Word] = {}
    for match in WORD.finditer(text):
        word = match[0].replace("’", "'")
        low = word.lower()
        if low in STOP_WORDS:
            continue
        term = stem(low)
        opens = _is_opening(text[max(0, match.start() - NEAR) : match.start()])
        name = word[0].isupper() and (not opens or commonness_weight(term) == 1)
        is_value = name or any(char.isdigit() for char in word)
        known = found.get(term)
        found[term] = Word(
            known.shown if known else word.removesuffix("'s"),
            is_value or (known is not None and known.is_value),
        )
    return found


_MARKS = " \t\r\n\f\v\u00a0\"'“([*-"


def _is_opening(before: str) -> bool:
    """Return whether what comes after these characters begins a sentence or a line."""
    rest = before.rstrip(_MARKS)
    return not rest or rest[-1] in ".!?:;" or "\n" in before[len(rest) :]
