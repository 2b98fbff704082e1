"""Measure texts that are hostile to our readers: one sign or a few, repeated, in 1, 10 and 100 kB.

    python -m benchmarks.hostile_texts --json

For each reader of documents, of a model's answers and of arguments, the table shows the slowest text, and how
many times as long ten times as much text takes at most. A time below a millisecond counts as one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any

from benchmarks.measuring import emit, machine, parser, report_progress, table
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.llm.text_calls.arguments import read_arguments
from memgpt_autogen.llm.text_calls.calls import find_calls, split_thoughts
from memgpt_autogen.readers.open import open_bytes
from memgpt_autogen.text.chunking import split_text
from memgpt_autogen.text.spellings import spellings

SIZES = (1_000, 10_000, 100_000)

UNITS = (
    *'" \\" [ [a]( ` < <a & # *a ** 1 a. / \\ > - a | _'.split(),
    "\n",
    " ",
    "\t",
    "*a ",
    "<a ",
    " |",
    "a ",
)

DOCUMENTS = "txt md html org adoc csv jsonl vtt sql py".split()


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument("--sizes", default=",".join(map(str, SIZES)), help="in characters")
    given = options.parse_args(arguments)
    sizes = [int(size) for size in given.sizes.split(",")]
    rows = []
    for name, read in _readers().items():
        report_progress(name)
        times = {unit: [_milliseconds(read, unit, size) for size in sizes] for unit in UNITS}
        slowest = max(times, key=lambda unit: times[unit][-1])
        grown = [max(b, 1.0) / max(a, 1.0) for each in times.values() for a, b in pairwise(each)]
        rows.append(
            {"reader": name, "text": repr(slowest), "ms": times[slowest], "grows": round(max(grown), 1)}
        )
    result = {"sizes": sizes, "readers": rows, "machine": machine()}
    print(table(["reader", "slowest", "ms", "most times"], [list(row.values()) for row in rows]))
    emit(result)
    return result


def _readers() -> dict[str, Callable[[str], object]]:
    readers: dict[str, Callable[[str], object]] = {
        each: partial(_document, f"a.{each}") for each in DOCUMENTS
    }
    readers["arguments"] = lambda text: read_arguments(f'{{"message": "{text}')
    readers["answer"] = lambda text: find_calls(f"send_message({text}", ["send_message"])
    readers["thoughts"] = split_thoughts
    readers["passages"] = lambda text: split_text(text, 1000)
    readers["spellings"] = lambda text: list(spellings(text))
    return readers


def _document(name: str, text: str) -> None:
    for _ in open_bytes(text.encode(), name).sections():
        pass


def _milliseconds(read: Callable[[str], object], unit: str, size: int) -> float:
    text = f"x {unit * (size // len(unit))} y"
    start = time.process_time()
    with suppress(MemGPTError):
        read(text)
    return round((time.process_time() - start) * 1000, 2)


if __name__ == "__main__":
    main()
