"""The file of an experiment: a stopped run resumes, and no row is lost or doubled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.experiments import Trial, run
from memgpt_autogen.experiments.rows import Row


def timeless(rows: list[Row]) -> list[Row]:
    """Rows without what the clock says."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def product(trial: Trial) -> Row:
    return {"product": trial["a"] * trial["b"]}


def test_rows_and_file_hold_labels_and_never_what_they_stand_for(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    models = {"small": {"api_key": "sk-secret"}, "large": {"api_key": "sk-other"}}

    rows = run(lambda trial: {"key": len(trial["model"]["api_key"])}, {"model": models}, file=file)

    assert timeless(rows) == [
        {"model": "small", "seed": 0, "key": 9},
        {"model": "large", "seed": 0, "key": 8},
    ]
    assert "sk-" not in file.read_text()
    assert "sk-" not in repr(rows)


class Stopping:
    """A scenario that is stopped by Ctrl-C in its nth trial, and counts those it begins."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.seen: list[tuple[Any, int]] = []

    def __call__(self, trial: Trial) -> Row:
        self.seen.append((trial["a"], trial.seed))
        if len(self.seen) == self.at:
            raise KeyboardInterrupt
        return {"sum": trial["a"] + trial.seed}


def test_a_run_that_was_stopped_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "made" / "rows.jsonl"
    first, second = Stopping(at=3), Stopping()
    with pytest.raises(KeyboardInterrupt):
        run(first, {"a": [1, 2]}, seeds=2, file=file)

    rows = run(second, {"a": [1, 2]}, seeds=2, file=file)

    assert second.seen == [(2, 0), (2, 1)]
    assert [row["sum"] for row in rows] == [1, 2, 2, 3]
    assert [json.loads(line) for line in file.read_text().splitlines()] == rows


def test_more_choices_and_seeds_run_only_what_is_new(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    run(Stopping(), {"a": [2]}, seeds=1, file=file)
    again = Stopping()

    rows = run(again, {"a": [1, 2]}, seeds=2, file=file)

    assert again.seen == [(1, 0), (1, 1), (2, 1)]
    assert [(row["a"], row["seed"]) for row in rows] == [(1, 0), (1, 1), (2, 0), (2, 1)]


def steps(trial: Trial) -> list[Row]:
    return [{"step": step} for step in range(3)]


@pytest.mark.parametrize(("lines", "more"), [(3, 5), (4, 0), (5, 40), (2, 40)])
def test_what_a_kill_left_half_written_is_cut_off_and_run_again(
    tmp_path: Path, lines: int, more: int
) -> None:
    file = tmp_path / "rows.jsonl"
    whole = run(steps, {"a": ["é", "f"]}, file=file)
    written = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(written[:lines]) + written[lines][:more])

    rows = run(steps, {"a": ["é", "f"]}, file=file)

    assert timeless(rows) == timeless(whole)
    assert [json.loads(line) for line in file.read_bytes().splitlines()] == rows


def test_rows_are_the_same_fresh_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"

    class Number:
        def item(self) -> float:
            return 0.5

    def mixed(trial: Trial) -> Row:
        return {"pair": (1, "ü"), "numpy": Number(), "nothing": None}

    fresh = run(mixed, file=file)

    assert fresh[0]["pair"] == [1, "ü"]
    assert fresh[0]["numpy"] == 0.5
    assert run(mixed, file=file) == fresh


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"seed": 0}\n', "rows without 'a': they belong to another experiment"),
        ("no row\n{}\n", "a line at byte 0 that is not a row"),
    ],
)
def test_a_file_of_something_else_is_refused_and_left_as_it_is(
    tmp_path: Path, content: str, words: str
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(content)

    with pytest.raises(ConfigurationError, match=words):
        run(product, {"a": [1]}, file=file)

    assert file.read_text() == content
