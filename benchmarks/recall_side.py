"""One side of `benchmarks.recall_beside`: a process that searches one home with the code of one checkout.

Each line of its input is a JSON object, and so is its answer: `open` a home, `say` messages, `search`.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

BATCH = 1000
AGENT = "listener"


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    asked = json.loads(input())
    memory = open_memory(AGENT, Settings.load(home=Path(asked["open"])))
    print(json.dumps({"messages": memory.log.last_seq()}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = _say(memory, asked["say"]) if "say" in asked else _search(memory, **asked["search"])
        print(json.dumps(answer), file=answers, flush=True)


def _say(memory: MemoryHierarchy, messages: list[list[str]]) -> dict[str, Any]:
    for start in range(0, len(messages), BATCH):
        memory.log.append(*(_message(*each) for each in messages[start : start + BATCH]))
    memory.recall.index()
    return {"messages": memory.log.last_seq()}


def _message(speaker: str, text: str, moment: str) -> Message:
    when = datetime.fromisoformat(moment)
    if speaker == "assistant":
        return Message("assistant", text, "spoken", time=when)
    return Message("user", text, name=speaker, time=when)


def _search(memory: MemoryHierarchy, query: str, **filters: Any) -> dict[str, Any]:
    start, wall = time.process_time(), time.perf_counter()
    page = memory.recall.search(query, **filters)
    cpu, wall = time.process_time() - start, time.perf_counter() - wall
    found = [[item.seq, item.score, item.why] for item in page.items]
    return {"cpu_ms": cpu * 1000, "ms": wall * 1000, "found": found, "total": page.total}


if __name__ == "__main__":
    main()
