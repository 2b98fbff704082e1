"""`bench`: how quick memory is on this machine, and how well an agent's memory answers somebody's own questions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from memgpt_autogen.cli.app import MACHINE, command
from memgpt_autogen.cli.options import Agent, AsJson, Home

if TYPE_CHECKING:
    from memgpt_autogen.memory.hierarchy import MemoryHierarchy

TOPICS = "tea harbour novel bread garden map choir rain bicycle archive".split()

CUTS = (1, 5, 10)
"""How many of the best results are looked at."""


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=MACHINE)(bench)


def bench(
    questions: Annotated[
        Optional[Path],
        typer.Option(
            "--questions",
            "-q",
            help='Measure these instead: JSON, or a JSON object a line, such as {"question": "When is the release?", "answer": "14 May"}.',
        ),
    ] = None,
    *,
    size: Annotated[int, typer.Option(help="Messages and passages to measure with.", min=10)] = 300,
    agent: Agent = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Measure memory on this machine in a few seconds; or with your own questions, how often an agent's memory finds the answer.

    Without --questions nothing of the home is touched, and no model is asked.
    """
    from memgpt_autogen.cli import output

    if questions is None:
        taken = {name: Times(each) for name, each in _speed(size)}
        if as_json:
            output.as_json(
                {"size": size, "milliseconds": {name: times.told() for name, times in taken.items()}}
            )
            return
        rows = [
            (name, *(f"{value:,.2f}" for value in times.told().values())) for name, times in taken.items()
        ]
        output.table(output.console(), ("", "median ms", "95 % ms", "slowest ms"), rows, empty="")
        return
    from memgpt_autogen.cli.agents import the_memory
    from memgpt_autogen.settings import Settings

    memory = the_memory(agent, Settings.load(home=home))
    asked = read_questions(questions)
    ranks = {where: [_rank(found, each) for each in asked] for where, found in _finders(memory).items()}
    shares = {
        where: {f"in the first {cut}": sum(rank <= cut for rank in places) / len(asked) for cut in CUTS}
        for where, places in ranks.items()
    }
    missed = [
        each.text
        for number, each in enumerate(asked)
        if all(places[number] > CUTS[-1] for places in ranks.values())
    ]
    if as_json:
        output.as_json({"questions": len(asked), "found": shares, "missed": missed})
        return
    shown = output.console()
    rows = [(where, *(f"{share:.0%}" for share in found.values())) for where, found in shares.items()]
    output.table(shown, (f"{len(asked)} questions", *(f"in the first {cut}" for cut in CUTS)), rows, empty="")
    for text in missed:
        output.say(shown, f"not found: {text}", "dim")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and texts of which one is in whatever answers it."""

    text: str
    answers: tuple[str, ...]


class Times(tuple[float, ...]):
    """What something took, again and again, in milliseconds."""

    __slots__ = ()

    def told(self) -> dict[str, float]:
        ordered = sorted(self)
        late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        return {
            name: round(value, 3)
            for name, value in (("median", median(ordered)), ("p95", late), ("slowest", ordered[-1]))
        }


def read_questions(file: Path) -> list[Asked]:
    """Raises `ConfigurationError` that names the file, and the question that does not fit."""
    from memgpt_autogen.errors import ConfigurationError

    try:
        text = file.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the questions in {file} cannot be read: {error}") from error
    try:
        told = json.loads(text)
    except ValueError:
        try:
            told = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise ConfigurationError(f"{file} is neither JSON nor one JSON object a line: {error}") from error
    if not isinstance(told, list) or not told:
        raise ConfigurationError(f"{file} holds no list of questions.")
    return [_asked(file, number, each) for number, each in enumerate(told, 1)]


def _asked(file: Path, number: int, told: Any) -> Asked:
    from memgpt_autogen.errors import ConfigurationError

    if isinstance(told, Mapping) and isinstance(told.get("question"), str):
        answers = told.get("answers", told.get("answer"))
        answers = [answers] if isinstance(answers, str) else answers
        if isinstance(answers, list) and answers and all(isinstance(each, str) and each for each in answers):
            return Asked(told["question"], tuple(map(_plain, answers)))
    raise ConfigurationError(
        f'question {number} of {file} does not fit: it is an object with "question" and "answer", a text or a list of texts of '
        "which one must be in what is found."
    )


def _finders(memory: MemoryHierarchy) -> dict[str, Callable[[str], Sequence[str]]]:
    """The two searches as the agent has them; each gives texts, best first."""
    most = CUTS[-1]
    return {
        "recall": lambda query: [each.text for each in memory.recall.search(query, page_size=most).items],
        "archival": lambda query: [
            each.passage.text for each in memory.archival.search(query, page_size=most).items
        ],
    }


def _rank(found: Callable[[str], Sequence[str]], asked: Asked) -> int:
    """The place of the first text that answers, from 1; beyond all where none does."""
    for place, text in enumerate(found(asked.text), 1):
        # what repeats the question and no more does not answer it
        if any(answer in _plain(text) for answer in asked.answers) and _plain(text) != _plain(asked.text):
            return place
    return CUTS[-1] + 1


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _speed(size: int) -> Iterator[tuple[str, list[float]]]:
    """What each thing took, in milliseconds, in a temporary home with the offline rules."""
    from memgpt_autogen.assembly import open_loop, open_memory
    from memgpt_autogen.llm.embedders.open import NONE
    from memgpt_autogen.llm.offline import OfflineLLM
    from memgpt_autogen.messages import Message
    from memgpt_autogen.settings import Settings

    memory = open_memory("bench", Settings.load(), embedder=NONE, ephemeral=True)
    loop = open_loop(memory, OfflineLLM())
    said = [
        f"Line {number}: we talked about {TOPICS[number % len(TOPICS)]} and number {number * 7}."
        for number in range(size)
    ]
    yield "hear a message", [_took(memory.log.append, Message.said_by("ada", text)) for text in said]
    yield "insert a passage", [_took(memory.archival.insert, text) for text in said]
    yield "recall, the first search", [_took(memory.recall.search, "tea in the garden")]
    yield "search recall", [_took(memory.recall.search, text) for text in said[:: max(1, size // 40)]]
    yield "search archival", [_took(memory.archival.search, text) for text in said[:: max(1, size // 40)]]
    yield "make a prompt", [_took(memory.compile) for _ in range(40)]
    yield (
        "a turn by the offline rules",
        [_took(lambda text=text: list(loop.run([Message.said_by("ada", text)]))) for text in said[:20]],
    )
    memory.archival.close()


def _took(act: Callable[..., object], *given: object) -> float:
    began = time.perf_counter()
    act(*given)
    return (time.perf_counter() - began) * 1000
