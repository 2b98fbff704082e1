"""Environments of others' packages, made from PyPI once and kept: theirs never meet ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from benchmarks.answers.systems.protocol import CannotRunError
from benchmarks.measuring import report_progress

DONE = "requirements-installed.txt"


def python_with(requirements: Sequence[str], folder: Path) -> Path:
    """Return the Python of an environment with these packages; make it where it does not exist.

    Raises `CannotRunError` where the packages cannot be installed.
    """
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join(requirements)
    done = folder / DONE
    if python.exists() and done.exists() and done.read_text(encoding="utf-8") == wanted:
        return python
    report_progress(f"installing {' '.join(requirements)} in {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    ran = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", *requirements],
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ran.returncode:
        told = [line for line in ran.stderr.splitlines() if line.strip() and "ignored" not in line]
        reason = " ".join(told[-2:]) or "no reason given"
        raise CannotRunError(f"pip cannot install {' '.join(requirements)} in {folder}: {reason}")
    done.write_text(wanted, encoding="utf-8")
    return python
