"""Measure a turn over HTTP, compared with the same turn in process, and when its stream begins.

    python -m benchmarks.server_turns [--turns 300] [--json]

The model answers at once, in the process of the loop. In every round, each side runs once: a turn of the
loop in this process, a turn over HTTP that waits for the end, and one whose events are streamed. Ratios are
medians over the rounds, so that a busy machine slows all sides. Beside the clock, it tells the processor time
of the process that runs the turn.

The first event of a stream is compared with the loop's: with the moment at which the turn over HTTP has
stored it, which is the `time` of the event.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks import measuring
from benchmarks.served import QUESTION, Client, Ready, Server, serving

# rounds before the measured ones
WARM_UP = 10


def main() -> None:
    options = _options()
    result = measure(options.turns)
    print(format_table(result))
    if options.json:
        measuring.emit(result)


def measure(turns: int) -> dict[str, Any]:
    from memgpt_autogen import Settings, open_loop, open_memory
    from memgpt_autogen.messages import Message

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        memory = open_memory("sam", Settings.load(home=Path(folder) / "here"))
        loop = open_loop(memory, Ready())
        with serving(Path(folder) / "served") as server:
            ann = server.user("ann")
            for name in ("sam", "kim"):  # each hears as much as the one in this process
                ann.ask("POST", "/api/v1/agents", {"name": name})
            times: dict[str, list[float]] = defaultdict(list)
            for number in range(-WARM_UP, turns):
                found = {
                    **_in_process(lambda: list(loop.run([Message.said_by("user", QUESTION)]))),
                    **_over_http(server, ann),
                    **_streamed(ann),
                }
                if number >= 0:
                    for name, value in found.items():
                        times[name].append(value)
    return {
        "benchmark": "server_turns",
        "machine": measuring.machine("fastapi", "uvicorn", "sqlalchemy", "pydantic"),
        "turns": turns,
        "ms": {name: measuring.percentiles(values) for name, values in times.items()},
        "least_ms": {name: round(min(values), 3) for name, values in times.items()},
        "http_over_process": _ratio(times, "http", "process"),
        "http_over_process_processor": _ratio(times, "http processor", "process processor"),
    }


def _in_process(turn: Any) -> dict[str, float]:
    before = time.process_time()
    taken = measuring.milliseconds(turn)
    return {"process": taken, "process processor": (time.process_time() - before) * 1000}


def _over_http(server: Server, client: Client) -> dict[str, float]:
    before = server.processor_ms()
    taken = measuring.milliseconds(lambda: client.turn("sam"))
    return {"http": taken, "http processor": server.processor_ms() - before}


def _streamed(client: Client) -> dict[str, float]:
    began = time.perf_counter()
    answer = client.open("POST", "/api/v1/agents/kim/runs", {"input": QUESTION, "stream": True})
    first = late = 0.0
    while line := answer.readline():
        if line.startswith(b"data:") and not first:
            seen = datetime.now(timezone.utc)
            first = (time.perf_counter() - began) * 1000
            late = (seen - _time_of(line)).total_seconds() * 1000
    return {
        "stream": (time.perf_counter() - began) * 1000,
        "stream's first event": first,
        "first event after it was told": late,
    }


def _time_of(line: bytes) -> datetime:
    told: str = json.loads(line.removeprefix(b"data:"))["time"]
    return datetime.fromisoformat(told.replace("Z", "+00:00"))


def _ratio(times: dict[str, list[float]], side: str, base: str) -> float:
    return round(statistics.median(a / b for a, b in zip(times[side], times[base], strict=True)), 3)


def format_table(result: dict[str, Any]) -> str:
    rows = [[name, each["p50"], each["p95"], result["least_ms"][name]] for name, each in result["ms"].items()]
    clock, processor = result["http_over_process"], result["http_over_process_processor"]
    ratio = f"over HTTP divided by in process: {clock} (clock), {processor} (processor)"
    return f"{measuring.table(['ms', 'p50', 'p95', 'least'], rows)}\n{ratio}"


def _options() -> argparse.Namespace:
    parser = measuring.parser(__doc__ or "")
    parser.add_argument("--turns", type=int, default=300, help="how many rounds are measured")
    return parser.parse_args()


if __name__ == "__main__":
    main()
