"""Signals: why a search found something, one by one."""

from __future__ import annotations

from dataclasses import dataclass

from memgpt_autogen.text.shared_words import shared_words


@dataclass(frozen=True, slots=True)
class Signals:
    """Why a search found something. As text it is such as `words: tea; beside it: budget; meaning 0.61`."""

    words: tuple[str, ...] = ()
    """Words of the query that it has."""
    beside: tuple[str, ...] = ()
    """Words of the query that are in the turns around it only."""
    speaker: bool = False
    """Whether the query names who said it."""
    time: bool = False
    """Whether the query names when it was said."""
    meaning: float | None = None
    """How close its meaning is to the query's (the cosine); None where that was not among the reasons."""
    lexical: float | None = None
    """Its score by words (BM25), where that is known."""

    @classmethod
    def of_words(cls, query: str, text: str) -> Signals:
        """Return the signals of a search for words alone."""
        return cls(tuple(shared_words(query, text)))

    def __str__(self) -> str:
        named = [
            f"words: {', '.join(self.words)}" if self.words else "",
            f"beside it: {', '.join(self.beside)}" if self.beside else "",
            "speaker" if self.speaker else "",
            "time" if self.time else "",
            "" if self.meaning is None else f"meaning {self.meaning:.2f}",
        ]
        return "; ".join(filter(None, named))
