"""The data sets with answers: conversations, the questions about them, and the rule that scores each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from benchmarks.datasets import Dataset, Store, Unit, load, read

Rule = Literal["f1", "stemmed_f1", "each_part_f1", "not_known", "contains", "judge", "rubric"]
"""How an answer is scored; see `scoring`. `judge` and `rubric` need a judge, the others none."""

SHORT = (
    "Answer with a few words, at best with words of the conversation, and without a sentence around them. "
    "Write a date as day, month and year. If the conversation does not tell the answer, answer: not known."
)
FREE = (
    "Answer from what was said in the conversation, in at most three sentences. "
    "If it does not tell the answer, say that it is not known."
)
NEXT = (
    "What you read last is what the person says next. Answer as the assistant of the conversation does, from "
    "what was said in it, in at most five sentences."
)
FROM_DOCUMENTS = (
    "Answer from the documents with a few words, without a sentence around them. If they do not tell the "
    "answer, answer: not known."
)

INSTRUCTIONS: Mapping[Dataset, str] = {
    "locomo": SHORT,
    "friends": SHORT,
    "nq": FROM_DOCUMENTS,
    "beam": FREE,
    "meetings": FREE,
    "realmem": NEXT,
}
"""What every system tells its reader about the form of an answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what a right answer contains."""

    key: str
    """The conversation and the question's number in it."""
    text: str
    category: str
    rule: Rule
    answers: tuple[str, ...]
    """The answers that are accepted; for `not_known` the wrong one that the question suggests."""
    rubric: tuple[str, ...] = ()
    """What an answer must contain, each judged by itself."""
    asker: str = "user"
    asked_after: int | None = None
    """How many messages had been said when it was asked; None if all of them had been."""
    evidence: frozenset[str] = frozenset()
    """The keys of the messages that answer it, where the data set names them."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one agent hears, or reads if it is `documents`, and the questions to it."""

    name: str
    units: tuple[Unit, ...]
    questions: tuple[Asked, ...]
    documents: bool = False
    dated: bool = False
    """Whether the times are those of the data set, and not made up to order the messages."""

    def first(self, count: int) -> Conversation:
        """Return the first messages, and the questions that they answer."""
        units = self.units[:count]
        known = {unit.key for unit in units}
        questions = tuple(
            question
            for question in self.questions
            if question.evidence and question.evidence <= known and (question.asked_after or 0) <= count
        )
        return replace(self, units=units, questions=questions)

    def written(self, unit: Unit) -> str:
        """Return a message as the systems without a log of their own remember it."""
        if self.documents:
            return unit.text
        day = f"{unit.time:%d %B %Y, %H:%M} " if self.dated else ""
        return f"[{day}{unit.speaker}] {unit.text}"


def conversations(dataset: Dataset, file: Path) -> list[Conversation]:
    """Read every conversation. Raises `SystemExit` if the file does not exist or has another format."""
    stores = load(dataset, file)
    data = read(file)
    try:
        if dataset == "nq":
            questions = _with_evidence(stores[0], _nq(data))
            return [Conversation("nq", tuple(stores[0].units), tuple(questions), documents=True)]
        return [
            Conversation(
                store.name,
                tuple(store.units),
                tuple(_with_evidence(store, _questions(store.name, _READERS[dataset](sample)))),
                dated=dataset == "locomo",
            )
            for store, sample in zip(stores, data, strict=True)
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SystemExit(f"--data {file} has no answers in the format of {dataset}: {error!r}") from error


def sample(found: Sequence[Conversation], count: int | None, seed: int) -> list[Conversation]:
    """Return the conversations with at most `count` questions in all, chosen with the seed.

    The questions of a conversation stay in the order in which they are asked. The choice for a smaller count
    is a part of the choice for a larger one.
    """
    keys = [question.key for each in found for question in each.questions]
    random.Random(seed).shuffle(keys)
    chosen = set(keys[:count])
    kept = [
        replace(each, questions=tuple(question for question in each.questions if question.key in chosen))
        for each in found
    ]
    return [each for each in kept if each.questions]


def _questions(name: str, given: Iterable[Asked]) -> Iterator[Asked]:
    for number, each in enumerate(given):
        yield replace(each, key=f"{name}/{number}")


def _with_evidence(store: Store, questions: Iterable[Asked]) -> Iterator[Asked]:
    evidence = {question.text: question.evidence for question in store.questions}
    for each in questions:
        yield replace(each, evidence=evidence.get(each.text, frozenset()))


def _locomo(sample: Mapping[str, Any]) -> Iterator[Asked]:
    rules: Mapping[int, Rule] = {1: "each_part_f1", 5: "not_known"}
    for each in sample["qa"]:
        category = int(each["category"])
        answer = str(each.get("adversarial_answer" if category == 5 else "answer", ""))
        if category == 3:  # what follows is the reason
            answer = answer.partition(";")[0]
        yield Asked("", each["question"], str(category), rules.get(category, "stemmed_f1"), (answer,))


def _beam(sample: Mapping[str, Any]) -> Iterator[Asked]:
    for ability, group in sample["probing_questions"].items():
        for each in group:
            yield Asked("", each["question"], ability, "rubric", (), tuple(each["rubric"]))


def _nq(data: Sequence[Mapping[str, Any]]) -> Iterator[Asked]:
    for number, each in enumerate(data):
        yield Asked(f"nq/{number}", each["question"], "all", "contains", tuple(each["answers"]))


def _friends(sample: Mapping[str, Any]) -> Iterator[Asked]:
    for each in sample["questions"]:
        yield Asked("", each["question"], each["category"], "f1", (each["answer"],))


def _meetings(sample: Mapping[str, Any]) -> Iterator[Asked]:
    for each in sample["questions"]:
        yield Asked("", each["question"], each["category"], "judge", (each["answer"],))


def _realmem(sample: Mapping[str, Any]) -> Iterator[Asked]:
    places = {message["id"]: place for place, message in enumerate(sample["conversation"])}
    asked = sorted(sample["questions"], key=lambda each: places[each["before"]])
    for each in asked:
        yield Asked(
            "",
            each["question"],
            each["category"],
            "judge",
            (each["answer"],),
            asker=each["asker"],
            asked_after=places[each["before"]],
        )


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Asked]]] = {
    "locomo": _locomo,
    "beam": _beam,
    "friends": _friends,
    "meetings": _meetings,
    "realmem": _realmem,
}
