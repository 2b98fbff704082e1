"""Run many turns of a server: does its memory grow, what does an idle agent cost, is the event loop blocked?

    python -m benchmarks.server_soak [--turns 20000] [--agents 20] [--idle 100] [--running 50] [--json]

Memory is read after every twentieth of the turns. Then so many more agents are opened by one turn each, and
then so many turns run at once, with a model that takes its time, while `/health` is asked.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import measuring
from benchmarks.served import Server, serving

AT_ONCE = 4
"""How many clients ask at once."""

# how long a turn of the last part takes, in seconds
MODEL_SECONDS = 3.0


def main() -> None:
    options = _options()
    result = measure(options)
    rows = [[turns, round(mb, 1)] for turns, mb in result["resident_mb"].items()]
    print(measuring.table(["turns", "resident MB"], rows))
    print(f"for each idle agent: {result['idle_agent_mb']} MB")
    print(f"/health beside {options.running} turns: {result['health_ms']} ms")
    if options.json:
        measuring.emit(result)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "served"
        with serving(home) as server:
            begins = server.resident_mb()
            resident = _soak(server, options.turns, options.agents)
            idle = _idle(server, options.idle)
        with serving(home, seconds=MODEL_SECONDS, turns=options.running) as server:
            health = _health(server, options.running)
    values = list(resident.values())
    return {
        "benchmark": "server_soak",
        "machine": measuring.machine("fastapi", "uvicorn", "sqlalchemy"),
        "turns": options.turns,
        "resident_mb_at_start": round(begins, 1),
        "resident_mb": {str(turns): round(mb, 2) for turns, mb in resident.items()},
        "second_half_growth_mb": round(values[-1] - values[len(values) // 2], 2),
        "idle_agent_mb": idle,
        "health_ms": health,
    }


def _soak(server: Server, turns: int, agents: int) -> dict[int, float]:
    admin = server.client()
    for number in range(agents):
        admin.ask("POST", "/api/v1/agents", {"name": f"a{number}"})
    clients, every = threading.local(), max(1, turns // 20)

    def turn(number: int) -> None:
        if not hasattr(clients, "one"):
            clients.one = server.client()
        clients.one.turn(f"a{number % agents}")

    resident: dict[int, float] = {}
    with ThreadPoolExecutor(AT_ONCE) as busy:
        for first in range(0, turns, every):
            list(busy.map(turn, range(first, min(turns, first + every))))
            resident[first + every] = server.resident_mb()
            measuring.report_progress(f"{first + every} turns: {resident[first + every]:.1f} MB")
    return resident


def _idle(server: Server, count: int) -> float:
    """Return what an agent costs that has had a turn and stays open."""
    admin = server.client()
    for number in range(count):
        admin.ask("POST", "/api/v1/agents", {"name": f"idle{number}"})
    before = server.resident_mb()
    for number in range(count):
        admin.turn(f"idle{number}")
    return round((server.resident_mb() - before) / max(1, count), 3)


def _health(server: Server, running: int) -> dict[str, float]:
    """Return how long `/health` takes while so many turns run."""
    admin = server.client()
    for number in range(running):
        admin.ask("POST", "/api/v1/agents", {"name": f"busy{number}"})
    for number in range(running):
        admin.ask("POST", f"/api/v1/agents/busy{number}/runs", {"input": "Think."})
    times, until = [], time.monotonic() + MODEL_SECONDS * 2
    while time.monotonic() < until:
        times.append(measuring.milliseconds(lambda: admin.ask("GET", "/health")))
        time.sleep(0.01)
    return {**measuring.percentiles(times, 50, 99), "most": round(max(times), 2)}


def _options() -> argparse.Namespace:
    parser = measuring.parser(__doc__ or "")
    for name, usual in (("turns", 20_000), ("agents", 20), ("idle", 100), ("running", 50)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    return parser.parse_args()


if __name__ == "__main__":
    main()
