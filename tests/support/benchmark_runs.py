"""Runs a benchmark as its users do, in a short form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from places import ROOT


def result_of(name: str, **options: object) -> dict[str, Any]:
    """What `python -m benchmarks.NAME --json` prints on its last line."""
    given = [part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", str(value))]
    run = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--json", *given],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found
