"""Plots of what a memory does: how the window fills and is emptied, and what each turn costs.

They need the extra `plots`, and give matplotlib's `Axes`, to be titled, arranged and saved as any other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.events import Event, Evicted, PressureWarned, TurnEnded
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.queue import Summary, units
from memgpt_autogen.memory.hierarchy import MemoryHierarchy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memgpt_autogen.conversable import MemGPTAgent

QUEUE, WRITTEN, WARNED, EVICTED, FREE = "#4c8fd6", "#2f9e83", "#d9822b", "#c2476b", "#8d93a1"


def window(agent: MemGPTAgent, *, newest: int = 2000, ax: Axes | None = None) -> Axes:
    """How the agent's window filled over about the `newest` entries of its log, with each warning and eviction.

    It is read from the log, so it tells the time before this process too. Sizes are counted now.
    """
    about = agent.context_overview()
    loop = agent.loop
    assert loop is not None  # noqa: S101 - without a loop there is no overview
    head = about.system + about.core_memory + about.tools
    past = fillings(agent.memory, loop.pressure.budget, head_tokens=head, newest=newest)
    axes = _axes(ax)
    axes.axhline(about.window_tokens, color=FREE, linewidth=1, label=f"window, {about.window_tokens:,}")
    if about.warn_tokens is not None:
        axes.axhline(
            about.warn_tokens,
            color=WARNED,
            linewidth=1,
            linestyle="--",
            label=f"warning, {about.warn_tokens:,}",
        )
    axes.axhline(head, color=FREE, linewidth=1, linestyle=":", label=f"head of the prompt, {head:,}")
    places, sizes = [each.seq for each in past], [each.tokens for each in past]
    axes.fill_between(places, sizes, step="post", color=QUEUE, alpha=0.25)
    axes.plot(places, sizes, drawstyle="steps-post", color=QUEUE, linewidth=1.5, label="prompt")
    for what, color, sign in (("warned", WARNED, "^"), ("evicted", EVICTED, "v")):
        _marked(axes, [each for each in past if each.what == what], what, color, sign)
    axes.set(xlabel="entry of the log", ylabel="tokens", title=f"{agent.name}: the window over time")
    axes.set_ylim(0, max([about.window_tokens, *sizes]) * 1.08)
    _legend(axes)
    return axes


def turns(turns: Sequence[Sequence[Event]], *, ax: Axes | None = None) -> Axes:
    """What each turn read and wrote, in tokens as the endpoint counted them, with the evictions and warnings.

    `turns` are events as they were recorded: `with agent.watch() as watched:` keeps them as `watched.turns`.
    """
    axes = _axes(ax)
    from matplotlib.ticker import MaxNLocator  # when it is sure that there is matplotlib

    numbers = range(1, len(turns) + 1)
    usages = [_usage(turn) for turn in turns]
    read, written = [prompt for prompt, _ in usages], [answer for _, answer in usages]
    axes.bar(numbers, read, color=QUEUE, label="read (prompts)")
    axes.bar(numbers, written, bottom=read, color=WRITTEN, label="written (answers)")
    most = max(map(sum, usages), default=0)
    for kind, name, color, sign, above in (
        (PressureWarned, "warned", WARNED, "^", 0.04),
        (Evicted, "evicted", EVICTED, "v", 0.11),
    ):
        places = [
            number
            for number, turn in zip(numbers, turns, strict=True)
            if any(isinstance(e, kind) for e in turn)
        ]
        tops = [sum(usages[place - 1]) + above * most for place in places]
        if places:
            axes.scatter(
                places, tops, color=color, marker=sign, s=60, zorder=3, label=f"{name} ({len(places)} turns)"
            )
    axes.set(xlabel="turn", ylabel="tokens", title="tokens per turn")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(y=0.12)
    axes.set_ylim(bottom=0)
    _legend(axes)
    return axes


def _usage(turn: Sequence[Event]) -> tuple[int, int]:
    ended = [event.usage for event in turn if isinstance(event, TurnEnded)]
    return sum(usage.prompt_tokens for usage in ended), sum(usage.completion_tokens for usage in ended)


def _marked(axes: Axes, points: Sequence[Filling], what: str, color: str, sign: str) -> None:
    if points:
        axes.scatter(
            [each.seq for each in points],
            [each.tokens for each in points],
            color=color,
            marker=sign,
            s=60,
            zorder=3,
            label=f"{what} ({len(points)})",
        )


def _legend(axes: Axes) -> None:
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ConfigurationError(
            "plots need matplotlib, which is not installed: pip install 'memgpt-autogen[plots]'."
        ) from error
    made: Any = plt.subplots(figsize=(9, 3.6), layout="constrained")[1]
    return made  # type: ignore[no-any-return]


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
