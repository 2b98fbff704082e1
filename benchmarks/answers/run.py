"""One run: every system remembers every conversation, and answers the questions that have no answer yet."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.answers.conversations import Asked, Conversation
from benchmarks.answers.judge import judge
from benchmarks.answers.ledger import Ledger
from benchmarks.answers.reader import Config, Reader
from benchmarks.answers.scoring import score
from benchmarks.answers.systems.child import ChildFailedError
from benchmarks.answers.systems.protocol import Answered, CannotAnswerError, CannotRunError, Setup, System
from benchmarks.measuring import report_progress
from memgpt_autogen.errors import MemGPTError

Make = Callable[[Setup], System]

FAILURES = (MemGPTError, ChildFailedError, CannotAnswerError)
"""What ends one question and not the run."""


@dataclass(frozen=True, slots=True)
class Run:
    """The parts of a run that all systems share. Its folder has everything that is needed to continue it."""

    folder: Path
    conversations: Sequence[Conversation]
    config: Config
    window: int
    k: int
    instructions: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answers(self) -> Ledger:
        return Ledger(self.folder / "answers.jsonl")

    @property
    def verdicts(self) -> Ledger:
        return Ledger(self.folder / "verdicts.jsonl")


def answer_all(run: Run, systems: Mapping[str, Make]) -> dict[str, str]:
    """Ask every system every question that it has not answered. Returns why systems could not run, by name.

    A system answers all questions of a conversation before the next system begins, so that an endpoint can
    cache the common start of its prompts.
    """
    unable: dict[str, str] = {}
    ledger = run.answers
    for name, make in systems.items():
        done = {line["question"] for line in ledger.lines() if line["system"] == name and "answer" in line}
        total = sum(len(each.questions) for each in run.conversations)
        progress = _Progress(name, total, len(done & set(_keys(run.conversations))))
        try:
            for conversation in run.conversations:
                todo = [question for question in conversation.questions if question.key not in done]
                if todo:
                    _answer_conversation(run, name, make, conversation, todo, progress)
        except CannotRunError as error:
            report_progress(f"{name} cannot run: {error}")
            unable[name] = str(error)
        else:
            if progress.nothing_worked:
                unable[name] = f"every question failed, the last one with: {progress.last_error}"
    return unable


def _keys(conversations: Sequence[Conversation]) -> Iterator[str]:
    return (question.key for each in conversations for question in each.questions)


def _answer_conversation(
    run: Run, name: str, make: Make, conversation: Conversation, todo: Sequence[Asked], progress: _Progress
) -> None:
    ledger = run.answers
    folder = run.folder / "memories" / name / _safe(conversation.name)
    folder.mkdir(parents=True, exist_ok=True)
    setup = Setup(conversation, run.config, run.window, run.k, run.instructions, folder, run.options)
    system = make(setup)
    remembered = -1
    for question in todo:
        line: dict[str, Any] = {"system": name, "question": question.key}
        count = len(conversation.units) if question.asked_after is None else question.asked_after
        try:
            if count > remembered:
                kept, seconds = _timed(lambda count=count: system.remember(count))  # type: ignore[misc]
                remembered = count
                if kept is not None:
                    told = {"system": name, "remembered": conversation.name, "count": count}
                    ledger.append({**told, **_figures(kept, seconds)})
                    progress.tell(f"remembered {count} messages of {conversation.name}, {seconds:.0f} s")
            answered, seconds = _timed(lambda question=question: system.answer(question))  # type: ignore[misc]
        except FAILURES as error:
            ledger.append({**line, "error": f"{type(error).__name__}: {error}"[:2000]})
            progress.failed(question, str(error))
            continue
        points = score(question, answered.text)
        ledger.append({**line, "answer": answered.text, "score": points, **_figures(answered, seconds)})
        progress.answered(question, points, seconds)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _figures(answered: Answered, seconds: float) -> dict[str, Any]:
    spent = answered.spent
    return {
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
        "cost": spent.cost,
        "seconds": round(seconds, 2),
        "notes": dict(answered.notes),
    }


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)


def judge_all(run: Run, config: Config, *, everything: bool = False) -> None:
    """Judge every answer without a score that this judge has not judged; with `everything`, all answers."""
    judging = Reader(config)
    questions = {question.key: question for each in run.conversations for question in each.questions}
    ledger = run.verdicts
    done = {
        (line["system"], line["question"])
        for line in ledger.lines()
        if line["judge"] == judging.model and "error" not in line
    }
    todo = [
        line
        for line in run.answers.lines()
        if "answer" in line
        and line["question"] in questions
        and (everything or line["score"] is None)
        and (line["system"], line["question"]) not in done
    ]
    for number, line in enumerate(todo, start=1):
        question = questions[line["question"]]
        start = time.perf_counter()
        head = {"system": line["system"], "question": question.key, "judge": judging.model}
        try:
            points, raw, spent = judge(judging, question, line["answer"])
        except MemGPTError as error:
            ledger.append({**head, "error": str(error)[:2000]})
            report_progress(f"judge {number}/{len(todo)}: {error}")
            continue
        answered = Answered("", spent)
        ledger.append(
            {**head, "score": points, "raw": raw, **_figures(answered, time.perf_counter() - start)}
        )
        report_progress(f"judge {number}/{len(todo)} {line['system']} {question.key}: {points}")


def forget_memories(folder: Path, systems: Sequence[str]) -> None:
    """Delete what systems remembered, which takes room; their answers stay."""
    for name in systems:
        shutil.rmtree(folder / "memories" / name, ignore_errors=True)


class _Progress:
    """Tells what a system has done, and how long the rest may take."""

    def __init__(self, name: str, total: int, done: int) -> None:
        self._name, self._total, self._done, self._asked = name, total, done, 0
        self._start = time.perf_counter()
        self.last_error = ""
        if done:
            self.tell(f"goes on after {done} {'answer' if done == 1 else 'answers'}")

    def tell(self, text: str) -> None:
        report_progress(f"{self._name} {text}")

    def answered(self, question: Asked, points: float | None, seconds: float) -> None:
        self._done += 1
        self._asked += 1
        left = (self._total - self._done) * (time.perf_counter() - self._start) / self._asked
        shown = "to be judged" if points is None else f"{points:.2f}"
        self.tell(
            f"{self._done}/{self._total} {question.key} ({question.category}): {shown}, {seconds:.1f} s, "
            f"about {left / 60:.0f} min left"
        )

    @property
    def nothing_worked(self) -> bool:
        return self._done == 0 and bool(self.last_error)

    def failed(self, question: Asked, reason: str) -> None:
        self.last_error = reason
        self.tell(f"{question.key} failed: {reason[:200]}")
