"""`demo`: two processes, one memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.autogen
def test_the_demos_second_process_answers_from_what_the_first_was_told(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "memgpt_autogen.cli", "demo"],
        check=False, capture_output=True, text=True, env=None,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    first, second = ended.stdout.split("in which sam remembers 19 messages")
    assert "in which sam remembers 0 messages" in first
    for answer in ("21 May", "heron", "does not close", "peanuts"):
        assert answer in second
    assert "context:" in second
    assert "TERMINATING" not in ended.stdout
