"""One store's measurement, in a process of its own: `python -m benchmarks.archival_child '{"phase": "fill", ...}'`.

Started by `benchmarks.archival`, also with a rival's interpreter, so nothing of ours is imported but by our own stores.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.archival_corpus import Question, Row, block, blocks, questions
from benchmarks.archival_stores import STORES, Bare, Ours
from benchmarks.measuring import emit, milliseconds, percentiles, told, version

SINGLES = 50
"""Passages that are added one by one."""


def fill(spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Add everything, or what fits into the time, then search and add single passages."""
    store = STORES[spec["store"]](folder)
    before = memory()
    spent, done = 0.0, 0
    for rows in blocks(spec["passages"], spec["seed"]):
        for first in range(0, len(rows), store.batch):
            batch = rows[first : first + store.batch]
            spent += milliseconds(partial(store.add, batch)) / 1000
            done += len(batch)
            if spent > spec["seconds"]:
                break
        if spent > spec["seconds"]:
            break
        if done % 50_000 == 0:
            told(f"  {spec['store']}: {done:,} passages in {spent:.0f} s")
    asked = questions(done, spec["queries"], spec["seed"])
    result: dict[str, Any] = {
        "passages": done,
        "batch_per_second": round(done / spent),
        **searched(store, asked, spec["search_seconds"]),
        "add_ms": percentiles(milliseconds(partial(store.add, [row])) for row in singles(spec)),
        "memory_mb": {name: round(value - before[name], 1) for name, value in memory().items()},
    }
    store.close()
    result["disk_mb"] = disk(folder)
    return result


def reopen(spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    """From nothing but imported packages to the first answer."""
    warm = folder.parent / "warm"  # imports what the store imports
    STORES[spec["store"]](warm).close()
    asked = questions(spec["passages"], 1, spec["seed"])[0]
    before = memory()
    start = time.perf_counter()
    store = STORES[spec["store"]](folder)
    count = store.count()
    opened = time.perf_counter() - start
    store.search(asked, filtered=True)
    answered = time.perf_counter() - start
    after = {name: round(value - before[name], 1) for name, value in memory().items()}
    store.close()
    return {
        "count": count,
        "reopen_seconds": round(opened, 3),
        "first_answer_seconds": round(answered, 3),
        "reopened_memory_mb": after,
    }


def versus(spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Ours and the bare engine by turns, question by question, so that both see the same machine."""
    ours, bare = Ours(folder / "ours"), Bare(folder / "edge")
    asked = questions(spec["passages"], spec["queries"], spec["seed"])
    for question in asked[:5]:
        ours.search(question, filtered=True)
        bare.hybrid(question, filtered=True)
    ways: dict[str, Callable[[Question], object]] = {
        "ours_filtered_ms": lambda asked: ours.search(asked, filtered=True),
        "bare_filtered_ms": lambda asked: bare.search(asked, filtered=True),
        "bare_hybrid_filtered_ms": lambda asked: bare.hybrid(asked, filtered=True),
        "ours_ms": lambda asked: ours.search(asked, filtered=False),
        "bare_ms": lambda asked: bare.search(asked, filtered=False),
        "bare_hybrid_ms": lambda asked: bare.hybrid(asked, filtered=False),
        "ours_filtered_with_total_ms": lambda asked: ours.page(asked, filtered=True).total,
        "ours_with_total_ms": lambda asked: ours.page(asked, filtered=False).total,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    dice = random.Random(spec["seed"])
    for question in asked:
        # in another order each time, since whoever follows a scan of everything finds no vector in the processor's cache
        for name, way in dice.sample([*ways.items()], len(ways)):
            times[name].append(milliseconds(partial(way, question)))
    adds: dict[str, list[float]] = {"ours_add_ms": [], "bare_add_ms": [], "bare_unflushed_add_ms": []}
    for row, again in zip(singles(spec, 1), singles(spec, 2), strict=True):
        adds["bare_add_ms"].append(milliseconds(partial(bare.add, [row])))
        adds["ours_add_ms"].append(milliseconds(partial(ours.add, [row])))
        adds["bare_unflushed_add_ms"].append(milliseconds(partial(bare.log, [again])))
        bare.shard.flush()
    result: dict[str, Any] = {name: percentiles(found) for name, found in (times | adds).items()}
    ours.close()
    bare.close()
    return result


def compact(spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What building the graphs costs, and what it gives."""
    ours = Ours(folder)
    seconds = milliseconds(ours.archive.compact) / 1000
    asked = questions(spec["passages"], spec["queries"], spec["seed"])
    result = {"compact_seconds": round(seconds, 1), **searched(ours, asked, spec["search_seconds"])}
    result["most_memory_mb"] = round(peak())
    ours.close()
    result["disk_mb"] = disk(folder)
    return result


def searched(store: Any, asked: list[Question], seconds: float) -> dict[str, Any]:
    """As many questions as fit into the time, with the filter and without; `found` is the share that found their passage."""
    result: dict[str, Any] = {}
    for name, filtered in (("filtered_ms", True), ("search_ms", False)):
        store.search(asked[0], filtered=filtered)
        times, hits, start = [], 0, time.perf_counter()
        for question in asked:
            before = time.perf_counter()
            texts = store.search(question, filtered=filtered)
            times.append((time.perf_counter() - before) * 1000)
            hits += question.answer in texts
            if time.perf_counter() - start > seconds and len(times) >= 5:
                break
        result |= {name: percentiles(times), name.replace("_ms", "_found"): round(hits / len(times), 3)}
    return result


def singles(spec: dict[str, Any], turn: int = 0) -> list[Row]:
    """Passages that are not among the others."""
    return block(10_000_000 + turn * 1000, SINGLES, spec["seed"])


def memory() -> dict[str, float]:
    """What the process holds in megabytes: all, and without mapped files, which the system can take back."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return {
            name: int(fields[field].split()[0]) / 1024
            for name, field in {"resident": "VmRSS", "anonymous": "RssAnon"}.items()
        }
    except OSError:
        return {"resident": peak()}


def peak() -> float:
    import resource  # not on Windows

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def disk(folder: Path) -> float:
    """What the files take up, holes left out, in megabytes."""
    sizes = (path.stat() for path in folder.rglob("*") if path.is_file())
    return round(sum(getattr(size, "st_blocks", size.st_size / 512) * 512 for size in sizes) / 1e6, 1)


PHASES = {"fill": fill, "reopen": reopen, "versus": versus, "compact": compact}


def main() -> None:
    spec = json.loads(sys.argv[1])
    names = ("ours", "edge") if spec["phase"] == "versus" else (spec["store"],)
    packages = {package for name in names for package in STORES[name].packages}
    try:
        result = PHASES[spec["phase"]](spec, Path(spec["folder"]))
    except ImportError as error:
        result = {"skipped": str(error)}
    emit({**result, "versions": {package: version(package) for package in sorted(packages)}})
    sys.stdout.flush()
    os._exit(0)  # some stores keep threads that would not end


if __name__ == "__main__":
    main()
