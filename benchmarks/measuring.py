"""What every benchmark needs: how a run is told, and what is said of the machine."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any


def parser(description: str) -> argparse.ArgumentParser:
    """With what all programs take: `--json`."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    return made


def machine(*packages: str) -> dict[str, Any]:
    """The shape of the machine and the versions of these packages; None for one that is not installed."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {name: version(name) for name in ("memgpt-autogen", *packages)},
    }


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def milliseconds(work: Callable[[], Any]) -> float:
    """How long one call takes on the clock."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def percentiles(times: Iterable[float], *shares: int) -> dict[str, float]:
    """`{"p50": ..., "p95": ...}`, or these, of measured times, in their unit."""
    ordered = sorted(times)
    return {
        f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 4)
        for share in shares or (50, 95)
    }


def told(text: str) -> None:
    """Progress, beside the output."""
    print(text, file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [list(map(str, head)), ["---"] * len(head), *(list(map(str, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def emit(result: dict[str, Any]) -> None:
    """One JSON object on one line, the last."""
    print(json.dumps(result, ensure_ascii=False), flush=True)
