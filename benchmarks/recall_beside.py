"""Search the same logs in this checkout and in another one, question by question: times and results.

    python -m benchmarks.recall_beside --other ../before --homes ../homes --sizes 10000,100000
    python -m benchmarks.recall_beside --other ../before --homes ../homes --realmem FILE

Each side is a process of its own with a home of its own, which stays in the folder `--homes` for the next
run. The order of the sides changes from question to question, so that a busy machine slows both. Times are
milliseconds of processor time, of all threads. The questions about generated messages are those of
`benchmarks.recall`, and SQLite's FTS5 alone answers them in the same run.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import recall_side
from benchmarks.datasets import load
from benchmarks.measuring import emit, machine, parser, percentiles, report_progress, table
from benchmarks.recall import SEED, message, texts

HERE = Path(__file__).parents[1]

Row = dict[str, Any]


@dataclass(frozen=True)
class Conversation:
    """What both sides were told, and what they are asked."""

    name: str
    messages: Sequence[tuple[str, str, str]]
    """Speaker, text and time."""
    questions: Sequence[str]
    searches: Mapping[str, Mapping[str, Any]]
    """The filters of each kind of search."""


class Side:
    """A checkout that answers in a process of its own."""

    def __init__(self, checkout: Path, home: Path, conversation: Conversation) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            # not as a file, whose folder would hide packages that have the names of benchmarks
            [sys.executable, "-c", Path(recall_side.__file__).read_text("utf-8")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout)},
        )
        if self.ask(open=str(home))["messages"] < len(conversation.messages):
            self.ask(say=conversation.messages)

    def ask(self, **asked: Any) -> Row:
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: PT018
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer: Row = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate()


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__ or "")
    options.add_argument("--other", type=Path, required=True, help="the folder of another checkout")
    options.add_argument("--homes", type=Path, required=True, help="a folder for the homes of both")
    options.add_argument("--sizes", default="", help="numbers of generated messages, separated by commas")
    options.add_argument("--realmem", type=Path, help="the file of the RealMem data set")
    options.add_argument("--questions", type=int, default=100)
    given = options.parse_args(arguments)
    conversations = [_generated(int(size), given.questions) for size in given.sizes.split(",") if size]
    if given.realmem:
        conversations.append(_realmem(given.realmem, given.questions))
    rows: list[Row] = []
    for conversation in conversations:
        report_progress(f"{conversation.name}: {len(conversation.messages):,} messages")
        rows += _compare(conversation, given.other.resolve(), given.homes)
    print(_format(rows))
    if given.json:
        emit({"rows": rows, "machine": machine("qdrant-edge-py", "sqlalchemy")})


def _generated(size: int, questions: int) -> Conversation:
    chance = random.Random(SEED)
    generated = texts(chance)
    said = [message(number, next(generated)) for number in range(size)]
    asked = [
        " ".join(chance.sample(each.text.split(), 4)) for each in chance.sample(said, min(questions, size))
    ]
    told = [(each.name or "", each.text, each.time.isoformat()) for each in said]
    searches: dict[str, dict[str, Any]] = {"search": {}, "search by speaker": {"speaker": told[0][0]}}
    return Conversation(f"generated-{size}", told, asked, searches)


def _realmem(file: Path, questions: int) -> Conversation:
    store = load("realmem", file)[0]
    told = [(each.speaker, each.text, each.time.isoformat()) for each in store.units]
    asked = [each.text for each in store.questions[:questions]]
    return Conversation("realmem", told, asked, {"search": {}, "50 results": {"page_size": 50}})


def _compare(conversation: Conversation, other: Path, homes: Path) -> Iterator[Row]:
    sides = {
        side: Side(checkout, homes / f"{side}-{conversation.name}", conversation)
        for side, checkout in (("before", other), ("now", HERE))
    }
    plain = _plain(conversation)
    for kind, filters in conversation.searches.items():
        times: dict[str, list[float]] = {"before": [], "now": [], "fts5": []}
        differ = 0
        for number, question in enumerate(conversation.questions):
            answers = {
                side: sides[side].ask(search={"query": question, **filters})
                for side in sorted(sides, reverse=number % 2 == 0)
            }
            differ += answers["before"]["found"] != answers["now"]["found"]
            for side, answer in answers.items():
                times[side].append(answer["cpu_ms"])
            times["fts5"].append(_fts5(plain, question))
        yield {
            "conversation": conversation.name,
            "search": kind,
            "questions": len(conversation.questions),
            "differ": differ,
            **{f"{side}_cpu_ms": percentiles(each) for side, each in times.items()},
        }
    for side in sides.values():
        side.close()


def _plain(conversation: Conversation) -> sqlite3.Connection:
    plain = sqlite3.connect(":memory:")
    plain.execute("CREATE VIRTUAL TABLE said USING fts5(text, tokenize='porter unicode61')")
    plain.executemany("INSERT INTO said VALUES (?)", [(text,) for _, text, _ in conversation.messages])
    return plain


def _fts5(plain: sqlite3.Connection, question: str) -> float:
    words = "".join(letter if letter.isalnum() else " " for letter in question).split()
    wanted = " OR ".join(f'"{word}"' for word in words)
    start = time.process_time()
    plain.execute("SELECT rowid FROM said WHERE said MATCH ? ORDER BY rank LIMIT 5", (wanted,)).fetchall()
    return (time.process_time() - start) * 1000


def _format(rows: Sequence[Row]) -> str:
    head = ("log", "search", "before, p50 / p95", "now, p50 / p95", "ratio of p50", "FTS5 alone", "differ")
    return table(
        head,
        [
            (
                row["conversation"],
                row["search"],
                *(f"{row[side]['p50']:.1f} / {row[side]['p95']:.1f}" for side in SIDES),
                f"{row['now_cpu_ms']['p50'] / row['before_cpu_ms']['p50']:.2f}",
                f"{row['fts5_cpu_ms']['p50']:.1f}",
                f"{row['differ']} of {row['questions']}",
            )
            for row in rows
        ],
    )


SIDES = ("before_cpu_ms", "now_cpu_ms")


if __name__ == "__main__":
    main()
