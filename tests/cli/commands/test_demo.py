"""`demo`: two processes, one memory. `make demo` runs the command as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import ROOT
from workers import run_program

CLI = ROOT / "memgpt_autogen" / "cli" / "__main__.py"


@pytest.mark.slow
@pytest.mark.autogen
def test_the_demos_second_process_answers_from_what_the_first_was_told(tmp_path: Path) -> None:
    first, second = (
        run_program(CLI, "demo", "--part", part, "--home", str(tmp_path / "home")) for part in "12"
    )

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "in which sam remembers 0 messages" in first.stdout
    assert "in which sam remembers 19 messages" in second.stdout
    for answer in ("21 May", "heron", "does not close", "peanuts"):
        assert answer in second.stdout
    assert "context:" in second.stdout
    assert "TERMINATING" not in first.stdout + second.stdout
