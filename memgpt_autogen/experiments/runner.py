"""Runs an experiment: every condition with every seed, each in a separate home, and only once."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal, Union

from memgpt_autogen.concurrency import Lock, Progress
from memgpt_autogen.errors import ConfigurationError, MemGPTError, WindowTooSmallError
from memgpt_autogen.experiments.checkpoint import Checkpoint
from memgpt_autogen.experiments.conditions import Choices, Condition, conditions
from memgpt_autogen.experiments.rows import Row, Rows
from memgpt_autogen.experiments.trial import Trial

Found = Union[Mapping[str, Any], Iterable[Mapping[str, Any]]]
"""The result of a scenario: the columns of one row, or of several rows."""

Scenario = Callable[[Trial], Found]

# columns that a scenario must not return
RESERVED = ("seed", "row", "of", "seconds", "error")


def run(
    scenario: Scenario,
    over: Mapping[str, Choices] | None = None,
    *,
    seeds: int | Iterable[int] = 1,
    file: str | Path | None = None,
    workers: int = 1,
    failed: Literal["raise", "keep"] = "raise",
    progress: Progress | None = None,
) -> Rows:
    """Run a scenario with every combination of the choices in `over`, once for each seed.

    Returns the rows in this order. A row contains the labels of the choices, the `seed`, the scenario's
    columns, and the `seconds` of its trial. If a trial has several rows, `row` is the number of the row
    and `of` is how many there are. With a `file`, the rows of finished trials are stored in it as JSON
    Lines, and these trials are not run again: after a kill, or with more choices or seeds, only the
    others run. Use another file after a change of the scenario.

    `seeds` are numbers, or how many, from 0. `workers` trials run at the same time, in threads. A failed
    trial raises its error; the rows of finished trials are kept. With `failed="keep"`, a failed trial has a
    row with its `error`, which is not in the file, so that the next run tries it again. A mistake in the
    scenario itself, a `ConfigurationError`, always raises. `progress` is called with the number of finished
    trials and the total. Without it, a terminal shows a bar.
    """
    settings = dict(over or {})
    for name in settings:
        if name in RESERVED:
            raise ConfigurationError(f"'{name}' is a column of every row. Give the setting another name.")
    numbers = list(range(seeds) if isinstance(seeds, int) else seeds)
    checkpoint = Checkpoint(None if file is None else Path(file).expanduser(), list(settings))
    trials = [
        (checkpoint.key({**condition.labels, "seed": seed}), condition, seed)
        for condition in conditions(settings)
        for seed in numbers
    ]
    with _progress_shown(progress, len(trials)) as add_done:
        missing = [trial for trial in trials if checkpoint.get(trial[0]) is None]
        add_done(len(trials) - len(missing))
        errors = _run_all(scenario, missing, checkpoint, workers, failed, add_done)
    return Rows(row for key, *_ in trials for row in checkpoint.get(key) or errors[key])


def _run_all(
    scenario: Scenario,
    trials: Sequence[tuple[str, Condition, int]],
    checkpoint: Checkpoint,
    workers: int,
    failed: Literal["raise", "keep"],
    add_done: Callable[[int], None],
) -> dict[str, list[Row]]:
    """Run these trials and store their rows. Returns the rows of those that failed."""
    errors: dict[str, list[Row]] = {}

    def run_one(key: str, condition: Condition, seed: int) -> None:
        try:
            checkpoint.add(key, _rows(scenario, condition, seed))
        except Exception as error:
            mistake = isinstance(error, ConfigurationError) and not isinstance(error, WindowTooSmallError)
            if failed == "raise" or mistake:  # a mistake in the scenario is one in every trial
                raise
            errors[key] = [{**condition.labels, "seed": seed, "error": _error_text(error)}]
        add_done(1)

    if workers == 1:  # in the caller's thread, for debuggers and Ctrl-C
        for trial in trials:
            run_one(*trial)
        return errors
    with ThreadPoolExecutor(workers, thread_name_prefix="memgpt-trial") as pool:
        running: list[Future[None]] = [pool.submit(run_one, *trial) for trial in trials]
        try:
            ended, _ = wait(running, return_when=FIRST_EXCEPTION)
            for each in ended:
                each.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return errors


def _rows(scenario: Scenario, condition: Condition, seed: int) -> list[Row]:
    """Run one trial."""
    start = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="memgpt-autogen-trial-", ignore_cleanup_errors=True) as home,
        closing(Trial(condition.labels, condition.values, seed, Path(home))) as trial,
    ):
        found = scenario(trial)
        several = [found] if isinstance(found, Mapping) else list(found or ())
        seconds = round(time.perf_counter() - start, 3)
    if not several or not all(isinstance(each, Mapping) for each in several):
        raise ConfigurationError(
            "the scenario returned no row. It must return a dictionary of columns, or a list of them."
        )
    rows = []
    for number, each in enumerate(several):
        for name in each:
            if name in condition.labels or name in RESERVED:
                raise ConfigurationError(
                    f"the scenario returned a column '{name}', which the row already has. Rename it."
                )
        place = {} if isinstance(found, Mapping) else {"row": number, "of": len(several)}
        rows.append({**condition.labels, "seed": seed, **place, **each, "seconds": seconds})
    return rows


def _error_text(error: Exception) -> str:
    """The error for a row. Our own texts contain no secrets; the text of another library could."""
    return f"{type(error).__name__}: {error}" if isinstance(error, MemGPTError) else type(error).__name__


@contextmanager
def _progress_shown(progress: Progress | None, total: int) -> Iterator[Callable[[int], None]]:
    """A function that adds to the number of finished trials."""
    count, lock = 0, Lock("the count of trials")

    def add_done(more: int) -> None:
        nonlocal count
        with lock:
            count += more
            if progress is not None:
                progress(count, total)

    if progress is not None or not sys.stderr.isatty():
        yield add_done
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("trials", total=total)
        yield lambda more: bar.advance(task, more)
