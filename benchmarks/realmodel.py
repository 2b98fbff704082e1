"""Run situations with the whole agent and real small models on a real llama.cpp engine.

    python -m benchmarks.realmodel [--models 0.5b,1.5b,270m] [--calling plain,auto,native] [--threads 2]
        [--json]

Engine and models come from the package registry. For each situation it reports the calls, how many were legal
(the function exists and the arguments fit), whether the state afterwards is right, the steps, the seconds,
and why the turn ended. Every turn must end within its limits, or the program fails. The number of right
situations is the figure to improve.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import emit, machine, parser, report_progress, table
from benchmarks.realmodel_engine import MODELS, serving
from benchmarks.realmodel_sets import SETS
from benchmarks.realmodel_situations import Outcome, Situation
from memgpt_autogen import MemGPTAgent
from memgpt_autogen.events import ToolReturned, TurnEnded
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.text_calls.plain import with_function_calling
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.messages import Message

ILLEGAL = (
    "there is no function",
    "there is no argument",
    "is missing; ",
    "is missing. It takes",
    "not a JSON object",
    "Input should",
)
STEPS = 6


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__ or "")
    options.add_argument("--models", default="0.5b,1.5b,270m", help=f"some of {', '.join(MODELS)}")
    options.add_argument("--calling", default="plain", help="plain, auto or native, separated by commas")
    options.add_argument("--situations", default="", help="names, separated by commas; default: all")
    options.add_argument("--set", choices=SETS, default="first", help="the set of situations")
    options.add_argument("--threads", type=int, default=2, help="the engine's threads")
    options.add_argument("--window", type=int, default=8192, help="the model's window in tokens")
    options.add_argument(
        "--cache",
        type=Path,
        default=Path(".cache/realmodel"),
        help="the folder for the engine and the models",
    )
    options.add_argument("--demo", action="store_true", help="also run the demo with each model")
    options.add_argument("--talk", action="store_true", help="also print each turn's events")
    chosen = options.parse_args(arguments)
    chosen.cache = chosen.cache.absolute()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    wanted = [each for each in chosen.situations.split(",") if each]
    result: dict[str, Any] = {
        "machine": machine("openai"),
        "window": chosen.window,
        "steps": STEPS,
        "runs": [],
    }
    for name in chosen.models.split(","):
        with serving(MODELS[name], chosen.cache, window=chosen.window, threads=chosen.threads) as address:
            for calling in chosen.calling.split(","):
                report_progress(f"{MODELS[name].name}, {calling}")
                rows = [
                    run_situation(each, address, calling, chosen)
                    for each in SETS[chosen.set]
                    if not wanted or each.name in wanted
                ]
                result["runs"].append(summarise(MODELS[name].name, calling, rows))
                report_progress(format_result({"runs": result["runs"][-1:]}))
            if chosen.demo:
                report_progress(f"the demo with {MODELS[name].name}")
                result.setdefault("demo", {})[name] = run_demo(
                    address, chosen.window, chosen.calling.split(",")[0]
                )
    emit(result) if chosen.json else print(format_result(result))
    if any(each["exit_code"] for each in result.get("demo", {}).values()):
        raise SystemExit("the demo failed")
    if not all(row["ended"] for run in result["runs"] for row in run["situations"]):
        raise SystemExit("a turn did not end legally within its limits")


def run_demo(address: str, window: int, calling: str) -> dict[str, Any]:
    """Run the demo, and return its exit code and its time. Its output goes to standard error."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "memgpt_autogen.cli", "demo", "--model", "local", "--base-url", address]
    ended = subprocess.run(
        [*command, "--window", str(window)],
        stdout=sys.stderr,
        env={**os.environ, "MEMGPT_AUTOGEN_FUNCTION_CALLING": calling},
        check=False,
    )
    return {"exit_code": ended.returncode, "seconds": round(time.perf_counter() - start, 1)}


def run_situation(situation: Situation, address: str, calling: str, chosen: Any) -> dict[str, Any]:
    """Run one situation with a new agent."""
    model = OpenAILLM("local", base_url=address, temperature=0, timeout=600, max_tokens=512)
    agent = MemGPTAgent(
        "sam",
        llm=with_function_calling(model, calling),  # type: ignore[arg-type]
        human=situation.human,
        ephemeral=True,
        window_tokens=chosen.window,
        limits=Limits(steps=STEPS),
    )
    situation.prepare(agent.memory)
    assert agent.loop is not None
    start = time.perf_counter()
    events = list(agent.loop.run([Message.said_by("chad", situation.message)]))
    seconds = time.perf_counter() - start
    ending = events[-1]
    results = [event for event in events if isinstance(event, ToolReturned)]
    end = Outcome.from_events(agent.memory, events)
    if chosen.talk:
        for event in events:
            report_progress(f"    {event}"[:300])
    row = {
        "situation": situation.name,
        "calls": len(results),
        "legal": sum(each.ok or not any(sign in each.text for sign in ILLEGAL) for each in results),
        "right": bool(situation.right(end)),
        "steps": getattr(ending, "steps", 0),
        "seconds": round(seconds, 1),
        "stop": getattr(ending, "stop_reason", "none"),
        "ended": isinstance(ending, TurnEnded) and ending.steps <= STEPS,
    }
    report_progress(f"  {row}")
    return row


def summarise(model: str, calling: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "model": model,
        "calling": calling,
        "right": sum(row["right"] for row in rows),
        "of": len(rows),
        "legal": sum(row["legal"] for row in rows),
        "calls": sum(row["calls"] for row in rows),
        "seconds_per_step": round(
            sum(row["seconds"] for row in rows) / max(1, sum(row["steps"] for row in rows)), 1
        ),
        "situations": list(rows),
    }


def format_result(result: dict[str, Any]) -> str:
    parts = []
    for run in result["runs"]:
        head = ("situation", "legal calls", "right", "steps", "seconds", "stop reason")
        rows = [
            (
                row["situation"],
                f"{row['legal']} of {row['calls']}",
                "yes" if row["right"] else "no",
                row["steps"],
                row["seconds"],
                row["stop"],
            )
            for row in run["situations"]
        ]
        parts.append(
            f"{run['model']}, {run['calling']}: {run['right']} of {run['of']} right, "
            f"{run['legal']} of {run['calls']} calls legal, {run['seconds_per_step']} s per step\n\n"
            f"{table(head, rows)}"
        )
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
