"""The benchmark of embedding models, in its short form: its figures, and what it says of a missing model."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from places import ROOT


def test_the_embedders_benchmark_tells_each_model_or_why_it_is_skipped() -> None:
    pytest.importorskip("wordllama", reason="the package wordllama is not installed")
    pytest.importorskip("qdrant_edge", reason="qdrant-edge-py has no wheel here")
    words = (
        "--model",
        "wordllama",
        "--model",
        "fastembed:/no/such/folder",
        "--inserts",
        "4",
        "--chars",
        "200",
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.embedders", "--json", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stderr
    models = json.loads(done.stdout.splitlines()[-1])["models"]
    assert models["wordllama"]["dimension"] == 256
    assert models["wordllama"]["deferred"]["left"] == models["wordllama"]["waiting"]["pending_then"] == 0
    assert "skipped" in models["fastembed:/no/such/folder"]
