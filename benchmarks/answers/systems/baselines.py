"""Baselines that only read: the full context, the best turns by BM25, and nothing at all."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.answers.conversations import Asked
from benchmarks.answers.reader import Reader, first_entry
from benchmarks.answers.systems.protocol import Answered, Setup
from memgpt_autogen.errors import ContextOverflowError
from memgpt_autogen.llm.tokens import counter_for

ROOM_FOR_QUESTION = 400
"""Tokens that stay free for the question and what is around it, so that every question has one cut."""
LEAST_ANSWER = 512


class FullContext:
    """The whole conversation before the question. Where the window is too small, the newest part of it."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._reader = Reader(setup.config)
        self._count = counter_for(self._reader.model).count
        answer = first_entry(setup.config).get("max_tokens") or LEAST_ANSWER
        self._room = setup.window - int(answer) - ROOM_FOR_QUESTION - self._count(setup.instructions)

    def remember(self, count: int) -> None:  # noqa: ARG002 - every question reads it anew
        return None

    def answer(self, question: Asked) -> Answered:
        said = self._setup.conversation.units[: question.asked_after]
        lines = [self._setup.conversation.written(unit) for unit in said]
        sizes = [self._count(line) + 1 for line in lines]
        room = self._room
        while True:
            kept = newest_fitting(sizes, room)
            text = prompt("The conversation", lines[len(lines) - kept :], question)
            try:
                answer, spent = self._reader.ask(self._setup.instructions, text)
            except ContextOverflowError:
                if room < LEAST_ANSWER:
                    raise
                room = room * 9 // 10  # the estimate was too low for this model
                continue
            tokens = {"tokens": sum(sizes), "tokens_cut": sum(sizes[: len(sizes) - kept])}
            return Answered(
                answer, spent, {"messages": len(lines), "messages_cut": len(lines) - kept, **tokens}
            )


class BM25RAG:
    """The `k` turns with the best BM25 scores, in the order in which they were said."""

    def __init__(self, setup: Setup) -> None:
        import bm25s
        import Stemmer

        self._setup = setup
        self._reader = Reader(setup.config)
        self._tokenize = bm25s.tokenize
        self._stemmer = Stemmer.Stemmer("english")
        self._index = bm25s.BM25()
        self._index.index(self._words([unit.text for unit in setup.conversation.units]), show_progress=False)

    def remember(self, count: int) -> None:  # noqa: ARG002 - the index is made of all messages
        return None

    def answer(self, question: Asked) -> Answered:
        units = self._setup.conversation.units
        said = len(units) if question.asked_after is None else question.asked_after
        found, scores = self._index.retrieve(self._words([question.text]), k=len(units), show_progress=False)
        matching = [
            int(place) for place, score in zip(found[0], scores[0], strict=True) if score > 0 and place < said
        ][: self._setup.k]
        lines = [self._setup.conversation.written(units[place]) for place in sorted(matching)]
        text = prompt("What a search found in the conversation", lines, question)
        answer, spent = self._reader.ask(self._setup.instructions, text)
        return Answered(answer, spent, {"found": [units[place].key for place in sorted(matching)]})

    def _words(self, texts: Sequence[str]) -> object:
        return self._tokenize(texts, stopwords="en", stemmer=self._stemmer, show_progress=False)


class NoMemory:
    """The question alone: what a reader guesses."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._reader = Reader(setup.config)

    def remember(self, count: int) -> None:  # noqa: ARG002 - it remembers nothing
        return None

    def answer(self, question: Asked) -> Answered:
        return Answered(*self._reader.ask(self._setup.instructions, prompt("", (), question)))


def newest_fitting(sizes: Sequence[int], room: int) -> int:
    """Return how many of the last sizes fit together."""
    for count, size in enumerate(reversed(sizes)):
        room -= size
        if room < 0:
            return count
    return len(sizes)


def prompt(title: str, lines: Sequence[str], question: Asked) -> str:
    """Return what the reader gets. The question is last, so that an endpoint can cache what is before it."""
    before = f"{title}:\n" + "\n".join(lines) + "\n\n" if title else ""
    asker = "" if question.asker == "user" else f" by {question.asker}"
    return f"{before}Question{asker}: {question.text}"
