"""Measure the memory of one process that has opened many agents, each once.

    python -m benchmarks.many_agents [--agents 1000] [--turns 3] [--passages 5] [--json]

Each agent is opened, runs some turns with the offline model and inserts passages, so that its folder of
archival memory is opened too. Then the folder is closed. The agents are kept, as a server or a group keeps
them, and dropped at the end. All sizes are the resident memory of the process.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import tempfile
import threading
from pathlib import Path
from typing import Any

from benchmarks import measuring
from benchmarks.overhead import resident_kb
from memgpt_autogen import OfflineLLM, Settings, open_loop, open_memory
from memgpt_autogen.messages import Message

WARM = 20
"""The number of agents that are opened before the measurement, for what all agents share."""

MOST_KB = 2048
"""The target for each agent."""


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        result = measure(options, Path(home))
    print(format_table(result))
    if options.json:
        measuring.emit(result)


def measure(options: argparse.Namespace, home: Path) -> dict[str, Any]:
    settings = Settings.load(home=home)
    _open(settings, "warm", WARM, options)
    start, threads = _settled_kb(), threading.active_count()
    steps, kept, peak = [], [], start
    for first in range(0, options.agents, max(1, options.agents // 10)):
        count = min(max(1, options.agents // 10), options.agents - first)
        kept += _open(settings, f"agent{first}", count, options)
        peak = max(peak, resident_kb())
        steps.append({"agents": len(kept), "kb_per_agent": round((_settled_kb() - start) / len(kept), 1)})
        measuring.report_progress(f"{len(kept)} agents: {steps[-1]['kb_per_agent']} KB each")
    end = _settled_kb()
    places = Path("/proc/self/fd")
    files = sum(1 for _ in places.iterdir()) if places.is_dir() else None
    threads = threading.active_count() - threads
    kept.clear()
    dropped = _settled_kb()
    each = round((end - start) / options.agents, 1)
    return {
        "benchmark": "many_agents",
        "machine": measuring.machine("qdrant-edge-py", "sqlalchemy"),
        "agents": options.agents,
        "turns": options.turns,
        "passages": options.passages,
        "start_kb": start,
        "end_kb": end,
        "peak_kb": peak,
        "kb_per_agent": each,
        "kb_per_agent_dropped": round((dropped - start) / options.agents, 1),
        "steps": steps,
        "more_threads": threads,
        "open_files": files,
        "target": {"kb_per_agent_at_most": MOST_KB, "met": each <= MOST_KB},
    }


def _open(settings: Settings, prefix: str, count: int, options: argparse.Namespace) -> list[Any]:
    """Open agents, use each of them, and close its folder."""
    opened = []
    for number in range(count):
        memory = open_memory(f"{prefix}-{number}", settings)
        loop = open_loop(memory, OfflineLLM())
        for turn in range(options.turns):
            words = f"My favourite number is {number}, and this is message {turn}."
            list(loop.run([Message.said_by("ann", words)]))
        for place in range(options.passages):
            memory.archival.insert(f"Passage {place} of agent {number}: the train leaves at noon.")
        memory.archival.search("When does the train leave?")
        memory.archival.close()
        opened.append(loop)
    return opened


def _settled_kb() -> int:
    """Return the resident memory, without garbage and without what the allocator holds free."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return resident_kb()


def format_table(result: dict[str, Any]) -> str:
    head = ["agents", "KB for each"]
    rows = [[f"{step['agents']:,}", step["kb_per_agent"]] for step in result["steps"]]
    rows.append(["all dropped", result["kb_per_agent_dropped"]])
    return measuring.table(head, rows)


def _options() -> argparse.Namespace:
    parser = measuring.parser(__doc__ or "")
    parser.add_argument("--agents", type=int, default=1000, help="how many agents are opened")
    parser.add_argument("--turns", type=int, default=3, help="how many turns each agent runs")
    parser.add_argument("--passages", type=int, default=5, help="how many passages each agent inserts")
    return parser.parse_args()


if __name__ == "__main__":
    main()
