"""Run a benchmark in this checkout and in another one, alternately, and compare each figure.

    python -m benchmarks.compare --other ../before [--rounds 3] [--json] -- overhead --logs 1000 --agents 3

Write a program of `benchmarks` and its options after `--`. Each round runs it once in each checkout, and the
order changes from round to round, so that a busy machine slows both. A ratio is the median in this checkout
divided by the median in the other. Both runs use this Python and its packages; only the project's code
differs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import emit, machine, parser, report_progress, table

HERE = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__ or "")
    options.add_argument("--other", type=Path, required=True, help="the folder of another checkout")
    options.add_argument("--rounds", type=int, default=3, help="how often each side runs")
    options.add_argument("program", nargs="+", help="a program of benchmarks and its options, after --")
    given = options.parse_args(arguments)
    if not (given.other / "benchmarks").is_dir():
        options.error(f"--other {given.other} has no folder benchmarks. Name the folder of a checkout.")

    sides = {"ours": HERE, "other": given.other.resolve()}
    figures: dict[str, dict[str, list[float]]] = {side: defaultdict(list) for side in sides}
    for turn in range(given.rounds):
        for side in sorted(sides, reverse=turn % 2 == 0):
            report_progress(f"round {turn + 1} of {given.rounds}: {side}")
            for name, value in numbers(run(sides[side], *given.program)):
                figures[side][name].append(value)
    compared = {
        name: comparison(median(values), median(figures["other"][name]))
        for name, values in figures["ours"].items()
        if name in figures["other"]
    }
    only = sorted(figures["ours"].keys() ^ figures["other"].keys())
    result = {"program": given.program, "rounds": given.rounds, "figures": compared, "only_one_side": only}
    if given.json:
        emit({**result, **machine()})
        return
    rows = [[name, each["ours"], each["other"], each["ratio"]] for name, each in compared.items()]
    print(table(["figure", "ours", "other", "ratio"], rows))
    if only:
        print("figures of only one side:", ", ".join(only))


def run(checkout: Path, program: str, *options: str) -> dict[str, Any]:
    """Run the program with that checkout's code, and return the JSON object that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{program}", *options, "--json"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number in a JSON value with its path, such as `sides.ours.p50` or `rows.0.recall`."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from numbers(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from numbers(each, f"{name}.{place}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield name, float(value)


def comparison(ours: float, other: float) -> dict[str, float | None]:
    return {"ours": ours, "other": other, "ratio": round(ours / other, 4) if other else None}


if __name__ == "__main__":
    main()
