"""What every benchmark uses: options, times, tables, and a description of the machine."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memgpt_autogen.llm.protocols import Embedder


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the option of all programs, `--json`."""
    layout = argparse.RawDescriptionHelpFormatter
    made = argparse.ArgumentParser(description=description, formatter_class=layout)
    made.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    return made


def machine(*packages: str) -> dict[str, Any]:
    """Describe the machine, with the versions of these packages: None if one is not installed."""
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
    """Return how long one call takes, in wall-clock time."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def percentiles(times: Iterable[float], *shares: int) -> dict[str, float]:
    """Return `{"p50": ..., "p95": ...}`, or the percentiles `shares`, in the unit of `times`."""
    ordered = sorted(times)
    return {
        f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 4)
        for share in shares or (50, 95)
    }


def report_progress(text: str) -> None:
    """Print to standard error, so that the output stays clean."""
    print(text, file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Format a Markdown table."""
    lines = [list(map(str, head)), ["---"] * len(head), *(list(map(str, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def emit(result: dict[str, Any]) -> None:
    """Print one JSON object on one line. It must be the last line."""
    print(json.dumps(result, ensure_ascii=False), flush=True)


def named_embedder(name: str | None) -> Embedder | None:
    """Return the embedding model of an option `--embedder`; None where it is not given."""
    from memgpt_autogen import open_embedder

    return None if name is None else open_embedder(name)
