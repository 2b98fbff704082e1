"""Measure one store in its own process: `python -m benchmarks.archival_child '{"phase": "fill", ...}'`.

`benchmarks.archival` starts it, also with a rival's interpreter. So only our own stores import
memgpt_autogen.
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
from benchmarks.measuring import emit, milliseconds, percentiles, report_progress, version

SINGLES = 50
"""The number of passages that are added one by one."""


def fill(spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Add all passages, or as many as the time allows. Then search, and add single passages."""
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
            report_progress(f"  {spec['store']}: {done:,} passages in {spent:.0f} s")
    asked = questions(done, spec["queries"], spec["seed"])
    result: dict[str, Any] = {
        "passages": done,
        "batch_per_second": round(done / spent),
        **measure_searches(store, asked, spec["search_seconds"]),
        "add_ms": percentiles(milliseconds(partial(store.add, [row])) for row in singles(spec)),
        "memory_mb": {name: round(value - before[name], 1) for name, value in memory().items()},
    }
    store.close()
    result["disk_mb"] = disk(folder)
    return result


def reopen(spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Measure the time from imported packages to the first answer."""
    warm = folder.parent / "warm"  # opening another store imports the packages
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


def compare_alternately(spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Ask ours and the bare engine alternately, question by question, so that a busy machine slows both."""
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
        # in another order each time: a scan of all vectors empties the processor's cache for the next search
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
    """Measure `compact()`, which builds the graphs, and the searches after it."""
    ours = Ours(folder)
    seconds = milliseconds(ours.archive.compact) / 1000
    asked = questions(spec["passages"], spec["queries"], spec["seed"])
    result = {"compact_seconds": round(seconds, 1), **measure_searches(ours, asked, spec["search_seconds"])}
    result["most_memory_mb"] = round(peak())
    ours.close()
    result["disk_mb"] = disk(folder)
    return result


def measure_searches(store: Any, asked: list[Question], seconds: float) -> dict[str, Any]:
    """Ask as many questions as the time allows, with the filter and without.

    `found` is the share of the questions whose passage was found.
    """
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
    """Generate passages that are not among the others."""
    return block(10_000_000 + turn * 1000, SINGLES, spec["seed"])


def memory() -> dict[str, float]:
    """Return the process's memory in megabytes: all of it, and the anonymous part.

    Anonymous memory does not include mapped files, which the system can take back.
    """
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
    """Return the disk space of the files in megabytes. Holes of sparse files do not count."""
    sizes = (path.stat() for path in folder.rglob("*") if path.is_file())
    return round(sum(getattr(size, "st_blocks", size.st_size / 512) * 512 for size in sizes) / 1e6, 1)


PHASES = {"fill": fill, "reopen": reopen, "versus": compare_alternately, "compact": compact}


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
    os._exit(0)  # some stores have threads that would never end


if __name__ == "__main__":
    main()
