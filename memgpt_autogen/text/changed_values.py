"""What a text says no more in its newer version, and whether another text still says it.

It is a rule about words, so it only gives hints: a name or a number that the newer version does not have, in
a text about the same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memgpt_autogen.text.common_words import commonness_weight
from memgpt_autogen.text.words import STOP_WORDS, WORD, stem

NEAR = 20
"""The characters before a word that tell whether it opens a sentence."""

SHARED = 2
"""If what changed is neither a name nor a number, a text must share so many other words of both versions."""


@dataclass(frozen=True, slots=True)
class ChangedValues:
    """The words of an older and of a newer version of a statement, stemmed."""

    gone: dict[str, str]
    """What only the older one has, and how it is written there: names and numbers if there are any."""
    come: frozenset[str]
    """The same of the newer one."""
    subject: frozenset[str]
    """What both have: names if there are any."""
    named: bool
    """Whether what is gone are names and numbers."""
    kept: frozenset[str]
    """All words that both have."""

    @classmethod
    def between(cls, old: str, new: str) -> ChangedValues:
        before, after = _values(old), _values(new)
        gone = {word: shown for word, (shown, _) in before.items() if word not in after}
        come = {word for word in after if word not in before}
        names = {word: shown for word, shown in gone.items() if before[word][1]}
        kept = frozenset(before.keys() & after.keys())
        subject = frozenset(word for word in kept if before[word][1])
        if names:  # a newer version may be worded in another way
            come = {word for word in come if after[word][1]}
        return cls(names or gone, frozenset(come), subject or kept, bool(names), kept)

    def still_said(self, text: str) -> list[str]:
        """Return what is gone and is said by another text on the same subject, as the older one writes it.

        Nothing if the text also says what has come in its place: then it tells of the change itself.
        """
        words = {stem(word) for word in _words(text)}
        said = [shown for word, shown in self.gone.items() if word in words]
        if not said or words & self.come or not words & self.subject:
            return []
        return said if self.named or len(words & self.kept) >= SHARED else []

    @property
    def query(self) -> str:
        """The words by which texts are searched that may still say it."""
        return " ".join([*self.gone.values(), *sorted(self.subject)]) if self.gone and self.subject else ""


def _values(text: str) -> dict[str, tuple[str, bool]]:
    """Return the stems of a text's words, how each is written, and whether it is a name or a number."""
    found: dict[str, tuple[str, bool]] = {}
    for match in WORD.finditer(text):
        word = match[0].replace("’", "'")
        low = word.lower()
        if low in STOP_WORDS:
            continue
        term = stem(low)
        opens = _OPENING.search(text[max(0, match.start() - NEAR) : match.start()]) is not None
        name = word[0].isupper() and (not opens or commonness_weight(term) == 1)
        shown, known = found.get(term, (word.removesuffix("'s"), False))
        found[term] = shown, known or name or any(char.isdigit() for char in word)
    return found


def _words(text: str) -> Iterator[str]:
    for word in WORD.findall(text.lower().replace("’", "'")):
        if word not in STOP_WORDS:
            yield word


_OPENING = re.compile(r"(?:^|[.!?:;\n])[\s\"'“(\[*-]*$")  # the end of what is before a word
