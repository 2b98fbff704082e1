"""How full the window was in the past, as the log tells: what the queue grew by, and when it was warned and emptied.

The sizes are counted now, by the budget, with the prompt's head as it is now; clips and the brief form's past are not in the log.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.queue import Summary, units
from memgpt_autogen.memory.hierarchy import MemoryHierarchy


@dataclass(frozen=True, slots=True)
class Filling:
    """The prompt after one thing that happened."""

    seq: int
    time: datetime
    tokens: int
    """Of the whole prompt."""
    what: Literal["said", "warned", "evicted"]


def fillings(
    memory: MemoryHierarchy, budget: Budget, *, head_tokens: int, newest: int = 2000
) -> list[Filling]:
    """How the window filled, oldest first, over about the `newest` entries of the log.

    `head_tokens` are those of what stands before summary and queue: instructions, core memory, tools.
    """
    start = max(0, memory.log.last_seq() - newest)
    summaries = memory.queue.summaries()
    before = [summary for summary in summaries if summary.at_seq <= start]
    coming = deque(summary for summary in summaries if summary.at_seq > start)
    through = before[-1].through_seq if before else 0
    told = budget.text(before[-1].text) if before else 0
    queue: deque[tuple[int, int]] = deque()
    """The last entry of each unit in the prompt, with the unit's tokens."""
    filled: list[Filling] = []
    for unit in units(memory.log.since(through)):
        last = unit[-1]
        while coming and coming[0].at_seq < last.seq:
            told = _evict(coming[0], queue, budget)
            filled.append(_filling(coming.popleft(), head_tokens + told, queue))
        queue.append((last.seq, budget.messages(memory.prompt.tail(unit))))
        if last.seq > start:
            tokens = head_tokens + told + sum(size for _, size in queue)
            warned = any(entry.message.kind == "alert" for entry in unit)
            filled.append(Filling(last.seq, last.message.time, tokens, "warned" if warned else "said"))
    for summary in coming:
        told = _evict(summary, queue, budget)
        filled.append(_filling(summary, head_tokens + told, queue))
    return filled


def _evict(summary: Summary, queue: deque[tuple[int, int]], budget: Budget) -> int:
    """Empty the queue as far as the summary goes; the tokens of the summary."""
    while queue and queue[0][0] <= summary.through_seq:
        queue.popleft()
    return budget.text(summary.text)


def _filling(summary: Summary, tokens: int, queue: deque[tuple[int, int]]) -> Filling:
    return Filling(summary.at_seq, summary.time, tokens + sum(size for _, size in queue), "evicted")
