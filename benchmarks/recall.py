"""Measure a log of thousands to a million messages: durable appends, search, list by date, the last page.

    python -m benchmarks.recall --sizes 1000,10000,100000,1000000 --json

The messages are generated with a seed from words as unequally frequent as English words (Zipf). A question is
four words of one message, so frequent words are asked for more often. The same questions are also
answered by SQLite's FTS5 alone, over the same texts.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.measuring import emit, machine, milliseconds, parser, percentiles, report_progress, table
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

SEED = 7
VOCABULARY = 30_000
SPEAKERS = ("ada", "ben", "cleo", "dan")
FIRST = datetime(2024, 1, 1, tzinfo=timezone.utc)
APART = timedelta(minutes=3)
BATCH = 1000


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument(
        "--sizes", default="1000,10000,100000", help="numbers of messages, separated by commas"
    )
    options.add_argument("--questions", type=int, default=200, help="how many searches are timed")
    options.add_argument("--appends", type=int, default=200, help="how many single appends are timed")
    options.add_argument("--plot", type=Path, help="write a plot of the times by size to this file")
    given = options.parse_args(arguments)
    sizes = sorted(int(size) for size in given.sizes.split(","))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        rows = list(_measure(Path(home), sizes, given.questions, given.appends))
    result: dict[str, Any] = {"sizes": rows, "machine": machine("qdrant-edge-py", "sqlalchemy")}
    if len(rows) > 1:
        before, last = rows[-2], rows[-1]
        result["largest_over_next"] = {
            "messages": [last["messages"], before["messages"]],
            **{
                f"{what}_{share}": round(last[what][share] / before[what][share], 2)
                for what in ("append_ms", "search_ms", "by_date_ms", "last_page_ms", "fts5_ms")
                for share in ("p50", "p95")
            },
        }
    print(_format(rows))
    if given.plot:
        _plot(rows, given.plot)
    if given.json:
        emit(result)
    return result


def _measure(home: Path, sizes: Sequence[int], questions: int, appends: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(SEED)
    memory = open_memory("listener", Settings.load(home=home / "home"))
    plain = sqlite3.connect(home / "fts5.db", isolation_level=None)
    plain.execute("PRAGMA journal_mode=WAL")
    plain.execute("CREATE VIRTUAL TABLE said USING fts5(text, tokenize='porter unicode61')")
    generated = texts(chance)
    said = 0
    asked: list[str] = []
    for size in sizes:
        loading = 0.0
        while said < size - appends:
            batch = [next(generated) for _ in range(min(BATCH, size - appends - said))]
            messages = [message(said + number, text) for number, text in enumerate(batch)]
            loading += milliseconds(partial(memory.log.append, *messages))
            plain.execute("BEGIN")
            plain.executemany("INSERT INTO said VALUES (?)", [(text,) for text in batch])
            plain.execute("COMMIT")
            asked.extend(chance.sample(batch, 2))
            said += len(batch)
            if said % 50_000 == 0:
                report_progress(f"{said:,} messages")
        lag = memory.recall.lag()
        indexing = milliseconds(memory.recall.index)
        single = [message(said + number, next(generated)) for number in range(size - said)]
        said = size
        appended = _time(memory.log.append, single)
        known = chance.sample(asked, min(questions, len(asked)))
        queries = [" ".join(chance.sample(text.split(), 4)) for text in known]
        memory.recall.search(queries[0])
        days = [FIRST + APART * chance.randrange(said) for _ in queries]
        last = memory.recall.search().last_page
        report_progress(f"{size:,} messages: searching")
        yield {
            "messages": size,
            "append_ms": appended,
            "load_per_second": round((size - len(single)) / loading * 1000) if loading else None,
            "index_per_second": round(lag / indexing * 1000),
            "search_ms": _time(memory.recall.search, queries),
            "search_by_speaker_ms": _time(partial(memory.recall.search, speaker="ada"), queries),
            "by_date_ms": _time(partial(_day, memory), days),
            "last_page_ms": _time(partial(_page, memory), [last] * 20),
            "fts5_ms": _time(partial(_fts5, plain), queries),
        }


def _time(work: Callable[[Any], Any], given: Sequence[Any]) -> dict[str, float]:
    return percentiles(milliseconds(partial(work, each)) for each in given)


def texts(chance: random.Random) -> Iterator[str]:
    letters = "bcdfghjklmnprstvw", "aeiou"
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        syllables = chance.randint(2, 4)
        words["".join(chance.choice(letters[0]) + chance.choice(letters[1]) for _ in range(syllables))] = None
    known = list(words)
    weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
    while True:
        yield " ".join(chance.choices(known, cum_weights=weights, k=chance.randint(5, 25)))


def message(number: int, text: str) -> Message:
    return Message("user", text, name=SPEAKERS[number % len(SPEAKERS)], time=FIRST + APART * number)


def _day(memory: MemoryHierarchy, day: datetime) -> None:
    memory.recall.search(start=day, end=day + timedelta(days=1))


def _page(memory: MemoryHierarchy, page: int) -> None:
    memory.recall.search(page=page)


def _fts5(plain: sqlite3.Connection, query: str) -> None:
    wanted = " OR ".join(query.split())
    plain.execute("SELECT rowid FROM said WHERE said MATCH ? ORDER BY rank LIMIT 5", (wanted,)).fetchall()


TIMES = ("append_ms", "search_ms", "search_by_speaker_ms", "by_date_ms", "last_page_ms", "fts5_ms")


def _format(rows: Sequence[dict[str, Any]]) -> str:
    head = ("messages", *(f"{name[:-3].replace('_', ' ')}, ms p50 / p95" for name in TIMES), "indexed/s")
    return table(
        head,
        [
            (
                f"{row['messages']:,}",
                *(f"{row[name]['p50']:.2f} / {row[name]['p95']:.2f}" for name in TIMES),
                row["index_per_second"],
            )
            for row in rows
        ],
    )


def _plot(rows: Sequence[dict[str, Any]], file: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 3.8))
    sizes = [row["messages"] for row in rows]
    for name, label in (
        ("append_ms", "append"),
        ("search_ms", "search"),
        ("by_date_ms", "a day"),
        ("fts5_ms", "FTS5 alone, search"),
    ):
        axes.plot(sizes, [row[name]["p50"] for row in rows], marker="o", label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("messages in the log")
    axes.set_ylabel("milliseconds (p50)")
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(file)


if __name__ == "__main__":
    main()
