"""The lines of a run: one JSON object for each answer, so that a run that was killed can be continued."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Ledger:
    """A file of JSON lines that is only appended to. Each line is on the disk before the next question."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        self._finish_torn_line()

    def append(self, line: Mapping[str, Any]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield every whole line. A line that a killed run wrote in part is left out."""
        if not self._file.exists():
            return
        for line in self._file.read_text(encoding="utf-8").splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                yield found

    def _finish_torn_line(self) -> None:
        """End a line that was written in part, so that the next one is not a part of it."""
        if self._file.exists() and (written := self._file.read_bytes()) and not written.endswith(b"\n"):
            with self._file.open("ab") as file:
                file.write(b"\n")


def check_run(folder: Path, run: Mapping[str, Any]) -> None:
    """Note what the run is made with, or raise `SystemExit` if the folder is of a run with something else.

    Answers of two readers or two windows do not belong into one table.
    """
    file = folder / "run.json"
    folder.mkdir(parents=True, exist_ok=True)
    if file.exists():
        before = json.loads(file.read_text(encoding="utf-8"))
        other = {name: before.get(name) for name in run if before.get(name) != run[name]}
        if other:
            told = ", ".join(f"{name} {value!r} instead of {run[name]!r}" for name, value in other.items())
            raise SystemExit(f"--out {folder} has answers of a run with {told}. Name another folder.")
    else:
        file.write_text(json.dumps(run, ensure_ascii=False, indent=1), encoding="utf-8")
