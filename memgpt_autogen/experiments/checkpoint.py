"""The file of an experiment: rows of finished trials as JSON Lines, so that a run that was killed goes on where it was."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.experiments.rows import Row


class KeptRows:
    """Finished trials by their keys, and, where there is a file, on the disk before anyone is told that they are finished.

    A trial's rows stand together. What a kill left half written at the end of the file is cut off when it is opened; nothing
    else in it is ever changed.
    """

    def __init__(self, file: Path | None, settings: Sequence[str]) -> None:
        self._file = file
        self._settings = settings
        self._done: dict[str, list[Row]] = {}
        self._lock = threading.Lock()
        if file is not None and file.exists():
            self._read(file)

    def key(self, row: Row) -> str:
        """What tells a row's trial from others: its settings and its seed."""
        return json.dumps([row.get(name) for name in (*self._settings, "seed")])

    def get(self, key: str) -> list[Row] | None:
        return self._done.get(key)

    def add(self, key: str, rows: Sequence[Row]) -> list[Row]:
        """Keep a finished trial; its rows as they would be read again."""
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
                        f"{file} has a line at byte {place - len(line)} that is no row of an experiment. Mend it, or "
                        "name another file."
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
        lacking = [name for name in (*self._settings, "seed") if name not in row]
        if lacking:
            raise ConfigurationError(
                f"{file} has rows without {', '.join(map(repr, lacking))}: they are of another experiment. Name another file."
            )


def _append(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as opened:
            opened.write(text.encode())
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise StorageError(
            f"{file} cannot be written: {error}. Rows that stand there already are whole."
        ) from error


def _row(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _line(row: Row) -> str:
    unfit = next((name for name, value in row.items() if not _fits(value)), None)
    if unfit is not None:
        raise ConfigurationError(
            f"column '{unfit}' holds a {type(row[unfit]).__name__}, which JSON cannot; give numbers, texts, lists or dictionaries."
        )
    return json.dumps(row, ensure_ascii=False, default=_plain)


def _fits(value: Any) -> bool:
    try:
        json.dumps(value, default=_plain)
    except (TypeError, ValueError):
        return False
    return True


def _plain(value: Any) -> Any:
    """The numbers of NumPy and its kin as Python's."""
    if callable(getattr(value, "item", None)):
        return value.item()
    raise TypeError
