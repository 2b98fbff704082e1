"""Work in a process of its own: one JSON object on its standard input, one as the last line of its output.

This module is also imported in the environments of others, so it needs nothing but Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[3]
"""The folder that contains `benchmarks`."""

SHOWN_LINES = 6


class ChildFailedError(Exception):
    """The process ended without a result. The text has its last lines."""


def ask_child(
    command: Sequence[str], job: Mapping[str, Any], *, alone: bool = False, **environment: str
) -> dict[str, Any]:
    """Start a process, hand it the job, and return its result. Its standard error is shown as progress.

    `alone` keeps this process's packages from it, and shows nothing of what it says. Raises
    `ChildFailedError` where it ends without a result.
    """
    ours = "" if alone else os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(each for each in (str(ROOT), ours) if each)
    child = subprocess.Popen(
        list(command),
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    last: list[str] = []
    assert child.stdin
    assert child.stdout
    assert child.stderr
    follow = partial(_follow, child.stderr, last, shown=not alone)
    reading = threading.Thread(target=follow, daemon=True)
    reading.start()
    try:
        child.stdin.write(json.dumps(job))
        child.stdin.close()
        written = child.stdout.read()
        code = child.wait()
    finally:
        child.kill()
        child.wait()
    reading.join(timeout=5)
    try:
        if code == 0:
            result: dict[str, Any] = json.loads(written.splitlines()[-1])
            return result
    except (ValueError, IndexError):
        pass
    raise ChildFailedError(f"its process ended with code {code}: {' | '.join(last) or 'it said nothing'}")


def _follow(errors: IO[str], last: list[str], *, shown: bool) -> None:
    for line in errors:
        if line.strip():
            last[:] = [*last, line.strip()][-SHOWN_LINES:]
            if shown:
                print(f"    {line.strip()}"[:160], file=sys.stderr, flush=True)


def serve(work: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """Run one job of a parent. What the work prints is not mistaken for the result."""
    job = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr
    result = work(job)
    sys.stdout = out
    print(json.dumps(result), flush=True)
