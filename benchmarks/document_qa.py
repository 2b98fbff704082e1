"""Answer questions from an attached document with the whole agent, each question in its own turn.

    python -m benchmarks.document_qa --data nq_open_dev.json.gz --questions 100 --json

The data is Natural Questions Open with the paragraph of each answer: a JSON list of `question`, `answers`,
`title`, `text`. All paragraphs become one Markdown document, each under its page's title. The model is the
offline model: rules that search and quote. So this measures loading, searching and citing, not a language
model. A reply is right if it contains the words of an accepted answer. It is cited if it also contains the
title of the answer's page.
"""

from __future__ import annotations

import ast
import json
import random
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.datasets import read
from benchmarks.measuring import emit, machine, parser, percentiles, report_progress
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.events import Event, Replied, ToolReturned
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

SEED = 7


@dataclass(frozen=True, slots=True)
class Answered:
    """The result of one question."""

    right: bool
    cited: bool
    seen: bool
    """Whether a search of the turn returned an accepted answer."""
    seconds: float


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument(
        "--data", type=Path, required=True, help="nq_open_dev.json.gz, or a file of the same format"
    )
    options.add_argument("--questions", type=int, default=100, help="how many questions, chosen with a seed")
    options.add_argument("--window", type=int, default=16_000, help="the model's window in tokens")
    given = options.parse_args(arguments)
    data = read(given.data)
    questions = random.Random(SEED).sample(data, min(given.questions, len(data)))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        began = time.perf_counter()
        memory = _load(Path(home), data)
        seconds = time.perf_counter() - began
        (source,) = memory.sources()
        report_progress(f"{source} in {seconds:.1f} s")
        loop = open_loop(memory, OfflineLLM(), window_tokens=given.window)
        asked = list(_ask_all(loop, questions))
    result: dict[str, Any] = {
        "questions": len(asked),
        "passages": source.passages,
        "load_seconds": round(seconds, 2),
        "seen": _share(each.seen for each in asked),
        "right": _share(each.right for each in asked),
        "cited": _share(each.cited for each in asked),
        "turn_seconds": percentiles(each.seconds for each in asked),
        "machine": machine("qdrant-edge-py"),
    }
    print(
        f"{len(asked)} questions, {source.passages:,} passages: a search found an answer for "
        f"{result['seen']:.0%}, the reply was right for {result['right']:.0%}, and right with the title for "
        f"{result['cited']:.0%}; {result['turn_seconds']['p50']:.2f} s per turn"
    )
    if given.json:
        emit(result)
    return result


def _load(home: Path, data: Sequence[Mapping[str, Any]]) -> MemoryHierarchy:
    paragraphs: dict[str, list[str]] = {}
    for each in data:
        texts = paragraphs.setdefault(_title(each), [])
        if each["text"] not in texts:
            texts.append(each["text"])
    file = home / "nq.md"
    file.write_text(
        "\n\n".join(f"# {title}\n\n" + "\n\n".join(texts) for title, texts in paragraphs.items()),
        encoding="utf-8",
    )
    memory = open_memory("reader", Settings.load(home=home))
    memory.attach(file)
    return memory


def _ask_all(loop: HeartbeatLoop, questions: Sequence[Mapping[str, Any]]) -> Iterator[Answered]:
    for each in questions:
        began = time.perf_counter()
        events = list(loop.run([Message.said_by("user", f"{each['question'].capitalize()}?")]))
        seconds = time.perf_counter() - began
        loop.memory.pop(2)  # earlier questions and answers must not be evidence
        reply = " ".join(event.text for event in events if isinstance(event, Replied))
        answers = each["answers"] if isinstance(each["answers"], list) else ast.literal_eval(each["answers"])
        right = _contains(reply, answers)
        yield Answered(right, right and _title(each) in reply, _contains(_results(events), answers), seconds)


def _results(events: Sequence[Event]) -> str:
    return json.dumps([event.text for event in events if isinstance(event, ToolReturned)], ensure_ascii=False)


def _title(each: Mapping[str, Any]) -> str:
    return " ".join(str(each["title"]).split())


def _contains(text: str, answers: Sequence[str]) -> bool:
    plain = f" {_plain(text)} "
    return any(f" {_plain(answer)} " in plain for answer in answers)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _share(found: Iterator[bool]) -> float:
    counted = list(found)
    return round(sum(counted) / len(counted), 4) if counted else 0.0


if __name__ == "__main__":
    main()
