"""Measure turns of many agents at once over HTTP, compared with as many threads in one process.

    python -m benchmarks.server_throughput [--agents 200] [--users 50] [--at-once 16] [--turns 400]
        [--rounds 3] [--json]

The agents of the server belong to the users in turn; those in process all belong to the home. Both sides run
the same number of turns, by so many threads of this process, with a model that takes so long as
`--model-seconds` says. Rounds of both sides follow one another.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import measuring
from benchmarks.served import QUESTION, Ready, serving


def main() -> None:
    options = _options()
    result = measure(options)
    rows = [[name, each] for name, each in result["turns_a_second"].items()]
    print(measuring.table(["turns a second", "median"], rows))
    print(f"over HTTP divided by in process: {result['http_over_process']}")
    if options.json:
        measuring.emit(result)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from memgpt_autogen import Settings, open_loop, open_memory
    from memgpt_autogen.messages import Message

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = Settings.load(home=Path(folder) / "here")
        measuring.report_progress(f"{options.agents} agents on each side")
        model = Ready(options.model_seconds)
        loops = [open_loop(open_memory(f"a{n}", settings), model) for n in range(options.agents)]

        def in_process(number: int) -> None:
            list(loops[number % len(loops)].run([Message.said_by("user", QUESTION)]))

        home = Path(folder) / "served"
        with serving(home, seconds=options.model_seconds, turns=options.at_once) as server:
            users = [server.user(f"u{n}") for n in range(options.users)]
            for number in range(options.agents):
                users[number % len(users)].ask("POST", "/api/v1/agents", {"name": f"a{number}"})
            busy = ThreadPoolExecutor(options.at_once)
            # each user keeps connections, as many as it has needed at once
            idle = [[user] for user in users]

            def over_http(number: int) -> None:
                own = idle[number % len(users)]
                try:
                    client = own.pop()
                except IndexError:
                    client = server.client(users[number % len(users)].key)
                client.turn(f"a{number % options.agents}")
                own.append(client)

            rates: dict[str, list[float]] = {"process": [], "http": []}
            numbers = itertools.count()
            for each in range(-1, options.rounds):
                measuring.report_progress(f"round {each}")
                for name, turn in (("process", in_process), ("http", over_http)):
                    rate = _rate(busy, turn, [next(numbers) for _ in range(options.turns)])
                    if each >= 0:
                        rates[name].append(rate)
            busy.shutdown()
    return {
        "benchmark": "server_throughput",
        "machine": measuring.machine("fastapi", "uvicorn", "sqlalchemy"),
        **{name: getattr(options, name) for name in ("agents", "users", "at_once", "turns", "model_seconds")},
        "turns_a_second": {name: round(statistics.median(each), 1) for name, each in rates.items()},
        "http_over_process": round(
            statistics.median(a / b for a, b in zip(rates["http"], rates["process"], strict=True)), 3
        ),
    }


def _rate(busy: ThreadPoolExecutor, turn: Callable[[int], None], numbers: list[int]) -> float:
    began = time.perf_counter()
    list(busy.map(turn, numbers))
    return len(numbers) / (time.perf_counter() - began)


def _options() -> argparse.Namespace:
    parser = measuring.parser(__doc__ or "")
    for name, usual in (("agents", 200), ("users", 50), ("at-once", 16), ("turns", 400), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--model-seconds", type=float, default=0.0, help="how long the model takes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
