"""Measure loading a large folder and opening its archive again: time, memory and disk space.

    python -m benchmarks.large_folder --megabytes 100,1000 --json

Each folder contains files of ten megabytes. Their sentences are generated with a seed: the words are as
unequally frequent as in a language, and one in a hundred is new. One process attaches the folder to an agent
with an embedded archive and without an embedder; another process opens the archive and searches it. Anonymous
memory is memory that the system cannot take back; the rest are pages of files. The ratios compare the
largest folder with the smallest.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.archival_child import disk, memory, peak
from benchmarks.measuring import emit, machine, milliseconds, parser, percentiles, report_progress, table
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.settings import Settings

SEED = 5

FILE_MB = 10

VOCABULARY = 30_000

SEARCHES = 50


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument("--megabytes", default="20,200", help="sizes of the folders, separated by commas")
    options.add_argument(
        "--folder", type=Path, help="the folder for files and homes, which are deleted again"
    )
    options.add_argument("--phase", choices=PHASES, help="measure only this part, in this process")
    given = options.parse_args(arguments)
    if given.phase:
        result = PHASES[given.phase](given.folder)
        emit(result)
        return result
    sizes = sorted(int(size) for size in given.megabytes.split(","))
    measured = []
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=given.folder, ignore_cleanup_errors=True) as folder:
            place = Path(folder)
            report_progress(f"writing {size} MB")
            write(place / "texts", size)
            measured.append({"megabytes": size, **_child("load", place), **_child("open", place)})
            report_progress(json.dumps(measured[-1]))
    result = {
        "folders": measured,
        "ratios": {
            name: round(measured[-1][name] / measured[0][name], 2)
            for name in ("megabytes", "passages", "load_seconds", "load_anonymous_mb", "open_anonymous_mb")
        },
        "machine": machine("qdrant-edge-py"),
    }
    columns = [
        "megabytes",
        "passages",
        "load_seconds",
        "load_most_mb",
        "load_anonymous_mb",
        "disk_mb",
        "open_seconds",
        "open_anonymous_mb",
    ]
    print(table(columns, [[each[name] for name in columns] for each in measured]))
    if given.json:
        emit(result)
    return result


def write(folder: Path, megabytes: int) -> None:
    """Write files of paragraphs with six sentences each."""
    folder.mkdir(parents=True)
    dice = random.Random(SEED)
    words = ["".join(dice.choices("etaoinshrdlucmf", k=dice.randint(2, 9))) for _ in range(VOCABULARY)]
    weights = list(accumulate(1 / (place + 2) for place in range(VOCABULARY)))
    for number in range(max(1, megabytes // FILE_MB)):
        left = min(megabytes, FILE_MB) * 1_000_000
        with (folder / f"book{number:04}.txt").open("w") as file:
            while left > 0:
                paragraph = " ".join(_sentences(dice, words, weights)) + "\n\n"
                left -= file.write(paragraph)


def _sentences(dice: random.Random, words: Sequence[str], weights: Sequence[float]) -> Iterator[str]:
    for _ in range(6):
        sentence = dice.choices(words, cum_weights=weights, k=dice.randint(6, 22))
        if dice.random() < 0.14:
            sentence.append(f"{sentence[0]}{dice.randrange(10**6)}")
        yield " ".join(sentence).capitalize() + "."


def load(place: Path) -> dict[str, Any]:
    """Attach the folder, and read the process's memory a hundred times a second meanwhile."""
    reader = _reader(place)
    most: dict[str, float] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            for name, held in memory().items():
                most[name] = max(held, most.get(name, 0.0))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    seconds = milliseconds(lambda: reader.attach(place / "texts")) / 1000
    done.set()
    watcher.join()
    passages = reader.archival.count()
    reader.archival.close()
    return {
        "passages": passages,
        "load_seconds": round(seconds, 1),
        "load_most_mb": round(max(peak(), most["resident"])),
        "load_anonymous_mb": round(most.get("anonymous", most["resident"])),
        "disk_mb": round(disk(place / "home")),
    }


def reopen(place: Path) -> dict[str, Any]:
    """Open the archive in a process that has only imported the package, and search it."""
    reader = _reader(place)
    before = memory()
    began = time.perf_counter()
    reader.archival.count()
    seconds = time.perf_counter() - began
    after = memory()
    dice = random.Random(SEED + 1)
    texts = [passage.text.split() for passage in reader.archival.list(page_size=SEARCHES).items]
    asked = [" ".join(dice.sample(words, min(6, len(words)))) for words in texts]
    first = milliseconds(lambda: reader.archival.search(asked[0]))
    times = [milliseconds(lambda query=query: reader.archival.search(query)) for query in asked]
    reader.archival.close()
    return {
        "open_seconds": round(seconds, 2),
        "open_most_mb": round(after["resident"]),
        "open_anonymous_mb": round(after.get("anonymous", after["resident"])),
        "before_anonymous_mb": round(before.get("anonymous", before["resident"])),
        "first_search_ms": round(first, 1),
        "search_ms": percentiles(times),
    }


PHASES = {"load": load, "open": reopen}


def _reader(place: Path) -> MemoryHierarchy:
    return open_memory("reader", Settings.load(home=place / "home"))


def _child(phase: str, place: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.large_folder", "--phase", phase, "--folder", str(place)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
