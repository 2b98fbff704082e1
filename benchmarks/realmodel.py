"""Twelve situations through the whole agent with real small models on a real llama.cpp engine, out of the package registry.

    python -m benchmarks.realmodel [--models 0.5b,1.5b,270m] [--calling plain,auto,native] [--threads 2] [--json]

Per situation: calls, those that were legal (a function that there is, with arguments that fit), whether the state afterwards is
right, steps, seconds, and why the turn ended. Every turn must end within its limits; whether it is right is the figure to raise.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import emit, machine, parser, table, told
from benchmarks.realmodel_engine import MODELS, serving
from benchmarks.realmodel_situations import SETS, Ended, Situation
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
    options.add_argument("--models", default="0.5b,1.5b,270m", help=f"of {', '.join(MODELS)}")
    options.add_argument("--calling", default="plain", help="plain, auto or native, with commas between")
    options.add_argument("--situations", default="", help="names with commas between; all without it")
    options.add_argument("--set", choices=SETS, default="first", help="which situations")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--window", type=int, default=8192)
    options.add_argument("--cache", type=Path, default=Path(".cache/realmodel"))
    options.add_argument("--demo", action="store_true", help="also run the demo with each model")
    options.add_argument("--talk", action="store_true", help="also tell what was called and said")
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
                told(f"{MODELS[name].name}, {calling}")
                rows = [
                    met(each, address, calling, chosen)
                    for each in SETS[chosen.set]
                    if not wanted or each.name in wanted
                ]
                result["runs"].append(summed(MODELS[name].name, calling, rows))
                told(readable({"runs": result["runs"][-1:]}))
            if chosen.demo:
                told(f"the demo with {MODELS[name].name}")
                result.setdefault("demo", {})[name] = demonstrated(
                    address, chosen.window, chosen.calling.split(",")[0]
                )
    emit(result) if chosen.json else print(readable(result))
    if any(each["exit_code"] for each in result.get("demo", {}).values()):
        raise SystemExit("the demo failed")
    if not all(row["ended"] for run in result["runs"] for row in run["situations"]):
        raise SystemExit("a turn did not end legally within its limits")


def demonstrated(address: str, window: int, calling: str) -> dict[str, Any]:
    """The demo's exit code, and how long it took; what it says goes to the terminal."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "memgpt_autogen.cli", "demo", "--model", "local", "--base-url", address]
    ended = subprocess.run(
        [*command, "--window", str(window)],
        stdout=sys.stderr,
        env={**os.environ, "MEMGPT_AUTOGEN_FUNCTION_CALLING": calling},
        check=False,
    )
    return {"exit_code": ended.returncode, "seconds": round(time.perf_counter() - start, 1)}


def met(situation: Situation, address: str, calling: str, chosen: Any) -> dict[str, Any]:
    """One situation with a new agent."""
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
    end = Ended.of(agent.memory, events)
    if chosen.talk:
        for event in events:
            told(f"    {event}"[:300])
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
    told(f"  {row}")
    return row


def summed(model: str, calling: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
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


def readable(result: dict[str, Any]) -> str:
    parts = []
    for run in result["runs"]:
        head = ("situation", "legal calls", "right", "steps", "seconds", "the turn ended by")
        rows = [
            (row["situation"], f"{row['legal']} of {row['calls']}", "yes" if row["right"] else "no", row["steps"], row["seconds"], row["stop"])
            for row in run["situations"]
        ]  # fmt: skip
        parts.append(
            f"{run['model']}, {run['calling']}: {run['right']} of {run['of']} right, {run['legal']} of {run['calls']} "
            f"calls legal, {run['seconds_per_step']} s a step\n\n{table(head, rows)}"
        )
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
