"""`bench`: measure the speed of memory, and how often an agent's memory finds answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings, open_agent
from memgpt_autogen.cli.app import MACHINE, command
from memgpt_autogen.cli.options import Agent, AsJson, Home
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.rendering.plain_text import counted

if TYPE_CHECKING:
    from memgpt_autogen.memory.hierarchy import MemoryHierarchy

TOPICS = "tea harbour novel bread garden map choir rain bicycle archive".split()

CUTS = (1, 5, 10)
"""The numbers of best results that must contain an answer."""


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=MACHINE, here="It measures this machine: leave --server out.")(bench)


def bench(
    questions: Annotated[
        Optional[Path],
        typer.Option(
            "--questions",
            "-q",
            help='Measure answers instead. A file of JSON, or with one JSON object a line: {"question": '
            '"When is the release?", "answer": "14 May"}.',
        ),
    ] = None,
    *,
    size: Annotated[int, typer.Option(help="The number of messages and of passages.", min=10)] = 300,
    agent: Agent = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Measure the speed of memory on this machine; with --questions, how often an agent's memory finds the
    answer.

    The speed is measured in a temporary home, with the offline rules.
    """
    if questions is None:
        _print_speed(size, as_json=as_json)
    else:
        _print_answers(open_agent(agent, load_settings(home)), read_questions(questions), as_json=as_json)


def _print_speed(size: int, *, as_json: bool) -> None:
    taken = {name: _statistics(times) for name, times in _speed(size)}
    if as_json:
        output.print_json({"size": size, "milliseconds": taken})
        return
    rows = [(name, *(f"{value:,.2f}" for value in times.values())) for name, times in taken.items()]
    output.table(output.console(), ("", "median ms", "95 % ms", "slowest ms"), rows)


def _print_answers(memory: MemoryHierarchy, questions: Sequence[Question], *, as_json: bool) -> None:
    ranks = {where: [_rank(find, each) for each in questions] for where, find in _searches(memory).items()}
    shares = {
        where: {f"in the first {cut}": sum(rank <= cut for rank in found) / len(questions) for cut in CUTS}
        for where, found in ranks.items()
    }
    best = map(min, zip(*ranks.values(), strict=True))
    missed = [each.text for each, rank in zip(questions, best, strict=True) if rank > CUTS[-1]]
    if as_json:
        output.print_json({"questions": len(questions), "found": shares, "missed": missed})
        return
    shown = output.console()
    rows = [(where, *(f"{share:.0%}" for share in found.values())) for where, found in shares.items()]
    heads = (counted(len(questions), "question"), *(f"in the first {cut}" for cut in CUTS))
    output.table(shown, heads, rows)
    for text in missed:
        output.say(shown, f"not found: {text}", "dim")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and texts of which an answer contains one."""

    text: str
    answers: tuple[str, ...]


def read_questions(file: Path) -> list[Question]:
    """Read a file of questions.

    Raises `ConfigurationError` that names the file, and the question that is not valid.
    """
    try:
        text = file.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the questions in {file} cannot be read: {error}") from error
    try:
        given = json.loads(text)
    except ValueError:
        try:
            given = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise ConfigurationError(f"{file} is neither JSON nor one JSON object a line: {error}") from error
    if not isinstance(given, list) or not given:
        raise ConfigurationError(f"{file} does not contain a list of questions.")
    return [_question(file, number, each) for number, each in enumerate(given, 1)]


def _question(file: Path, number: int, given: Any) -> Question:
    if isinstance(given, Mapping) and isinstance(given.get("question"), str):
        answers = given.get("answers", given.get("answer"))
        answers = [answers] if isinstance(answers, str) else answers
        if isinstance(answers, list) and answers and all(isinstance(each, str) and each for each in answers):
            return Question(given["question"], tuple(map(_normalized, answers)))
    raise ConfigurationError(
        f'question {number} of {file} is not valid: give an object with "question" and "answer". '
        "The answer is a text or a list of texts; a result must contain one of them."
    )


def _searches(memory: MemoryHierarchy) -> dict[str, Callable[[str], Sequence[str]]]:
    """The agent's two searches. Each returns texts, best first."""
    recall, archival, most = memory.recall, memory.archival, CUTS[-1]
    return {
        "recall": lambda query: [each.text for each in recall.search(query, page_size=most).items],
        "archival": lambda query: [
            each.passage.text for each in archival.search(query, page_size=most).items
        ],
    }


def _rank(find: Callable[[str], Sequence[str]], question: Question) -> int:
    """Return the place of the first text that contains an answer, from 1.

    Without such a text it is beyond all places.
    """
    for place, text in enumerate(map(_normalized, find(question.text)), 1):
        # a text that only repeats the question is no answer
        if any(answer in text for answer in question.answers) and text != _normalized(question.text):
            return place
    return CUTS[-1] + 1


def _normalized(text: str) -> str:
    return " ".join(text.casefold().split())


def _speed(size: int) -> Iterator[tuple[str, list[float]]]:
    """The milliseconds of each operation, in a temporary home with the offline rules."""
    from memgpt_autogen.assembly import open_loop, open_memory
    from memgpt_autogen.llm.model_kinds import NONE
    from memgpt_autogen.llm.offline import OfflineLLM
    from memgpt_autogen.messages import Message

    memory = open_memory("bench", load_settings(None), embedder=NONE, ephemeral=True)
    loop = open_loop(memory, OfflineLLM())
    said = [
        f"Line {number}: we talked about {TOPICS[number % len(TOPICS)]} and number {number * 7}."
        for number in range(size)
    ]
    sample = said[:: max(1, size // 40)]
    yield "hear a message", [_time(memory.log.append, Message.said_by("ada", text)) for text in said]
    yield "insert a passage", [_time(memory.archival.insert, text) for text in said]
    yield "recall, the first search", [_time(memory.recall.search, "tea in the garden")]
    yield "search recall", [_time(memory.recall.search, text) for text in sample]
    yield "search archival", [_time(memory.archival.search, text) for text in sample]
    yield "make a prompt", [_time(memory.compile) for _ in range(40)]
    turns = [_time(lambda text=text: list(loop.run([Message.said_by("ada", text)]))) for text in said[:20]]
    yield "a turn by the offline rules", turns
    memory.archival.close()


def _time(act: Callable[..., object], *given: object) -> float:
    began = time.perf_counter()
    act(*given)
    return (time.perf_counter() - began) * 1000


def _statistics(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    found = {"median": median(ordered), "p95": late, "slowest": ordered[-1]}
    return {name: round(value, 3) for name, value in found.items()}
