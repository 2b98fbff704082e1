"""Questions answered from a document by the whole agent: NQ paragraphs are attached, and each question is a turn of its own.

    python -m benchmarks.document_qa --data nq_open_dev.json.gz --questions 100 --json

The data is Natural Questions Open with the paragraph of each answer: a JSON list of `question`, `answers`, `title`, `text`. All
paragraphs are one Markdown document, each under its page's title. The model is the offline one: rules that search and quote. So
this measures loading, searching and citing, and no language model. An answer counts as right if it holds one of the accepted
answers as words, as cited if it also names the title under which that stands.
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
from benchmarks.measuring import emit, machine, parser, percentiles, told
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.events import Event, Replied, ToolReturned
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

SEED = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one question."""

    right: bool
    cited: bool
    seen: bool
    """Whether a search of the turn showed an accepted answer."""
    seconds: float


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument(
        "--data", type=Path, required=True, help="nq_open_dev.json.gz, or a file of its form"
    )
    options.add_argument("--questions", type=int, default=100, help="how many are asked, drawn by a seed")
    options.add_argument("--window", type=int, default=16_000, help="tokens of the model's window")
    given = options.parse_args(arguments)
    data = read(given.data)
    questions = random.Random(SEED).sample(data, min(given.questions, len(data)))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        began = time.perf_counter()
        memory = _loaded(Path(home), data)
        seconds = time.perf_counter() - began
        (source,) = memory.sources()
        told(f"{source} in {seconds:.1f} s")
        loop = open_loop(memory, OfflineLLM(), window_tokens=given.window)
        asked = list(_asked(loop, questions))
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
        f"{len(asked)} questions over {source.passages:,} passages: an answer was found for {result['seen']:.0%}, given in "
        f"{result['right']:.0%}, with its title in {result['cited']:.0%}; {result['turn_seconds']['p50']:.2f} s a turn"
    )
    if given.json:
        emit(result)
    return result


def _loaded(home: Path, data: Sequence[Mapping[str, Any]]) -> MemoryHierarchy:
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


def _asked(loop: HeartbeatLoop, questions: Sequence[Mapping[str, Any]]) -> Iterator[Asked]:
    for each in questions:
        began = time.perf_counter()
        events = list(loop.run([Message.said_by("user", f"{each['question'].capitalize()}?")]))
        seconds = time.perf_counter() - began
        loop.memory.pop(2)  # what was asked and answered before is no evidence
        reply = " ".join(event.text for event in events if isinstance(event, Replied))
        answers = each["answers"] if isinstance(each["answers"], list) else ast.literal_eval(each["answers"])
        right = _holds(reply, answers)
        yield Asked(right, right and _title(each) in reply, _holds(_results(events), answers), seconds)


def _results(events: Sequence[Event]) -> str:
    return json.dumps([event.text for event in events if isinstance(event, ToolReturned)], ensure_ascii=False)


def _title(each: Mapping[str, Any]) -> str:
    return " ".join(str(each["title"]).split())


def _holds(text: str, answers: Sequence[str]) -> bool:
    plain = f" {_plain(text)} "
    return any(f" {_plain(answer)} " in plain for answer in answers)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _share(found: Iterator[bool]) -> float:
    counted = list(found)
    return round(sum(counted) / len(counted), 4) if counted else 0.0


if __name__ == "__main__":
    main()
