"""One search's reading of the recall index: first, what was said since the last search is added.

A distant index is taken to be as this process saw it last, which saves a trip. Its answers come with its
mark, which shows whether that was true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from memgpt_autogen.memory.qdrant.protocol import Question
from memgpt_autogen.memory.recall.index import RecallIndex, Through

MANY = 1000
"""A distant index with fewer turns gives every hit of a word at once, so that nothing is asked twice.

A larger one is asked while what is new is added: most searches ask it twice anyway.
"""

FEW = 12_000
"""An embedded index with fewer turns, too: a second question takes longer than to read some more hits."""


class IndexChangedError(Exception):
    """Another process has changed the index. Read it `anew`."""


class IndexReading:
    """What a search reads. It begins with adding what is missing."""

    def __init__(self, index: RecallIndex, *, anew: bool = False, newest: Through | None = None) -> None:
        self.index = index
        self._anew = anew
        self.adding: Callable[[], int] | None = None
        """What returns the number of turns, while they are added beside the questions."""
        self._unchecked: Through | None = None
        if index.distant and not anew and index.size >= MANY:
            self._size = index.size
            self.adding = index.ahead(partial(index.catch_up, seen=True))
        else:
            index.catch_up(seen=not anew, newest=newest)
            self._size = index.size
        whole = self._size < (MANY if index.distant else FEW)
        self.most_hits = self._size + 1 if whole else None
        """More hits than a word can have, if all are read at once; None if only the best are."""

    def ask(self, questions: Sequence[Question]) -> list[dict[int, float]]:
        """Return the places that answer each question, with their scores.

        Raises `IndexChangedError` if another process has changed the index.
        """
        answers, through = self.index.ask(questions)
        if self.adding is not None:
            self._unchecked = through
        elif self.index.distant:
            self._check(through)
        return answers

    def added(self) -> range:
        """Return the places of turns that were added beside the first questions.

        If there are any, ask again.
        """
        if self.adding is None:
            return range(0)
        count, self.adding = self.adding(), None
        if not count:
            self._check(self._unchecked)
        return range(self._size + 1, self.index.size + 1) if count else range(0)

    def _check(self, through: Through | None) -> None:
        if not self._anew and through != self.index.through:
            self.index.through = None
            raise IndexChangedError
