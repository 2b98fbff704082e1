"""Measure evictions compared with one pass over the log, how they grow, and later turns with a long log.

    python -m benchmarks.eviction

It prints JSON. Ratios compare times of the same run, so they also hold on other machines. Seconds are
processor time, and only a rough guide. `one_pass` is the time to read the log, compile it and count each
message once. `long_logs` are milliseconds of a later eviction, and of the first prompt after an edit of core
memory, by the length of the log: the median of five.
"""

from __future__ import annotations

import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.events import Evicted
from memgpt_autogen.llm.tokens import cached_estimate
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

WORDS = "We moved the meeting with Priya to Thursday, because the train does not arrive before noon. "


def processor_seconds(work: Callable[[], Any]) -> float:
    cached_estimate.cache_clear()
    start = time.process_time()
    work()
    return time.process_time() - start


def loop_over(home: str, name: str, texts: list[str], window: int) -> HeartbeatLoop:
    memory = open_memory(name, Settings.load(home=Path(home)))
    memory.log.append(*(Message.said_by("ben", text) for text in texts))
    llm = ScriptedLLM(
        otherwise=lambda asked: (
            says("", call("send_message", message="yes")) if asked.tools else says("They talked.")
        )
    )
    return open_loop(memory, llm, window_tokens=window)


def eviction(home: str, name: str, texts: list[str], window: int = 4096) -> dict[str, Any]:
    loop = loop_over(home, name, texts, window)
    counter = loop.pressure.budget._counter  # noqa: SLF001

    def one_pass() -> int:
        return sum(counter.count(message["content"]) for message in loop.memory.compile())

    plain = processor_seconds(one_pass)
    events: list[Any] = []
    turn = processor_seconds(lambda: events.extend(loop.run()))
    after = min(processor_seconds(lambda: list(loop.run([Message.said_by("ben", "and?")]))) for _ in range(3))
    return {
        "evictions": sum(isinstance(event, Evicted) for event in events),
        "entries_left": len(loop.memory.queue.entries()),
        "one_pass_seconds": round(plain, 4),
        "turn_with_eviction_seconds": round(turn, 4),
        "turn_with_eviction_over_one_pass": round(turn / plain, 2),
        "later_turn_seconds": round(after, 4),
    }


def long_log(home: str, size: int) -> dict[str, float]:
    loop = loop_over(home, f"l{size}", [f"{WORDS}{place}" for place in range(size)], 16_384)
    memory = loop.memory
    memory.queue.evict(memory.log.last_seq() - 20, "They moved meetings.", "extract")
    list(loop.run([Message.said_by("ben", "and?")]))
    evictions, edits = [], []
    for number in range(6):
        memory.log.append(*(Message.said_by("ben", f"{WORDS}again {place}") for place in range(40)))
        evictions.append(processor_seconds(lambda: list(loop.compact())))
        memory.core.set("human", f"Ben is {number}.")
        edits.append(processor_seconds(memory.compile))
    return {
        "eviction_ms": round(1000 * statistics.median(evictions[1:]), 1),
        "prompt_after_edit_ms": round(1000 * statistics.median(edits[1:]), 1),
    }


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        eviction(home, "warm", [WORDS * 50] * 3)
        long = WORDS * (200_000 // len(WORDS))
        giants = {str(number): eviction(home, f"g{number}", [long] * number) for number in (1, 4, 16)}
        many = {
            str(number): eviction(home, f"m{number}", [f"{WORDS}{place}" for place in range(number)])
            for number in (250, 1000, 4000)
        }
        lengths = {str(size): long_log(home, size) for size in (1000, 10_000, 100_000)}
    seconds = [row["turn_with_eviction_seconds"] for row in many.values()]
    later = [row["later_turn_seconds"] for row in many.values()]
    print(
        json.dumps(
            {
                "messages_of_200000_characters": giants,
                "short_messages": many,
                "long_logs": lengths,
                "eviction_of_4_times_as_many_messages_takes": [
                    round(b / a, 1) for a, b in itertools.pairwise(seconds)
                ],
                "a_later_turn_with_16_times_the_log_takes": round(later[-1] / later[0], 2),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
