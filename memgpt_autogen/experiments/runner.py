"""Running an experiment: every condition with every seed, each in a home of its own, and never twice."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal, Union

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, MemGPTError, WindowTooSmallError
from memgpt_autogen.experiments.checkpoint import KeptRows
from memgpt_autogen.experiments.conditions import Choices, Condition, conditions
from memgpt_autogen.experiments.rows import Row, Rows
from memgpt_autogen.experiments.trial import Trial

Found = Union[Mapping[str, Any], Iterable[Mapping[str, Any]]]
"""What a scenario gives: the columns of one row, or of several."""

Scenario = Callable[[Trial], Found]

OURS = ("seed", "row", "of", "seconds", "error")
"""Columns that are not the scenario's."""


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
    """The rows of a scenario in every combination of the choices in `over`, once for each seed; in this order, however it ran.

    A row has the labels of the choices, the `seed`, what the scenario gave, and the `seconds` that its trial took; of several
    rows of one trial, which `row` it is `of` how many. With a `file`, finished trials are kept there as JSON Lines and not run
    again: after a kill, or with more choices or seeds, the rest is run. Whoever changes the scenario names another file.

    `seeds` are numbers, or how many, from 0. `workers` trials run beside each other, in threads. A trial that fails raises,
    with those before it kept; with `failed="keep"` it has a row with its `error`, which is in no file, so that the next run
    tries it again. What is wrong with the scenario itself, a `ConfigurationError`, raises in any case. `progress` is called
    with how many trials are done, and of how many; without it, a bar stands on stderr where that is a terminal.
    """
    settings = dict(over or {})
    taken = [name for name in settings if name in OURS]
    if taken:
        raise ConfigurationError(f"'{taken[0]}' is a column of every row; call the setting something else.")
    numbers = list(range(seeds) if isinstance(seeds, int) else seeds)
    kept = KeptRows(None if file is None else Path(file).expanduser(), list(settings))
    trials = [(condition, seed) for condition in conditions(settings) for seed in numbers]
    with _shown(progress, len(trials)) as done:
        missing = [trial for trial in trials if kept.get(_key(kept, *trial)) is None]
        done(len(trials) - len(missing))
        broken = _run_all(scenario, missing, kept, workers, failed, done)
    keys = [_key(kept, *trial) for trial in trials]
    return Rows(row for key in keys for row in kept.get(key) or broken[key])


def _run_all(
    scenario: Scenario,
    trials: Sequence[tuple[Condition, int]],
    kept: KeptRows,
    workers: int,
    failed: Literal["raise", "keep"],
    done: Callable[[int], None],
) -> dict[str, list[Row]]:
    """Run these trials and keep them; the rows of those that failed."""
    broken: dict[str, list[Row]] = {}

    def one(condition: Condition, seed: int) -> None:
        key = _key(kept, condition, seed)
        try:
            kept.add(key, _rows(scenario, condition, seed))
        except Exception as error:
            wrong = isinstance(error, ConfigurationError) and not isinstance(error, WindowTooSmallError)
            if failed == "raise" or wrong:  # a mistake in the scenario is one in every trial
                raise
            broken[key] = [{**condition.labels, "seed": seed, "error": _said(error)}]
        done(1)

    if workers == 1:  # in the caller's thread, so that a debugger and Ctrl-C are where they are expected
        for trial in trials:
            one(*trial)
        return broken
    with ThreadPoolExecutor(workers, thread_name_prefix="memgpt-trial") as pool:
        running: list[Future[None]] = [pool.submit(one, *trial) for trial in trials]
        try:
            ended, _ = wait(running, return_when=FIRST_EXCEPTION)
            for each in ended:
                each.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return broken


def _rows(scenario: Scenario, condition: Condition, seed: int) -> list[Row]:
    """What one trial gives."""
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
            "the scenario gave no row: it returns one dictionary of columns, or a list of them."
        )
    rows = []
    for number, each in enumerate(several):
        taken = [name for name in each if name in condition.labels or name in OURS]
        if taken:
            raise ConfigurationError(
                f"the scenario gives a column '{taken[0]}', which the row has already; rename it."
            )
        place = {"row": number, "of": len(several)} if not isinstance(found, Mapping) else {}
        rows.append({**condition.labels, "seed": seed, **place, **each, "seconds": seconds})
    return rows


def _key(kept: KeptRows, condition: Condition, seed: int) -> str:
    return kept.key({**condition.labels, "seed": seed})


def _said(error: Exception) -> str:
    """Our own errors hold no secrets; what a stranger's says is not known."""
    return f"{type(error).__name__}: {error}" if isinstance(error, MemGPTError) else type(error).__name__


@contextmanager
def _shown(progress: Progress | None, total: int) -> Iterator[Callable[[int], None]]:
    """A function that is told how many more trials are done."""
    count, counting = 0, threading.Lock()
    bar = None
    if progress is None and sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress as Bar

        bar = Bar(console=Console(stderr=True), transient=True)

    def done(more: int) -> None:
        nonlocal count
        with counting:
            count += more
            if progress is not None:
                progress(count, total)
            if bar is not None:
                bar.update(task, completed=count)

    if bar is None:
        yield done
        return
    with bar:
        task = bar.add_task("trials", total=total)
        yield done
