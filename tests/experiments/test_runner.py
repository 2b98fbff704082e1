"""Runs every condition with every seed, once, and keeps the rows."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from memgpt_autogen.errors import ConfigurationError, ModelError, WindowTooSmallError
from memgpt_autogen.experiments import Trial, run
from memgpt_autogen.experiments.rows import Row


def timeless(rows: list[Row]) -> list[Row]:
    """Rows without what the clock says."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def product(trial: Trial) -> Row:
    return {"product": trial["a"] * trial["b"]}


def test_every_combination_is_run_once_with_every_seed_in_order() -> None:
    rows = run(product, {"a": [2, 3], "b": [5, 7]}, seeds=[4, 9])

    assert timeless(rows) == snapshot(
        [
            {"a": 2, "b": 5, "seed": 4, "product": 10},
            {"a": 2, "b": 5, "seed": 9, "product": 10},
            {"a": 2, "b": 7, "seed": 4, "product": 14},
            {"a": 2, "b": 7, "seed": 9, "product": 14},
            {"a": 3, "b": 5, "seed": 4, "product": 15},
            {"a": 3, "b": 5, "seed": 9, "product": 15},
            {"a": 3, "b": 7, "seed": 4, "product": 21},
            {"a": 3, "b": 7, "seed": 9, "product": 21},
        ]
    )
    assert all(row["seconds"] >= 0 for row in rows)


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


def steps(trial: Trial) -> list[Row]:
    return [{"step": step} for step in range(3)]


def test_several_rows_of_a_trial_tell_which_they_are() -> None:
    rows = run(steps)

    assert timeless(rows) == [{"seed": 0, "row": number, "of": 3, "step": number} for number in range(3)]


def failing(trial: Trial) -> Row:
    if trial["a"] == 2:
        raise ModelError("model 'm' answered 429")
    if trial["a"] == 3:
        raise RuntimeError("sk-secret")
    return {"fine": True}


def test_a_trial_that_fails_raises_with_those_before_it_kept(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"

    with pytest.raises(ModelError, match="429"):
        run(failing, {"a": [1, 2, 3]}, file=file)

    assert len(file.read_text().splitlines()) == 1


@pytest.mark.parametrize("workers", [1, 3])
def test_a_failure_that_is_kept_is_a_row_and_tried_again_the_next_time(tmp_path: Path, workers: int) -> None:
    file = tmp_path / "rows.jsonl"

    rows = run(failing, {"a": [1, 2, 3]}, file=file, failed="keep", workers=workers)

    assert timeless(rows) == [
        {"a": 1, "seed": 0, "fine": True},
        {"a": 2, "seed": 0, "error": "ModelError: model 'm' answered 429"},
        {"a": 3, "seed": 0, "error": "RuntimeError"},  # what strangers say may be secret
    ]
    assert len(file.read_text().splitlines()) == 1
    assert [row["sum"] for row in run(Stopping(), {"a": [2, 3]}, file=file)] == [2, 3]


def test_a_window_that_is_too_small_fails_its_trials_and_not_the_experiment() -> None:
    def fits(trial: Trial) -> Row:
        if trial["window"] < 500:
            raise WindowTooSmallError("the window of 400 tokens is too small")
        return {"fits": True}

    rows = run(fits, {"window": [400, 4096]}, failed="keep")

    assert [row.get("fits") for row in rows] == [None, True]
    assert "400 tokens" in rows[0]["error"]


def test_workers_run_beside_each_other_and_the_rows_are_in_order() -> None:
    both = threading.Barrier(2, timeout=60)

    def meet(trial: Trial) -> Row:
        both.wait()
        return {"met": True}

    rows = run(meet, {"a": [1, 2]}, seeds=2, workers=2)

    assert [(row["a"], row["seed"]) for row in rows] == [(1, 0), (1, 1), (2, 0), (2, 1)]


def test_progress_is_told_beginning_with_what_is_done_already(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    run(Stopping(), {"a": [1]}, file=file)
    told: list[tuple[int, int | None]] = []

    run(Stopping(), {"a": [1, 2, 3]}, file=file, progress=lambda done, total: told.append((done, total)))

    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "the scenario returned no row"),
        ([], "the scenario returned no row"),
        (["text"], "the scenario returned no row"),
        ({"a": 2}, "a column 'a', which the row already has"),
        ({"error": ""}, "a column 'error', which the row already has"),
        ({"when": object()}, "column 'when' has a value of type object, which JSON does not have"),
    ],
)
def test_a_scenario_that_gives_no_proper_row_is_told_so_and_not_counted_as_a_failed_trial(
    given: Any, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        run(lambda _trial: given, {"a": [1]}, failed="keep")
