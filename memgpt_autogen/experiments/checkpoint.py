"""The checkpoint of an experiment: the rows of finished trials, from which a stopped run resumes."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.experiments.rows import Row


class Checkpoint:
    """A checkpoint keeps the rows of finished trials, by key.

    If there is a file, the rows are on the disk before the trial counts as finished. The rows of a trial
    follow each other. When the file is opened, a trial that a kill left incomplete at its end is cut off.
    Nothing else in the file is ever changed.
    """

    def __init__(self, file: Path | None, settings: Sequence[str]) -> None:
        self._file = file
        self._settings = settings
        self._done: dict[str, list[Row]] = {}
        self._lock = Lock("the results of an experiment")
        if file is not None and file.exists():
            self._read(file)

    def key(self, row: Row) -> str:
        """The key of a row's trial: its settings and its seed."""
        return json.dumps([row.get(name) for name in (*self._settings, "seed")])

    def get(self, key: str) -> list[Row] | None:
        return self._done.get(key)

    def add(self, key: str, rows: Sequence[Row]) -> list[Row]:
        """Store a finished trial. Returns its rows as they will be read again."""
        lines = [_line(row) for row in rows]
        with self._lock:
            if self._file is not None:
                _append(self._file, "".join(f"{line}\n" for line in lines))
            self._done[key] = [json.loads(line) for line in lines]
        return self._done[key]

    def _read(self, file: Path) -> None:
        content = file.read_bytes()
        whole = place = 0
        trial: list[Row] = []
        for line in content.splitlines(keepends=True):
            place += len(line)
            row = _row(line)
            if row is None or not line.endswith(b"\n"):
                if place < len(content):
                    raise ConfigurationError(
                        f"{file} has a line at byte {place - len(line)} that is not a row of an experiment. "
                        "Correct it, or use another file."
                    )
                break
            self._refuse_others(file, row)
            trial.append(row)
            if len(trial) == row.get("of", 1):
                self._done.setdefault(self.key(row), trial)
                whole, trial = place, []
        if whole < len(content):
            os.truncate(file, whole)

    def _refuse_others(self, file: Path, row: Row) -> None:
        missing = [repr(name) for name in (*self._settings, "seed") if name not in row]
        if missing:
            raise ConfigurationError(
                f"{file} has rows without {', '.join(missing)}: they belong to another experiment. Use "
                "another file."
            )


def _append(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as opened:
            opened.write(text.encode())
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {error}. The rows in it are complete.") from error


def _row(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _line(row: Row) -> str:
    for name, value in row.items():
        _check(name, value)
    return json.dumps(row, ensure_ascii=False, default=_python_number)


def _check(name: str, value: Any) -> None:
    try:
        json.dumps(value, default=_python_number)
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"column '{name}' has a value of type {type(value).__name__}, which JSON does not have. Give "
            "numbers, texts, lists or dictionaries."
        ) from None


def _python_number(value: Any) -> Any:
    """A number of NumPy or a similar library, as Python's."""
    if callable(getattr(value, "item", None)):
        return value.item()
    raise TypeError
